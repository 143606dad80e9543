"""ARL-VTF: a table of named columns, and galleries and probes in the paper's notation."""

import numpy as np
import pytest
import thermal_sets

from align_eval.datasets.arl_vtf import inventory, load
from align_eval.errors import AlignEvalError, DataError
from align_eval.faces import Modality


@pytest.fixture
def root(tmp_path):
    thermal_sets.arl_vtf(tmp_path)
    return tmp_path


def rows(root, *lines, header=thermal_sets.VTF_HEADER):
    (root / "metadata.csv").write_text("\n".join([header, *lines]))


def test_two_cameras_are_read_and_others_left_out(root):
    data = load(str(root), scheme="five")
    face = data.face("dev/s2/pose_none/FLIR_USB_1.png")
    assert (face.subject, face.modality) == ("s2", Modality.THERMAL)
    assert face.attributes == {
        "camera": "FLIR_USB",
        "condition": "P",
        "eyewear": "0",
        "split": "test",
    }
    assert len(data.faces) == 2 * (6 + 3 + 3)
    assert data.problems == ()
    truth = data.truth["dev/s1/baseline_worn/BAS_RGB2_1.png"]
    assert np.isnan(truth.points[4]).all()
    assert len(data.truth) == 2 * 4


@pytest.mark.parametrize(
    ("gallery", "probes", "enrolled", "probed"),
    [
        ("G_VB0-", "P_TB0", ["s1", "s2", "s3"], ["s2", "s3"]),
        ("G_VB0+", "P_TP-", ["s1", "s2", "s3"], ["s1"]),
        ("G_VB0", "P_TE0-+", ["s2", "s3"], ["s1", "s1", "s2", "s3"]),
        ("G_TB0", "P_VE0", ["s2", "s3"], ["s2", "s3"]),
    ],
)
def test_sets_are_named_by_spectrum_sequence_and_eyewear(root, gallery, probes, enrolled, probed):
    data = load(str(root), scheme="five", gallery=gallery, probes=probes)
    assert list(data.trials.references) == enrolled
    assert list(data.trials.probe_subjects) == probed
    assert {data.face(face).modality for face in data.trials.probes} == {
        Modality.THERMAL if probes[2] == "T" else Modality.VISIBLE
    }


def test_lists_of_subjects_split_the_set(root):
    (root / "splits").mkdir()
    (root / "splits/train0.txt").write_text("s1\ns9\n")
    data = load(str(root), scheme="five", training="splits/train0.txt")
    assert data.subjects == ("s2", "s3")
    assert {face.subject for face in data.training} == {"s1"}
    (root / "splits/test.txt").write_text("s3\n")
    both = load(str(root), scheme="five", training="splits/train0.txt", test="splits/test.txt")
    assert both.subjects == ("s3",)
    with pytest.raises(DataError, match="leads out of the root"):
        load(str(root), scheme="five", training="../train.txt")


def test_other_words_are_translated(root):
    rows(root, "1,a.png,s1,THERM,Standard,off,", "2,b.png,s1,RGB,Standard,off,")
    words = {"thermal": "THERM", "visible": "RGB", "gallery": "G_VB-", "probes": "P_TB-"}
    with pytest.raises(DataError, match="line 2: condition wants one of baseline"):
        load(str(root), **words)
    data = load(str(root), conditions={"Standard": "B"}, eyewear={"off": "-"}, **words)
    assert data.trials.n_genuine == 1
    assert len(data.problems) == 2
    with pytest.raises(AlignEvalError, match="unknown value of option eyewear"):
        load(str(root), eyewear={"off": "no"}, **words)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1,,s1,FLIR_USB,pose,none,", "filepath and subid"),
        ("1,a.png,s1,FLIR_USB,pose,monocle,", "eyewear wants one of none, removed, worn"),
        ("1,a.png,s1,FLIR_USB,pose,none,1 2 3", "wants 10 numbers"),
        ("1,a.png,s1,FLIR_USB,pose,none,1 2 far", "landmarks wants numbers"),
        ("1,/a.png,s1,FLIR_USB,pose,none,", "leads out of the root"),
        ("1,a.png,s1,FLIR_USB,pose,none", "6 cells; the header has 7"),
    ],
)
def test_a_malformed_row_is_one_line_that_names_it(root, line, message):
    rows(root, line)
    with pytest.raises(DataError, match=message) as caught:
        load(str(root), scheme="five")
    assert str(caught.value).startswith("metadata.csv, line 2")


def test_a_row_that_stands_twice_and_a_table_of_other_cameras_are_refused(root):
    rows(root, *2 * ["1,a.png,s1,FLIR_USB,pose,none,"])
    with pytest.raises(DataError, match=r"line 3: the image 'a\.png' stands there twice"):
        load(str(root))
    rows(root, "1,a.png,s1,KINECT,pose,none,")
    with pytest.raises(DataError, match="no image of camera FLIR_USB or BAS_RGB2"):
        load(str(root))
    rows(root, "1,a.png", header="n,filepath")
    with pytest.raises(DataError, match="wants a column 'subid'"):
        load(str(root))


def test_landmarks_want_a_scheme_and_boxes_are_read(root):
    with pytest.raises(DataError, match="option scheme"):
        load(str(root))
    header = "filepath,subid,camera,condition,eyewear,box"
    rows(root, "a.png,s1,FLIR_USB,pose,none,1 2 30 40", header=header)
    (face,) = load(str(root), gallery="", probes="").faces
    assert tuple(face.box) == (1, 2, 30, 40)
    rows(root, "a.png,s1,FLIR_USB,pose,none,1 2 0 40", header=header)
    with pytest.raises(DataError, match="a box wants"):
        load(str(root), gallery="", probes="")


@pytest.mark.parametrize(
    ("gallery", "probes"),
    [("P_VB0", "P_TB0"), ("G_VB0", "G_TB0"), ("G_XB0", "P_TB0"), ("", "P_TB0")],
)
def test_what_is_no_gallery_is_one_line(root, gallery, probes):
    with pytest.raises(AlignEvalError, match="wants a gallery such as"):
        load(str(root), scheme="five", gallery=gallery, probes=probes)


def test_the_inventory_counts_everybody(root):
    found = inventory(str(root), scheme="five")
    assert {c.what: (c.found, c.expected) for c in found.counts}["subjects"] == (3, 395)
