"""300-W points are moved to count from 0, and a malformed file is named."""

import numpy as np
import pytest

from align_eval.datasets.pts_folder import load
from align_eval.errors import ConfigError, DataError, ImageError, UnknownNameError
from align_eval.faces import Box
from align_eval.image import write_png

SIXTY_EIGHT = [(10.5 + i, 20.0 + 2 * i) for i in range(68)]


def put(root, name, points=SIXTY_EIGHT, image=True, text=None):
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    if image:
        write_png(root / f"{name}.jpg", np.zeros((8, 8), np.uint8))
    body = "\n".join(f"{x} {y}" for x, y in points)
    text = text or f"version: 1\nn_points:  {len(points)}\n{{\n{body}\n}}\n"
    (root / f"{name}.pts").write_text(text)
    return str(root)


def test_points_count_from_one_in_the_file_and_from_zero_here(tmp_path):
    put(tmp_path, "helen/1_a")
    data = load(put(tmp_path, "b"))
    assert [face.id for face in data.faces] == ["b", "helen/1_a"]
    assert [face.subject for face in data.faces] == ["b", "1_a"]
    assert data.truth["b"].points.tolist() == (np.array(SIXTY_EIGHT) - 1).tolist()
    assert data.truth["b"].scheme.name == "ibug68"
    assert data.trials is None
    assert data.faces[0].box is None
    assert data.problems == ()


def test_the_box_of_the_truth_grows_by_its_margin(tmp_path):
    source = put(tmp_path, "a")
    assert load(source, box="truth").faces[0].box == Box(9.5, 19.0, 67.0, 134.0)
    box = load(source, box="truth", margin=0.5).faces[0].box
    assert np.allclose(box, (9.5 - 33.5, 19.0 - 67.0, 134.0, 268.0))


def test_another_number_of_points_wants_its_scheme(tmp_path):
    source = put(tmp_path, "a", SIXTY_EIGHT[:5])
    with pytest.raises(DataError, match=r"a\.pts: 5 points; say what they are"):
        load(source)
    assert load(source, scheme="five").truth["a"].scheme.name == "five"
    with pytest.raises(DataError, match="5 points; scheme 'ibug68' has 68"):
        load(source, scheme="ibug68")


def test_unpaired_files_stay_and_are_named(tmp_path):
    put(tmp_path, "alone", image=False)
    source = put(tmp_path, "both")
    write_png(tmp_path / "bare.png", np.zeros((8, 8), np.uint8))
    data = load(source, box="truth")
    assert dict(data.problems) == {
        "alone": "the image is missing: alone.jpg",
        "bare": "no .pts file beside it",
    }
    assert [face.id for face in data.faces] == ["alone", "bare", "both"]
    assert data.face("bare").box is None
    with pytest.raises(ImageError, match="missing"):
        data.face("alone").load()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: 1\nn_points: many\n{\n}\n", "line 2: n_points wants a whole number"),
        ("version: 1\nn_points: 2\n{\n1 2\nx 4\n}\n", "line 5: wanted 'x y', got 'x 4'"),
        ("version: 1\nn_points: 2\n{\n1 2\n3 4 5\n}\n", "line 5: wanted 'x y'"),
        ("version: 1\nn_points: 2\n{\n1 2\n3 nan\n}\n", "line 5: a coordinate is not finite"),
        ("version: 1\nn_points: 2\n{\n1 2\n}\n", "n_points says 2, found 1 points"),
        ("version: 1\nn_points: 1\n{\n1 2\n", "not closed by '}'"),
        ("version: 1\n{\n1 2\n}\n", "n_points says None, found 1"),
        ("1 2\n3 4\n", "line 1: wanted 'n_points: N' or '{', got '1 2'"),
    ],
)
def test_a_malformed_file_is_named_with_its_line(tmp_path, text, message):
    with pytest.raises(DataError, match=message) as caught:
        load(put(tmp_path, "a", text=text))
    assert "a.pts" in str(caught.value)


def test_wrong_options_are_refused(tmp_path):
    source = put(tmp_path, "a")
    with pytest.raises(UnknownNameError, match="Did you mean 'truth'"):
        load(source, box="thruth")
    for margin in (-0.1, float("nan"), float("inf")):
        with pytest.raises(ConfigError, match="margin wants a number from 0"):
            load(source, box="truth", margin=margin)
    with pytest.raises(UnknownNameError, match="landmark scheme"):
        load(source, scheme="sixtyeight")


def test_a_folder_without_images_or_with_two_of_a_name_is_refused(tmp_path):
    (tmp_path / "readme.txt").write_text("x")
    with pytest.raises(DataError, match="finds no images"):
        load(str(tmp_path))
    put(tmp_path, "a")
    write_png(tmp_path / "a.png", np.zeros((8, 8), np.uint8))
    with pytest.raises(DataError, match="two files for 'a'"):
        load(str(tmp_path))


def test_a_link_that_leads_out_is_refused(tmp_path):
    outside, root = tmp_path / "outside", tmp_path / "root"
    put(outside, "a")
    put(root, "b")
    (root / "c.jpg").symlink_to(outside / "a.jpg")
    with pytest.raises(DataError, match="leads out of the root"):
        load(str(root))


def test_the_helen_crops_have_points_inside_their_images(data_root):
    root = data_root / "research" / "helen_test_crops"
    if not root.is_dir():
        pytest.skip("the development data has no research/helen_test_crops")
    data = load(str(root), box="truth")
    assert len(data.faces) == len(data.truth) == 330
    assert data.problems == ()
    for face in data.faces[::33]:
        height, width = face.load().shape[:2]
        eyes = data.truth[face.id].points[36:48]
        assert (eyes >= 0).all()
        assert (eyes <= [width - 1, height - 1]).all()
