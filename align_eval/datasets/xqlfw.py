"""Cross-Quality LFW, and quality subsets of any pairs in LFW's dialect.

``xqlfw_pairs.txt`` is in LFW's dialect (`align_eval.datasets._pairs_lfw`): ten folds of 300 and
300. ``xqlfw_scores.txt`` gives each image a quality between 0 and 1 under the header
``ID Num Score``; every face has it as its attribute ``quality``, by which landmark errors and
metrics can be broken down. A subset of the pairs is taken by the qualities of their two images:
the lower one, the higher one, or the difference between them, which XQLFW makes large on purpose
(0.327 on average; 0.056 in LFW). Source: Knoche, Hörmann and Rigoll, *Cross-Quality LFW: A Database
for Analyzing Cross-Resolution Image Face Recognition in Unconstrained Environments*, FG 2021
(arXiv:2108.10290), and github.com/Martlgap/xqlfw.
"""

from collections.abc import Callable, Mapping
from math import inf, isfinite, isnan
from pathlib import Path

from align_eval.dataset import Dataset
from align_eval.datasets._files import lines_of, root_folder
from align_eval.datasets._pairs import (
    Pair,
    Published,
    dataset_of_pairs,
    images_folder,
    list_file,
    protocol_inventory,
)
from align_eval.datasets._pairs_lfw import is_image_number, lfw_face_id, read_lfw_pairs
from align_eval.datasets.inventory import Inventory
from align_eval.errors import ConfigError, DataError, UnknownNameError

LAYOUT = """\
ROOT/xqlfw_pairs.txt     LFW's dialect: ten folds of 300 genuine and 300 impostor pairs
ROOT/xqlfw_scores.txt    header 'ID Num Score', then 'Name 1 0.734', a line an image
ROOT/lfw_original_imgs_min_qual0.85variant11/Name/Name_0001.jpg    7,263 images of 3,743 people
The images' folder may be called images, or be the root itself; the options pairs, scores, images
and suffix name others."""

_IMAGES = ("lfw_original_imgs_min_qual0.85variant11", "images")
_PUBLISHED = Published(10, 300, faces=7263, subjects=3743)
_OF_PAIR: Mapping[str, Callable[[float, float], float]] = {
    "lower": min,
    "higher": max,
    "difference": lambda one, other: abs(one - other),
}


def load(
    root: str,
    pairs: str = "xqlfw_pairs.txt",
    scores: str = "xqlfw_scores.txt",
    images: str = "",
    suffix: str = ".jpg",
    subset: str = "",
    at_least: float = -inf,
    below: float = inf,
) -> Dataset:
    """The faces that a pairs file names, with their qualities, and its trials.

    Parameters
    ----------
    root : str
        The folder that holds the two lists.
    pairs : str
        The pairs file in `root`.
    scores : str
        The file of qualities in `root`.
    images : str, optional
        The folder in `root` that holds the people's folders; that of the published copy, or
        ``images``, if it is there, else `root` itself.
    suffix : str
        Of the images.
    subset : {"", "lower", "higher", "difference"}
        Which quality of a pair chooses it: the lower or the higher one of its two images, or the
        difference between them. By default all pairs are taken.
    at_least, below : float
        The pairs whose quality is at least the one and below the other are taken.

    Returns
    -------
    Dataset
        Face ids as ``"Name_0001"``, subjects as ``"Name"``, the attribute ``quality`` as the file
        gives it. A subset keeps the numbers of its folds. A missing image stays in the trials, and
        is listed in `problems` like an image without a quality; without both there is no subset.

    Raises
    ------
    DataError
        No root, no list, a malformed line (it is named), an image of a pair without quality where
        a subset is wanted, or a subset without pairs.
    UnknownNameError
        Another subset.
    ConfigError
        Bounds that leave nothing between them, or bounds without a subset.
    """
    folder = root_folder(root, "xqlfw")
    _check_bounds(subset, at_least, below)
    listed = read_lfw_pairs(list_file(folder, "xqlfw", pairs, "pairs"), suffix)
    quality = _read_scores(list_file(folder, "xqlfw", scores, "scores"))
    if subset:
        listed = [pair for pair in listed if at_least <= _quality_of(pair, quality, subset) < below]
        if not listed:
            raise DataError(
                f"data set 'xqlfw': no pair has a {subset} quality from {at_least:g} to {below:g}"
            )
    named = dict.fromkeys(p.id for pair in listed for p in (pair.first, pair.second))
    unrated = tuple((face, f"no quality in {scores}") for face in named if face not in quality)
    return dataset_of_pairs(
        "xqlfw",
        folder,
        images_folder(folder, "xqlfw", images, _IMAGES),
        listed,
        lambda picture: {"quality": quality[picture.id]} if picture.id in quality else {},
        problems=unrated,
    )


def inventory(
    root: str,
    pairs: str = "xqlfw_pairs.txt",
    scores: str = "xqlfw_scores.txt",
    images: str = "",
    suffix: str = ".jpg",
    subset: str = "",
    at_least: float = -inf,
    below: float = inf,
) -> Inventory:
    """What the lists name and what is there of it; see `load`.

    The published numbers are those of ``xqlfw_pairs.txt`` without a subset.
    """
    dataset = load(root, pairs, scores, images, suffix, subset, at_least, below)
    published = Path(pairs).name == "xqlfw_pairs.txt" and not subset
    return protocol_inventory(dataset, LAYOUT, _PUBLISHED if published else None)


def _check_bounds(subset: str, at_least: float, below: float) -> None:
    if subset and subset not in _OF_PAIR:
        raise UnknownNameError("subset of data set 'xqlfw'", subset, _OF_PAIR)
    bounded = at_least > -inf or below < inf
    if isnan(at_least) or isnan(below) or at_least >= below:
        raise ConfigError(
            f"data set 'xqlfw': at_least wants to be smaller than below, got {at_least} and {below}"
        )
    if bounded and not subset:
        known = ", ".join(_OF_PAIR)
        raise ConfigError(f"data set 'xqlfw': bounds want the option subset: {known}")


def _quality_of(pair: Pair, quality: Mapping[str, float], subset: str) -> float:
    for picture in (pair.first, pair.second):
        if picture.id not in quality:
            raise DataError(f"{pair.where}: the image {picture.id!r} has no quality to choose by")
    return _OF_PAIR[subset](quality[pair.first.id], quality[pair.second.id])


def _read_scores(path: Path) -> dict[str, float]:
    """The qualities by face id."""
    lines = lines_of(path)
    where, header = next(lines, (f"{path.name}, line 1", ""))
    if header.split() != ["ID", "Num", "Score"]:
        raise DataError(f"{where}: the header wants 'ID Num Score', got {header.strip()!r}")
    found: dict[str, float] = {}
    for at, line in lines:
        fields = line.split()
        if len(fields) != 3 or not is_image_number(fields[1]):
            raise DataError(f"{at}: wanted 'name number score', got {line.strip()!r}")
        face_id = lfw_face_id(fields[0], int(fields[1]))
        if face_id in found:
            raise DataError(f"{at}: the image {face_id!r} has a quality already")
        found[face_id] = _score(at, fields[2])
    return found


def _score(where: str, text: str) -> float:
    try:
        score = float(text)
    except ValueError:
        score = inf
    if not isfinite(score):
        raise DataError(f"{where}: a quality wants a finite number, got {text!r}")
    return score
