"""AgeDB-30: pairs of faces that are thirty years apart, ten folds of 300 and 300.

Three forms of the protocol are about, and a fourth is `align_eval.datasets.insightface_bin`:

- AgeDB's own, ``04_FINAL_protocol_30_years.mat`` with the folder ``03_Protocol_Images``
  (`align_eval.datasets._agedb_mat`); other gaps have files of the same form;
- a text list ``path path label`` (``agedb_30_pair.txt``, insightface's ``pairs_label.txt``);
- a text list ``label path path`` (``agedb_30_ann.txt``).

Labels of text lists are 1 for one person, else 0 or -1; their folds are ten runs of equal length.

Images are called by the person's number first: ``100_CorraHarris_…_44_f.jpg``. Where all names of a
list begin so, that is the subject. Where they do not (some lists name crops by a running number),
people are joined as far as the genuine pairs lead, all others count as different people, and
`problems` say so: intervals are then mostly over pairs. Images of such lists are usually crops that
are aligned already.

Beside AgeDB's own images lie ``.pts`` files of 68 points, from 1; they become the truth, moved to
count from 0. How they were made is not said. Source: Moschoglou et al., *AgeDB: the first manually
collected, in-the-wild age database*, CVPRW 2017; the form of the ``.mat`` file as insightface's
``src/data/agedb2pack2.py`` and FaceX-Zoo's ``test_protocol/lfw/pairs_parser.py`` read it.
"""

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from align_eval.dataset import Dataset
from align_eval.datasets._agedb_mat import Named, read_splits
from align_eval.datasets._files import IMAGE_SUFFIXES, inside, lines_of, root_folder
from align_eval.datasets._linked import Linked
from align_eval.datasets._pairs import (
    Pair,
    Picture,
    Published,
    dataset_of_pairs,
    images_folder,
    list_file,
    protocol_inventory,
)
from align_eval.datasets._pts import read_pts
from align_eval.datasets.inventory import Inventory
from align_eval.errors import DataError
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named

LAYOUT = """\
ROOT/04_FINAL_protocol_30_years.mat                    'splits': ten folds of 300 and 300 pairs
ROOT/03_Protocol_Images/ID_Name_..._AGE_GENDER.jpg     and .pts beside it, 68 points from 1
or, with the option protocol, a text list of 'path path label' or 'label path path' a line, whose
paths start from the images' folder. The option images names another folder; it may be the root."""

_PROTOCOL = "04_FINAL_protocol_30_years.mat"
_IMAGES = ("03_Protocol_Images",)
_PUBLISHED = Published(10, 300)
_FOLDS = 10
_LABELS = {"1": True, "0": False, "-1": False}
_PERSON = re.compile(r"(\d+)_[^\W\d_]")


def load(root: str, protocol: str = _PROTOCOL, images: str = "") -> Dataset:
    """The faces that a protocol names, and its trials in ten folds.

    Parameters
    ----------
    root : str
        The folder that holds the protocol.
    protocol : str
        Its file in `root`: ``.mat``, or a text list.
    images : str, optional
        The folder in `root` that the names start from; ``03_Protocol_Images`` if there is one,
        else `root` itself.

    Returns
    -------
    Dataset
        Face ids are the images' paths without suffix. The truth has 68 points, of faces with a
        ``.pts`` file. A missing image stays in the trials and is listed in `problems`.

    Raises
    ------
    DataError
        No root, no protocol, or a malformed line, pair or ``.pts`` file; it is named.
    """
    folder = root_folder(root, "agedb")
    path = list_file(folder, "agedb", protocol, "protocol")
    listed = read_splits(path) if path.suffix.lower() == ".mat" else _read_list(path)
    pictures = images_folder(folder, "agedb", images, _IMAGES)
    pairs, problems = _pairs(path.name, listed)
    truth = _truth(folder, pictures, pairs)
    return dataset_of_pairs("agedb", folder, pictures, pairs, truth=truth, problems=problems)


def inventory(root: str, protocol: str = _PROTOCOL, images: str = "") -> Inventory:
    """What a protocol names and what is there of it; see `load`."""
    return protocol_inventory(load(root, protocol, images), LAYOUT, _PUBLISHED)


def _read_list(path: Path) -> list[Named]:
    lines = [(where, line.split()) for where, line in lines_of(path)]
    if not lines or len(lines) % _FOLDS:
        raise DataError(f"{path.name}: ten folds want a multiple of ten pairs, found {len(lines)}")
    first = lines[0][1]
    label_first = bool(first) and first[0] in _LABELS and first[-1] not in _LABELS
    found = []
    for i, (where, fields) in enumerate(lines):
        *paths, label = (*fields[1:], fields[0]) if label_first else fields
        if len(paths) != 2 or label not in _LABELS:
            wanted = "'label path path'" if label_first else "'path path label'"
            raise DataError(f"{where}: wanted {wanted} with 1 or 0, got {' '.join(fields)!r}")
        fold = i * _FOLDS // len(lines)
        found.append(Named(paths[0], paths[1], _LABELS[label], fold, where))
    return found


def _pairs(file: str, listed: Sequence[Named]) -> tuple[list[Pair], tuple[tuple[str, str], ...]]:
    """The pairs with their people, and what is to be said of those."""
    names = list(dict.fromkeys(name for pair in listed for name in (pair.first, pair.second)))
    people = {name: _PERSON.match(PurePosixPath(name).name) for name in names}
    known = {name: found[1] for name, found in people.items() if found}
    problems: tuple[tuple[str, str], ...] = ()
    if len(known) < len(names):
        known = _joined(names, listed)
        why = (
            "whose the faces are is not in the images' names: intervals cluster by what genuine "
            "pairs join, and are too narrow where one person has several such clusters"
        )
        problems = ((file, why),)
    pictures = {name: _picture(name, known[name]) for name in names}
    pairs = [
        Pair(pictures[p.first], pictures[p.second], p.genuine, p.fold, p.where) for p in listed
    ]
    return pairs, problems


def _joined(names: Sequence[str], listed: Sequence[Named]) -> dict[str, str]:
    place = {name: i for i, name in enumerate(names)}
    genuine = ((place[p.first], place[p.second]) for p in listed if p.genuine)
    people = Linked(len(names), genuine)
    return {name: f"person of {names[people.first_of(i)]}" for i, name in enumerate(names)}


def _picture(name: str, subject: str) -> Picture:
    """An image by its name, which has no suffix in a ``.mat`` file."""
    path = PurePosixPath(name)
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        return Picture(name, subject, f"{name}.jpg")
    return Picture(path.with_suffix("").as_posix(), subject, name)


def _truth(folder: Path, images: Path, pairs: Sequence[Pair]) -> dict[str, Landmarks]:
    scheme = scheme_named("ibug68")
    found: dict[str, Landmarks] = {}
    for pair in pairs:
        for picture in (pair.first, pair.second):
            path = inside(folder, images / f"{picture.id}.pts", pair.where)
            if picture.id not in found and path.is_file():
                found[picture.id] = Landmarks(read_pts(path, len(scheme)) - 1.0, scheme)
    return found
