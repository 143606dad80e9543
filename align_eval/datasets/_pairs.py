"""What loaders of pair lists share: pairs become faces and trials, and are counted."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from align_eval.dataset import Dataset, Trials
from align_eval.datasets._files import IMAGE_SUFFIXES, image_problems, inside
from align_eval.datasets.inventory import Count, Inventory, inventory_of
from align_eval.errors import DataError
from align_eval.faces import Face, Modality
from align_eval.image import ImageFile
from align_eval.landmarks import Landmarks

Attributes = dict[str, str | float]


class Picture(NamedTuple):
    """An image of a list: its face's id, whose it is, and its path below the images' folder."""

    id: str
    subject: str
    path: str


class Pair(NamedTuple):
    """Two images, what the list says of them, the fold from 0 or None, and the line."""

    first: Picture
    second: Picture
    genuine: bool
    fold: int | None
    where: str


class Published(NamedTuple):
    """A protocol's published numbers: folds, and pairs of a kind in each.

    `images` are those of the images' folder, `faces` and `subjects` those that pairs name.
    """

    folds: int
    pairs: int
    faces: int | None = None
    subjects: int | None = None


def images_folder(folder: Path, name: str, images: str, usual: Sequence[str]) -> Path:
    """The folder of the images, relative to the root.

    Parameters
    ----------
    folder : Path
        From `root_folder`.
    name : str
        The data set's, for messages.
    images : str
        As the option gives it; empty for the first of `usual` that is there, else the root.
    usual : sequence of str
        Where published copies have them.

    Raises
    ------
    DataError
        The folder that the option names is not in the root.
    """
    if images:
        if not inside(folder, images, "option images").is_dir():
            raise DataError(f"data set {name!r}: the folder {images!r} is not in {folder}")
        return Path(images)
    there = (Path(one) for one in usual if (folder / one).is_dir())
    return next(there, Path())


def list_file(folder: Path, name: str, given: str, option: str = "") -> Path:
    """A file that a loader cannot do without.

    Raises
    ------
    DataError
        It is not in the root; the option that names another, if there is one, is named.
    """
    path = inside(folder, given, f"option {option}" if option else f"data set {name!r}")
    if not path.is_file():
        hint = f"; name another with the option {option}" if option else ""
        raise DataError(f"data set {name!r} wants the file {given} in {folder}{hint}")
    return path


def dataset_of_pairs(
    name: str,
    folder: Path,
    images: Path,
    pairs: Sequence[Pair],
    attributes: Callable[[Picture], Attributes] = lambda picture: {},
    truth: Mapping[str, Landmarks] | None = None,
    problems: tuple[tuple[str, str], ...] = (),
) -> Dataset:
    """The faces that pairs name, and the trials that they are.

    Parameters
    ----------
    name : str
        The data set's.
    folder : Path
        From `root_folder`.
    images : Path
        The folder of the images in it, relative.
    pairs : sequence of Pair
        At least one; all have folds, or none has.
    attributes : callable, optional
        What else is known of an image.
    truth : mapping, optional
        Face id to landmarks, of faces that the pairs name.
    problems : tuple, optional
        Of the whole set; those of images are added.

    Raises
    ------
    DataError
        A pair of an image with itself, one whose label contradicts its subjects, or a path that
        leads out of the root; the line is named.
    """
    if not pairs:
        raise DataError(f"data set {name!r}: its list holds no pairs")
    faces: dict[str, Face] = {}
    for pair in pairs:
        _check(pair)
        for picture in (pair.first, pair.second):
            if picture.id not in faces:
                path = inside(folder, images / picture.path, pair.where)
                faces[picture.id] = Face(
                    picture.id,
                    picture.subject,
                    Modality.VISIBLE,
                    ImageFile(path),
                    attributes=attributes(picture),
                )
    folds = [pair.fold for pair in pairs if pair.fold is not None]
    trials = Trials.pairs(
        [pair.first.id for pair in pairs],
        [pair.second.id for pair in pairs],
        {face.id: face.subject for face in faces.values()},
        folds or None,
    )
    kept = tuple(faces.values())
    return Dataset(name, kept, trials, truth or {}, problems=image_problems(kept) + problems)


def _check(pair: Pair) -> None:
    first, second = pair.first, pair.second
    if first.id == second.id:
        raise DataError(f"{pair.where}: the image {first.id!r} is compared with itself")
    if (first.subject == second.subject) != pair.genuine:
        said = "one person" if pair.genuine else "two people"
        raise DataError(
            f"{pair.where}: a pair of {said}, but its images are of {first.subject!r} and "
            f"{second.subject!r}"
        )


def protocol_inventory(
    dataset: Dataset,
    layout: str,
    published: Published | None = None,
    more: tuple[Count, ...] = (),
) -> Inventory:
    """The inventory of a data set of pairs, with its folds.

    Parameters
    ----------
    dataset : Dataset
        As its loader gives it.
    layout : str
        See `align_eval.datasets.inventory`.
    published : Published, optional
        None for a list that no one has published.
    more : tuple of Count, optional
        What else was counted.
    """
    expected: dict[str, int] = {}
    if published is not None:
        expected["genuine trials"] = expected["impostor trials"] = published.folds * published.pairs
        sizes = {"faces": published.faces, "subjects": published.subjects}
        expected |= {what: number for what, number in sizes.items() if number is not None}
    found = inventory_of(dataset, layout, expected)
    counts = (*found.counts, *more, *_fold_counts(dataset, published))
    return Inventory(layout, counts, found.problems)


def _fold_counts(dataset: Dataset, published: Published | None) -> tuple[Count, ...]:
    trials = dataset.trials
    if trials is None or trials.fold is None:
        return ()
    sizes = np.zeros((int(trials.fold.max()) + 1, 2), dtype=np.intp)
    np.add.at(sizes, (trials.fold, trials.genuine.astype(np.intp)), 1)
    sizes = sizes[sizes.any(axis=1)]
    folds = Count("folds", len(sizes), published.folds if published else None)
    if published is None:
        return (folds,)
    whole = sum(bool((size == published.pairs).all()) for size in sizes)
    what = f"folds of {published.pairs} genuine and {published.pairs} impostor trials"
    return folds, Count(what, whole, published.folds)


def count_images(folder: Path) -> int:
    """How many images lie in a folder, without its subfolders."""
    return sum(path.suffix.lower() in IMAGE_SUFFIXES for path in folder.iterdir())
