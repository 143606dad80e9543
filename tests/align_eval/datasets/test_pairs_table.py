"""A table of pairs becomes the trials that it lists; whose the faces are is known, or refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from swapped import table

from align_eval.checks import check_dataset
from align_eval.datasets.pairs_table import inventory, load, subject_rule
from align_eval.errors import DataError, ImageError
from align_eval.image import write_png

ROWS = [
    ("Ann/1.png", "Ann/2.png", 1),
    ("Bo/1.png", "Ann/1.png", 0),
    ("Ann/2.png", "Zoë/gone.png", 0),
]
HEADER = ("first", "second", "same")
OWN = (*HEADER, "first_subject", "second_subject")


@pytest.fixture
def root(tmp_path):
    for name in ("Ann/1.png", "Ann/2.png", "Bo/1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write_png(tmp_path / name, np.zeros((4, 4, 3), np.uint8))
    table(tmp_path / "pairs.csv", ROWS)
    return tmp_path


def test_folders_say_whose_images_are_and_a_missing_one_stays(root):
    data = load(str(root))
    assert [(face.id, face.subject) for face in data.faces] == [
        ("Ann/1.png", "Ann"),
        ("Ann/2.png", "Ann"),
        ("Bo/1.png", "Bo"),
        ("Zoë/gone.png", "Zoë"),
    ]
    assert data.trials.genuine.tolist() == [True, False, False]
    assert data.trials.fold is None
    assert data.faces[0].load().shape == (4, 4, 3)
    assert data.problems == (("Zoë/gone.png", "the image is missing: gone.png"),)
    with pytest.raises(ImageError, match="gone"):
        data.faces[3].load()


def test_it_keeps_the_contract_of_data_sets(root):
    assert [(law.name, law.detail) for law in check_dataset(load(str(root)), 4) if not law.ok] == []


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet"])
def test_every_form_of_the_table_is_read_alike(root, suffix):
    frame = pd.DataFrame([(*row, fold) for row, fold in zip(ROWS, (7, 3, 7), strict=True)])
    frame.columns = [*HEADER, "fold"]
    path = root / f"other.{suffix}"
    if suffix == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False, sep="," if suffix == "csv" else "\t")
    data = load(str(root), pairs=path.name)
    assert data.trials.same_pairs(load(str(root)).trials)
    assert data.trials.fold.tolist() == [1, 0, 1]


def test_columns_say_whose_images_are_where_there_are_both(root):
    rows = [("Ann/1.png", "Bo/1.png", 1, "Ann", "Ann"), ("Ann/1.png", "x.png", 0, "Ann", "X")]
    data = load(str(root), pairs=table(root / "own.csv", rows, OWN).name)
    assert [face.subject for face in data.faces] == ["Ann", "Ann", "X"]
    assert "columns first_subject and second_subject" in subject_rule(root / "own.csv")
    assert "its folder says" in subject_rule(root / "pairs.csv")


def test_paths_start_from_the_option_images(tmp_path):
    path = tmp_path / "pictures" / "Ann" / "1.png"
    path.parent.mkdir(parents=True)
    write_png(path, np.zeros((4, 4, 3), np.uint8))
    table(tmp_path / "pairs.csv", [("./Ann/1.png", "Bo/1.png", 0)])
    data = load(str(tmp_path), images="pictures")
    assert data.faces[0].id == "Ann/1.png"
    assert data.faces[0].load().shape == (4, 4, 3)


@settings(max_examples=30)
@given(st.lists(st.tuples(*[st.integers(0, 3)] * 4, st.integers(0, 2)), min_size=1, max_size=12))
def test_the_trials_are_the_rows_in_their_order(tmp_path_factory, drawn):
    pairs = [row for row in drawn if row[:2] != row[2:4]]
    if not pairs:
        return
    folder = tmp_path_factory.mktemp("drawn")
    rows = [(f"p{a}/{i}", f"p{b}/{j}", int(a == b), fold) for a, i, b, j, fold in pairs]
    trials = load(str(folder), table(folder / "x.csv", rows, (*HEADER, "fold")).name).trials
    assert trials.genuine.tolist() == [row[2] == 1 for row in rows]
    assert [trials.references[i] for i in trials.reference_index] == [row[0] for row in rows]
    assert [trials.probes[i] for i in trials.probe_index] == [row[1] for row in rows]
    order = sorted({row[3] for row in rows})
    assert [order[number] for number in trials.fold] == [row[3] for row in rows]


@pytest.mark.parametrize(
    ("header", "rows", "words"),
    [
        (HEADER, [("a.png", "Ann/1.png", 0)], "line 2: whose face 'a.png' is cannot be known"),
        (HEADER, [("Ann/1.png", "Bo/1.png", 1)], "line 2: same is 1, but the subjects are 'Ann'"),
        (HEADER, [("Ann/1.png", "Ann/2.png", 0)], "line 2: same is 0, but the subjects are 'Ann'"),
        (HEADER, [("Ann/1.png", "Ann/1.png", 1)], "line 2: the image 'Ann/1.png' is compared"),
        (HEADER, [("Ann/1.png", "Bo/1.png", "no")], "line 2: same wants 0 or 1, got 'no'"),
        (HEADER, [("", "Bo/1.png", 0)], "line 2: the column 'first' is empty"),
        (HEADER, [("../Ann/1.png", "Bo/1.png", 0)], "line 2: the path .* leads out of the root"),
        (HEADER, [], "lists no pairs"),
        (HEADER, [("Ann/1.png", "Bo/1.png")], "2 cells; the header has 3"),
        (HEADER[:2], [("Ann/1.png", "Bo/1.png")], "'same'"),
        ((*HEADER, "fold"), [("Ann/1.png", "Bo/1.png", 0, "x")], "fold wants a whole number"),
        (OWN[:4], [("a.png", "b.png", 0, "A")], "wants both columns first_subject and second"),
        (OWN, [("a.png", "b.png", 0, "A", "")], "the column 'second_subject' is empty"),
        (
            OWN,
            [("a", "b", 0, "A", "B"), ("a", "c", 0, "B", "C")],
            "line 3: 'a' is of 'B' here and of 'A' above",
        ),
    ],
)
@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_a_malformed_table_is_refused_in_one_line(tmp_path, header, rows, words, suffix):
    path = table(tmp_path / f"pairs.{suffix}", rows, header)
    if suffix == "tsv":
        path.write_text(path.read_text().replace(",", "\t"))
    with pytest.raises(DataError, match=words) as caught:
        load(str(tmp_path), path.name)
    assert "\n" not in str(caught.value)


def test_a_column_that_stands_there_twice_is_refused(tmp_path):
    (tmp_path / "pairs.tsv").write_text("first\tsecond\tsame\tfold\tfold\na/1\tb/1\t0\t1\t2\n")
    with pytest.raises(DataError, match="wants one column 'fold'"):
        load(str(tmp_path), "pairs.tsv")


def test_the_inventory_counts_and_names_what_is_missing(root):
    found = inventory(str(root))
    assert {count.what: count.found for count in found.counts} == {
        "faces": 4,
        "subjects": 3,
        "genuine trials": 1,
        "impostor trials": 2,
    }
    assert not found.ok
    assert "first_subject" in found.layout
