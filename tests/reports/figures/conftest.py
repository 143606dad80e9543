import re

import pytest


def points_of(path):
    """The points of a path of ``M``, ``l``, ``h``, ``v`` and ``z``."""
    x = y = 0.0
    start, points = (0.0, 0.0), []
    for command, numbers in re.findall(r"([Mlhvz])([^Mlhvz]*)", path):
        values = [float(n) for n in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", numbers)]
        if command == "z":
            x, y = start
            continue
        if command in "hv":
            values = [v for n in values for v in ((n, 0.0) if command == "h" else (0.0, n))]
        for dx, dy in zip(values[::2], values[1::2], strict=True):
            x, y = (dx, dy) if command == "M" else (x + dx, y + dy)
            points.append((x, y))
        if command == "M":
            start = points[-1]
    return points


@pytest.fixture(scope="session")
def walked():
    return points_of
