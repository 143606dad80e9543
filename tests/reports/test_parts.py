import numpy as np
import pandas as pd
import pytest

from reports.figures.style import looks
from reports.parts import first_normaliser, part_notes, part_plates, part_tables

LOOKS = looks(["yunet", "dlib68"], "yunet")


def test_parts_go_down_in_their_order_and_aligners_across(asked):
    (table,) = part_tables(asked.error_parts)
    assert [column.head for column in table.columns] == [
        "Variation",
        "Faces",
        "yunet, %",
        "dlib68, %",
    ]
    assert [row.head for row in table.rows] == ["NN", "OC", "<b>x</b>|*y*", "LD"]
    assert [cell.line for cell in table.rows[0].cells] == ["60", "2.10", "4.20 (3 missed)"]


def test_only_the_first_normaliser_is_tabled_and_drawn(asked):
    assert first_normaliser(asked.error_parts) == "ion"
    (table,) = part_tables(asked.error_parts)
    assert "in % of ion" in table.caption
    (plate,) = part_plates(asked.error_parts, LOOKS)
    assert plate.name == "parts_drawn--variation--all"
    assert "ion" in plate.caption


def test_every_group_has_its_table_five_first(asked):
    own = asked.error_parts
    both = own[own["aligner"] != "*"]
    tables = part_tables(pd.concat([both, both.assign(group="five")]))
    assert ["alignment points" in table.caption for table in tables] == [True, False]


def test_what_could_not_be_divided_is_a_sentence(asked):
    assert part_notes(asked.error_parts) == [
        "drawn: no face of the data set has the attribute 'range'."
    ]


@pytest.mark.parametrize("missing", ["row", "value"])
def test_a_part_without_a_number_is_a_dash_and_is_not_drawn(asked, missing):
    own = asked.error_parts.copy()
    at = (own["aligner"] == "dlib68") & (own["part"] == "OC")
    own.loc[at, "value"] = np.nan
    own.loc[at, "note"] = "every face was missed"
    if missing == "row":
        own = own[~at]
    (table,) = part_tables(own)
    cell = table.rows[1].cells[2]
    assert cell.text == "–"
    assert dict(table.footnotes).get(cell.mark, "") == ("" if missing == "row" else own["note"][5])
    (plate,) = part_plates(own, LOOKS)
    assert "<svg" in plate.svg


def test_a_division_without_numbers_or_of_one_part_has_no_figure(asked):
    own = asked.error_parts
    assert part_plates(own.assign(value=np.nan), LOOKS) == []
    assert part_plates(own[own["part"] == "LD"], LOOKS) == []


def test_an_aligner_with_other_faces_says_of_how_many(asked):
    own = asked.error_parts.copy()
    own.loc[own["aligner"] == "dlib68", "n_faces"] = 55
    (table,) = part_tables(own)
    assert table.rows[0].cells[2].details == ("3 missed", "of 55")
