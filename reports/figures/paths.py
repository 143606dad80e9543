"""Paths of SVG in shorthand: steps to the side and up take a letter and one number each."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

Point = tuple[float, float]

_LINES = re.compile(r"(?:[ML] (?:-?\d+(?:\.\d+)?(?:e[+-]?\d+)?[ \n]+){2}|z[ \n]*)+")
_COMMAND = re.compile(r"([MLz])(?: (\S+) (\S+))?")
_LONG = re.compile(r"-?\d+\.\d{3,}(?:e[+-]?\d+)?")


def relative(path: str) -> str:
    """The data of a path of straight lines as steps from point to point, on hundredths.

    Every point is where it was, to half a hundredth: steps do not add their roundings up. Data
    with curves only has its numbers rounded.

    Examples
    --------
    >>> relative("M 1 2 L 3 2 L 3 0.5 L 4 1 L 5 2 L 1 2 z ")
    'M1 2h2v-1.5l1 .5 1 1h-4z'
    >>> relative("M 1.23456 2 Q 0 0 0.12345 1")
    'M 1.23 2 Q 0 0 .12 1'
    """
    if not _LINES.fullmatch(path):
        return _LONG.sub(lambda number: _text(_hundredths(number[0])) or "0", path).strip()
    parts: list[str] = []
    run: list[Point] = []
    for command, x, y in _COMMAND.findall(path):
        if command != "L":
            parts.append(polyline(run))
            run = []
        if command == "z":
            parts.append("z")
        else:
            run.append((float(x), float(y)))
    return "".join([*parts, polyline(run)])


def polyline(points: Sequence[Point]) -> str:
    """Data of a path through points, "" for none.

    >>> polyline([(0, 0), (1, 0), (2, 0), (2, -0.25), (2, -0.25)])
    'M0 0h1 1v-.25 0'
    """
    if not points:
        return ""
    places = [(_hundredths(x), _hundredths(y)) for x, y in points]
    x, y = places[0]
    return f"M{_joined((x, y))}" + _steps(places)


def _steps(places: Sequence[tuple[int, int]]) -> str:
    text, last = [], ""
    for (x0, y0), (x, y) in pairwise(places):
        dx, dy = x - x0, y - y0
        command = "l" if dx and dy else "h" if dx else "v"
        numbers = _joined((dx, dy) if command == "l" else (dx or dy,))
        if command != last:
            text.append(command)
        elif not numbers.startswith("-"):
            text.append(" ")
        text.append(numbers)
        last = command
    return "".join(text)


def _joined(values: Iterable[int]) -> str:
    return " ".join(map(_text, values)).replace(" -", "-")


def _hundredths(value: float | str) -> int:
    return round(100 * float(value))


@lru_cache(maxsize=100_000)
def _text(hundredths: int) -> str:
    """A number without what it does not need: ``-.5``.

    >>> _text(-50), _text(1200), _text(1), _text(0)
    ('-.5', '12', '.01', '0')
    """
    text = f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")
    return re.sub(r"^(-?)0\.", r"\1.", text)
