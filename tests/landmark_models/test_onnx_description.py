import numpy as np
import pytest

from align_eval.errors import ConfigError, UnknownNameError
from landmark_models.onnx_description import Description, read_keys
from landmark_models.peaks import Reading


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, "wants the key scheme"),
        ({"scheme": "ibug86"}, "Did you mean 'ibug68'"),
        ({"colors": "RGB"}, "Did you mean 'colour'"),
        ({"colour": "bgr"}, "unknown colour 'bgr'"),
        ({"decode": "normalized"}, "Did you mean 'normalised'"),
        ({"order": "xx"}, "unknown order"),
        ({"decode": "soft-argmax"}, "Did you mean 'softargmax'"),
        ({"reading": 5}, "reading wants a table"),
        ({"decode": "taylor", "reading": {"blurr": 2}}, "Did you mean 'blur'"),
        ({"decode": "gaussian", "reading": {"window": 4}}, "reading.window wants an odd number"),
        ({"decode": "heatmap", "reading": {"blur": 2}}, "wants decode 'taylor', got 'quarter'"),
        ({"reading": {"window": 5}}, "'gaussian' or 'softargmax', got 'normalised'"),
        ({"decode": "taylor", "grade": "hight"}, "Did you mean 'height'"),
        ({"grade": "spread"}, "wants a decode of heat maps"),
        ({"decode": "taylor", "grade": "spread", "quality": 1}, "no output as quality"),
        ({"layout": "NWHC"}, "unknown layout"),
        ({"mean": [1, 2]}, "mean wants one number, or one per channel"),
        ({"scale": "1/255"}, "scale wants numbers"),
        ({"mean": True}, "mean wants numbers"),
        ({"scale": [1, 2, float("nan")]}, "scale wants numbers"),
        ({"input_size": [1, 2, 3]}, "input_size wants"),
        ({"input_size": 0}, "input_size wants"),
        ({"input_size": "112"}, "input_size wants"),
        ({"batch_size": 0}, "batch_size wants a positive whole number"),
        ({"threads": -1}, "threads wants a positive whole number"),
        ({"providers": []}, "providers wants"),
        ({"output": 1.5}, "output wants"),
        ({"crop": "square"}, "crop wants a table"),
        ({"crop": {"size": 1.1}}, "unknown key of crop"),
        ({"crop": {"kind": "circle"}}, "unknown crop.kind"),
        ({"crop": {"side": "longest"}}, "unknown crop.side"),
        ({"crop": {"border": "mirror"}}, "unknown crop.border"),
        ({"crop": {"scale": 0}}, "crop.scale wants a positive number"),
        ({"crop": {"shift": [0.1]}}, r"crop.shift wants \[x, y\]"),
    ],
)
def test_a_bad_key_or_value_is_told_in_one_line(keys, message):
    given = {} if not keys else {"scheme": "five", **keys}
    with pytest.raises(ConfigError, match=message) as caught:
        Description.from_keys(given)
    assert "\n" not in str(caught.value)


def test_lists_of_toml_become_values_that_cannot_change():
    about = Description.from_keys(
        {"scheme": "five", "mean": [1, 2, 3], "input_size": [64, 48], "crop": {"shift": [0, 1]}}
    )
    assert about.mean == (1, 2, 3)
    assert about.fixed_size() == (64, 48)
    assert about.crop.shift == (0, 1)
    assert hash(about) == hash(about)


def test_one_number_as_size_is_a_square():
    assert Description("five", input_size=112).fixed_size() == (112, 112)


def test_pixels_are_shifted_then_scaled():
    about = Description("five", mean=127.5, scale=1 / 127.5)
    values = about.normalised(np.array([[0, 255, 127]], np.uint8))
    np.testing.assert_allclose(values, [[-1, 1, -0.5 / 127.5]], atol=1e-6)
    assert values.dtype == np.float32


def test_the_packaged_description_is_a_good_one():
    about = Description.from_keys(read_keys("pfld_ghostone98"))
    assert len(about.points) == 98
    assert about.colour == "BGR"


def test_a_file_that_is_no_toml_is_refused(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text("scheme = five")
    with pytest.raises(ConfigError, match=r"bad\.toml is no TOML"):
        read_keys(str(path))
    with pytest.raises(UnknownNameError, match="pfld_ghostone98"):
        read_keys("nothing_here")


def test_how_maps_are_read_is_a_table_of_keys():
    about = Description.from_keys(
        {"scheme": "five", "decode": "softargmax", "reading": {"window": 7, "sharpness": 2}}
    )
    assert about.reading == Reading(window=7, sharpness=2)
    assert about.grade == "height"
    assert hash(about) == hash(about)
