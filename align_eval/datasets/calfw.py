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
from align_eval.datasets._pairs_two_lines import TwoLineSet
from align_eval.datasets.inventory import Inventory

LAYOUT = """\
ROOT/pairs_CALFW.txt   two lines a pair: a name, and 0 (impostor) or the fold, 1 to 10
ROOT/images&landmarks/images&landmarks/images/Name_0001.jpg   12,174 images, 250 x 250; also
ROOT/images&landmarks/images/ or ROOT/images/
The options pairs and images name others."""

_SET = TwoLineSet(
    "calfw",
    LAYOUT,
    (
        "images&landmarks/images&landmarks/images",
        "images&landmarks/images",
        "images",
    ),
    numbered=True,
    images=12_174,
)


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
    return _SET.load(root, pairs, images)


def inventory(root: str, pairs: str = "pairs_CALFW.txt", images: str = "") -> Inventory:
    """What the pairs file names, and how many images there are; see `load`."""
    return _SET.inventory(root, pairs, images)
