"""People drawn from a seed."""

import subprocess
import sys

import numpy as np
import pytest

from align_eval.datasets.synthetic.person import HAIR_STYLES, MODES, person_of

CROWD = [person_of(5, k) for k in range(200)]


def test_a_person_depends_on_seed_and_subject_alone():
    code = (
        "from align_eval.datasets.synthetic.person import person_of as p;"
        "q = p(5, 3); print(q.hair, q.skin, q.identity.tolist(), q.rng(1).random())"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    own = person_of(5, 3)
    wanted = f"{own.hair} {own.skin} {own.identity.tolist()} {own.rng(1).random()}"
    assert said.stdout.strip() == wanted


def test_people_of_other_numbers_and_other_seeds_differ():
    assert len({(p.skin, p.brows, p.hair) for p in CROWD}) == len(CROWD)
    assert person_of(6, 3).skin != person_of(5, 3).skin


def test_shape_weights_are_standard_normal_and_read_only():
    weights = np.stack([person.identity for person in CROWD])
    assert weights.shape == (200, MODES)
    assert abs(weights.mean()) < 0.03
    assert 0.94 < weights.std() < 1.02
    with pytest.raises(ValueError, match="read-only"):
        person_of(5, 0).identity[0] = 1


def test_skin_tones_span_the_human_range_evenly():
    shares = np.histogram([p.skin.melanin for p in CROWD], 4, (0, 1))[0] / len(CROWD)
    assert shares.min() > 0.12


def test_every_fraction_lies_between_none_and_all():
    for person in CROWD:
        skin, beard, lips = person.skin, person.beard, person.lips
        fractions = (
            *(skin.melanin, skin.blood, skin.yellow, skin.ruddiness, skin.unevenness, skin.oil),
            *(skin.freckles, skin.wrinkles, skin.circles, person.feminine, person.neckline),
            *(beard.moustache, beard.chin, beard.cheeks, beard.length, person.brows.density),
            *(lips.red, lips.gloss, lips.cover, person.hair.recession, person.hair.curl),
            *person.hair.colour,
            *person.eyes.iris,
            *person.brows.colour,
            *person.clothes[0],
        )
        assert min(fractions) >= 0
        assert max(fractions) <= 1


def test_hair_and_beard_follow_the_traits_they_hang_on():
    assert {person.hair.style for person in CROWD} == set(HAIR_STYLES)
    assert all(p.beard.length == 0 for p in CROWD if p.feminine > 0.5)
    assert any(p.beard.length > 0.4 for p in CROWD)
    dark = [sum(p.hair.colour) for p in CROWD if p.skin.melanin > 0.7 and p.age < 40]
    fair = [sum(p.hair.colour) for p in CROWD if p.skin.melanin < 0.3 and p.age < 40]
    assert np.mean(dark) < np.mean(fair)
    old = [p.skin.wrinkles for p in CROWD if p.age > 55]
    assert min(old) > np.mean([p.skin.wrinkles for p in CROWD if p.age < 30])
