import numpy as np
import pytest

from align_eval.atomic import write_bytes, write_json, write_parquet
from align_eval.dataset import Trials
from align_eval.errors import DataError
from align_eval.result import (
    CLAIM_COLUMNS,
    DISCARD_COLUMNS,
    FOLD_COLUMNS,
    MISALIGNMENT_COLUMNS,
    PART_COLUMNS,
    SIGNAL_BIN_COLUMNS,
    SIGNAL_COLUMNS,
    Result,
)
from align_eval.scores import Scores
from align_eval.store import (
    load_embedded,
    load_note,
    load_probes,
    load_references,
    load_result,
    load_scores,
    save_embedded,
    save_scores,
)
from align_eval.verifying import Embedded


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


def test_a_pair_that_stands_in_two_folds_keeps_its_two_scores(tmp_path):
    subjects = {"a1": "Ann", "a2": "Ann"}
    trials = Trials.pairs(["a1", "a1"], ["a2", "a2"], subjects, [0, 3])
    save_scores(tmp_path / "s.parquet", Scores(trials, [0.5, 0.75]))
    read = load_scores(tmp_path / "s.parquet")
    assert read.values.tolist() == [0.5, 0.75]
    assert read.trials.fold.tolist() == [0, 3]
    assert read.trials.same_pairs(trials)


def test_one_side_of_the_rows_can_be_read_alone(tmp_path):
    path = tmp_path / "rows.npz"
    sides = [(np.full((n, 3), n, np.float32), np.arange(n) > 0) for n in (2, 4)]
    save_embedded(path, Embedded(sides[0][0], sides[1][0], sides[0][1], sides[1][1]))
    for load, wanted in ((load_references, sides[0]), (load_probes, sides[1])):
        for got, array in zip(load(path), wanted, strict=True):
            assert np.array_equal(got, array)


def test_a_folder_without_a_run_is_one_clear_error(tmp_path):
    with pytest.raises(DataError, match="holds no finished run"):
        load_result(tmp_path)


def test_a_damaged_result_is_one_line(tmp_path):
    write_bytes(tmp_path / "provenance.json", b"{}")
    for damaged in (b"{", b"{}", b"[]", b'{"rows": 3}'):
        write_bytes(tmp_path / "result.json", damaged)
        with pytest.raises(DataError, match="holds a damaged result"):
            load_result(tmp_path)


@pytest.mark.parametrize(
    "load", [load_scores, load_embedded, load_references, load_probes, load_note]
)
@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 and then nothing", b"PAR1"])
def test_a_damaged_stage_is_one_line(tmp_path, load, content):
    path = tmp_path / "stage"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match="cannot read"):
        load(path)


def test_a_result_of_an_older_version_is_read(tmp_path):
    frames = {key: [] for key in ("rows", "landmark_errors", "failures", "scores", "samples")}
    write_json(tmp_path / "result.json", {"study": {}, **frames})
    write_json(tmp_path / "provenance.json", {})
    write_parquet(tmp_path / "landmarks" / "face_errors.parquet", Result({}, [], {}).face_errors)
    read = load_result(tmp_path)
    assert tuple(read.error_parts.columns) == PART_COLUMNS
    assert tuple(read.claims.columns) == CLAIM_COLUMNS
    assert tuple(read.folds.columns) == FOLD_COLUMNS
    assert tuple(read.discards.columns) == DISCARD_COLUMNS
    assert tuple(read.signals.columns) == SIGNAL_COLUMNS
    assert tuple(read.signal_bins.columns) == SIGNAL_BIN_COLUMNS
    assert tuple(read.misalignments.columns) == MISALIGNMENT_COLUMNS
    assert read.overlays == ()
