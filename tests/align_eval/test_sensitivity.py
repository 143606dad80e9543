"""What a sensitivity study is asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from align_eval.errors import ConfigError, UnknownNameError
from align_eval.perturbation import KINDS, PARTS, POINTS
from align_eval.sensitivity import REPLAY, Sensitivity


def test_the_default_moves_points_and_directions():
    one = Sensitivity()
    assert one.each_kind == ("jitter", "shift_x", "shift_y", "rotation", "scale", *POINTS)
    assert len(one.sweeps()) == 10 * len(one.levels) * one.repeats


def test_all_is_everything_once():
    assert Sensitivity(kinds=("jitter", "all")).each_kind == tuple(KINDS)


def test_what_draws_nothing_is_not_repeated():
    sweeps = Sensitivity(kinds=("bias_x", "jitter"), levels=(0.1,), repeats=4).sweeps()
    assert [sweep.kind for sweep in sweeps].count("bias_x") == 1
    assert [sweep.repeat for sweep in sweeps if sweep.kind == "jitter"] == [0, 1, 2, 3]


def test_residuals_are_replayed_whole_and_in_parts():
    sweeps = Sensitivity(kinds=(), replay=("a", "b"), stretch=(0.5, 1.0), repeats=2).sweeps()
    whole = [sweep for sweep in sweeps if sweep.kind == REPLAY]
    assert [(s.aligner, s.level, s.repeat) for s in whole] == [
        (name, factor, i) for name in "ab" for factor in (0.5, 1.0) for i in (0, 1)
    ]
    assert [(s.aligner, s.kind) for s in sweeps[len(whole) :]] == [
        (name, part) for name in "ab" for part in PARTS
    ]


@given(
    levels=st.lists(st.floats(1e-4, 1), min_size=1, max_size=4, unique=True),
    kinds=st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=4, unique=True),
    repeats=st.integers(1, 3),
)
def test_a_table_makes_the_same_again(levels, kinds, repeats):
    one = Sensitivity(tuple(kinds), tuple(levels), repeats, ("dan",))
    assert Sensitivity.from_config(one.to_config()) == one
    names = [sweep.name for sweep in one.sweeps()]
    assert len(names) > 0
    assert all(name.startswith("_") and "--" not in name for name in names)


def test_levels_that_print_alike_are_told_apart():
    one = Sensitivity(("jitter",), (0.1, 0.10000000001), 1)
    assert len({sweep.name for sweep in one.sweeps()}) == 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"levels": [0.0]}, "levels want finite numbers above 0, got 0.0"),
        ({"levels": [float("nan")]}, "levels want finite numbers"),
        ({"stretch": [-1]}, "stretch want finite numbers above 0"),
        ({"levels": [0.1, 0.1]}, "levels want each value once, got 0.1 twice"),
        ({"levels": 0.1}, "sensitivity's levels want a list, got 0.1"),
        ({"levels": ["0.1"]}, "sensitivity's levels want numbers, got '0.1'"),
        ({"kinds": [1]}, "sensitivity's kinds want texts, got 1"),
        ({"repeats": 0}, "repeats want at least 1, got 0"),
        ({"repeats": 1.5}, "sensitivity's repeats wants a number, got 1.5"),
        ({"loss": 0}, r"loss wants a number in \(0, 1\), got 0"),
        ({"kinds": []}, "wants kinds with levels, or aligners to replay"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(fields, words):
    with pytest.raises(ConfigError, match=words):
        Sensitivity.from_config(fields)


def test_unknown_names_are_named():
    with pytest.raises(UnknownNameError, match="kind of perturbation 'nose'"):
        Sensitivity(kinds=("nose",))
    with pytest.raises(UnknownNameError, match=r"key of sensitivity 'level'.*levels"):
        Sensitivity.from_config({"level": [0.1]})
    with pytest.raises(ConfigError, match="sensitivity wants a table, got 3"):
        Sensitivity.from_config(3)
    with pytest.raises(UnknownNameError, match=r"aligner to replay 'dmn'.*dan"):
        Sensitivity(replay=("dmn",)).check(["truth", "dan"], "truth")
    with pytest.raises(ConfigError, match="'truth' is the baseline, which has no residuals"):
        Sensitivity(replay=("truth",)).check(["truth", "dan"], "truth")
