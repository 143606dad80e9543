from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from parted import load

from align_eval import breakdown
from align_eval.breakdown import check_attributes, part_rows
from align_eval.errors import ConfigError, UnknownNameError
from align_eval.parts import NOT_GIVEN
from align_eval.result import PART_COLUMNS

DATA = load()


def errors(values, aligner="a", data=DATA):
    ids = [face.id for face in data.faces]
    frame = pd.DataFrame({"face": ids, "error": np.resize(values, len(ids))})
    return frame.assign(aligner=aligner, normaliser="ion", group="all")


def test_a_part_has_the_mean_of_its_found_faces_and_counts_the_missed():
    values = [0.1, 0.2] * 5 + [np.inf, 0.8]
    rows = part_rows(DATA, ["variation"], errors(values))
    assert tuple(rows.columns) == PART_COLUMNS[1:]
    assert rows["part"].tolist() == ["calm", "dark"]
    assert rows["value"].tolist() == pytest.approx([0.1, 0.3])
    assert rows["n_faces"].tolist() == [6, 6]
    assert rows["missed"].tolist() == [1, 0]
    assert rows["note"].tolist() == ["", ""]


def test_the_parts_together_are_the_whole():
    rng = np.random.default_rng(0)
    table = errors(rng.random(12))
    for attribute in ("variation", "session", "angle"):
        rows = part_rows(DATA, [attribute], table)
        assert np.average(rows["value"], weights=rows["n_faces"]) == pytest.approx(
            table["error"].mean()
        )


def test_parts_come_as_the_data_set_first_has_them_and_numbers_read_as_numbers():
    turned = replace(DATA, faces=DATA.faces[::-1])
    table = errors([0.1], data=turned)
    assert part_rows(turned, ["variation"], table)["part"].tolist() == ["dark", "calm"]
    assert part_rows(turned, ["angle"], table)["part"].tolist() == ["1.5", "0"]


def test_faces_without_the_attribute_are_a_part_of_their_own():
    bare = replace(DATA.faces[0], attributes={})
    rows = part_rows(replace(DATA, faces=(bare, *DATA.faces[1:])), ["variation"], errors([0.1]))
    assert rows["part"].tolist() == [NOT_GIVEN, "dark", "calm"]
    assert rows["n_faces"].tolist() == [1, 6, 5]


def test_an_attribute_that_the_data_set_lacks_is_one_row_that_says_so():
    rows = part_rows(DATA, ["range", "variation"], errors([0.1]))
    note = rows.iloc[0]
    assert (note["aligner"], note["part"], note["n_faces"]) == ("*", "", 0)
    assert note["note"] == "no face of the data set has the attribute 'range'"
    assert len(rows) == 3


@pytest.mark.parametrize(
    ("value", "said"), [(np.inf, "every face was missed"), (np.nan, "no face has such points")]
)
def test_a_part_without_a_value_says_why(value, said):
    rows = part_rows(DATA, ["variation"], errors([value, 0.1]))
    assert rows["note"].tolist() == [said, ""]
    assert np.isnan(rows["value"].iloc[0])


def test_without_errors_there_are_no_parts():
    assert part_rows(DATA, ["variation"], errors([0.1]).iloc[:0]).empty
    assert part_rows(DATA, [], errors([0.1])).empty


def test_an_attribute_of_one_of_several_data_sets_is_enough():
    check_attributes(["variation", "light"], [DATA, load(attribute="light")])
    with pytest.raises(UnknownNameError, match=r"'lihgt'\. Did you mean 'light'"):
        check_attributes(["lihgt"], [DATA, load(attribute="light")])


def test_an_attribute_with_as_many_values_as_a_name_is_refused(monkeypatch):
    monkeypatch.setattr(breakdown, "MOST_PARTS", 1)
    with pytest.raises(ConfigError, match="'angle' divides data set 'parted' into 2 parts"):
        check_attributes(["angle"], [DATA])


def test_an_attribute_that_is_a_number_is_divided_into_ranges(monkeypatch):
    monkeypatch.setattr(breakdown, "MOST_PARTS", 6)
    faces = tuple(
        replace(face, attributes={"yaw": float(4 * i - 20)}) for i, face in enumerate(DATA.faces)
    )
    data = replace(DATA, faces=faces)
    check_attributes(["yaw"], [data])
    rows = part_rows(data, ["yaw"], errors(np.arange(12) / 100, data=data))
    assert rows["part"].tolist() == ["-20 to -10", "-10 to 0", "0 to 10", "10 to 20", "20 to 30"]
    assert rows["n_faces"].tolist() == [3, 2, 3, 2, 2]
