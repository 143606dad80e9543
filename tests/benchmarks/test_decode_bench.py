"""What reading 68 heat maps of 96×96 costs on one core, beside the search for the highest cells."""

from math import log
from time import perf_counter

import numpy as np
import pytest

from landmark_models.peaks import Reading, read

POINTS, SIDE, ROUNDS = 68, 96, 300
TAYLOR_MS = 0.2
# Times of the plain arg-max of the same maps.
RATIOS = {
    ("argmax", Reading()): 6,
    ("quarter", Reading()): 7,
    ("taylor", Reading()): 6,
    ("taylor", Reading(blur=2.0)): 14,
    ("gaussian", Reading()): 8,
    ("softargmax", Reading(window=9)): 7,
    ("softargmax", Reading()): 30,
    ("softargmax", Reading(sharpness=10.0)): 35,
}


def heatmaps():
    draw = np.random.default_rng(0)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    x, y = draw.uniform(8, SIDE - 9, (2, POINTS, 1, 1))
    maps = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 8)
    return (maps + draw.normal(0, 0.01, maps.shape)).astype(np.float32)[None]


def milliseconds(call, rounds=ROUNDS):
    """The least of many times: what the machine does besides only adds."""
    times = []
    for _ in range(rounds):
        started = perf_counter()
        call()
        times.append(perf_counter() - started)
    return 1e3 * min(times)


def one_by_one(maps):
    """The Taylor expansion as published implementations write it: a loop over points."""
    found = []
    for values in maps[0]:
        row, column = np.unravel_index(values.argmax(), values.shape)
        around = values[row - 1 : row + 2, column - 1 : column + 2].astype(np.float64)
        (nw, n, ne), (w, c, e), (sw, s, se) = [[log(max(v, 1e-10)) for v in r] for r in around]
        hessian = np.array([[e + w - 2 * c, (se - sw - ne + nw) / 4], [0, s + n - 2 * c]])
        hessian[1, 0] = hessian[0, 1]
        slope = np.array([e - w, s - n]) / 2
        found.append(np.array([column, row]) - np.linalg.inv(hessian) @ slope)
    return np.array(found)


@pytest.mark.parametrize("case", RATIOS, ids=lambda case: f"{case[0]} {case[1]}")
def test_a_reader_costs_a_few_searches_for_the_highest_cells(benchmark, case):
    maps = heatmaps()
    flat = maps.reshape(POINTS, -1)
    read(maps, *case)
    plain, ours = milliseconds(lambda: flat.argmax(axis=1)), milliseconds(lambda: read(maps, *case))
    benchmark.extra_info |= {"ms": ours, "arg-max ms": plain, "ratio": ours / plain}
    benchmark.pedantic(read, (maps, *case), rounds=5)
    assert ours / plain <= RATIOS[case]
    if case == ("taylor", Reading()):
        assert ours <= TAYLOR_MS


def test_all_maps_at_once_are_five_times_faster_than_one_by_one(benchmark):
    maps = heatmaps()
    np.testing.assert_allclose(read(maps, "taylor").at[0], one_by_one(maps), atol=1e-5)
    slow = milliseconds(lambda: one_by_one(maps), 30)
    ours = milliseconds(lambda: read(maps, "taylor"))
    benchmark.extra_info |= {"one by one ms": slow, "ours ms": ours, "ratio": slow / ours}
    benchmark.pedantic(read, (maps, "taylor"), rounds=5)
    assert slow / ours >= 5
