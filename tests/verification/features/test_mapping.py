"""The perceptual mapping, by scikit-learn and by torch."""

import numpy as np
import pytest

from align_eval.errors import ConfigError, DataError, UnknownNameError
from verification.features.mapping import PerceptualMapping, Schedule

QUICK = Schedule(hidden=(80,), steps=3000, batch=64, learning_rate=3e-3, decay=0.1)
PLACES = np.column_stack([np.linspace(-1, 1, 12), np.zeros(12), np.zeros(12)]).astype(np.float32)


def pairs(count, seed, scale=1.0):
    """A bend that depends on the patch's place: no linear map of the descriptor alone does it."""
    rng = np.random.default_rng(seed)
    source = rng.normal(size=(count, 12, 6)).astype(np.float32)
    turn = np.random.default_rng(99).normal(size=(6, 6)) / 2
    target = np.tanh(source @ turn) * (1 + PLACES[:, :1])
    return scale * source, (50 * scale * target).astype(np.float32)


def unexplained(mapping, seed=2, scale=1.0):
    source, target = pairs(200, seed, scale)
    return np.mean((mapping(source, PLACES) - target) ** 2) / target.var()


@pytest.mark.parametrize("trainer", ["sklearn", "torch"])
def test_it_learns_what_depends_on_value_and_place(trainer):
    if trainer == "torch":
        pytest.importorskip("torch")
    mapping = PerceptualMapping(QUICK, trainer)
    mapping.fit(*pairs(400, 1), PLACES)
    assert unexplained(mapping) < 0.05
    assert mapping.provenance["mse"] == pytest.approx(unexplained(mapping), abs=0.02)


def test_torch_and_sklearn_are_of_one_quality():
    pytest.importorskip("torch")
    losses = []
    for trainer in ("sklearn", "torch"):
        mapping = PerceptualMapping(QUICK, trainer)
        mapping.fit(*pairs(400, 1), PLACES)
        losses.append(unexplained(mapping))
    assert losses[0] == pytest.approx(losses[1], rel=0.35)


def test_the_same_seed_gives_the_same_mapping():
    one, other = PerceptualMapping(QUICK), PerceptualMapping(QUICK)
    for mapping in (one, other):
        mapping.fit(*pairs(50, 1), PLACES)
    source = pairs(5, 3)[0]
    assert np.array_equal(one(source, PLACES), other(source, PLACES))


def test_units_do_not_matter():
    mapping = PerceptualMapping(QUICK)
    mapping.fit(*pairs(400, 1, scale=1e-3), PLACES)
    assert unexplained(mapping, scale=1e-3) < 0.05


@pytest.mark.parametrize("trainer", ["sklearn", "torch"])
def test_decay_shrinks_the_weights(trainer):
    if trainer == "torch":
        pytest.importorskip("torch")
    sizes = []
    for decay in (0.0, 100.0):
        mapping = PerceptualMapping(QUICK._replace(decay=decay), trainer)
        mapping.fit(*pairs(100, 1), PLACES)
        sizes.append(np.mean([np.square(weights).mean() for weights, _ in mapping._layers]))
    assert sizes[1] < 0.2 * sizes[0]


def test_no_more_patches_than_wanted_are_trained_on():
    mapping = PerceptualMapping(QUICK, patches=100)
    mapping.fit(*pairs(50, 1), PLACES)
    assert mapping.provenance["patches"] == 100


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"trainer": "keras"}, UnknownNameError),
        ({"patches": 0}, ConfigError),
        ({"schedule": Schedule(hidden=())}, ConfigError),
        ({"schedule": Schedule(learning_rate=0.0)}, ConfigError),
        ({"schedule": Schedule(decay=-1.0)}, ConfigError),
    ],
)
def test_what_cannot_be_trained_is_refused(changes, error):
    with pytest.raises(error):
        PerceptualMapping(**changes)


def test_nothing_to_learn_from_is_refused():
    nothing = np.zeros((0, 12, 6), np.float32)
    with pytest.raises(DataError, match="at least one"):
        PerceptualMapping(QUICK).fit(nothing, nothing, PLACES)
    same = np.ones((3, 12, 6), np.float32)
    with pytest.raises(DataError, match="vary"):
        PerceptualMapping(QUICK).fit(same, same, PLACES)
