import json
import os

import numpy as np
import pytest

from align_eval.dataset import Trials
from align_eval.errors import DataError
from align_eval.scores import Scores
from align_eval.store import load_result, load_scores, save_scores, write_bytes, write_json


def test_a_file_that_cannot_be_finished_leaves_the_old_one_and_no_litter(tmp_path, monkeypatch):
    path = write_bytes(tmp_path / "a.bin", b"old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fdopen", fail)
    with pytest.raises(OSError, match="disk full"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_json_is_strict_json_whatever_the_numbers(tmp_path):
    values = {"nan": float("nan"), "inf": np.inf, "n": np.float32(0.5), "k": (np.int64(3),)}
    text = write_json(tmp_path / "a.json", values).read_text()
    strict = json.loads(text, parse_constant=pytest.fail)
    assert strict == {"nan": None, "inf": "inf", "n": 0.5, "k": [3]}


@pytest.mark.parametrize("fold", [None, [0, 1, 1, 0]])
def test_scores_survive_their_file(tmp_path, fold):
    subjects = {"a1": "Ann", "a2": "Ann", "b1": "<b>", "c1": "Cé"}
    trials = Trials.pairs(["a1", "b1", "a2", "a1"], ["a2", "c1", "b1", "c1"], subjects, fold)
    scores = Scores(trials, [0.5, -np.inf, 0.25, 1.0])
    save_scores(tmp_path / "s.parquet", scores)
    read = load_scores(tmp_path / "s.parquet")
    assert np.array_equal(read.values, scores.values)
    assert read.trials.same_pairs(trials)
    assert np.array_equal(read.trials.genuine, trials.genuine)
    assert read.trials.clusters[0] == trials.clusters[0]
    assert (read.trials.fold is None) == (fold is None)


def test_a_folder_without_a_run_is_one_clear_error(tmp_path):
    with pytest.raises(DataError, match="holds no finished run"):
        load_result(tmp_path)
