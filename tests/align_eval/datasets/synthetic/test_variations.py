import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from align_eval.datasets.synthetic.heads import HEADS
from align_eval.datasets.synthetic.light import LIGHT_NAMES
from align_eval.datasets.synthetic.occluders import OCCLUDERS
from align_eval.datasets.synthetic.variations import (
    GROUPS,
    SPREADS,
    VARIATIONS,
    Shot,
    shot_of,
    variation_named,
    variations_named,
)
from align_eval.errors import ConfigError, UnknownNameError

NAMES = st.sampled_from(sorted(VARIATIONS))
SMALL = st.integers(0, 500)


def test_the_acronyms_and_types_are_those_of_the_papers_table():
    types = {
        "Expression": "NN EH EA ES ESp",
        "Action": "AEC AOM",
        "Pose": "PU PD PL PR",
        "Occlusion": "OOG OSG OH OHM OHE",
        "Light": "LLU LLR LLL LD LR",
    }
    assert " ".join(VARIATIONS) == " ".join(types.values())
    for kind, names in types.items():
        assert {VARIATIONS[name].kind for name in names.split()} == {kind}


def test_occluders_and_lights_are_known_by_their_modules():
    assert {v.occluder for v in VARIATIONS.values()} - {""} == set(OCCLUDERS)
    assert {v.light for v in VARIATIONS.values()} == set(LIGHT_NAMES)


@pytest.mark.parametrize("name", VARIATIONS)
def test_the_built_in_head_has_every_blend_shape(name):
    shapes = set(HEADS.build("parametric").expression_names)
    assert {shape for shape, _ in shot_of(1, 2, 0, name).expression} <= shapes


def test_the_scanned_head_has_every_blend_shape(data_root):
    shapes = HEADS.build("ict", {"path": str(data_root / "permissive/ict_facekit")})
    for name in VARIATIONS:
        assert {shape for shape, _ in shot_of(1, 2, 0, name).expression} <= set(
            shapes.expression_names
        )


@settings(deadline=None, max_examples=40)
@given(NAMES, SMALL, SMALL, st.integers(0, 9), st.integers(0, 9), st.sampled_from(sorted(SPREADS)))
def test_a_shot_stays_within_its_spread(name, seed, subject, session, repeat, spread_name):
    kind, spread = VARIATIONS[name], SPREADS[spread_name]
    shot = shot_of(seed, subject, session, name, repeat, spread)
    assert abs(shot.yaw - kind.yaw) <= (spread.turn if kind.yaw else spread.yaw)
    assert abs(shot.pitch - kind.pitch) <= (spread.turn if kind.pitch else spread.pitch)
    assert abs(shot.roll) <= spread.roll
    bound = (1 + spread.scale) * (1 + spread.stand)
    assert 2 - bound - 1e-9 <= shot.scale <= bound
    assert max(map(abs, shot.shift)) <= spread.shift
    assert 9 <= shot.distance <= 14
    assert all(0 < weight <= 1 for _, weight in shot.expression)


@settings(deadline=None, max_examples=20)
@given(NAMES, SMALL, SMALL, st.integers(0, 9), st.integers(0, 9))
def test_a_shot_depends_on_who_and_when_alone_and_survives_json(
    name, seed, subject, session, repeat
):
    shot = shot_of(seed, subject, session, name, repeat)
    assert shot == shot_of(seed, subject, session, name, repeat)
    assert Shot.from_json(json.loads(json.dumps(shot.to_json()))) == shot
    for other in (
        shot_of(seed + 1, subject, session, name, repeat),
        shot_of(seed, subject + 1, session, name, repeat),
        shot_of(seed, subject, session + 1, name, repeat),
        shot_of(seed, subject, session, name, repeat + 1),
    ):
        assert other.roll != shot.roll


def test_without_spread_a_pose_is_the_variations_own():
    shot = shot_of(3, 1, 0, "PD", 0, SPREADS["still"])
    assert (shot.yaw, shot.pitch, shot.roll, shot.scale) == (0, VARIATIONS["PD"].pitch, 0, 1)


def test_left_is_the_images_left_and_down_is_down():
    assert VARIATIONS["PL"].yaw < 0 < VARIATIONS["PR"].yaw
    assert VARIATIONS["PU"].pitch < 0 < VARIATIONS["PD"].pitch


def test_purposes_of_one_shot_have_generators_of_their_own():
    shot = shot_of(3, 1, 0, "NN")
    first, again, second = (shot.rng(k).normal(size=4) for k in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.isin(first, second).any()


def test_a_person_stands_in_one_place_in_a_session():
    spread = SPREADS["vis_th"]
    low, high = 1 - spread.scale, 1 + spread.scale
    scales = [shot_of(3, 1, 0, name).scale for name in VARIATIONS]
    assert max(scales) / min(scales) <= high / low


def test_groups_leave_out_what_their_names_say():
    assert set(GROUPS["all"]) - set(GROUPS["lit"]) == {"LD"}
    assert set(GROUPS["lit"]) - set(GROUPS["clear"]) == {"OOG", "OSG", "OH", "OHM", "OHE"}


def test_unknown_and_missing_names_are_refused():
    with pytest.raises(UnknownNameError, match="Did you mean 'OH'"):
        variations_named(["NN", "OHN"])
    with pytest.raises(UnknownNameError):
        variation_named("nn")
    with pytest.raises(ConfigError, match="at least one"):
        variations_named([])
