"""Celebrities in Frontal-Profile: 500 people, ten frontal and four profile images each.

Two protocols of ten folds of 350 genuine and 350 impostor pairs: ``FP`` compares frontal with
profile faces (CFP-FP), ``FF`` frontal ones (CFP-FF). ``Protocol/Pair_list_F.txt`` and
``Pair_list_P.txt`` number the frontal and the profile images from 1; in ``Protocol/Split/FP``,
the folders ``01`` to ``10`` hold ``same.txt`` and ``diff.txt`` with a pair of numbers a line. In FP
the first is a frontal image's, the second a profile image's. Source: Sengupta
et al., *Frontal to Profile Face Verification in the Wild*, WACV 2016.
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from align_eval.dataset import Dataset
from align_eval.datasets._files import lines_of, root_folder
from align_eval.datasets._pairs import (
    Pair,
    Picture,
    Published,
    dataset_of_pairs,
    list_file,
    protocol_inventory,
)
from align_eval.datasets._pairs_lfw import is_image_number
from align_eval.datasets.inventory import Count, Inventory
from align_eval.errors import DataError, UnknownNameError

LAYOUT = """\
ROOT/Protocol/Pair_list_F.txt           5,000 lines '1 ../Data/Images/001/frontal/01.jpg'
ROOT/Protocol/Pair_list_P.txt           2,000 lines '1 ../Data/Images/001/profile/01.jpg'
ROOT/Protocol/Split/FP/01/same.txt      350 lines '1,2', and diff.txt; FP and FF, 01 to 10
ROOT/Data/Images/001/frontal/01.jpg     500 people, 10 frontal and 4 profile images each"""

_LISTS = {"F": ("Protocol/Pair_list_F.txt", 5000), "P": ("Protocol/Pair_list_P.txt", 2000)}
_FOLDS = tuple(f"{number:02d}" for number in range(1, 11))
_PUBLISHED = Published(10, 350, subjects=500)


def load(root: str, protocol: str = "FP") -> Dataset:
    """The faces that a protocol compares, and its trials in ten folds.

    Parameters
    ----------
    root : str
        The folder that holds ``Protocol`` and ``Data``.
    protocol : {"FP", "FF"}
        Frontal against profile, or frontal against frontal.

    Returns
    -------
    Dataset
        Face ids as ``"001/frontal/01"``, subjects as ``"001"``; the attribute ``pose`` is
        ``frontal`` or ``profile``. A missing image stays in the trials and is listed in `problems`.

    Raises
    ------
    DataError
        No root, a list that is missing, or a malformed line; it is named.
    UnknownNameError
        Another protocol.
    """
    if protocol not in ("FP", "FF"):
        raise UnknownNameError("protocol of data set 'cfp'", protocol, ("FP", "FF"))
    folder = root_folder(root, "cfp")
    numbered = {kind: _numbered(folder, kind) for kind in dict.fromkeys(protocol)}
    pairs = [
        pair
        for fold, name in enumerate(_FOLDS)
        for file, genuine in (("same.txt", True), ("diff.txt", False))
        for pair in _pairs(
            folder, numbered, f"Protocol/Split/{protocol}/{name}/{file}", fold, genuine
        )
    ]
    return dataset_of_pairs(
        "cfp", folder, Path(), pairs, lambda picture: {"pose": picture.id.split("/")[1]}
    )


def inventory(root: str, protocol: str = "FP") -> Inventory:
    """What a protocol names and what is there of it; see `load`."""
    dataset = load(root, protocol)
    folder = root_folder(root, "cfp")
    listed = tuple(
        Count(f"images in {Path(_LISTS[kind][0]).name}", len(_numbered(folder, kind)), wanted)
        for kind, (_, wanted) in _LISTS.items()
        if kind in protocol
    )
    return protocol_inventory(dataset, LAYOUT, _PUBLISHED, listed)


def _numbered(folder: Path, kind: str) -> dict[str, Picture]:
    """The images of a list by their number."""
    found: dict[str, Picture] = {}
    for where, line in lines_of(list_file(folder, "cfp", _LISTS[kind][0])):
        number, _, path = line.strip().partition(" ")
        if not is_image_number(number):
            raise DataError(f"{where}: wanted 'number path', got {line.strip()!r}")
        if number in found:
            raise DataError(f"{where}: the number {number} stands there twice")
        found[number] = _picture(where, path.strip())
    return found


def _picture(where: str, path: str) -> Picture:
    """An image by its path, which starts from the list's own folder."""
    parts = PurePosixPath(path).parts
    if len(parts) < 5 or parts[0] != ".." or parts[-2] not in ("frontal", "profile"):
        raise DataError(
            f"{where}: wanted a path like '../Data/Images/001/frontal/01.jpg', got {path!r}"
        )
    subject, pose, name = parts[-3:]
    return Picture(f"{subject}/{pose}/{PurePosixPath(name).stem}", subject, "/".join(parts[1:]))


def _pairs(
    folder: Path, numbered: dict[str, dict[str, Picture]], file: str, fold: int, genuine: bool
) -> Iterator[Pair]:
    kinds = PurePosixPath(file).parts[2]
    for where, line in lines_of(list_file(folder, "cfp", file)):
        at = f"{PurePosixPath(file).parent.relative_to('Protocol/Split')}/{where}"
        numbers = [field.strip() for field in line.split(",")]
        if len(numbers) != 2 or not all(map(is_image_number, numbers)):
            raise DataError(f"{at}: wanted 'number,number', got {line.strip()!r}")
        for kind, number in zip(kinds, numbers, strict=True):
            if number not in numbered[kind]:
                list_name = PurePosixPath(_LISTS[kind][0]).name
                raise DataError(f"{at}: {list_name} has no image {number}")
        first, second = (numbered[k][n] for k, n in zip(kinds, numbers, strict=True))
        yield Pair(first, second, genuine, fold, at)
