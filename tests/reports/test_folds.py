import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from reports.folds import COLUMNS, fold_rows, fold_tables


def test_means_and_spreads_are_those_of_the_folds_and_the_pooled_value_is_the_rows(costed):
    rows = fold_rows(costed)
    assert tuple(rows.columns) == COLUMNS
    keys = ["dataset", "pipeline", "aligner", "policy", "metric"]
    pooled = costed.rows.set_index(keys)["value"]
    for row in rows.to_dict(orient="records"):
        key = tuple(row[name] for name in keys)
        own = costed.folds.set_index(keys).loc[[key], "value"].to_numpy(float)
        assert row["folds"] == 3
        assert row["mean"] == pytest.approx(own.mean())
        assert row["std"] == pytest.approx(np.std(own, ddof=1))
        assert (row["least"], row["most"]) == (own.min(), own.max())
        assert row["pooled"] == pooled[key]


def test_a_table_for_each_pipeline_of_a_data_set_that_is_cross_validated(costed):
    tables = fold_tables(costed)
    for table, pipeline in zip(tables, ("dpm_pls", "dpm_cosine"), strict=True):
        assert table.caption.startswith(f"thermal, {pipeline}, 3 folds: mean ± standard deviation")
        assert len(table.rows) == 6
        assert {len(row.cells) + 1 for row in table.rows} == {len(table.columns)}
        assert " ± " in table.rows[0].cells[0].text


def test_a_fold_without_a_value_is_left_out_and_said(costed):
    folds = costed.folds.copy()
    first = folds.index[0]
    folds.loc[first, ["value", "note"]] = [math.nan, "insufficient impostors"]
    changed = replace(costed, folds=folds)
    assert fold_rows(changed)["folds"].tolist()[0] == 2
    table, other = fold_tables(changed)
    assert other.footnotes == ()
    mark = table.rows[0].cells[0].mark
    assert dict(table.footnotes)[mark] == "1 of 3 folds without a value: insufficient impostors"


def test_a_single_fold_has_no_spread(costed):
    one = replace(costed, folds=costed.folds[costed.folds["fold"] == 0])
    assert fold_rows(one)["std"].isna().all()
    for table in fold_tables(one):
        assert "±" not in table.rows[0].cells[0].text


def test_policies_have_tables_of_their_own(costed):
    both = pd.concat([costed.folds, costed.folds.assign(policy="exclude")])
    captions = [table.caption for table in fold_tables(replace(costed, folds=both))]
    assert [caption.split(":")[0] for caption in captions] == [
        f"thermal, {pipeline}, policy {policy}, 3 folds"
        for policy in ("reject", "exclude")
        for pipeline in ("dpm_pls", "dpm_cosine")
    ]


def test_an_aligner_without_a_metric_has_dashes(costed):
    gone = (costed.folds["aligner"] == "dan") & (costed.folds["metric"] == "AUC")
    table, _ = fold_tables(replace(costed, folds=costed.folds[~gone]))
    (row,) = (row for row in table.rows if row.head == "dan")
    assert [cell.text for cell in row.cells[-2:]] == ["–", "–"]


def test_without_folds_there_are_no_tables(result):
    assert fold_rows(result).empty
    assert fold_tables(result) == []
