"""ICT-FaceKit's morphable head, from its checkout or from the compact ``ict_facekit_head.npz``.

Li et al., Learning Formation of Physically-Based Face Attributes, CVPR 2020; MIT licence. A
checkout's folder ``FaceXModel`` holds ``generic_neutral_mesh.obj``, ``identity000.obj`` and on, an
OBJ file for each expression, and ``vertex_indices.json`` with the names of the expressions and the
68 landmarks. The compact file holds the same as arrays: ``vertices`` (V, 3), ``triangles``,
``landmarks68``, ``identity`` (100, V, 3), ``expression`` (53, V, 3) and ``expression_names``. Units
are centimetres, y points up and z towards the viewer.
"""

import json
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic.mesh import HeadModel, Part
from align_eval.errors import DataError

# Where each part's vertices end; what comes after (lashes, lacrimal and occlusion meshes) is left.
_PARTS = (
    (11248, Part.SKIN),
    (13294, Part.MOUTH),
    (14062, Part.EYE_SOCKET),
    (17039, Part.TONGUE),
    (21451, Part.TEETH),
    (24591, Part.EYEBALL),
)
_COUNT = _PARTS[-1][0]
_COMPACT = "ict_facekit_head.npz"
_KEYS = ("vertices", "triangles", "landmarks68", "identity", "expression", "expression_names")


@lru_cache(maxsize=2)
def load(path: str) -> HeadModel:
    """Read the head.

    Parameters
    ----------
    path : str
        The .npz file or the folder that holds it, a checkout of ICT-FaceKit, or its folder
        ``FaceXModel``.

    Raises
    ------
    DataError
        None of these, or files that lack something.
    """
    try:
        data = _read(Path(path).expanduser())
        return _head(data)
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise DataError(f"head model 'ict' cannot be read from {path}: {error}") from error


def _read(path: Path) -> dict[str, Any]:
    if path.is_dir():
        for folder in (path, path / "FaceXModel"):
            if (folder / "generic_neutral_mesh.obj").is_file():
                return _checkout(folder)
        path = path / _COMPACT
    with np.load(path, allow_pickle=False) as archive:
        return {key: archive[key] for key in _KEYS}


def _checkout(folder: Path) -> dict[str, Any]:
    config = json.loads((folder / "vertex_indices.json").read_text(encoding="utf-8"))
    names = [str(name) for name in config["expressions"]]
    neutral, triangles = read_obj(folder / "generic_neutral_mesh.obj")
    shapes = sorted(folder.glob("identity[0-9][0-9][0-9].obj"))
    if not shapes:
        raise ValueError("it holds no identity000.obj")
    kept = triangles[(triangles < _COUNT).all(axis=1)]
    return {
        "vertices": neutral[:_COUNT],
        "triangles": kept,
        "landmarks68": np.array(config["idx_to_landmark_verts"]),
        "identity": np.stack([_offsets(shape, neutral) for shape in shapes]),
        "expression": np.stack([_offsets(folder / f"{name}.obj", neutral) for name in names]),
        "expression_names": np.array(names),
    }


def _offsets(file: Path, neutral: NDArray[np.float32]) -> NDArray[np.float32]:
    moved, _ = read_obj(file)
    if moved.shape != neutral.shape:
        raise ValueError(f"{file.name} has {len(moved)} vertices, the neutral mesh {len(neutral)}")
    return (moved - neutral)[:_COUNT]


def read_obj(file: Path) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """The vertices and triangles of a Wavefront OBJ file; larger polygons become fans.

    Returns
    -------
    vertices : (V, 3) float32
    triangles : (T, 3) int32
        Counted from 0.
    """
    vertices: list[list[float]] = []
    triangles: list[tuple[int, int, int]] = []
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.startswith("v "):
                vertices.append([float(value) for value in line.split()[1:4]])
            elif line.startswith("f "):
                corners = [int(corner.partition("/")[0]) - 1 for corner in line.split()[1:]]
                ends = pairwise(corners[1:])
                triangles += [(corners[0], second, third) for second, third in ends]
    places = np.array(vertices, dtype=np.float32).reshape(len(vertices), 3)
    return places, np.array(triangles, dtype=np.int32).reshape(len(triangles), 3)


def _head(data: dict[str, Any]) -> HeadModel:
    axes = np.array([1.0, -1.0, -1.0])
    raw = data["vertices"].astype(np.float64) * axes
    if len(raw) != _COUNT:
        raise ValueError(f"{len(raw)} vertices, wanted {_COUNT}")
    eyes = raw[data["landmarks68"][36:48]].reshape(2, 6, 3).mean(axis=1)
    unit, origin = np.linalg.norm(eyes[1] - eyes[0]), eyes.mean(axis=0)
    ends = np.array([end for end, _ in _PARTS])
    parts = np.array([part for _, part in _PARTS], dtype=np.uint8)
    of_vertex = parts[np.searchsorted(ends, np.arange(_COUNT), side="right")]
    triangles = data["triangles"].astype(np.int32)
    scale = (axes / unit).astype(np.float32)
    return HeadModel(
        "ict",
        ((raw - origin) / unit).astype(np.float32),
        triangles,
        of_vertex[triangles[:, 0]],
        data["landmarks68"].astype(np.intp),
        (data["identity"] * scale).astype(np.float32),
        (data["expression"] * scale).astype(np.float32),
        tuple(str(name) for name in data["expression_names"]),
    )
