"""Neutral faces are the gallery, smiling ones the probes, and five of 189 points the truth."""

import numpy as np
import pytest

from align_eval.datasets.frll import load
from align_eval.errors import DataError
from align_eval.image import write_png

POINTS = {1: (40, 50), 2: (80, 52), 55: (56, 71), 61: (66, 73), 88: (45, 95), 94: (76, 96)}


@pytest.fixture
def root(tmp_path):
    for subject in ("001", "002"):
        for part, name in (("neutral_front", "03"), ("smiling_front", "08")):
            (tmp_path / part).mkdir(exist_ok=True)
            write_png(tmp_path / part / f"{subject}_{name}.jpg", np.zeros((8, 8), np.uint8))
        tem(tmp_path, subject)
    return tmp_path


def tem(root, subject, count=189, edit=None):
    lines = [str(count), *(f"{x}\t{y}" for x, y in (POINTS.get(i, (1, 2)) for i in range(1, 190)))]
    if edit:
        lines[edit[0] - 1 : edit[0]] = edit[1]
    (root / "neutral_front" / f"{subject}_03.tem").write_text("\r\n".join(lines))


def test_every_smiling_face_meets_every_neutral_one(root):
    data = load(str(root))
    assert data.trials.gallery == {"001": ("001_03",), "002": ("002_03",)}
    assert data.trials.probes == ("001_08", "002_08")
    assert (data.trials.n_genuine, data.trials.n_impostor) == (2, 2)
    assert [face.attributes["expression"] for face in data.faces] == 2 * ["neutral"] + 2 * [
        "smiling"
    ]


def test_the_truth_is_pupils_the_middle_of_the_noses_ball_and_mouth_corners(root):
    data = load(str(root))
    assert set(data.truth) == {"001_03", "002_03"}
    assert data.truth["001_03"].points.tolist() == [
        [40, 50], [80, 52], [61, 72], [45, 95], [76, 96],
    ]  # fmt: skip


def test_lost_files_are_named(root):
    (root / "neutral_front" / "001_03.tem").unlink()
    (root / "neutral_front" / "002_03.jpg").unlink()
    data = load(str(root))
    assert dict(data.problems) == {
        "001_03": "no .tem file beside it",
        "002_03": "the image is missing: 002_03.jpg",
    }
    assert set(data.truth) == {"002_03"}
    assert len(data.faces) == 4


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ((1, ["188"]), "line 1: wanted the number of points, 189"),
        ((5, ["1\tx"]), r"line 5: wanted 'x y', got '1\\tx'"),
        ((7, ["1\t2\t3"]), "line 7: wanted 'x y'"),
        ((9, ["nan\t3"]), "line 9: a coordinate is not finite"),
        ((190, []), "wanted 189 points, found 188"),
    ],
)
def test_a_malformed_template_is_named_with_its_line(root, edit, message):
    tem(root, "002", edit=edit)
    with pytest.raises(DataError, match=message) as caught:
        load(str(root))
    assert "002_03.tem" in str(caught.value)


def test_lines_after_the_points_are_other_things(root):
    with (root / "neutral_front" / "001_03.tem").open("a") as file:
        file.write("\n5\n0 1 2\n")
    assert len(load(str(root)).truth) == 2


def test_missing_parts_are_refused(root):
    for path in (root / "smiling_front").iterdir():
        path.unlink()
    with pytest.raises(DataError, match=r"finds no images in .*smiling_front"):
        load(str(root))
    (root / "smiling_front").rmdir()
    with pytest.raises(DataError, match="wants the folder 'smiling_front'"):
        load(str(root))


def test_two_images_of_a_name_are_refused(root):
    write_png(root / "neutral_front" / "001_03.png", np.zeros((8, 8), np.uint8))
    with pytest.raises(DataError, match="two images of '001_03'"):
        load(str(root))


def test_the_real_set_has_102_people_with_eyes_over_nose_over_mouth(data_root):
    root = data_root / "permissive" / "frll"
    if not root.is_dir():
        pytest.skip("the development data has no permissive/frll")
    data = load(str(root))
    assert (data.trials.n_genuine, data.trials.n_impostor) == (102, 102 * 101)
    assert len(data.truth) == 102
    assert data.problems == ()
    for truth in data.truth.values():
        left, right, nose, left_mouth, right_mouth = truth.points
        eyes = np.linalg.norm(right - left)
        assert 60 < eyes < 110
        assert left[0] < nose[0] < right[0]
        assert 0.3 < (nose[1] - (left[1] + right[1]) / 2) / eyes < 0.7
        assert 0.8 < ((left_mouth + right_mouth)[1] / 2 - (left[1] + right[1]) / 2) / eyes < 1.4
        assert left_mouth[0] < nose[0] < right_mouth[0]
