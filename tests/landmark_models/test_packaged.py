import json
from dataclasses import asdict
from importlib.resources import files

import pytest
from cards import ZEROS, card

from align_eval.errors import ConfigError, UnknownNameError
from align_eval.weights import sha256
from landmark_models import packaged
from landmark_models.card import write_card
from landmark_models.packaged import PACKAGED, card_path, checked_file, faults, packaged_cards


@pytest.fixture
def weights(tmp_path):
    """A folder with two sound models."""
    for name in ("one", "two"):
        sound(tmp_path, name)
    return tmp_path


def sound(folder, name, **keys):
    file = folder / f"{name}.onnx"
    file.write_bytes(name.encode() * 100)
    return write_card(card(name=name, files={file.name: sha256(file)}, **keys), folder)


def test_the_weights_that_are_shipped_have_no_fault():
    assert faults(PACKAGED) == []
    assert files("landmark_models").joinpath("weights").is_dir()


def test_a_sound_folder_has_no_fault(weights):
    assert faults(weights) == []
    assert list(packaged_cards(weights)) == ["one", "two"]


def another(folder):
    (folder / "one.onnx").write_bytes(b"another")


def stranger(folder):
    (folder / "three.onnx").write_bytes(b"3")


def twice(folder):
    keys = asdict(card(name="also", files={"one.onnx": sha256(folder / "one.onnx")}))
    (folder / "also.json").write_text(json.dumps(keys))


def renamed(folder):
    (folder / "one.json").rename(folder / "first.json")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (another, ["one.onnx has sha256", "named by 0 sound cards"]),
        (stranger, ["three.onnx is named by 0 sound cards"]),
        (twice, ["one.onnx is named by 2 sound cards"]),
        (renamed, ["first.json is the card of 'one'"]),
        (lambda f: (f / "one.onnx").unlink(), ["names one.onnx, which is not beside it"]),
        (lambda f: (f / "one.json").write_text("{}"), ["one.json lacks", "named by 0"]),
        (lambda f: (f / "one.json").unlink(), ["one.onnx is named by 0"]),
        (lambda f: sound(f, "one", errors={}), ["one.json names no measured errors"]),
    ],
)
def test_each_fault_is_told(weights, spoil, told):
    spoil(weights)
    found = faults(weights)
    assert len(found) == len(told)
    for line, part in zip(found, told, strict=True):
        assert part in line


def test_files_that_are_too_large_are_told_alone_and_together(weights, monkeypatch):
    monkeypatch.setattr(packaged, "LARGEST", 299)
    monkeypatch.setattr(packaged, "LARGEST_IN_ALL", 599)
    found = faults(weights)
    assert [line.split(",")[0] for line in found] == [
        "one.onnx has 300 bytes",
        "two.onnx has 300 bytes",
        "all ONNX files have 600 bytes",
    ]


def test_a_card_is_found_by_name_by_file_and_by_folder(weights, tmp_path, monkeypatch):
    (tmp_path / "alone").mkdir()
    alone = sound(tmp_path / "alone", "own")
    assert card_path(alone, "it") == alone
    assert card_path(str(alone.parent), "it") == alone
    monkeypatch.setattr(packaged, "PACKAGED", weights)
    assert card_path("two", "it") == weights / "two.json"


def test_what_names_no_card_is_refused_in_one_line(weights, tmp_path, monkeypatch):
    monkeypatch.setattr(packaged, "PACKAGED", weights)
    empty = tmp_path / "empty"
    empty.mkdir()
    for source, message in (
        (str(empty), "holds 0 cards"),
        (str(weights), "holds 2 cards"),
        ("dan", "it: no weights 'dan' are packaged; train them with `align-eval train dan"),
        ("twoo", "Did you mean 'two'"),
        (str(tmp_path / "gone.json"), "unknown weights of it"),
    ):
        with pytest.raises(ConfigError, match=message) as caught:
            card_path(source, "it")
        assert "\n" not in str(caught.value)
    with pytest.raises(UnknownNameError):
        card_path("twoo", "it")


def test_a_file_is_only_given_out_if_it_is_the_one_that_the_card_means(weights):
    made = card(name="one", files={"one.onnx": ZEROS, "gone.onnx": ZEROS})
    with pytest.raises(ConfigError, match=f"one.onnx has sha256 .* wants {ZEROS}"):
        checked_file(made, weights, "one.onnx")
    with pytest.raises(ConfigError, match=r"names gone\.onnx, which is not beside it"):
        checked_file(made, weights, "gone.onnx")
