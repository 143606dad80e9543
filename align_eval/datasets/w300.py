"""300-W: HELEN, LFPW, AFW and iBUG in one mark-up of 68 points, and its private test set.

Subsets as everybody reports them: *common* is the test part of HELEN (330) and LFPW (224),
*challenging* is iBUG (135), *full* is both (689); *train* is AFW (337) and the training parts of
HELEN (2,000) and LFPW (811), 3,148 in all. *private* is the challenge's own test set, 300 faces
indoor and 300 outdoor.

Points and boxes count from 1, so 1 is subtracted. The organisers' boxes are MATLAB files: one of
a detector (``bb_detector``) and one around the points (``bb_ground_truth``), both given by two
corners. There are none for the private set.

Sources: Sagonas et al., *300 Faces in-the-Wild Challenge*, ICCVW 2013 and IMAVIS 2016; for the
subsets, Ren et al., *Face Alignment at 3000 FPS via Regressing Local Binary Features*, CVPR 2014.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from align_eval.dataset import Dataset
from align_eval.datasets._files import IMAGE_SUFFIXES, image_problems, root_folder, visible_face
from align_eval.datasets._mat import cells, matrix, read_mat
from align_eval.datasets._pts import box_around, files_by_stem, read_pts
from align_eval.datasets.inventory import Count, Inventory, inventory_of
from align_eval.errors import DataError, UnknownNameError
from align_eval.faces import Box, Face
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named

LAYOUT = """\
ROOT/
  helen/trainset/  helen/testset/   NAME.jpg and NAME.pts: 2,000 and 330
  lfpw/trainset/   lfpw/testset/    NAME.png and NAME.pts: 811 and 224
  afw/   ibug/                      NAME.jpg and NAME.pts: 337 and 135
  300W/01_Indoor/  300W/02_Outdoor/ NAME.png and NAME.pts: 300 each; the private set
  Bounding_Boxes/                   bounding_boxes_helen_testset.mat, …; for the option box only
