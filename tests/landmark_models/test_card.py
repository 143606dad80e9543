import json
from dataclasses import asdict

import pytest
from cards import ZEROS, card

from align_eval.errors import ConfigError, UnknownNameError
from landmark_models.card import read_card, write_card


def test_a_card_is_read_as_it_was_written_and_leaves_no_other_file(tmp_path):
    path = write_card(card(), tmp_path)
    assert read_card(path) == card()
    write_card(card(seed=5), tmp_path)
    assert read_card(path).seed == 5
    assert [file.name for file in tmp_path.iterdir()] == ["tiny.json"]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"name": ""}, "name wants a text"),
        ({"commit": None}, "commit wants a text, got None"),
        ({"parameters": "12"}, "parameters wants a whole number, got '12'"),
        ({"seed": True}, "seed wants a whole number, got True"),
        ({"training": []}, r"training wants a table, got \[\]"),
        ({"architecture": {"config": "compact"}}, "architecture lacks class, sizes"),
        ({"data": {"faces": 1}}, "data lacks sets, subjects, left_out"),
        ({"errors": {"thermal": {"nme": 0.1}}}, "errors.thermal lacks n, normaliser"),
        ({"errors": {"thermal": 0.1}}, "errors.thermal lacks nme, n, normaliser"),
        ({"storage": "float61"}, "Did you mean 'float16'"),
        ({"description": {}}, "'tiny'.*wants the key scheme"),
        ({"description": {"scheme": "five", "color": "gray"}}, "'tiny'.*Did you mean 'colour'"),
        ({"files": {}}, "at least one ONNX file"),
        ({"files": {"tiny.pt": ZEROS}}, "ONNX files beside the card, got 'tiny.pt'"),
        ({"files": {"../tiny.onnx": ZEROS}}, "beside the card"),
        ({"files": {"tiny.onnx": "12ab"}}, "SHA-256 of 64 digits, got '12ab'"),
    ],
)
def test_a_card_that_does_not_say_what_it_must_is_refused_in_one_line(keys, message):
    with pytest.raises(ConfigError, match=message) as caught:
        card(**keys)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_card_is_refused(tmp_path):
    path, keys = tmp_path / "tiny.json", asdict(card())
    for text, message in (
        ("{", "cannot read the weight card tiny.json"),
        ("[1]", "wants an object of keys"),
        (json.dumps({**keys, "sead": 1}), "Did you mean 'seed'"),
        (json.dumps({k: v for k, v in keys.items() if k not in ("seed", "data")}), "data, seed"),
    ):
        path.write_text(text)
        with pytest.raises(ConfigError, match=message):
            read_card(path)
    with pytest.raises(ConfigError, match=r"cannot read the weight card gone\.json"):
        read_card(tmp_path / "gone.json")


def test_the_first_file_is_the_model_and_parts_are_found_by_their_ending():
    made = card(files={"a.onnx": ZEROS, "a-stage1.onnx": ZEROS})
    assert made.model == "a.onnx"
    assert made.part("stage1") == "a-stage1.onnx"
    with pytest.raises(ConfigError, match=r"no file \*-stage2.onnx, only a.onnx, a-stage1.onnx"):
        made.part("stage2")


def test_what_it_was_trained_on_leaves_out_what_it_was_tested_on():
    assert card().trained_on == "40 faces of 4 subjects: drawn"


def test_an_unknown_key_is_one_of_several_errors_that_a_study_can_show(tmp_path):
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps({"naem": "tiny"}))
    with pytest.raises(UnknownNameError, match="Did you mean 'name'"):
        read_card(path)
