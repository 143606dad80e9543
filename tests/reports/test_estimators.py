from dataclasses import replace

import costed as drawn
import numpy as np
import pytest

from align_eval.resample import compare
from align_eval.result import Key, Result
from reports.estimators import (
    COLUMNS,
    estimator_plates,
    estimator_rows,
    estimator_tables,
    estimator_verdicts,
)

FIVE = {"name": "dpm_pls", "model": "pls", "estimator": "similarity:5"}
TWO = {"name": "dpm_cosine", "model": "pls", "estimator": "similarity:eyes"}


def crossed(costed, *pipelines, **changes):
    """The drawn result as if its pipelines differed in these tables alone."""
    study = {**costed.study, "pipelines": list(pipelines), "resamples": 50, **changes}
    return replace(costed, study=study)


@pytest.fixture(scope="module")
def costed():
    """Three aligners of the drawn study."""
    return drawn.result({name: drawn.ERRORS[name] for name in ("ground_truth", "dan", "mtcnn")})


@pytest.fixture(scope="module")
def two_ways(costed):
    return crossed(costed, FIVE, TWO)


def test_every_alignment_is_set_against_the_first_with_the_same_landmarks(two_ways):
    rows = estimator_rows(two_ways)
    assert tuple(rows.columns) == COLUMNS
    assert list(dict.fromkeys(rows["alignment"])) == ["similarity:5", "similarity:2"]
    assert set(rows["pipeline"]) == {"dpm_pls"}
    assert set(rows["landmarks"]) == set(two_ways.rows["aligner"])
    keys = {name: Key("thermal", name, "dan") for name in ("dpm_pls", "dpm_cosine")}
    wanted = compare(
        {name: two_ways.scores[key] for name, key in keys.items()},
        "dpm_pls",
        ["EER"],
        resamples=50,
    ).iloc[1]
    own = rows[(rows["dataset"] == "thermal") & (rows["landmarks"] == "dan")]
    found = own[(own["alignment"] == "similarity:2") & (own["metric"] == "EER")].iloc[0]
    columns = ["value", "delta", "delta_low", "delta_high", "p"]
    assert found[columns].tolist() == wanted[columns].tolist()


@pytest.mark.parametrize(
    "other",
    [
        {"name": "dpm_cosine", "model": "cosine", "estimator": "affine"},
        {"name": "dpm_cosine", "model": "pls", "estimator": "similarity:5", "filter": "none"},
        {"name": "dpm_cosine", "model": "pls", "estimator": "similarity:5"},
    ],
)
def test_what_differs_in_more_or_in_nothing_is_no_cross(costed, other):
    found = crossed(costed, FIVE, other)
    rows = estimator_rows(found)
    assert rows.empty
    assert estimator_tables(rows, 0.95) == estimator_plates(rows, 0.95) == []
    assert estimator_verdicts(rows, 0.95) == []


def test_templates_and_minimised_errors_are_named_where_they_differ(costed):
    tables = [{"base": "arcface112"}, {"base": "arcface112", "margin": 0.1}]
    pipelines = [
        {"name": name, "model": "pls", "template": table, "minimise": way}
        for name, table, way in zip(
            ("dpm_pls", "dpm_cosine"), tables, ("target", "source"), strict=True
        )
    ]
    rows = estimator_rows(crossed(costed, *pipelines))
    assert list(dict.fromkeys(rows["alignment"])) == [
        "in template pixels, base = arcface112",
        "in image pixels, base = arcface112; margin = 0.1",
    ]


def test_aligners_that_differ_in_their_fit_alone_are_one_source_of_landmarks(costed):
    aligners = [
        {"name": "ground_truth"},
        {"name": "dan"},
        {"name": "mtcnn", "model": "dan", "estimator": "affine:5"},
    ]
    study = {**costed.study, "aligners": aligners, "resamples": 20}
    rows = estimator_rows(replace(costed, study=study))
    assert set(rows["landmarks"]) == {"dan"}
    assert list(dict.fromkeys(rows["alignment"])) == ["similarity:all", "affine:5"]
    assert set(rows["pipeline"]) == {"dpm_pls", "dpm_cosine"}


def test_the_table_has_values_first_and_then_signed_differences(two_ways):
    rows = estimator_rows(two_ways)
    table = estimator_tables(rows, 0.95)[0]
    assert [row.head for row in table.rows] == ["similarity:5", "similarity:2"]
    assert table.rows[0].note == "reference"
    assert [column.head for column in table.columns[1:]] == list(dict.fromkeys(rows["landmarks"]))
    record = rows[(rows["dataset"] == "thermal") & (rows["metric"] == "EER")]
    first, second = record[record["landmarks"] == "ground_truth"].to_dict(orient="records")
    assert table.rows[0].cells[0].text.startswith(f"{100 * first['value']:.1f}"[:3])
    assert float(table.rows[1].cells[0].text.replace("−", "-")) == pytest.approx(
        100 * second["delta"], abs=0.06
    )


def test_a_sentence_for_each_other_alignment_counts_what_is_decided(two_ways):
    rows = estimator_rows(two_ways)
    said = estimator_verdicts(rows, 0.95)
    assert [verdict.aligner for verdict in said] == ["similarity:2"]
    assert "against similarity:5 on EER" in said[0].sentence
    own = rows[(rows["metric"] == "EER") & (rows["alignment"] == "similarity:2")]
    assert f"in {len(own)} comparisons" in said[0].sentence
    level = rows.assign(delta=0.0, delta_low=-0.01, delta_high=0.01)
    [none] = estimator_verdicts(level, 0.95)
    assert none.kind == "level"
    assert "cannot be told apart on these data" in none.sentence
    worse = rows.assign(delta=0.05, delta_low=0.04, delta_high=0.06, p_holm=0.001)
    assert estimator_verdicts(worse, 0.95)[0].kind == "worse"


def test_the_figure_draws_every_cell_and_marks_what_is_decided(two_ways):
    rows = estimator_rows(two_ways)
    thermal, visible = estimator_plates(rows, 0.95)
    assert (thermal.name, visible.name) == (
        "estimators_thermal--dpm_pls",
        "estimators_visible--dpm_pls",
    )
    figure = thermal.draw()
    cells = [text for ax in figure.axes for text in ax.texts]
    n_metrics = rows["metric"].nunique()
    assert len(cells) == n_metrics * (1 + 2 * rows["landmarks"].nunique())  # and a heading each
    assert len(figure.axes) == n_metrics
    bold = sum(t.get_fontweight() == "bold" for t in cells) - n_metrics
    own = rows[(rows["dataset"] == "thermal") & (rows["alignment"] == "similarity:2")]
    assert bold == int(((own["delta_low"] > 0) | (own["delta_high"] < 0)).sum())


def test_what_is_not_defined_is_a_dash_with_its_reason(two_ways):
    rows = estimator_rows(two_ways).copy()
    rows.loc[rows["alignment"] == "similarity:2", ["delta", "delta_low", "delta_high"]] = np.nan
    rows.loc[rows["alignment"] == "similarity:2", "note"] = "too few"
    table = estimator_tables(rows, 0.95)[0]
    cell = table.rows[1].cells[0]
    assert (cell.text, dict(table.footnotes)[cell.mark]) == ("–", "too few")
    assert estimator_plates(rows, 0.95)[0].draw().axes


def test_a_result_without_a_study_has_no_cross(result):
    assert estimator_rows(Result({}, result.rows, result.scores)).empty
