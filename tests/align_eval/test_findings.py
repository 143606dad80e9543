import pandas as pd

from align_eval.findings import TABLES, Findings, stacked
from align_eval.result import Result


def test_every_table_is_one_of_the_result_with_its_columns():
    empty = Result({}, pd.DataFrame(), {})
    for name, frame in Findings().tables().items():
        assert frame.empty
        if name != "rows":
            assert list(frame.columns) == list(getattr(empty, name).columns)
    assert set(TABLES) <= set(Result.__dataclass_fields__)


def test_rows_are_labelled_in_the_order_in_which_they_came():
    found = Findings()
    for dataset, value in (("b", 1.0), ("a", 2.0)):
        row = dict.fromkeys(TABLES["signals"][1:], "") | {"rho": value}
        found.add("signals", pd.DataFrame([row]), dataset=dataset)
    table = found.tables()["signals"]
    assert table["dataset"].tolist() == ["b", "a"]
    assert table["rho"].tolist() == [1.0, 2.0]
    assert table.index.tolist() == [0, 1]


def test_frames_without_rows_change_no_type():
    empty = pd.DataFrame(columns=["a", "b"])
    full = pd.DataFrame({"b": [1.5], "a": [2]})
    whole = stacked([empty, full, empty], ["a", "b"])
    assert whole.dtypes.tolist() == [full["a"].dtype, full["b"].dtype]
    assert list(stacked([], ["a"]).columns) == ["a"]
