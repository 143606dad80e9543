"""SF-TL54's LabelMe files give 54 points in the order in which the shapes stand."""

import json

import pytest
import small_sets
from small_sets import labelme, places

from align_eval.datasets.sftl54 import inventory, load
from align_eval.errors import DataError, UnknownNameError
from align_eval.faces import Box, Modality
from align_eval.schemes import scheme_named

NAME = "119_1_2_8_144_102_1"


@pytest.fixture
def written(tmp_path):
    return small_sets.sftl54(tmp_path)


def json_of(root):
    return root / "gray" / "test" / "json" / f"{NAME}.json"


def test_points_boxes_and_subjects_are_those_of_the_files(tmp_path, written):
    data = load(str(tmp_path), subset="all")
    assert {face.id for face in data.faces} == set(written)
    for name, points in written.items():
        assert data.truth[name].points.tolist() == points.tolist()
        assert data.face(name).box == Box(5.5, 6.25, 40, 60)
    face = data.face(f"test/{NAME}")
    assert (face.subject, face.modality) == ("119", Modality.THERMAL)
    assert face.attributes == {"split": "test", "trial": "1"}
    assert data.subjects == ("1", "101", "119")
    assert data.problems == ()


def test_the_five_points_of_an_aligner_follow_from_the_54():
    names, weights = scheme_named("sftl54").conversion(scheme_named("five"))
    assert names == ("left_eye", "right_eye", "nose_tip", "left_mouth", "right_mouth")
    used = [set(row.nonzero()[0].tolist()) for row in weights]
    assert used == [set(range(36, 42)), set(range(42, 48)), {30}, {48}, {50}]


def test_a_split_is_its_folder_and_all_of_them_have_published_numbers(tmp_path, written):
    assert len(load(str(tmp_path)).faces) == 2
    assert len(load(str(tmp_path), subset="val").faces) == 1
    counts = {c.what: c.expected for c in inventory(str(tmp_path), subset="all").counts}
    assert counts == {"faces": 2556, "subjects": 142, "faces with landmarks": 2556}
    assert inventory(str(tmp_path)).ok


def test_what_is_missing_stays_and_is_named(tmp_path, written):
    json_of(tmp_path).unlink()
    other = "119_2_2_1_115_32_1"
    labelme(tmp_path / "gray/test/json" / f"{other}.json", places(54), face=None)
    labelme(tmp_path / "gray/test/json" / "120_1.json", places(54))
    data = load(str(tmp_path))
    assert dict(data.problems) == {
        "test/120_1": "the image is missing: 120_1.png",
        f"test/{NAME}": "no .json file of it",
        f"test/{other}": "no shape 'face', and so no box",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"shapes": [}', "line 1: is no JSON"),
        ("[]", "is no LabelMe file"),
        ('{"version": 1}', "is no LabelMe file: it lacks 'shapes'"),
        ('{"shapes": [{"label": "chin"}]}', "is no LabelMe file: it lacks 'points'"),
        ('{"shapes": [{"label": "chin", "points": [[1]]}]}', "points want pairs of finite"),
        ('{"shapes": [{"label": "chin", "points": [[1, NaN]]}]}', "points want pairs of finite"),
        ('{"shapes": [{"label": "chin", "points": [[1, 2]]}]}', "wanted 54 points, found 1"),
        ('{"shapes": []}', "wanted 54 points, found 0"),
    ],
)
def test_a_malformed_file_is_named(tmp_path, written, text, message):
    json_of(tmp_path).write_text(text)
    with pytest.raises(DataError, match=message) as caught:
        load(str(tmp_path))
    assert f"{NAME}.json" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_face_that_is_no_box_or_is_there_twice_is_refused(tmp_path, written):
    labelme(json_of(tmp_path), places(54), face=((5, 6), (5, 9)))
    with pytest.raises(DataError, match="the shape 'face' wants two corners"):
        load(str(tmp_path))
    labelme(json_of(tmp_path), places(54))
    content = json.loads(json_of(tmp_path).read_text())
    content["shapes"].append({"label": "face", "points": [[1, 2], [3, 4]]})
    json_of(tmp_path).write_text(json.dumps(content))
    with pytest.raises(DataError, match="wants one shape 'face', has 2"):
        load(str(tmp_path))


def test_a_missing_folder_and_wrong_options_are_refused(tmp_path, written):
    with pytest.raises(DataError, match="wants the folder iron/test/images"):
        load(str(tmp_path), palette="iron")
    with pytest.raises(UnknownNameError, match="Did you mean 'gray'"):
        load(str(tmp_path), palette="grey")
    with pytest.raises(UnknownNameError, match="Did you mean 'val'"):
        load(str(tmp_path), subset="valid")
