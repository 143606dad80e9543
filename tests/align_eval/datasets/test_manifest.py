"""A table of images becomes faces and trials, and a bad row is named."""

import cv2
import numpy as np
import pandas as pd
import pytest

from align_eval.alignment import estimate
from align_eval.datasets.manifest import load
from align_eval.errors import (
    ConfigError,
    DataError,
    DegenerateFitError,
    ImageError,
    UnknownNameError,
)
from align_eval.faces import Box, Modality
from align_eval.image import write_png
from align_eval.schemes import scheme_named
from align_eval.templates import template

FIVE = "30 30 70 30 50 50 35 70 65 70"


@pytest.fixture
def root(tmp_path):
    """A folder with four images."""
    for i in range(4):
        write_png(tmp_path / f"{i}.png", np.full((8, 8), i, np.uint8))
    return tmp_path


def write(root, *lines, name="manifest.csv"):
    (root / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(root)


def test_every_column_reaches_its_place(root):
    source = write(
        root,
        "image,subject,id,modality,box,landmarks,attribute_glasses,session,role",
        f"0.png,Ann,a,thermal,1 2 30;40.5,{FIVE.replace(' ', ';')},no,007,gallery",
        "1.png,Bo,,,,,,,",
    )
    data = load(source, scheme="five")
    ann, bo = data.faces
    assert (ann.id, ann.subject, ann.modality) == ("a", "Ann", Modality.THERMAL)
    assert ann.box == Box(1, 2, 30, 40.5)
    assert ann.attributes == {"glasses": "no", "session": "007"}
    assert data.truth["a"].points.tolist()[1] == [70, 30]
    assert data.truth["a"].scheme == scheme_named("five")
    assert (bo.id, bo.modality, bo.box, bo.attributes) == ("1.png", Modality.VISIBLE, None, {})
    assert "1.png" not in data.truth
    assert ann.load().tolist() == np.zeros((8, 8)).tolist()
    assert data.problems == ()


def test_thermal_counts_are_windowed_as_temperatures_and_visible_images_are_not(root):
    counts = np.array([[29315, 30315], [31315, 0]], np.uint16)  # 20, 30 and 40 °C, and no reading
    write_png(root / "heat.png", counts)
    source = write(root, "image,subject,modality", "heat.png,Ann,thermal", "3.png,Bo,")
    thermal, visible = load(source, trials="none", unit="centikelvin", range=[20.0, 40.0]).faces
    assert thermal.load().tolist() == [[0, 128], [255, 0]]
    assert visible.load().max() == 3
    assert load(source, trials="none").faces[0].load().dtype == np.uint16
    with pytest.raises(ConfigError, match="unit 'centikelvin' wants a range"):
        load(source, trials="none", unit="centikelvin")


def test_parquet_gives_what_csv_gives(root):
    table = pd.DataFrame(
        {
            "image": ["0.png", "1.png"],
            "subject": [12, 7],
            "box_x": [1.5, np.nan],
            "box_y": [2.0, np.nan],
            "box_width": [3.0, np.nan],
            "box_height": [4.0, np.nan],
            "landmarks": [[float(n) for n in FIVE.split()], None],
            "yaw": [0.25, -3.0],
        }
    )
    table.to_parquet(root / "m.parquet")
    data = load(str(root), file="m.parquet", scheme="five")
    assert [face.subject for face in data.faces] == ["12", "7"]
    assert [face.box for face in data.faces] == [Box(1.5, 2, 3, 4), None]
    assert data.faces[0].attributes == {"yaw": 0.25}
    assert data.truth["0.png"].points[0].tolist() == [30, 30]


def test_parquet_landmarks_may_be_a_list_of_points_and_words_are_named_by_their_row(root):
    points = [[float(i), float(i + 1)] for i in range(5)]
    table = pd.DataFrame({"image": ["0.png"], "subject": ["A"], "landmarks": [points]})
    table.to_parquet(root / "m.parquet")
    data = load(str(root), file="m.parquet", scheme="five")
    assert data.truth["0.png"].points.tolist() == points
    table.assign(landmarks=[["x", "y"]]).to_parquet(root / "m.parquet")
    with pytest.raises(DataError, match="row 1: landmarks wants numbers, got 'x y'"):
        load(str(root), file="m.parquet", scheme="five")


def test_all_pairs_are_every_unordered_pair_once(root):
    data = load(write(root, "image,subject", "0.png,A", "1.png,A", "2.png,B", "3.png,B"))
    trials = data.trials
    pairs = {
        frozenset((trials.references[r], trials.probes[p]))
        for r, p in zip(trials.reference_index, trials.probe_index, strict=True)
    }
    assert len(trials) == len(pairs) == 6
    assert all(len(pair) == 2 for pair in pairs)
    assert (trials.n_genuine, trials.n_impostor) == (2, 4)


def test_the_gallery_is_enrolled_by_subject(root):
    source = write(
        root, "image,subject,role", "0.png,A,gallery", "1.png,A,gallery", "2.png,B,gallery",
        "3.png,A,probe",
    )  # fmt: skip
    trials = load(source, trials="gallery_probe").trials
    assert trials.gallery == {"A": ("0.png", "1.png"), "B": ("2.png",)}
    assert (trials.n_genuine, trials.n_impostor) == (1, 1)


def test_listed_pairs_keep_their_folds(root):
    source = write(root, "image,subject,id", "0.png,A,a", "1.png,A,b", "2.png,B,c")
    write(root, "reference,probe,fold", "a,b,1", "a,c,1", "b,c,10", name="p.csv")
    trials = load(source, trials="p.csv").trials
    assert trials.genuine.tolist() == [True, False, False]
    assert trials.fold.tolist() == [0, 0, 1]
    assert load(source, trials="none").trials is None


def test_training_faces_are_kept_apart(root):
    source = write(root, "image,subject,split", "0.png,A,train", "1.png,B,test", "2.png,C,")
    data = load(source)
    assert [face.id for face in data.training] == ["0.png"]
    assert [face.id for face in data.faces] == ["1.png", "2.png"]
    assert data.trials.faces == ("1.png", "2.png")


def test_a_subject_who_is_trained_and_tested_is_refused(root):
    with pytest.raises(DataError, match="subject 'A' is trained and tested"):
        load(write(root, "image,subject,split", "0.png,A,train", "1.png,A,test"))


def test_one_subject_only_loads_without_impostors(root):
    data = load(write(root, "image,subject", "0.png,A", "1.png,A"))
    assert (data.trials.n_genuine, data.trials.n_impostor) == (1, 0)


def test_one_face_only_loads_without_trials_to_score(root):
    assert len(load(write(root, "image,subject", "0.png,A")).trials) == 0


def test_a_missing_an_empty_and_a_broken_image_stay_and_raise(root):
    jpeg = cv2.imencode(".jpg", np.zeros((64, 64, 3), np.uint8))[1].tobytes()
    (root / "zero.png").touch()
    (root / "cut.jpg").write_bytes(jpeg[: len(jpeg) // 2])
    source = write(root, "image,subject", "gone.png,A", "zero.png,A", "cut.jpg,B", "0.png,B")
    data = load(source)
    assert len(data.faces) == 4
    assert len(data.trials) == 6
    assert [name for name, _ in data.problems] == ["gone.png", "zero.png"]
    for face, reason in zip(data.faces, ["missing", "0 bytes", "truncated"], strict=False):
        with pytest.raises(ImageError, match=reason):
            face.load()


def test_a_subject_may_be_called_anything(root):
    name = "<script>alert('x')</script> Zoë 李"
    data = load(write(root, "image,subject", f"0.png,{name}", "1.png,=1+1"))
    assert data.subjects == (name, "=1+1")


def test_nan_landmarks_are_missing_points(root):
    data = load(
        write(root, "image,subject,landmarks", "0.png,A,30 30 70 30 nan nan 35 70 nan nan"),
        scheme="five",
    )
    points = data.truth["0.png"].points
    assert np.isnan(points).any(axis=1).tolist() == [False, False, True, False, True]
    assert estimate(data.truth["0.png"], template("arcface112")).matrix.shape == (2, 3)


@pytest.mark.parametrize("points", ["50 50 " * 5, "nan " * 10, "9 9 " + "nan " * 8])
def test_landmarks_that_fix_no_alignment_load_and_fail_at_alignment(root, points):
    data = load(write(root, "image,subject,landmarks", f"0.png,A,{points}"), scheme="five")
    with pytest.raises(DegenerateFitError):
        estimate(data.truth["0.png"], template("arcface112"))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["image,subject", "0.png,A", "1.png,"], "line 3: the column 'subject' is empty"),
        (["image,subject", ",A"], "line 2: the column 'image' is empty"),
        (["image,subject", "0.png,A", "0.png,B"], r"line 3: the id '0.png' .* line 2"),
        (["image,subject,id", "0.png,A,x", "1.png,B,x"], "line 3: the id 'x'"),
        (["image,subject", "../0.png,A"], "line 2: the path '../0.png' leads out"),
        (["image,subject", "/etc/hostname,A"], "line 2: .*leads out"),
        (["image,subject,box", "0.png,A,1 2 3"], "line 2: a box wants x y w h"),
        (["image,subject,box", "0.png,A,1 2 0 4"], "line 2: a box wants x y w h"),
        (["image,subject,box", "0.png,A,1 2 nan 4"], "line 2: a box wants x y w h"),
        (["image,subject,box", "0.png,A,left"], "line 2: box wants numbers, got 'left'"),
        (["image,subject,box_x,box_y,box_w,box_h", "0.png,A,1,2,3,4"], "box_width, box_height"),
        (["image,subject,landmarks", "0.png,A,1 2 3"], "line 2: scheme 'five' wants 10 numbers"),
        (["image,subject,landmarks", "0.png,A,1 2 3 4 5 6 7 8 9 inf"], "finite or nan"),
        (["image,subject,landmarks", "0.png,A,1 2 x"], "landmarks wants numbers"),
        (["image,subject,a,attribute_a", "0.png,A,1,2"], "attribute 'a' stands in two columns"),
        (["image,subject", "0.png,A,B"], "line 2: 3 cells"),
        (["image,subject,split", "0.png,A,train"], "holds no faces"),
        (["image,subject"], "holds no faces"),
    ],
)
def test_a_malformed_row_is_named(root, lines, message):
    with pytest.raises(DataError, match=message):
        load(write(root, *lines), scheme="five")


