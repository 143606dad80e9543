"""What the folder of a data set should hold, and what it does hold: said before a run starts.

Published sets come in layouts that their papers only hint at, and incomplete copies are common. A
loader's module therefore documents the layout that it expects as ``LAYOUT`` and may offer
``inventory(root, **options) -> Inventory``; ``align-eval data check NAME ROOT`` prints it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from align_eval.dataset import Dataset


class Count(NamedTuple):
    """How many there are of something, and how many there should be.

    Parameters
    ----------
    what : str
        In the plural: ``"faces"``, ``"images of the common subset"``.
    found : int
        In the folder.
    expected : int, optional
        As published; None where no number is.
    """

    what: str
    found: int
    expected: int | None = None

    @property
    def ok(self) -> bool:
        """Whether the number is the published one, or none is published."""
        return self.expected is None or self.found == self.expected


@dataclass(frozen=True)
class Inventory:
    """The findings of a look through a data set's folder.

    Parameters
    ----------
    layout : str
        The layout that the loader expects, as text of a few lines.
    counts : tuple of Count
        What was counted.
    problems : tuple of (face id or file, reason)
        What is missing or odd, each by name.
    """

    layout: str
    counts: tuple[Count, ...]
    problems: tuple[tuple[str, str], ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every count is the published one and there are no problems."""
        return all(count.ok for count in self.counts) and not self.problems


def inventory_of(
    dataset: Dataset, layout: str = "", expected: Mapping[str, int] | None = None
) -> Inventory:
    """The inventory of a data set that was loaded.

    Parameters
    ----------
    dataset : Dataset
        As its loader gives it; its problems become the inventory's.
    layout : str, optional
        The layout that the loader expects.
    expected : mapping, optional
        Published numbers of ``"faces"``, ``"subjects"``, ``"faces with landmarks"``,
        ``"training faces"``, ``"genuine trials"`` and ``"impostor trials"``, as far as known.

    Examples
    --------
    >>> from align_eval.faces import Face, Modality
    >>> one = Dataset("mine", (Face("a", "Ann", Modality.VISIBLE, lambda: None),))
    >>> inventory_of(one, expected={"faces": 2}).counts[0]
    Count(what='faces', found=1, expected=2)
    """
    found = {
        "faces": len(dataset.faces),
        "subjects": len(dataset.subjects),
        "faces with landmarks": len(dataset.truth),
        "training faces": len(dataset.training),
        "genuine trials": dataset.trials.n_genuine if dataset.trials else 0,
        "impostor trials": dataset.trials.n_impostor if dataset.trials else 0,
    }
    wanted = dict(expected or {})
    counts = tuple(
        Count(what, number, wanted.get(what))
        for what, number in found.items()
        if number or what in wanted
    )
    return Inventory(layout, counts, dataset.problems)
