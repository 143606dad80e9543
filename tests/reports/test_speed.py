import math
from dataclasses import replace

import pandas as pd
import pytest
from rated import result as rated_result

from align_eval.timed import FACES, SECONDS, THREADS
from reports.document import document
from reports.figures.style import looks
from reports.html import page
from reports.markdown import text
from reports.speed import COLUMNS, speed_plates, speed_rows, speed_table

LOOKS = looks(["knows", "<b>guesses|*", "mute"])


@pytest.fixture(scope="module")
def rated():
    return rated_result()


def noted(result, **notes):
    stages = {f"landmarks/near--{name}": note for name, note in notes.items()}
    return replace(result, provenance={"stages": stages})


def test_times_are_a_face_in_the_model_and_not_of_the_stage(rated):
    rows = speed_rows(rated).set_index("aligner")
    assert tuple(speed_rows(rated).columns) == COLUMNS
    assert rows["ms"].to_dict() == {"knows": 75.0, "<b>guesses|*": 15.0, "mute": 60.0}
    assert rows.loc["knows", ["parameters", "megabytes", "gmacs"]].tolist() == [
        1_234_567,
        4.94,
        0.31,
    ]
    assert rows.loc["mute", ["parameters", "megabytes"]].isna().all()


def test_the_table_has_the_sizes_that_are_known(rated):
    table = speed_table(speed_rows(rated))
    heads = [column.head for column in table.columns]
    assert heads == ["Aligner", "ms a face", "Parameters", "File, MB", "Multiply–adds a face, 10⁹"]
    assert [cell.text for cell in table.rows[0].cells] == ["75", "1,234,567", "4.9", "0.31"]
    assert [cell.text for cell in table.rows[2].cells] == ["60", "–", "–", "–"]
    assert "on one core" in table.caption
    bare = speed_table(speed_rows(noted(rated, mute={SECONDS: 1.0, FACES: 10, THREADS: 4})))
    assert [column.head for column in bare.columns] == ["Aligner", "ms a face"]
    assert "on up to 4 threads" in bare.caption
    assert "weights" not in bare.caption


def test_a_size_that_is_no_number_is_not_known(rated):
    rows = speed_rows(noted(rated, a={"file MB": "5.5", "parameters": 3}, b={"file MB": 2.0}))
    assert rows["megabytes"].isna().tolist() == [True, False]


def test_a_time_is_of_all_faces_of_all_data_sets():
    rows = pd.DataFrame(
        [("near", "a", 10.0, 30, 1, *[math.nan] * 3), ("far", "a", 50.0, 10, 1, *[math.nan] * 3)],
        columns=list(COLUMNS),
    )
    (row,) = speed_table(rows).rows
    assert row.cells[0].text == "20"


def test_sizes_without_times_are_a_table_and_no_figure(rated):
    sized = noted(rated, knows={"parameters": 12}, mute={"parameters": 7})
    assert [column.head for column in speed_table(speed_rows(sized)).columns][1:] == ["Parameters"]
    assert speed_plates(sized, LOOKS) == []


@pytest.mark.parametrize(
    "note",
    [{}, "text", {SECONDS: "fast", FACES: 3}, {SECONDS: 1.0, FACES: 0}, {"parameters": True}],
)
def test_notes_that_say_nothing_of_it_are_no_rows(rated, note):
    rows = speed_rows(noted(rated, mute=note))
    assert rows.empty
    assert speed_table(rows) is None
    assert speed_plates(noted(rated, mute=note), LOOKS) == []


def test_the_figure_is_over_all_points_where_all_models_have_them(rated):
    (plate,) = speed_plates(rated, LOOKS)
    assert plate.name == "speed_near"
    assert "over all points" in plate.caption
    assert "knows, <b>guesses|* and mute" in plate.alt
    errors = rated.landmark_errors
    fewer = errors["note"].where(
        errors["aligner"] != "mute", errors["note"].str.replace("68 shared", "5 shared")
    )
    (mixed,) = speed_plates(replace(rated, landmark_errors=errors.assign(note=fewer)), LOOKS)
    assert "alignment points" in mixed.caption


def test_one_model_is_no_comparison(rated):
    one = noted(rated, knows={SECONDS: 1.0, FACES: 10, THREADS: 1})
    assert speed_plates(one, LOOKS) == []


def test_without_errors_the_table_stands_with_the_times(rated):
    bare = replace(rated, landmark_errors=rated.landmark_errors.iloc[:0])
    content = document(bare)
    assert content.speed_plates == ()
    for whole in (text(content), page(content)):
        assert "Accuracy and time" not in whole
        assert "1,234,567" in whole