Only the folders of the subset are looked for. Boxes may also lie in 'Bounding Boxes'."""

_PUBLISHED = {
    "helen/testset": 330,
    "lfpw/testset": 224,
    "ibug": 135,
    "300W/01_Indoor": 300,
    "300W/02_Outdoor": 300,
    "afw": 337,
    "helen/trainset": 2000,
    "lfpw/trainset": 811,
}
_SUBSETS = {
    "full": ("helen/testset", "lfpw/testset", "ibug"),
    "common": ("helen/testset", "lfpw/testset"),
    "challenging": ("ibug",),
    "private": ("300W/01_Indoor", "300W/02_Outdoor"),
    "indoor": ("300W/01_Indoor",),
    "outdoor": ("300W/02_Outdoor",),
    "train": ("afw", "helen/trainset", "lfpw/trainset"),
}
_OFFICIAL = ("bb_detector", "bb_ground_truth")
_BOX_FOLDERS = ("Bounding_Boxes", "Bounding Boxes")


def load(root: str, subset: str = "full", box: str = "none") -> Dataset:
    """The faces of a subset, with 68 points each; there are no trials.

    Parameters
    ----------
    root : str
        See `LAYOUT`.
    subset : str
        ``full`` (common and challenging), ``common``, ``challenging``, ``private`` (indoor and
        outdoor), ``indoor``, ``outdoor`` or ``train``.
    box : {"none", "truth", "bb_detector", "bb_ground_truth"}
        ``truth`` is the box around the points; the other two are the organisers'.

    Returns
    -------
    Dataset
        Face ids are paths without suffix (``"helen/testset/30427236_1"``), each subject is its
        face's id, the attribute ``source`` is its folder. An image without points, points without
        an image, and a face without the organisers' box are listed in `problems`.

    Raises
    ------
    DataError
        No root, a folder of the subset that is missing or empty, a malformed file (its line is
        named), or no file of the organisers' boxes.
    UnknownNameError
        An unknown subset or box rule.
    """
    if subset not in _SUBSETS:
        raise UnknownNameError("subset of 300-W", subset, _SUBSETS)
    if box not in ("none", "truth", *_OFFICIAL):
        raise UnknownNameError("box rule", box, ("none", "truth", *_OFFICIAL))
    folder = root_folder(root, "w300")
    parts = [_part(folder, part) for part in _SUBSETS[subset]]
    faces = tuple(face for part, _ in parts for face in part)
    truth = {name: marks for _, found in parts for name, marks in found.items()}
    unmarked = tuple((f.id, "no .pts file beside it") for f in faces if f.id not in truth)
    faces, unboxed = _boxed(folder, faces, truth, box)
    problems = image_problems(faces) + unmarked + unboxed
    return Dataset("w300", faces, None, truth, problems=problems)


def inventory(root: str, **options: Any) -> Inventory:
    """What `load` finds, beside the published numbers of each folder of the subset."""
    subset = options.get("subset", "full")
    dataset = load(root, **options)
    wanted = sum(_PUBLISHED[part] for part in _SUBSETS[subset])
    found = inventory_of(dataset, LAYOUT, {"faces": wanted, "faces with landmarks": wanted})
    sources = [face.attributes["source"] for face in dataset.faces]
    counts = tuple(
        Count(f"faces of {part}", sources.count(part), _PUBLISHED[part])
        for part in _SUBSETS[subset]
    )
    return replace(found, counts=found.counts + counts)


def _part(root: Path, part: str) -> tuple[list[Face], dict[str, Landmarks]]:
    """The faces of a folder, and the points of those that have some."""
    if not (root / part).is_dir():
        raise DataError(f"data set 'w300' wants the folder {part!r} in {root}")
    images = files_by_stem(root, part, IMAGE_SUFFIXES, "w300")
    points = files_by_stem(root, part, (".pts",), "w300")
    if not images and not points:
        raise DataError(f"data set 'w300' finds no faces in {root / part}")
    faces = []
    for name in sorted(images.keys() | points.keys()):
        face = visible_face(name, name, images.get(name, root / f"{name}.jpg"))
        faces.append(replace(face, attributes={"source": part}))
    scheme = scheme_named("ibug68")
    truth = {name: Landmarks(read_pts(path, 68) - 1.0, scheme) for name, path in points.items()}
    return faces, truth


def _boxed(
    root: Path, faces: tuple[Face, ...], truth: Mapping[str, Landmarks], box: str
) -> tuple[tuple[Face, ...], tuple[tuple[str, str], ...]]:
    """The faces with their boxes, and those for which the organisers give none."""
    if box == "none":
        return faces, ()
    if box == "truth":
        return tuple(
            face.with_box(box_around(truth[face.id].points)) if face.id in truth else face
            for face in faces
        ), ()
    sources = list(dict.fromkeys(str(face.attributes["source"]) for face in faces))
    known = _official(root, sources, box)
    missing = tuple((f.id, f"no {box} of it") for f in faces if _key(f.id) not in known)
    return tuple(face.with_box(known.get(_key(face.id))) for face in faces), missing


def _official(root: Path, sources: Sequence[str], which: str) -> dict[str, Box]:
    known: dict[str, Box] = {}
    for source in sources:
        path = _box_file(root, source)
        for number, entry in enumerate(cells(read_mat(path, ["bounding_boxes"])["bounding_boxes"])):
            if not isinstance(entry, dict) or not {"imgName", which} <= entry.keys():
                raise DataError(
                    f"{path.name}, cell {number + 1}: wants imgName and {which}, got "
                    f"{sorted(entry) if isinstance(entry, dict) else type(entry).__name__}"
                )
            left, top, right, bottom = matrix(path, which, entry[which], 4)[0].tolist()
            if not (right > left and bottom > top):
                raise DataError(f"{path.name}, cell {number + 1}: {which} is no box")
            name = Path(str(entry["imgName"])).with_suffix("").name
            known[_key(f"{source}/{name}")] = Box(left - 1, top - 1, right - left, bottom - top)
    return known


def _box_file(root: Path, source: str) -> Path:
    name = f"bounding_boxes_{source.replace('/', '_')}.mat"
    for folder in _BOX_FOLDERS:
        if (root / folder / name).is_file():
            return root / folder / name
    raise DataError(f"data set 'w300' wants {_BOX_FOLDERS[0]}/{name} in {root} for its boxes")


def _key(name: str) -> str:
    """A name without spaces: some of iBUG's images have one that the lists leave out."""
    return name.replace(" ", "")
