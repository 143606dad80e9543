"""CSV and Parquet give the same rows, and a bad one is named."""

import numpy as np
import pandas as pd
import pytest

from align_eval.datasets._tables import rows_of
from align_eval.errors import DataError


def test_csv_cells_are_stripped_text_and_lines_are_the_files(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('\ufeffimage, subject\n\n"a\nb", Ann \n007,\n', encoding="utf-8")
    assert list(rows_of(path, ["image"])) == [
        ("t.csv, line 4", {"image": "a\nb", "subject": "Ann"}),
        ("t.csv, line 5", {"image": "007", "subject": ""}),
    ]


def test_parquet_numbers_stay_numbers_and_lists_become_text(tmp_path):
    table = pd.DataFrame(
        {
            "image": ["a", None],
            "age": [31, 40],
            "yaw": [0.5, np.nan],
            "points": [[1.0, 2.0], [3.0, 4.5]],
            "smiles": [True, False],
        }
    )
    table.to_parquet(tmp_path / "t.parquet")
    (where, first), (_, second) = rows_of(tmp_path / "t.parquet", ["image"])
    assert where == "t.parquet, row 1"
    assert first == {"image": "a", "age": 31.0, "yaw": 0.5, "points": "1.0 2.0", "smiles": "True"}
    assert second["image"] == second["yaw"] == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "wants a column 'image'; has none"),
        ("subject,age\nAnn,3\n", "wants a column 'image'; has subject, age"),
        ("image,image\na,b\n", "column 'image' stands there twice"),
        ("image,age\na,1\nb\n", "t.csv, line 3: 1 cells; the header has 2"),
        ("image,age\na,1,2\n", "t.csv, line 2: 3 cells"),
        ('image,age\n"a"x,1\n', "t.csv, line 2"),
    ],
)
def test_a_malformed_table_is_named_with_its_line(tmp_path, text, message):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        list(rows_of(tmp_path / "t.csv", ["image"]))


def test_files_that_are_no_tables_are_refused(tmp_path):
    (tmp_path / "t.parquet").write_text("no parquet")
    (tmp_path / "t.csv").write_bytes(b"image\n\xff\xfe\n")
    for name, message in [
        ("t.parquet", "cannot be read as Parquet"),
        ("t.csv", "no UTF-8"),
        ("gone.csv", "No such file"),
        ("gone.parquet", "cannot be read as Parquet"),
    ]:
        with pytest.raises(DataError, match=message) as caught:
            list(rows_of(tmp_path / name, ["image"]))
        assert "\n" not in str(caught.value)
