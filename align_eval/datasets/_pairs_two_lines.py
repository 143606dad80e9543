"""CALFW's and CPLFW's dialect of pair lists: two lines a pair, without a header.

Each line is an image's name, a space, and a number that both lines of a pair share: 0 for two
people, otherwise one person. The genuine pairs stand first, then the impostor pairs, in the order
of the folds of LFW, ten of equal size. CALFW's number of a genuine pair is its fold, 1 to 10;
CPLFW's is 1 throughout. The folds of impostor pairs, and those of CPLFW, are not written down but
follow from the order: the k-th tenth of each kind is fold k, which the numbers of CALFW bear out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from align_eval.dataset import Dataset
from align_eval.datasets._files import lines_of, root_folder
from align_eval.datasets._pairs import (
    Pair,
    Picture,
    Published,
    count_images,
    dataset_of_pairs,
    images_folder,
    list_file,
    protocol_inventory,
)
from align_eval.datasets._pairs_lfw import is_image_number
from align_eval.datasets.inventory import Count, Inventory
from align_eval.errors import DataError

_FOLDS = 10


@dataclass(frozen=True)
class TwoLineSet:
    """A set whose pairs stand in such a list.

    Parameters
    ----------
    name : str
        As studies call it.
    layout : str
        The loader's ``LAYOUT``.
    usual : tuple of str
        Where published copies have the images.
    numbered : bool
        See `read_two_line_pairs`.
    images : int
        How many images are published.
    """

    name: str
    layout: str
    usual: tuple[str, ...]
    numbered: bool
    images: int

    def load(self, root: str, pairs: str, images: str) -> Dataset:
        """The faces that the list `pairs` in `root` names, and its trials in ten folds."""
        folder = root_folder(root, self.name)
        path = list_file(folder, self.name, pairs, "pairs")
        listed = read_two_line_pairs(path, numbered=self.numbered)
        pictures = images_folder(folder, self.name, images, self.usual)
        return dataset_of_pairs(self.name, folder, pictures, listed)

    def inventory(self, root: str, pairs: str, images: str) -> Inventory:
        """What the list names, and how many images there are."""
        dataset = self.load(root, pairs, images)
        folder = root_folder(root, self.name)
        found = count_images(folder / images_folder(folder, self.name, images, self.usual))
        counted = Count("images in their folder", found, self.images)
        return protocol_inventory(dataset, self.layout, Published(_FOLDS, 300), (counted,))


def read_two_line_pairs(path: Path, *, numbered: bool) -> list[Pair]:
    """The pairs of a file, with their folds from 0.

    Parameters
    ----------
    path : Path
        The file.
    numbered : bool
        Whether a genuine pair's number is its fold, as in CALFW; else it is 1.

    Raises
    ------
    DataError
        A line that is no name and number, a pair of which one line is missing or whose lines
        disagree, a genuine pair after an impostor pair, or numbers of pairs that ten folds cannot
        share; file and line are named.
    """
    pairs = list(_pairs(path))
    most = _FOLDS if numbered else 1
    for pair, number in pairs:
        if number > most:
            wanted = "0, or a fold from 1 to 10" if numbered else "0 or 1"
            raise DataError(f"{pair.where}: the number wants to be {wanted}, got {number}")
    genuine = sum(pair.genuine for pair, _ in pairs)
    for kind, count in (("genuine", genuine), ("impostor", len(pairs) - genuine)):
        if not count or count % _FOLDS:
            raise DataError(
                f"{path.name}: ten folds want a multiple of ten {kind} pairs, found {count}"
            )
    return [
        _folded(i, pair, number if numbered else None, genuine, len(pairs))
        for i, (pair, number) in enumerate(pairs)
    ]


def _pairs(path: Path) -> Iterator[tuple[Pair, int]]:
    """Pairs without folds, each with its number; the genuine ones come first."""
    lines = lines_of(path)
    impostors = False
    for where, line in lines:
        first, number = _image(where, line)
        again, other = next(lines, ("", ""))
        if not other:
            raise DataError(f"{where}: the second line of a pair does not follow")
        second, same = _image(again, other)
        if same != number:
            raise DataError(
                f"{again}: the lines of a pair want the same number, got {number} and {same}"
            )
        if number and impostors:
            raise DataError(f"{where}: a genuine pair after impostor pairs: folds go by the order")
        impostors = impostors or not number
        yield Pair(first, second, number > 0, None, where), number


def _image(where: str, line: str) -> tuple[Picture, int]:
    fields = line.split()
    stem, _, suffix = fields[0].rpartition(".")
    name, _, count = stem.rpartition("_")
    if len(fields) != 2 or not (fields[1].isascii() and fields[1].isdigit()):
        raise DataError(f"{where}: wanted 'Name_0001.jpg number', got {line.strip()!r}")
    if not (suffix and name and is_image_number(count)):
        raise DataError(
            f"{where}: an image is called Name_0001.jpg, or Name_1.jpg; got {fields[0]!r}"
        )
    return Picture(stem, name, fields[0]), int(fields[1])


def _folded(i: int, pair: Pair, number: int | None, genuine: int, total: int) -> Pair:
    """A pair with its fold, which its number must not contradict."""
    place, count = (i, genuine) if pair.genuine else (i - genuine, total - genuine)
    fold = place * _FOLDS // count
    if number and number != fold + 1:
        raise DataError(
            f"{pair.where}: a genuine pair of fold {number} where the order has fold {fold + 1}"
        )
    return pair._replace(fold=fold)
