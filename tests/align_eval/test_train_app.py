import csv
import json

import pytest

from align_eval import train_app
from align_eval.cli import main
from align_eval.errors import ConfigError, MissingExtraError, UnknownNameError
from landmark_models import CATALOG
from landmark_models.card import read_card

TOML = """
title = "three rendered people"
[[training]]
name = "learned"
model = "synthetic"
subjects = 3
variations = "NN EH"
protocol = "none"
seed = 91
size = 64
[[validation]]
name = "chosen_by"
model = "synthetic"
subjects = 1
variations = "NN"
protocol = "none"
seed = 92
size = 64
[[test]]
name = "measured"
model = "synthetic"
subjects = 1
variations = "NN LD"
protocol = "none"
seed = 93
size = 64
"""


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    path = tmp_path_factory.mktemp("people") / "people.toml"
    path.write_text(TOML, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def trained(people, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained") / "dan"
    code = main(["train", "dan", "--data", str(people), "--out", str(out), "--epochs", "0.2"])
    assert code == 0
    return out


def test_a_training_leaves_weights_a_card_and_a_log(trained):
    card = read_card(trained / "dan.json")
    assert card.architecture["class"] == "landmark_models.nets.dan:Dan"
    assert card.data["faces"] == 12
    assert card.data["subjects"] == 3
    assert list(card.files) == ["dan.onnx"]
    rows = list(csv.DictReader((trained / "log.csv").read_text().splitlines()))
    assert {row["stage"] for row in rows} == {"stage1", "stage2"}


def test_its_card_says_what_was_measured_and_how_to_make_it_again(trained, people):
    card = read_card(trained / "dan.json")
    assert card.training["command"] == (
        f"align-eval train dan --config compact --data {people.name} --seed 0 --epochs 0.2"
    )
    assert card.errors["thermal"]["n"] == 2
    assert card.errors["visible"]["n"] == 1
    assert card.errors["visible"]["dark"] == 1
    assert card.errors["thermal"]["normaliser"] == "distance of the outer eye corners"
    text = (trained / "dan.json").read_text(encoding="utf-8")
    assert str(people.parent) not in text
    assert [part["for"] for part in json.loads(text)["data"]["sets"]] == [
        "training",
        "validation",
        "test",
    ]


def test_what_it_leaves_is_a_landmark_model(trained):
    model = CATALOG.build("dan", {"weights": str(trained)}, workers=1)
    assert len(model.scheme) == 68


def test_the_same_command_again_trains_nothing(trained, people):
    before = (trained / "log.csv").read_bytes()
    train_app.train("dan", trained, data=people, epochs=0.2, workers=1)
    assert (trained / "log.csv").read_bytes() == before


def test_unknown_names_are_one_line(people, tmp_path, capsys):
    assert main(["train", "den", "--data", str(people), "--out", str(tmp_path)]) == 2
    assert "Did you mean 'dan'" in capsys.readouterr().err
    with pytest.raises(UnknownNameError, match="Did you mean 'compact'"):
        train_app.train("dan", tmp_path, config="compakt", data=people)
    with pytest.raises(UnknownNameError, match="Did you mean 'synthetic'"):
        train_app.train("dan", tmp_path, data="synthetik")


@pytest.mark.parametrize("option", ["--epochs", "--workers"])
def test_numbers_that_cannot_be_are_refused(option, people, tmp_path, capsys):
    assert main(["train", "dan", "--data", str(people), "--out", str(tmp_path), option, "0"]) == 2
    assert option in capsys.readouterr().err


def test_shipped_data_want_the_folder_that_holds_the_heads(tmp_path, monkeypatch):
    monkeypatch.delenv("ALIGN_EVAL_DATA", raising=False)
    with pytest.raises(ConfigError, match="ALIGN_EVAL_DATA"):
        train_app.train("dan", tmp_path)


def test_without_torch_the_extra_is_named(monkeypatch, people, tmp_path):
    monkeypatch.setattr(train_app, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="train"):
        train_app.train("dan", tmp_path, data=people)


def test_a_models_own_options_and_the_balance_are_trained_with_and_told(monkeypatch, tmp_path):
    made = []

    def make(task, store, validation, settings, folder, origin, **others):
        made.append((task, settings, origin.command))
        return folder / "validated.json"

    monkeypatch.setattr("landmark_models.train.make.make", make)
    monkeypatch.setattr(train_app, "stores", lambda *data, **how: (how["side"], None))
    words = ["--option", "variant=NOBB", "--option", "distance=euclidean", "--balance", "online"]
    assert main(["train", "validated", "--out", str(tmp_path), "--seed", "5", *words]) == 0
    ((task, settings, command),) = made
    assert (task.variant, task.distance, settings.balance) == ("NOBB", "euclidean", "online")
    assert command == (
        "align-eval train validated --config compact --option variant=NOBB --option "
        "distance=euclidean --balance online --data synthetic --seed 5"
    )
    assert main([*command.split()[1:], "--out", str(tmp_path)]) == 0
    assert made[1][1:] == (settings, command)


def test_a_task_says_how_large_its_faces_are_stored(monkeypatch, tmp_path):
    sides = []
    monkeypatch.setattr("landmark_models.train.make.make", lambda *given, **others: tmp_path)
    monkeypatch.setattr(
        train_app, "stores", lambda *data, **how: sides.append(how["side"]) or (None, None)
    )
    train_app.train("dan", tmp_path)
    monkeypatch.setattr("landmark_models.train.tasks.dan.DanTask.side", 288, raising=False)
    train_app.train("dan", tmp_path)
    assert sides == [192, 288]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--option", "variant=NOB"], "Did you mean 'NOBB'"),
        (["--option", "varient=NON"], "Did you mean 'variant'"),
        (["--option", "variant"], "--option wants NAME=VALUE"),
        (["--option", "config=paper"], "options want no config 'paper'"),
        (["--balance", "full-time"], "unknown balance 'full-time'"),
    ],
)
def test_options_that_a_model_does_not_take_are_one_line(words, message, people, tmp_path, capsys):
    assert main(["train", "validated", "--data", str(people), "--out", str(tmp_path), *words]) == 2
    assert message in capsys.readouterr().err
