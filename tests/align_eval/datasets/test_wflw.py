"""A line of WFLW's list is a face; its flags make the subsets."""

import numpy as np
import pytest
import small_sets
from small_sets import places, wflw_line

from align_eval.datasets.wflw import inventory, load
from align_eval.errors import DataError, UnknownNameError
from align_eval.faces import Box

FOLDER = "WFLW_annotations/list_98pt_rect_attr_train_test"


@pytest.fixture
def written(tmp_path):
    return small_sets.wflw(tmp_path)


def put(root, *lines):
    (root / FOLDER / "list_98pt_rect_attr_test.txt").write_text("\n".join(lines))
    return str(root)


def test_points_boxes_and_flags_are_those_of_the_line(tmp_path, written):
    data = load(str(tmp_path))
    assert [face.id for face in data.faces] == ["test/1", "test/2", "test/3"]
    for face, points in zip(data.faces, written[:3], strict=True):
        assert data.truth[face.id].points.tolist() == points.tolist()
        assert face.box == Box(5, 6, 40, 60)
    assert data.truth["test/1"].scheme.name == "wflw98"
    assert data.face("test/2").attributes == {
        "pose": "large",
        "expression": "normal",
        "illumination": "normal",
        "makeup": "yes",
        "occlusion": "no",
        "blur": "blurred",
    }
    assert data.problems == ()
    assert load(str(tmp_path), subset="train").truth["train/1"].points.tolist() == (
        written[3].tolist()
    )


@pytest.mark.parametrize(
    ("subset", "lines"),
    [
        ("pose", [2]),
        ("expression", [3]),
        ("illumination", [3]),
        ("makeup", [2]),
        ("occlusion", [3]),
        ("blur", [2, 3]),
    ],
)
def test_a_subset_keeps_the_names_of_the_whole_list(tmp_path, written, subset, lines):
    data = load(str(tmp_path), subset=subset)
    assert [face.id for face in data.faces] == [f"test/{line}" for line in lines]


def test_the_inventory_knows_the_size_of_every_subset(tmp_path, written):
    sizes = {"train": 7500, "test": 2500, "pose": 326, "expression": 314, "illumination": 698,
             "makeup": 206, "occlusion": 736, "blur": 773}  # fmt: skip
    for subset, size in sizes.items():
        assert inventory(str(tmp_path), subset=subset).counts[0].expected == size
    assert inventory(str(tmp_path)).counts[0].found == 3


def test_a_missing_image_and_a_rectangle_that_is_none_are_named(tmp_path, written):
    root = put(
        tmp_path,
        wflw_line(places(98), image="gone.jpg"),
        wflw_line(places(98), rectangle=(5, 6, 5, 66)),
    )
    data = load(root)
    assert data.problems == (
        ("test/1", "the image is missing: gone.jpg"),
        ("test/2", "its rectangle is no box: 5 6 5 66"),
    )
    assert data.face("test/2").box is None
    assert set(data.truth) == {"test/1", "test/2"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (wflw_line(places(97)), "line 2: wants 207 words .* got 205"),
        (wflw_line(places(98), image="two words.jpg"), "line 2: wants 207 words .* got 208"),
        (wflw_line(places(98)).replace(" 5 6", " five 6"), "line 2: the rectangle wants numbers"),
        (wflw_line(np.full((98, 2), np.nan)), "line 2: a point has a number that is not finite"),
        (wflw_line(places(98), flags=(0, 2, 0, 0, 0, 0)), "line 2: the flag 'expression' wants"),
        (wflw_line(places(98), image="../../x.jpg"), "line 2: the path .* leads out"),
        (wflw_line(places(98), image="/x.jpg"), "line 2: the path .* leads out"),
    ],
)
def test_a_malformed_line_is_named(tmp_path, written, line, message):
    with pytest.raises(DataError, match=message) as caught:
        load(put(tmp_path, wflw_line(places(98)), line))
    assert "list_98pt_rect_attr_test.txt" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_empty_list_or_subset_and_wrong_options_are_refused(tmp_path, written):
    with pytest.raises(DataError, match="holds none of 'makeup'"):
        load(put(tmp_path, wflw_line(places(98))), subset="makeup")
    with pytest.raises(DataError, match="holds none of 'test'"):
        load(put(tmp_path, ""))
    with pytest.raises(UnknownNameError, match="Did you mean 'makeup'"):
        load(str(tmp_path), subset="make-up")
    (tmp_path / FOLDER / "list_98pt_rect_attr_test.txt").unlink()
    with pytest.raises(DataError, match="cannot be read: No such file"):
        load(str(tmp_path))
