import json

import pytest
from stores import made_store
from tasks import TinyTask

from landmark_models.card import read_card
from landmark_models.train.loop import Settings
from landmark_models.train.make import Origin, make
from landmark_models.train.task import Stage

STORE, VALIDATION = made_store(12), made_store(4, seed=1)
ONE = Settings(seed=3, threads=1, bf16=False)


def card_of(task, folder, settings=ONE):
    origin = Origin("align-eval train tiny", {"training": [{"name": "drawn"}]})
    return read_card(make(task, STORE, VALIDATION, settings, folder, origin))


def test_a_model_that_learns_nothing_by_gradient_has_a_card_without_stages(tmp_path):
    card = card_of(TinyTask.as_made(), tmp_path)
    assert card.training["stages"] == []
    assert card.training["seconds"] >= 0
    assert card.errors["visible"]["n"] == card.errors["thermal"]["n"] == 2
    assert card.errors["visible"]["nme"] > 0
    assert (tmp_path / "tiny.onnx").is_file()


def test_a_model_that_learns_nothing_is_made_again_all_the_same(tmp_path):
    first, second = (card_of(TinyTask.as_made(), tmp_path) for _ in range(2))
    assert first.files == second.files
    assert first.errors == second.errors


@pytest.mark.parametrize(("balance", "said"), [(None, "online"), ("full", "full")])
def test_a_card_says_how_faces_were_chosen(tmp_path, balance, said):
    task = TinyTask(Stage("all", 1, 1e-3, batch=4, balance="online"))
    card = card_of(task, tmp_path, Settings(seed=3, threads=1, bf16=False, balance=balance))
    (stage,) = json.loads((tmp_path / "tiny.json").read_text())["training"]["stages"]
    assert stage["balance"] == said
    assert card.training["stages"] == [stage]
