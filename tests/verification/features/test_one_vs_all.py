"""One-versus-all regressions and their calibration."""

import numpy as np
import pytest
from sklearn.cross_decomposition import PLSRegression

from align_eval.errors import ConfigError, DataError, UnknownNameError
from verification.features.one_vs_all import OneVsAll

DIMENSIONS = 200


def people(count, shots, seed, noise=0.8):
    rng = np.random.default_rng(seed)
    own = rng.normal(size=(count, 1, DIMENSIONS))
    rows = own + noise * rng.normal(size=(count, shots, DIMENSIONS))
    return rows.reshape(-1, DIMENSIONS).astype(np.float32)


BACKGROUND = people(12, 5, 0)


def named(count, shots):
    return [f"p{i}" for i in range(count) for _ in range(shots)]


def test_a_row_is_scikit_learns_regression():
    gallery, probes = people(4, 2, 1), people(5, 3, 2)
    matcher = OneVsAll(BACKGROUND, components=6, calibration="none")
    scores = matcher.enrolled(gallery, named(4, 2)) @ matcher.probed(probes).T
    samples = np.concatenate([gallery, BACKGROUND]).astype(float)
    for number in range(4):
        wanted = -np.ones(len(samples))
        wanted[2 * number : 2 * number + 2] = 1
        model = PLSRegression(6, scale=False).fit(samples, wanted)
        assert np.abs(scores[number] - np.ravel(model.predict(probes))).max() < 1e-4


def test_calibrated_responses_have_one_scale():
    matcher = OneVsAll(BACKGROUND)
    rows = matcher.enrolled(people(4, 1, 1), named(4, 1))
    responses = rows @ matcher.probed(BACKGROUND).T
    assert np.abs(responses.mean(axis=1)).max() < 1e-3
    assert np.allclose(responses.std(axis=1), 1, atol=1e-3)


def test_calibration_brings_unlike_models_to_one_threshold():
    """References of one and of six samples: as regressed, their scores are of unlike spread."""
    strangers = people(60, 2, 5)
    gallery = np.concatenate([people(5, 1, 1), people(5, 6, 3)])
    names = [*named(5, 1), *(f"q{i}" for i in range(5) for _ in range(6))]
    unlike = {}
    for calibration in ("none", "z"):
        matcher = OneVsAll(BACKGROUND, calibration=calibration)
        scores = matcher.enrolled(gallery, names) @ matcher.probed(strangers).T
        spread = scores.std(axis=1)
        unlike[calibration] = spread.std() / spread.mean()
    assert unlike["z"] < 0.8 * unlike["none"]


def test_its_own_probes_score_highest():
    gallery, probes = people(6, 1, 1), people(6, 4, 1)
    matcher = OneVsAll(BACKGROUND)
    rows = matcher.enrolled(gallery, named(6, 1))
    assert rows.dtype == np.float32
    assert rows.shape == (6, DIMENSIONS + 1)
    # The same seed draws the same people first, then their first shots differ.
    table = rows @ matcher.probed(people(6, 1, 1, noise=0.0)).T
    assert (table.argmax(axis=0) == np.arange(6)).all()
    assert len(probes) == 24


def test_names_keep_their_order_and_need_no_sorting():
    gallery, matcher = people(3, 2, 1), OneVsAll(BACKGROUND)
    order = [0, 2, 4, 1, 3, 5]
    names = ["b", "b", "a", "a", "c", "c"]
    rows = matcher.enrolled(gallery, names)
    mixed = matcher.enrolled(gallery[order], [names[i] for i in order])
    assert np.abs(rows - mixed).max() < 1e-3


def test_one_reference_has_the_background_against_it():
    matcher = OneVsAll(BACKGROUND)
    assert np.isfinite(matcher.enrolled(people(1, 1, 1), ["only"])).all()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"background": BACKGROUND[:1]}, DataError),
        ({"components": 0}, ConfigError),
        ({"calibration": "t"}, UnknownNameError),
    ],
)
def test_what_cannot_be_regressed_is_refused(options, error):
    with pytest.raises(error):
        OneVsAll(**{"background": BACKGROUND, **options})


def test_more_components_than_samples_are_cut():
    matcher = OneVsAll(BACKGROUND[:4], components=50)
    assert np.isfinite(matcher.enrolled(people(2, 1, 1), ["a", "b"])).all()
