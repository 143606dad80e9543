"""Light presets."""

import numpy as np
import pytest

from align_eval.datasets.synthetic.light import LIGHT_NAMES, Lamp, light_of


def main_lamp(name, seed=0, wander=1.0):
    lamps = light_of(name, np.random.default_rng(seed), wander).lamps
    return max(lamps, key=lambda lamp: lamp.strength)


@pytest.mark.parametrize("seed", range(20))
def test_side_lights_come_from_the_image_side_they_name(seed):
    assert main_lamp("left", seed).towards[0] < -0.6
    assert main_lamp("right", seed).towards[0] > 0.6
    assert main_lamp("up", seed).towards[1] < -0.6


@pytest.mark.parametrize("name", [name for name in LIGHT_NAMES if name != "dark"])
def test_lit_presets_light_a_face_from_before_it(name):
    light = light_of(name, np.random.default_rng(1))
    assert min(light.ambient) > 0.05
    assert all(lamp.towards[2] < 0 and lamp.strength > 0 for lamp in light.lamps)


def test_dark_has_no_light_at_all():
    light = light_of("dark", np.random.default_rng(2))
    assert max(light.ambient) == 0
    assert light.backdrop == 0
    assert light.lamps == ()


def test_without_wander_a_preset_is_itself_whatever_the_chance():
    calm = [light_of("room", np.random.default_rng(k), 0.0) for k in (3, 4)]
    assert calm[0] == calm[1]
    assert light_of("room", np.random.default_rng(3)) != light_of("room", np.random.default_rng(4))


def test_the_direction_to_a_lamp_is_of_unit_length():
    lamp = Lamp((3.0, -4.0, -12.0), (1, 1, 1), 1.0, 0.0)
    assert np.allclose(lamp.towards, np.array([3, -4, -12]) / 13)
