"""ICT-FaceKit's morphable head (Li et al., Learning Formation of Physically-Based Face Attributes,
CVPR 2020; MIT licence), from the compact ``ict_facekit_head.npz``.

The file holds ``vertices`` (V, 3) in centimetres with y up and z towards the viewer, ``triangles``,
``landmarks68``, ``identity`` (100, V, 3), ``expression`` (53, V, 3) and ``expression_names``; the
ranges of the parts stand in a ``README.json`` beside it.
"""

import json
from functools import lru_cache
from pathlib import Path

import numpy as np

from align_eval.datasets.synthetic.mesh import HeadModel, Part
from align_eval.errors import DataError

_PARTS = {
    "face": Part.SKIN,
    "head_and_neck": Part.SKIN,
    "mouth_socket": Part.MOUTH,
    "eye_sockets": Part.EYE_SOCKET,
    "gums_and_tongue": Part.TONGUE,
    "teeth": Part.TEETH,
    "eyeball_left": Part.EYEBALL,
    "eyeball_right": Part.EYEBALL,
}
_KEYS = ("vertices", "triangles", "landmarks68", "identity", "expression", "expression_names")


@lru_cache(maxsize=2)
def load(path: str) -> HeadModel:
    """Read the head.

    Parameters
    ----------
    path : str
        The .npz file, or the folder that holds it.

    Raises
    ------
    DataError
        No such file, or one that lacks an array or its README.json.
    """
    file = Path(path) / "ict_facekit_head.npz" if Path(path).is_dir() else Path(path)
    try:
        with np.load(file, allow_pickle=False) as archive:
            data = {key: archive[key] for key in _KEYS}
        ranges = json.loads((file.parent / "README.json").read_text(encoding="utf-8"))["vertices"]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"head model 'ict' cannot be read from {file}: {error}") from error
    axes = np.array([1.0, -1.0, -1.0])
    raw = data["vertices"].astype(np.float64) * axes
    eyes = raw[data["landmarks68"][36:48]].reshape(2, 6, 3).mean(axis=1)
    unit, origin = np.linalg.norm(eyes[1] - eyes[0]), eyes.mean(axis=0)
    of_vertex = np.zeros(len(raw), dtype=np.uint8)
    for name, part in _PARTS.items():
        start, end = ranges[name]
        of_vertex[start:end] = part
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
