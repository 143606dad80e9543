import json
import os

import numpy as np
import pandas as pd
import pytest

from align_eval.atomic import read_parquet, write_bytes, write_json, write_parquet
from align_eval.errors import DataError


def test_a_file_that_cannot_be_finished_leaves_the_old_one_and_no_litter(tmp_path, monkeypatch):
    path = write_bytes(tmp_path / "a.bin", b"old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fdopen", fail)
    with pytest.raises(DataError, match="disk full"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_json_is_strict_json_whatever_the_numbers(tmp_path):
    values = {"nan": float("nan"), "inf": np.inf, "n": np.float32(0.5), "k": (np.int64(3),)}
    text = write_json(tmp_path / "a.json", values).read_text()
    strict = json.loads(text, parse_constant=pytest.fail)
    assert strict == {"nan": None, "inf": "inf", "n": 0.5, "k": [3]}


def test_a_place_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match="cannot write"):
        write_bytes(tmp_path / "file" / "a.bin", b"")


def test_a_table_survives_its_file_and_a_damaged_one_is_one_line(tmp_path):
    frame = pd.DataFrame({"a": [1.5, np.inf], "b": ["é", ""]})
    path = write_parquet(tmp_path / "t.parquet", frame)
    assert read_parquet(path).equals(frame)
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(DataError, match="cannot read") as caught:
        read_parquet(path)
    assert "\n" not in str(caught.value)
