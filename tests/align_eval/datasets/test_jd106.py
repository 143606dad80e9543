"""JD-landmark's pictures find their points and boxes by name, wherever those lie."""

import pytest
import small_sets

from align_eval.datasets.jd106 import inventory, load
from align_eval.errors import DataError, UnknownNameError
from align_eval.faces import Box

AFW = "Training_data/AFW/AFW_134212_1_0"
HELEN = "Training_data/HELEN/HELEN_100032540_1_0"
TEST = "Test_data1/36"


@pytest.fixture
def written(tmp_path):
    return small_sets.jd106(tmp_path)


def test_points_are_those_of_the_files_or_the_corrected_ones(tmp_path, written):
    data = load(str(tmp_path))
    assert [face.id for face in data.faces] == [TEST, AFW, HELEN]
    for name, points in written.items():
        assert data.truth[name].points.tolist() == points.tolist()
        assert data.face(name).box == Box(5, 6, 40, 60)
        assert data.face(name).load().shape == (80, 60, 3)
    assert data.truth[AFW].scheme.name == "jd106"
    assert data.problems == ()


def test_a_subset_is_its_folder_and_has_its_published_number(tmp_path, written):
    assert [face.id for face in load(str(tmp_path), subset="train").faces] == [AFW, HELEN]
    assert [face.id for face in load(str(tmp_path), subset="test").faces] == [TEST]
    for subset, number in {"train": 11393, "test": 2000, "all": None}.items():
        assert inventory(str(tmp_path), subset=subset).counts[0].expected == number
    with pytest.raises(UnknownNameError, match="Did you mean 'train'"):
        load(str(tmp_path), subset="training")


def test_what_is_missing_stays_and_is_named(tmp_path, written):
    (tmp_path / "Training_data/HELEN/landmark/HELEN_100032540_1_0.jpg.txt").unlink()
    (tmp_path / "Test_data1/picture/36.jpg").unlink()
    (tmp_path / "Test_data1/rect/36.jpg.rect").unlink()
    data = load(str(tmp_path))
    assert data.problems == (
        (TEST, "the image is missing: 36.jpg"),
        (TEST, "no .rect file of it"),
        (HELEN, "no landmarks of it"),
    )
    assert data.face(TEST).box is None
    assert set(data.truth) == {TEST, AFW}


def test_without_any_box_none_is_missed(tmp_path, written):
    for path in tmp_path.rglob("*.rect"):
        path.unlink()
    assert load(str(tmp_path)).problems == ()


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("Test_data1/landmark/36.jpg.txt", "105\n1 2\n", "line 1: wanted the number of points"),
        ("Test_data1/landmark/36.jpg.txt", "", "line 1: wanted the number of points"),
        ("Test_data1/landmark/36.jpg.txt", "106\n1 2\n", "wanted 106 points, found 1"),
        ("Test_data1/landmark/36.jpg.txt", "106\n" + "1 2\n" * 104 + "x 2\n1 2", "line 106: want"),
        ("Test_data1/landmark/36.jpg.txt", "106\n" + "1 2\n" * 105 + "1 inf", "line 107: a coord"),
        ("Test_data1/rect/36.jpg.rect", "1 2 3\n", "line 1: wanted 'left top right bottom'"),
        ("Test_data1/rect/36.jpg.rect", "", "line 1: wanted 'left top right bottom'"),
        ("Test_data1/rect/36.jpg.rect", "9 2 3 4\n", "line 1: '9 2 3 4' is no box"),
    ],
)
def test_a_malformed_file_is_named_with_its_line(tmp_path, written, file, text, message):
    (tmp_path / file).write_text(text)
    with pytest.raises(DataError, match=message) as caught:
        load(str(tmp_path))
    assert file.rsplit("/", maxsplit=1)[-1] in str(caught.value)


def test_no_pictures_or_two_boxes_of_a_name_are_refused(tmp_path, written):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "36.jpg.rect").write_text("1 2 3 4")
    with pytest.raises(DataError, match=r"holds two files 36\.jpg\.rect"):
        load(str(tmp_path))
    with pytest.raises(DataError, match="finds no folder Test_data1/…/picture"):
        load(str(tmp_path / "elsewhere"), subset="test")
