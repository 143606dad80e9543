import math
from dataclasses import replace

from align_eval.result import Result
from reports.ablation import ablation_rows, ablation_tables

ORDER = ["dpm_pls", "dpm_cosine"]


def test_pipelines_go_down_in_the_studys_order_with_the_baselines_values(costed):
    rows = ablation_rows(replace(costed, rows=costed.rows.iloc[::-1]), ORDER)
    thermal, visible = sorted(ablation_tables(rows, "95 % interval"), key=lambda t: t.caption)
    for table in (thermal, visible):
        assert [row.head for row in table.rows] == ORDER
    own = costed.rows.query(
        "dataset == 'thermal' and pipeline == 'dpm_cosine' and aligner == 'ground_truth' "
        "and metric == 'EER'"
    ).iloc[0]
    place = [c.head for c in thermal.columns].index("EER, %")
    cell = thermal.rows[1].cells[place - 1]
    assert cell.text == f"{100 * own['value']:.1f}"
    assert cell.details == (f"{100 * own['low']:.1f} to {100 * own['high']:.1f}",)
    assert "on faces aligned by ground_truth" in thermal.caption


def test_one_pipeline_is_compared_with_nothing(costed, result):
    alone = costed.rows[costed.rows["pipeline"] == "dpm_pls"]
    assert ablation_rows(replace(costed, rows=alone), ORDER).empty
    assert ablation_rows(Result({}, result.rows.iloc[:0], {}), ORDER).empty
    assert ablation_tables(ablation_rows(replace(costed, rows=alone), ORDER), "") == []


def test_what_a_pipeline_lacks_is_a_dash(costed):
    rows = costed.rows.copy()
    own = (rows["aligner"] == "ground_truth") & (rows["pipeline"] == "dpm_cosine")
    rows.loc[own & (rows["metric"] == "EER"), ["value", "low", "high"]] = math.nan
    rows.loc[own & (rows["metric"] == "EER"), "note"] = "too few"
    kept = rows[~(own & (rows["metric"] == "AUC"))]
    table = ablation_tables(ablation_rows(replace(costed, rows=kept), ORDER), "interval")[0]
    eer, _, auc = table.rows[1].cells
    assert (eer.text, dict(table.footnotes)[eer.mark]) == ("–", "too few")
    assert auc.line == "–"
