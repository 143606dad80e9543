"""The golden files are the tables of the fixture as they were last read."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from align_eval.curves import Roc
from align_eval.result import FAILURE_COLUMNS, ROW_COLUMNS, Result
from reports.csv_tables import ROC_POINTS, render, roc_table

GOLDEN = Path(__file__).parents[1] / "golden" / "reports"


@pytest.fixture(scope="module")
def folder(result, tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    render(result, out)
    return out / "tables"


@pytest.mark.parametrize("name", ["results", "landmark_errors", "failures"])
def test_a_table_is_the_golden_one(folder, name):
    written, golden = (pd.read_csv(place / f"{name}.csv") for place in (folder, GOLDEN))
    pd.testing.assert_frame_equal(written, golden, rtol=1e-12)


def test_every_digit_and_every_gap_survives(folder, result):
    with (folder / "results.csv").open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    for name in ("value", "delta", "p_holm"):
        values = [float(row[name] or "nan") for row in read]
        assert np.array_equal(values, result.rows[name].to_numpy(dtype=float), equal_nan=True)
    assert [row["note"] for row in read] == result.rows["note"].tolist()


def test_a_table_without_rows_still_has_its_heads(tmp_path):
    render(Result({}, pd.DataFrame(), {}), tmp_path)
    heads = {path.stem: pd.read_csv(path).columns for path in (tmp_path / "tables").iterdir()}
    assert tuple(heads["results"]) == ROW_COLUMNS
    assert tuple(heads["failures"]) == FAILURE_COLUMNS


def test_a_missed_face_stays_infinite(folder):
    errors = pd.read_csv(folder / "face_errors.csv")
    assert np.isinf(errors["error"]).sum() == 15


def test_a_curve_for_every_pipeline_and_aligner(folder, result):
    names = {f"roc_{k.dataset}--{k.pipeline}--{k.aligner}.csv" for k in result.scores}
    assert {path.name for path in folder.glob("roc_*.csv")} == names


def test_the_points_of_a_thinned_curve_are_points_of_the_exact_one():
    rng = np.random.default_rng(5)
    exact = Roc.from_scores(rng.normal(1, 1, 4000), rng.normal(0, 1, 9000))
    table = roc_table(exact)
    assert 100 < len(table) <= ROC_POINTS < len(exact)
    at = [exact.index(threshold) for threshold in table["threshold"]]
    assert np.array_equal(table["far"], exact.far[at])
    assert np.array_equal(table["tar"], exact.tar[at])
    assert np.array_equal(table["frr"], exact.frr[at])


def test_costs_folds_and_times_are_tables_with_every_digit(costed, tmp_path):
    render(costed, tmp_path)
    read = {path.stem: pd.read_csv(path) for path in (tmp_path / "tables").iterdir()}
    rows = costed.rows.set_index(["pipeline", "dataset", "aligner", "metric"])
    own = read["costs"].set_index(["pipeline", "dataset", "aligner", "metric"])
    assert len(own) == 2 * 2 * 6 * 2
    for name in ("value", "delta", "delta_high", "p_holm"):
        assert np.array_equal(own[name], rows.loc[own.index, name])
    assert np.array_equal(read["folds"]["value"], costed.folds["value"])
    assert len(read["fold_means"]) == len(read["folds"]) / 3
    assert set(read["ablation"]["aligner"]) == {"ground_truth"}
    spent = sum(note["seconds"] for note in costed.provenance["stages"].values())
    assert read["times"]["seconds"].sum() == pytest.approx(spent)


def test_what_a_study_asks_besides_is_a_table_each_and_no_file_where_it_asks_nothing(
    asked, folder, tmp_path
):
    render(asked, tmp_path)
    written = {path.name for path in (tmp_path / "tables").iterdir()}
    more = {"error_parts.csv", "claims.csv", "published.csv"}
    assert written - {path.name for path in folder.iterdir()} == more
    read = pd.read_csv(tmp_path / "tables" / "error_parts.csv")
    assert set(read["normaliser"].dropna()) == {"ion", "ipn"}
    assert np.array_equal(read["value"], asked.error_parts["value"], equal_nan=True)
    claims = pd.read_csv(tmp_path / "tables" / "claims.csv")
    assert np.array_equal(claims["value"], asked.claims["value"], equal_nan=True)
