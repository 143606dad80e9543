"""The parts of a data set: its faces by the values of an attribute, numbers by ranges of them."""

from collections.abc import Iterable, Sequence
from itertools import count, pairwise
from math import ceil, floor, isfinite, log10
from typing import Any, NamedTuple

from align_eval.faces import Face

MOST_BINS = 6
"""A number with more values than this is divided into at most as many ranges."""
NOT_GIVEN = "(not given)"
_ROUND = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.5)


class Parts(NamedTuple):
    """The part of each face by its id, and the parts in order: ranges ascending, else as met."""

    of: dict[str, str]
    order: tuple[str, ...]

    @property
    def given(self) -> bool:
        """Whether any face has the attribute."""
        return any(part != NOT_GIVEN for part in self.order)


def divided(faces: Iterable[Face], attribute: str) -> Parts:
    """Faces by an attribute; those without it are `NOT_GIVEN`.

    Parameters
    ----------
    faces : iterable of Face
        Whom to divide.
    attribute : str
        If all its values are finite numbers, and more than `MOST_BINS` different ones, it is
        divided into ranges of equal round width; a value at the bound of two belongs to the upper
        one, the highest value of all to the last.

    Examples
    --------
    >>> from align_eval.faces import Modality
    >>> def turned(yaw):
    ...     return Face(str(yaw), "A", Modality.VISIBLE, lambda: None, attributes={"yaw": yaw})
    >>> parts = divided([turned(yaw) for yaw in (-40.0, -31, -15, 0, 2, 20, 44)], "yaw")
    >>> parts.order
    ('-45 to -30', '-15 to 0', '0 to 15', '15 to 30', '30 to 45')
    >>> parts.of["0"], parts.of["-15"]
    ('0 to 15', '-15 to 0')
    """
    values = {face.id: face.attributes.get(attribute, "") for face in faces}
    numbers = [value for value in values.values() if value != ""]
    if all(map(_is_number, numbers)) and len(set(numbers)) > MOST_BINS:
        return _ranges(values, bounds([float(value) for value in numbers]))
    labels = {face: _label(value) for face, value in values.items()}
    return Parts(labels, tuple(dict.fromkeys(labels.values())))


def bounds(values: Sequence[float]) -> tuple[float, ...]:
    """The bounds of at most `MOST_BINS` ranges of equal round width that hold all values.

    >>> bounds([0.3, 2.9])
    (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
    """
    low, high = min(values), max(values)
    smallest = floor(log10((high - low) / MOST_BINS))
    for width in (factor * 10.0**power for power in count(smallest) for factor in _ROUND):
        first, last = floor(low / width), ceil(high / width)
        if last - first <= MOST_BINS:
            break
    return tuple(_tidy(i * width) for i in range(first, max(last, first + 1) + 1))


def _tidy(value: float) -> float:
    return float(f"{value:.12g}") + 0.0


def _ranges(values: dict[str, Any], edges: tuple[float, ...]) -> Parts:
    names = [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    labels = {}
    for face, value in values.items():
        inside = sum(float(value) >= edge for edge in edges[1:-1]) if value != "" else -1
        labels[face] = NOT_GIVEN if inside < 0 else names[inside]
    found = set(labels.values())
    return Parts(labels, tuple(name for name in (*names, NOT_GIVEN) if name in found))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _label(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value) or NOT_GIVEN
