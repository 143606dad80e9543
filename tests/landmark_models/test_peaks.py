import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.errors import ConfigError
from landmark_models._log_surface import FLOOR
from landmark_models.peaks import READERS, Reading, read

SOFT = [
    ("softargmax", Reading()),
    ("softargmax", Reading(sharpness=9.0)),
    ("softargmax", Reading(window=5)),
    ("softargmax", Reading(window=7, sharpness=9.0)),
]
PEAKED = [
    ("argmax", Reading()),
    ("quarter", Reading()),
    ("taylor", Reading()),
    ("taylor", Reading(blur=1.3)),
    ("gaussian", Reading(window=3)),
    ("gaussian", Reading()),
    ("gaussian", Reading(window=7)),
]
EVERY = PEAKED + SOFT
EXACT = [("taylor", Reading()), ("gaussian", Reading(window=3)), ("gaussian", Reading())]
SAME = 1e-9
# Normal equations of weights from 1 down to the floor's square lose half of the digits.
SAME_FIT = 1e-7


def named(case):
    how, reading = case
    return f"{how}, {reading}".replace("Reading", "")


def gaussian(x, y, deviation, shape=(32, 32), ridge=1.0, slope=0.0):
    """A map; `ridge` is the ratio of the deviations along y and x, `slope` their correlation."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    u, v = (columns - x) / deviation, (rows - y) / (deviation * ridge)
    return np.exp(-(u * u - 2 * slope * u * v + v * v) / (2 * (1 - slope * slope)))


def mixed_maps():
    """Noise alone, some of it below 0, and noisy Gaussians anywhere, the border included."""
    draw = np.random.default_rng(0)
    noise = draw.normal(size=(20, 11, 14))
    places = draw.uniform(-1, [14, 11], (100, 2))
    blobs = np.stack([gaussian(*at, draw.uniform(0.6, 3), (11, 14)) for at in places])
    blobs += draw.normal(0, 0.03, blobs.shape)
    return np.concatenate([noise, noise - 9, blobs]).reshape(4, 35, 11, 14)


# One map at a time, in plain Python.


def reference(values, how, reading):
    """x, y, and the spread along each."""
    row, column = np.unravel_index(values.argmax(), values.shape)
    if how == "softargmax":
        return soft_reference(values, row, column, reading)
    if how == "gaussian":
        return fit_reference(values, row, column, reading.window or 5)
    step, spread = expansion_reference(values, row, column, reading.blur)
    if how == "argmax":
        step = (0, 0)
    elif how == "quarter":
        wide = np.pad(values, 1, mode="reflect")
        r, c = row + 1, column + 1
        step = (
            0.25 * np.sign(wide[r, c + 1] - wide[r, c - 1]),
            0.25 * np.sign(wide[r + 1, c] - wide[r - 1, c]),
        )
    return column + step[0], row + step[1], *spread


def logarithm(value, height):
    return np.log(max(value / height, FLOOR)) if height > 0 else np.log(FLOOR)


def bounded(spreads, shape):
    return [
        min(spread, np.sqrt((side**2 - 1) / 12))
        for spread, side in zip(spreads, shape[::-1], strict=True)
    ]


def expansion_reference(values, row, column, blur):
    radius = int(np.ceil(3 * blur))
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / blur) ** 2) if blur else np.ones(1)
    weights /= weights.sum()
    wide = np.pad(values, radius + 1, mode="reflect")

    def smooth(dy, dx):
        top, left = row + 1 + dy, column + 1 + dx
        part = wide[top : top + 2 * radius + 1, left : left + 2 * radius + 1]
        return sum(weights[i] * weights[j] * part[i, j] for i, j in np.ndindex(part.shape))

    around = {(dy, dx): smooth(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)}
    f = {key: logarithm(value, around[0, 0]) for key, value in around.items()}
    g = np.array([f[0, 1] - f[0, -1], f[1, 0] - f[-1, 0]]) / 2
    xx, yy = f[0, 1] + f[0, -1] - 2 * f[0, 0], f[1, 0] + f[-1, 0] - 2 * f[0, 0]
    xy = (f[1, 1] - f[1, -1] - f[-1, 1] + f[-1, -1]) / 4
    if xx < -1e-9 and yy < -1e-9 and xy**2 < (1 - 1e-6) * xx * yy:
        hessian = np.array([[xx, xy], [xy, yy]])
        step, variance = -np.linalg.solve(hessian, g), np.diag(-np.linalg.inv(hessian))
    else:
        bends = [min(xx, -1e-9), min(yy, -1e-9)]
        step = [-a / b if b < -1e-9 else 0.0 for a, b in zip(g, bends, strict=True)]
        variance = -1 / np.array(bends)
    own = sum(w * (k - radius) ** 2 for k, w in enumerate(weights))
    spread = np.sqrt(np.maximum(variance - own, 0))
    return np.clip(step, -1, 1), bounded(spread, values.shape)


def fit_reference(values, row, column, side):
    half = side // 2
    middle = [
        min(max(at, half), n - 1 - half) for at, n in zip((row, column), values.shape, strict=True)
    ]
    rows, right = [], []
    for dy in range(-half, half + 1):
        for dx in range(-half, half + 1):
            log = logarithm(values[middle[0] + dy, middle[1] + dx], values[row, column])
            weight = np.exp(log)
            rows.append(weight * np.array([1, dx, dy, dx * dx / 2, dy * dy / 2, dx * dy]))
            right.append(weight * log)
    _, x, y, xx, yy, xy = np.linalg.lstsq(np.array(rows), np.array(right))[0]
    if not (xx < -1e-9 and yy < -1e-9 and xy**2 < (1 - 1e-6) * xx * yy):
        step, spread = expansion_reference(values, row, column, 0.0)
        return column + step[0], row + step[1], *spread
    hessian = np.array([[xx, xy], [xy, yy]])
    step = -np.linalg.solve(hessian, [x, y])
    spread = bounded(np.sqrt(np.diag(-np.linalg.inv(hessian))), values.shape)
    place = np.clip(
        [middle[1] + step[0], middle[0] + step[1]], [column - 1, row - 1], [column + 1, row + 1]
    )
    return *place, *spread


def soft_reference(values, row, column, reading):
    top = values.max()
    total, sums, squares = 0.0, np.zeros(2), np.zeros(2)
    for r, c in np.ndindex(values.shape):
        if reading.window and max(abs(r - row), abs(c - column)) > reading.window // 2:
            continue
        if reading.sharpness:
            weight = np.exp(reading.sharpness * (values[r, c] - top))
        else:
            weight = max(values[r, c], 0.0) if top > 0 else 1.0
        total += weight
        sums += weight * np.array([c, r])
        squares += weight * np.array([c, r]) ** 2
    mean = sums / total
    return *mean, *np.sqrt(np.maximum(squares / total - mean**2, 0))


@pytest.mark.parametrize("case", EVERY, ids=named)
def test_all_maps_at_once_are_read_as_each_alone_in_plain_python(case):
    maps, same = mixed_maps(), SAME_FIT if case[0] == "gaussian" else SAME
    found = read(maps, *case)
    for at in np.ndindex(maps.shape[:2]):
        x, y, across, down = reference(maps[at], *case)
        np.testing.assert_allclose(found.at[at], [x, y], rtol=0, atol=same)
        # A spread that is nearly none is the root of what rounding leaves of a square.
        np.testing.assert_allclose(found.spread[at], [across, down], rtol=same, atol=1e-7)
        assert found.height[at] == maps[at].max()


# What must hold of any map.


@settings(max_examples=60, deadline=None)
@given(
    x=st.floats(6, 25), y=st.floats(6, 25), deviation=st.floats(1, 3), height=st.floats(1e-3, 1e3)
)
def test_a_gaussian_is_found_where_it_is(x, y, deviation, height):
    maps = height * gaussian(x, y, deviation)[None, None]
    for case in EXACT:
        found = read(maps, *case)
        assert np.abs(found.at[0, 0] - [x, y]).max() <= 1e-6
        np.testing.assert_allclose(found.spread[0, 0], deviation, rtol=1e-6)
    assert np.abs(read(maps, "quarter").at[0, 0] - [x, y]).max() <= 0.25 + 1e-9
    assert np.abs(read(maps, "argmax").at[0, 0] - [x, y]).max() <= 0.5 + 1e-9
    # Blurring a sampled Gaussian gives a Gaussian but for what three deviations cut off.
    blurred = read(maps, "taylor", Reading(blur=1.5))
    assert np.abs(blurred.at[0, 0] - [x, y]).max() <= 0.01
    np.testing.assert_allclose(blurred.spread[0, 0], deviation, rtol=0.02)


@settings(max_examples=40, deadline=None)
@given(
    x=st.floats(8, 23), y=st.floats(8, 23), deviation=st.floats(1.2, 1.8),
    ridge=st.floats(1, 1.6), slope=st.floats(-0.5, 0.5),
)  # fmt: skip
def test_a_slanting_gaussian_of_two_widths_is_found_too(x, y, deviation, ridge, slope):
    maps = gaussian(x, y, deviation, ridge=ridge, slope=slope)[None, None]
    for case in EXACT[:2]:
        found = read(maps, *case)
        assert np.abs(found.at[0, 0] - [x, y]).max() <= 1e-6
        np.testing.assert_allclose(found.spread[0, 0], [deviation, deviation * ridge], rtol=1e-6)


@settings(max_examples=40, deadline=None)
@given(x=st.floats(-0.4, 31.4), y=st.floats(-0.4, 31.4), deviation=st.floats(2.2, 3))
def test_a_fitted_gaussian_is_found_up_to_the_border(x, y, deviation):
    """If it is wide enough that no cell of the window that was moved inside is below the floor."""
    found = read(gaussian(x, y, deviation)[None, None], "gaussian")
    assert np.abs(found.at[0, 0] - [x, y]).max() <= 1e-6


@settings(max_examples=40, deadline=None)
@given(x=st.floats(16, 24), y=st.floats(16, 24), deviation=st.floats(1, 2.5))
def test_the_mean_of_a_whole_gaussian_is_its_centre(x, y, deviation):
    found = read(gaussian(x, y, deviation, (41, 41))[None, None], "softargmax")
    # Sums over samples are integrals to e^(−2π²σ²); the tails end 16 cells away.
    assert np.abs(found.at[0, 0] - [x, y]).max() <= 1e-6
    np.testing.assert_allclose(found.spread[0, 0], deviation, rtol=1e-6)


@pytest.mark.parametrize("case", EVERY, ids=named)
def test_mirrored_maps_have_mirrored_peaks(case):
    maps = mixed_maps()
    found, turned = read(maps, *case), read(maps[..., ::-1, ::-1], *case)
    np.testing.assert_allclose(turned.at, [13, 10] - found.at, atol=1e-7)
    np.testing.assert_allclose(turned.spread, found.spread, atol=1e-6)
    swapped = read(maps.swapaxes(2, 3), *case)
    np.testing.assert_allclose(swapped.at, found.at[..., ::-1], atol=1e-7)
    np.testing.assert_allclose(swapped.spread, found.spread[..., ::-1], atol=1e-6)


@pytest.mark.parametrize("case", EVERY, ids=named)
@settings(max_examples=10, deadline=None)
@given(factor=st.floats(1e-3, 1e3))
def test_a_scaled_map_has_its_peak_at_the_same_place(case, factor):
    how, reading = case
    maps, scaled = mixed_maps(), reading
    if reading.sharpness:
        scaled = Reading(window=reading.window, sharpness=reading.sharpness / factor)
    found, other = read(maps, how, reading), read(factor * maps, how, scaled)
    np.testing.assert_allclose(other.at, found.at, atol=1e-7)
    np.testing.assert_allclose(other.spread, found.spread, atol=1e-6)
    np.testing.assert_allclose(other.height, factor * found.height)


@pytest.mark.parametrize("case", [c for c in EVERY if c != SOFT[1]], ids=named)
@settings(max_examples=10, deadline=None)
@given(dx=st.integers(0, 20), dy=st.integers(0, 12), seed=st.integers(0, 99))
def test_a_moved_peak_is_found_moved(case, dx, dy, seed):
    """Not by a softmax of whole maps, since the number of even cells on each side changes."""
    part = np.random.default_rng(seed).random((13, 15))
    part[5:9, 6:10] += gaussian(1.3, 1.8, 1.2, (4, 4))
    maps = np.zeros((2, 1, 38, 48))
    maps[0, 0, 6:19, 6:21] = maps[1, 0, 6 + dy : 19 + dy, 6 + dx : 21 + dx] = part
    found = read(maps, *case)
    np.testing.assert_allclose(found.at[1, 0], found.at[0, 0] + [dx, dy], atol=1e-7)
    np.testing.assert_allclose(found.spread[1], found.spread[0], atol=1e-6)


@pytest.mark.parametrize("case", PEAKED, ids=named)
def test_no_step_is_longer_than_a_cell(case):
    maps = mixed_maps()
    step = read(maps, *case).at - read(maps, "argmax").at
    assert np.abs(step).max() <= 1


# Odd maps.


@pytest.mark.parametrize("case", EVERY, ids=named)
def test_a_map_without_a_number_for_its_height_has_no_point_and_spares_the_others(case):
    maps = mixed_maps()
    whole = read(maps, *case)
    maps[0, 1, 3, 4], maps[1, 2, 0, 0], maps[2, 3] = np.nan, np.inf, -np.inf
    lost = np.zeros(maps.shape[:2], bool)
    lost[[0, 1, 2], [1, 2, 3]] = True
    found = read(maps, *case)
    for part, before in zip(found, whole, strict=True):
        assert np.isnan(part[lost]).all()
        np.testing.assert_array_equal(part[~lost], before[~lost])


FLAT = [0.0, 0.7, -2.0]
EVEN = np.sqrt((np.square([15, 9]) - 1) / 12)


@pytest.mark.parametrize("case", PEAKED, ids=named)
@pytest.mark.parametrize("value", FLAT)
def test_the_peak_of_a_flat_map_is_its_first_cell_and_as_wide_as_the_map(case, value):
    found = read(np.full((1, 1, 9, 15), value), *case)
    assert found.at[0, 0].tolist() == [0, 0]
    assert found.height[0, 0] == value
    np.testing.assert_allclose(found.spread[0, 0], EVEN)


@pytest.mark.parametrize("value", FLAT)
def test_the_mean_of_a_flat_map_is_its_centre_or_that_of_its_first_cells(value):
    maps = np.full((1, 1, 9, 15), value)
    for how, reading in SOFT:
        found = read(maps, how, reading)
        side = reading.window
        np.testing.assert_allclose(found.at[0, 0], side // 2 / 2 if side else [7, 4], atol=1e-9)
        if side is None:
            np.testing.assert_allclose(found.spread[0, 0], EVEN)


@pytest.mark.parametrize("case", EVERY, ids=named)
def test_a_single_cell_above_zero_is_its_own_peak(case):
    maps = np.zeros((1, 1, 21, 21))
    maps[0, 0, 9, 12] = 1
    if case[1].sharpness and case[1].window is None:
        maps[0, 0, 9, 12] = 9  # 441 cells of e^(−81) do not pull
    found = read(maps, *case)
    np.testing.assert_allclose(found.at[0, 0], [12, 9], atol=1e-6)
    assert (found.spread < 1).all()


@pytest.mark.parametrize("case", PEAKED[:4], ids=named)
@pytest.mark.parametrize(("x", "y"), [(0, 0), (13, 10), (0, 5), (6, 10)])
def test_a_peak_on_the_border_stays_on_it(case, x, y):
    found = read(gaussian(x, y, 2.0, (11, 14))[None, None], *case)
    np.testing.assert_allclose(found.at[0, 0], [x, y], atol=1e-9)


@pytest.mark.parametrize("case", EVERY, ids=named)
def test_values_of_minus_infinity_are_low_values(case):
    maps = np.full((1, 1, 15, 15), -np.inf)
    maps[0, 0, 6:9, 5:8] = gaussian(1.2, 0.9, 1.0, (3, 3))
    found = read(maps, *case)
    assert np.abs(found.at[0, 0] - [6.2, 6.9]).max() <= 1


@pytest.mark.parametrize("case", [c for c in EVERY if c[0] != "gaussian"], ids=named)
@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (2, 2)])
def test_the_smallest_maps_are_read(case, shape):
    maps = np.ones((1, 1, *shape))
    maps[0, 0, -1, -1] = 2
    found = read(maps, *case)
    assert np.isfinite(found.at).all()
    assert (found.at >= 0).all()
    assert (found.at[0, 0] <= np.array(shape)[::-1] - 1).all()


@pytest.mark.parametrize("case", EVERY, ids=named)
def test_the_precision_and_the_layout_of_the_numbers_do_not_matter(case):
    maps = mixed_maps().astype(np.float16)
    exact = read(maps.astype(np.float64), *case)
    scattered = np.asfortranarray(maps.astype(np.float32))
    for other in (maps, maps.astype(np.float32), scattered):
        found = read(other, *case)
        np.testing.assert_array_equal(found.height, exact.height)
        np.testing.assert_allclose(found.at, exact.at, atol=1e-3)
    whole = np.rint(1000 * mixed_maps()).astype(np.int16)
    np.testing.assert_array_equal(read(whole, *case).height, whole.max(axis=(2, 3)))


def test_no_maps_are_no_points():
    for case in EVERY:
        found = read(np.zeros((0, 5, 8, 8), np.float32), *case)
        assert found.at.shape == (0, 5, 2)
        assert found.height.shape == (0, 5)


def test_maps_that_cannot_be_read_and_options_without_sense_are_refused():
    for shape in ((5, 8, 8), (1, 5, 0, 8)):
        with pytest.raises(ConfigError, match="want the shape"):
            read(np.zeros(shape))
    with pytest.raises(ConfigError, match="window of 5 cells wants maps as large, got 4×9"):
        read(np.zeros((1, 1, 4, 9)), "gaussian")
    for options in (
        {"window": 4}, {"window": 1}, {"window": 5.0}, {"window": True}, {"blur": -1.0},
        {"blur": float("nan")}, {"blur": "2"}, {"sharpness": 0}, {"sharpness": float("inf")},
    ):  # fmt: skip
        with pytest.raises(ConfigError, match=f"reading.{next(iter(options))} wants"):
            Reading(**options)


def test_an_option_goes_with_the_readers_that_use_it():
    for options, users in (
        ({"window": 5}, {"gaussian", "softargmax"}),
        ({"blur": 1.0}, {"taylor"}),
        ({"sharpness": 1.0}, {"softargmax"}),
    ):
        for how in READERS:
            if how in users:
                Reading(**options).suit(how)
            else:
                with pytest.raises(ConfigError, match="wants decode"):
                    Reading(**options).suit(how)


# What it is for.


def ensemble(noise, deviation=2.0, seed=0):
    """400 noisy Gaussians on maps of 48×48, float32, and their centres."""
    draw = np.random.default_rng(seed)
    centres = draw.uniform(8, 39, (400, 2))
    maps = np.stack([gaussian(*at, deviation, (48, 48)) for at in centres])
    maps += draw.normal(0, noise, maps.shape)
    return maps.astype(np.float32)[None], centres


def rms(maps, centres, how, reading=Reading()):  # noqa: B008
    return np.sqrt(np.square(read(maps, how, reading).at[0] - centres).sum(axis=1).mean())


@pytest.mark.parametrize("noise", [0.0, 0.005, 0.02, 0.05])
def test_in_noise_a_fit_is_nearer_than_an_expansion_a_quarter_and_the_highest_cell(noise):
    maps, centres = ensemble(noise)
    whole, quarter, taylor, fit = (
        rms(maps, centres, how) for how in ("argmax", "quarter", "taylor", "gaussian")
    )
    blurred = rms(maps, centres, "taylor", Reading(blur=2.0))
    assert whole > 1.4 * quarter
    if noise <= 0.02:
        assert quarter > 1.5 * taylor
        assert blurred < 0.05
    else:
        # An expansion differentiates noise; a fit and a blurred map average it.
        assert taylor > 1.5 * fit
    assert quarter > 3 * fit
    assert quarter > 3 * blurred
