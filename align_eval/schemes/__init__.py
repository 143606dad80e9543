"""Landmark schemes, one small file each."""

from align_eval.catalog import Catalog, Entry
from align_eval.landmarks import LandmarkScheme

CATALOG = Catalog(
    "landmark scheme",
    {
        "five": Entry("align_eval.schemes.five:SCHEME", "eye centres, nose tip, mouth corners"),
        "ibug68": Entry("align_eval.schemes.ibug68:SCHEME", "iBUG / 300-W, 68 points"),
    },
)


def scheme_named(name: str) -> LandmarkScheme:
    """The scheme of a catalogue name or dotted path.

    >>> len(scheme_named("ibug68"))
    68
    """
    scheme: LandmarkScheme = CATALOG.get(name)
    return scheme