def test_landmarks_without_a_scheme_are_refused(root):
    with pytest.raises(DataError, match="option scheme"):
        load(write(root, "image,subject,landmarks", f"0.png,A,{FIVE}"))


@pytest.mark.parametrize(
    ("column", "value", "near"),
    [("modality", "termal", "thermal"), ("split", "tst", "test"), ("role", "prob", "probe")],
)
def test_an_unknown_word_is_answered_with_the_nearest(root, column, value, near):
    with pytest.raises(UnknownNameError, match=rf"line 2.*Did you mean '{near}'"):
        load(write(root, f"image,subject,{column}", f"0.png,A,{value}"))


def test_unknown_trials_and_schemes_are_answered_with_the_nearest(root):
    source = write(root, "image,subject", "0.png,A")
    with pytest.raises(UnknownNameError, match="Did you mean 'gallery_probe'"):
        load(source, trials="gallery-probe")
    with pytest.raises(UnknownNameError, match="Did you mean 'ibug68'"):
        load(source, scheme="ibug86")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["a,nobody"], "line 2: no test face has the id 'nobody'"),
        (["a,b", "b,b"], "line 3: the face 'b' is compared with itself"),
        (["a,b,x"], "line 2: fold wants a whole number, got 'x'"),
        (["a,b,-1"], "fold wants a whole number"),
    ],
)
def test_a_malformed_pair_is_named(root, rows, message):
    source = write(root, "image,subject,id", "0.png,A,a", "1.png,A,b")
    header = "reference,probe" + (",fold" if rows[0].count(",") == 2 else "")
    write(root, header, *rows, name="p.csv")
    with pytest.raises(DataError, match=rf"p.csv, {message}|{message}"):
        load(source, trials="p.csv")


def test_gallery_and_probe_are_both_wanted(root):
    with pytest.raises(DataError, match="line 2: trials 'gallery_probe' want a role"):
        load(write(root, "image,subject", "0.png,A"), trials="gallery_probe")
    source = write(root, "image,subject,role", "0.png,A,gallery")
    with pytest.raises(DataError, match="wants a gallery and a probe"):
        load(source, trials="gallery_probe")


def test_files_outside_the_root_are_refused(root):
    write(root, "image,subject", "0.png,A")
    with pytest.raises(DataError, match=r"option file: .*leads out"):
        load(str(root), file="../manifest.csv")
    with pytest.raises(DataError, match=r"option trials: .*leads out"):
        load(str(root), trials="../p.csv")


def test_a_folder_without_its_manifest_says_so(root):
    with pytest.raises(DataError, match=r"manifest.csv: cannot be read: No such file"):
        load(str(root))
