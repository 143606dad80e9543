from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from align_eval.result import METRIC_PART_COLUMNS
from reports.costs import costs
from reports.document import document
from reports.html import page
from reports.markdown import text
from reports.metric_parts import (
    costliest,
    metric_part_notes,
    metric_part_plates,
    metric_part_tables,
)

MARKUP = "<b>x</b>"
LOSS = {"box": 0.3, "dlib68": 0.05, "ghostone98": 0.0, "yunet": 0.0}
PARTS = {"-15 to 0": 1.0, "0 to 15": 0.1, MARKUP: 2.0}


def rows(pipeline):
    table = []
    for part, factor in PARTS.items():
        for aligner, loss in LOSS.items():
            delta = -factor * loss
            whole = ("drawn", pipeline, aligner, "yaw", part, "TAR@FAR=1e-2")
            ends = (delta - 0.02, delta + 0.02)
            table.append((*whole, 0.9 + delta, 0.8, 1.0, delta, *ends, 120, 900, ""))
            table.append((*whole[:5], "EER", 0.1, 0.0, 0.2, 0.5, 0.4, 0.6, 120, 900, ""))
    few = ("drawn", pipeline, "box", "yaw", "rare", "TAR@FAR=1e-2", *[np.nan] * 6, 3, 50)
    table.append((*few, "too few: 3 genuine trials, at least 10 wanted"))
    absent = ("drawn", pipeline, "*", "range", "", "", *[np.nan] * 6, 0, 0)
    table.append((*absent, "no probe of the data set has the attribute 'range'"))
    return table


@pytest.fixture(scope="module")
def parted(result):
    table = [row for pipeline in ("dlib", "arcface") for row in rows(pipeline)]
    return replace(result, metric_parts=pd.DataFrame(table, columns=list(METRIC_PART_COLUMNS)))


def test_the_costliest_beyond_chance_stand_in_their_order(parted):
    what, names = costliest(costs(parted)[0], "drawn")
    assert what.name == "TAR@FAR=1e-2"
    assert names == ("box", "dlib68")


def test_a_table_has_the_first_pipeline_s_parts_and_differences(parted):
    tables = metric_part_tables(parted)
    assert len(tables) == 1
    table = tables[0]
    assert [column.head for column in table.columns] == [
        "Yaw",
        "Genuine trials",
        "yunet, %",
        "Δ box, points",
        "Δ dlib68, points",
    ]
    assert [row.head for row in table.rows] == ["−15 to 0", "0 to 15", MARKUP, "rare"]
    first = table.rows[0].cells
    assert [cell.text for cell in first] == ["120", "90.0", "−30.0", "−5.0"]
    assert [cell.tone for cell in first] == ["", "", "worse", "worse"]
    assert table.rows[1].cells[3].tone == ""  # −0.5 ± 2


def test_a_part_without_a_value_says_why(parted):
    table = metric_part_tables(parted)[0]
    cell = table.rows[3].cells[2]
    assert cell.text == "–"
    assert dict(table.footnotes)[cell.mark].startswith("too few: 3 genuine trials")


def test_what_cannot_be_divided_is_said_once(parted):
    assert metric_part_notes(parted) == [
        "drawn: no probe of the data set has the attribute 'range'."
    ]


def test_where_nothing_costs_beyond_chance_a_sentence_says_so(parted):
    level = parted.rows.assign(delta=0.0, delta_low=-0.1, delta_high=0.1)
    calm = replace(parted, rows=level)
    assert metric_part_tables(calm) == metric_part_plates(calm, {}) == []
    assert "no aligner costs anything beyond chance" in metric_part_notes(calm)[-1]


def test_page_and_text_show_them_escaped(parted):
    made = page(document(parted))
    assert 'href="#parts"' in made
    assert MARKUP not in made
    assert "costs-by_yaw--drawn--dlib" in text(document(parted))
    assert len(metric_part_plates(parted, document(parted).looks)) == 1


def test_a_result_without_a_breakdown_has_no_such_part(result):
    assert 'id="parts"' not in page(document(result))
    assert metric_part_notes(result) == []
