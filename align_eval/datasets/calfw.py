"""Cross-Age LFW: 3,000 genuine pairs years apart, 3,000 impostor pairs of like gender and race.

The list ``pairs_CALFW.txt`` has two lines a pair (`align_eval.datasets._pairs_two_lines`), its
images lie in one folder and are called ``Name_0001.jpg``. The folder ``aligned images`` of
the published copy holds crops that were made with somebody else's points: the option images may
name it, but an aligner then sees a crop of a crop. The points that come with the images
(``*_5loc_attri.txt``) are not read: how they were made is not published with them. Source:
Zheng, Deng and Hu, *Cross-Age LFW: A Database for Studying Cross-Age Face Recognition in
Unconstrained Environments*, arXiv:1708.08197, 2017.
"""

from align_eval.dataset import Dataset
from align_eval.datasets._files import root_folder
from align_eval.datasets._pairs import (
    Published,
    count_images,
    dataset_of_pairs,
    images_folder,
    list_file,
    protocol_inventory,
)
from align_eval.datasets._pairs_two_lines import read_two_line_pairs
from align_eval.datasets.inventory import Count, Inventory

LAYOUT = """\
ROOT/pairs_CALFW.txt   two lines a pair: a name, and 0 (impostor) or the fold, 1 to 10
ROOT/images&landmarks/images&landmarks/images/Name_0001.jpg   12,174 images, 250 x 250; also
ROOT/images&landmarks/images/ or ROOT/images/
The options pairs and images name others."""

_IMAGES = (
    "images&landmarks/images&landmarks/images",
    "images&landmarks/images",
    "images",
)
_PUBLISHED_IMAGES = 12_174
_PUBLISHED = Published(10, 300)


def load(root: str, pairs: str = "pairs_CALFW.txt", images: str = "") -> Dataset:
    """The faces that the pairs file names, and its trials in ten folds.

    Parameters
    ----------
    root : str
        The folder that holds the pairs file.
    pairs : str
        The pairs file in `root`.
    images : str, optional
        The folder in `root` that holds the images; that of the published copy, if it is there,
        else `root` itself.

    Returns
    -------
    Dataset
        Face ids as ``"Name_0001"``, subjects as ``"Name"``. A missing image stays in the
        trials and is listed in `problems`.

    Raises
    ------
    DataError
        No root, no pairs file, or a malformed line; it is named.
    """
    folder = root_folder(root, "calfw")
    listed = read_two_line_pairs(list_file(folder, "calfw", pairs, "pairs"), numbered=True)
    pictures = images_folder(folder, "calfw", images, _IMAGES)
    return dataset_of_pairs("calfw", folder, pictures, listed)


def inventory(root: str, pairs: str = "pairs_CALFW.txt", images: str = "") -> Inventory:
    """What the pairs file names, and how many images there are; see `load`."""
    dataset = load(root, pairs, images)
    folder = root_folder(root, "calfw")
    found = count_images(folder / images_folder(folder, "calfw", images, _IMAGES))
    counted = Count("images in their folder", found, _PUBLISHED_IMAGES)
    return protocol_inventory(dataset, LAYOUT, _PUBLISHED, (counted,))
