"""Cross-Pose LFW: 3,000 genuine pairs of other poses, 3,000 impostor pairs of like gender and race.

The list ``pairs_CPLFW.txt`` has two lines a pair (`align_eval.datasets._pairs_two_lines`), its
images lie in one folder and are called ``Name_1.jpg``. The folder ``aligned images`` of
the published copy holds crops that were made with somebody else's points: the option images may
name it, but an aligner then sees a crop of a crop. The points that come with the images
(``*_5loc_attri.txt``) are not read: how they were made is not published with them. Source:
Zheng and Deng, *Cross-Pose LFW: A Database for Studying Cross-Pose Face Recognition in
Unconstrained Environments*, Beijing University of Posts and Telecommunications, TR 18-01, 2018.
"""

from align_eval.dataset import Dataset
from align_eval.datasets._pairs_two_lines import TwoLineSet
from align_eval.datasets.inventory import Inventory

LAYOUT = """\
ROOT/pairs_CPLFW.txt   two lines a pair: a name, and 0 (impostor) or 1 (genuine)
ROOT/images/Name_1.jpg   11,652 images
The options pairs and images name others."""

_SET = TwoLineSet(
    "cplfw",
    LAYOUT,
    ("images",),
    numbered=False,
    images=11_652,
)


def load(root: str, pairs: str = "pairs_CPLFW.txt", images: str = "") -> Dataset:
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
        Face ids as ``"Name_1"``, subjects as ``"Name"``. A missing image stays in the
        trials and is listed in `problems`.

    Raises
    ------
    DataError
        No root, no pairs file, or a malformed line; it is named.
    """
    return _SET.load(root, pairs, images)


def inventory(root: str, pairs: str = "pairs_CPLFW.txt", images: str = "") -> Inventory:
    """What the pairs file names, and how many images there are; see `load`."""
    return _SET.inventory(root, pairs, images)
