"""Labeled Faces in the Wild, and sets that are laid out like it.

Images are ``Name/Name_0001.jpg``; the pairs are in LFW's own dialect
(`align_eval.datasets._pairs_lfw`). View 1 is for development: ``pairsDevTrain.txt`` has 1,100
genuine and 1,100 impostor pairs, ``pairsDevTest.txt`` 500 and 500. View 2 is for reporting:
``pairs.txt`` has ten folds of 300 and 300, and the figure is ``10-fold accuracy``, the mean over
the folds, each at the threshold that the other nine give. The aligned copies (funneled,
deep-funneled, LFW-a) have the same names and lists. Source: Huang et al., *Labeled Faces in the
Wild*, University of Massachusetts TR 07-49, 2007.
"""

from pathlib import Path

from align_eval.dataset import Dataset
from align_eval.datasets._files import inside, root_folder
from align_eval.datasets._pairs import (
    Published,
    dataset_of_pairs,
    images_folder,
    list_file,
    protocol_inventory,
)
from align_eval.datasets._pairs_lfw import read_lfw_pairs
from align_eval.datasets.inventory import Inventory
from align_eval.errors import DataError

LAYOUT = """\
ROOT/pairs.txt           View 2: ten folds of 300 genuine and 300 impostor pairs; or
ROOT/pairsDevTest.txt    View 1: 500 and 500; or pairsDevTrain.txt: 1,100 and 1,100
ROOT/images/Name/Name_0001.jpg
The images' folder may be called images, lfw, lfw_funneled or lfw-deepfunneled, or be the root
itself; the options pairs, images and suffix name others."""

_DEFAULT_PAIRS = ("pairsDevTest.txt", "pairs.txt")
_IMAGES = ("images", "lfw", "lfw_funneled", "lfw-deepfunneled")
_PUBLISHED = {
    "pairs.txt": Published(10, 300),
    "pairsDevTest.txt": Published(1, 500),
    "pairsDevTrain.txt": Published(1, 1100),
}


def load(root: str, pairs: str = "", images: str = "", suffix: str = ".jpg") -> Dataset:
    """The faces that a pairs file names, and its trials.

    Parameters
    ----------
    root : str
        The folder that holds the pairs file.
    pairs : str, optional
        The pairs file in `root`; ``pairsDevTest.txt`` or ``pairs.txt``, whichever is there.
    images : str, optional
        The folder in `root` that holds the people's folders; ``images`` or what LFW's own copies
        call it, if there is one, else `root` itself.
    suffix : str
        Of the images: ``.png`` for what some tools that align make of them.

    Returns
    -------
    Dataset
        Face ids as ``"Name_0001"``, subjects as ``"Name"``. A View 2 file gives folds. A missing
        image stays in the trials and is listed in `problems`.

    Raises
    ------
    DataError
        No root, no pairs file, or a line that does not fit the header; it is named.
    """
    folder = root_folder(root, "lfw")
    listed = read_lfw_pairs(_pairs_file(folder, pairs), suffix)
    return dataset_of_pairs("lfw", folder, images_folder(folder, "lfw", images, _IMAGES), listed)


def inventory(root: str, pairs: str = "", images: str = "", suffix: str = ".jpg") -> Inventory:
    """What the pairs file names and what is there of it; see `load`.

    The published numbers are those of the lists that LFW is given out with, known by their names.
    """
    name = _pairs_file(root_folder(root, "lfw"), pairs).name
    return protocol_inventory(load(root, pairs, images, suffix), LAYOUT, _PUBLISHED.get(name))


def _pairs_file(folder: Path, pairs: str) -> Path:
    if pairs:
        return list_file(folder, "lfw", pairs, "pairs")
    there = [name for name in _DEFAULT_PAIRS if (folder / name).is_file()]
    if len(there) != 1:
        found = "both are" if there else "neither is"
        raise DataError(
            f"data set 'lfw' wants {' or '.join(_DEFAULT_PAIRS)} in {folder}; {found} there: "
            "name the file with the option pairs"
        )
    return inside(folder, there[0], "data set 'lfw'")
