"""VIS-TH: pairs of one instant, six points by hand, folds by subject."""

import numpy as np
import pytest
import thermal_sets

from align_eval.datasets.vis_th import LAYOUT, inventory, load
from align_eval.errors import AlignEvalError, ConfigError, DataError, UnknownNameError
from align_eval.faces import Modality
from align_eval.image import ImageFile

NN = "001/TH/TH_001_1_01_NN"


@pytest.fixture
def root(tmp_path):
    thermal_sets.vis_th(tmp_path)
    return tmp_path


def edit(root, points, file=f"{NN}.bmp"):
    """Annotations of the first person with one image marked otherwise."""
    files = [
        f"001/{s}/{s}_001_1_0{i}_{v}.bmp" for i, v in ((1, "NN"), (2, "EH")) for s in ("TH", "VIS")
    ]
    lines = [thermal_sets.image_lines(f, points if f == file else thermal_sets.SIX) for f in files]
    (root / "Eurecom_annotations/001.xml").write_text(thermal_sets.document(*lines))


def test_names_give_subject_spectrum_and_variation(root):
    face = load(str(root)).face(NN)
    assert (face.subject, face.modality) == ("001", Modality.THERMAL)
    assert face.attributes["variation"] == "NN"
    assert tuple(face.box) == (50.25, 30.125, 60, 70.5)
    assert face.load == ImageFile(root / f"{NN}.bmp")


def test_parts_of_the_subjects_sides_become_points_of_the_images(root):
    truth = load(str(root)).truth[NN]
    assert truth.scheme.name == "visth6"
    assert dict(zip(truth.scheme.points, truth.points.tolist(), strict=True)) == {
        "left_eye_outer": [60, 55],
        "left_eye_inner": [70, 55],
        "right_eye_inner": [82, 55],
        "right_eye_outer": [92, 55],
        "left_mouth": [66, 80],
        "right_mouth": [86, 80],
    }


def test_thermal_faces_of_another_instant_meet_every_visible_neutral_one(root):
    trials = load(str(root)).trials
    assert trials.gallery["002"] == ("002/VIS/VIS_002_1_01_NN",)
    assert trials.probes == tuple(f"00{i}/TH/TH_00{i}_1_02_EH" for i in (1, 2, 3))
    assert (trials.n_genuine, trials.n_impostor) == (3, 6)


def test_the_thermal_face_of_the_same_instant_is_probed_with_on_demand(root):
    assert load(str(root), simultaneous=True).trials.n_genuine == 6
    only = load(str(root), simultaneous=True, variations="NN").trials
    assert only.probes == tuple(f"00{i}/TH/TH_00{i}_1_01_NN" for i in (1, 2, 3))


def test_visible_faces_may_be_probed_with_but_never_an_enrolled_one(root):
    trials = load(str(root), protocol="visible_to_visible", simultaneous=True).trials
    assert (trials.n_genuine, trials.n_impostor) == (3, 12)


def test_dmsl_folds_hold_every_subject_once_as_tested(tmp_path):
    thermal_sets.vis_th(tmp_path, variations=("NN",), subjects=10)
    folds = [load(str(tmp_path), protocol=f"dmsl:{k}") for k in range(10)]
    assert sorted(s for fold in folds for s in fold.subjects) == sorted(
        f"{i:03d}" for i in range(1, 11)
    )
    for fold in folds:
        parts = {face.attributes["split"] for face in fold.training}
        assert parts == {"validation", "training"}
        assert fold.trials is None
        assert len(fold.faces) + len(fold.training) == 20
    for protocol in ("dmsl", "dmsl:10"):
        with pytest.raises(ConfigError, match="dmsl:0 to dmsl:9"):
            load(str(tmp_path), protocol=protocol)


def test_a_mouth_that_is_not_marked_leaves_the_eyes(root):
    edit(root, dict(list(thermal_sets.SIX.items())[:4]))
    data = load(str(root))
    assert np.isfinite(data.truth[NN].points).tolist() == [[True] * 2] * 4 + [[False] * 2] * 2
    assert data.problems == ((NN, "not marked: mouthcorner_right, mouthcorner_left"),)


def test_labels_that_are_mixed_up_are_named_and_left_out_of_the_truth(root):
    six = list(thermal_sets.SIX.items())
    edit(root, [*six[:3], ("lefteye_inner", (92, 55)), *six[4:]])
    twice = load(str(root))
    edit(root, [*six[:2], ("lefteye_inner", (65, 80)), *six[3:]])
    crossed = load(str(root))
    for data, word in ((twice, "marked twice: lefteye_inner"), (crossed, "out of the order")):
        assert NN not in data.truth
        assert len(data.faces) == 12
        ((name, reason),) = data.problems
        assert name == NN
        assert word in reason


def test_without_images_the_truth_loads_and_each_image_is_named(root):
    for path in root.rglob("*.bmp"):
        path.unlink()
    data = load(str(root))
    assert len(data.truth) == len(data.faces) == len(data.problems) == 12
    assert all("missing" in reason for _, reason in data.problems)


def test_annotations_may_lie_anywhere(root, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("marks") / "xml"
    (root / "Eurecom_annotations").rename(elsewhere)
    with pytest.raises(DataError, match="finds no XML annotations"):
        load(str(root))
    assert len(load(str(root), annotations=str(elsewhere)).truth) == 12
    elsewhere.rename(root / "marks")
    assert len(load(str(root), annotations="marks").truth) == 12
    with pytest.raises(DataError, match="no folder of annotations 'gone'"):
        load(str(root), annotations="gone")


def test_images_without_annotations_are_faces_without_truth_on_demand(root):
    thermal_sets.picture(root / "001/TH/TH_001_1_08_PU.bmp", thermal=True)
    thermal_sets.picture(root / "001/TH/preview.bmp")
    assert len(load(str(root)).faces) == 12
    every = load(str(root), images="all")
    assert len(every.faces) == 13
    assert "001/TH/TH_001_1_08_PU" not in every.truth
    with pytest.raises(UnknownNameError, match="kind of images"):
        load(str(root), images="some")


def test_a_range_windows_thermal_frames_alone(root):
    plain = load(str(root))
    fixed = load(str(root), unit="centikelvin", range=[20.0, 40.0])
    assert plain.face(NN).load().dtype == np.uint16
    shown = fixed.face(NN).load()
    assert (shown.dtype, shown[0, 0], shown[5, 5]) == (np.uint8, 255, 128)
    visible = "001/VIS/VIS_001_1_01_NN"
    assert fixed.face(visible).load == plain.face(visible).load
    with pytest.raises(ConfigError, match="wants a range"):
        load(str(root), unit="centikelvin")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"protocol": "protocol1"}, "unknown protocol"),
        ({"protocol": "dmsl:0"}, "at least 10 subjects"),
        ({"gallery": "XX"}, "unknown variation"),
        ({"training": 2}, "at least 2 of 3"),
        ({"gallery": "OH"}, "0 and 6"),
        ({"range": [1, 2, 3]}, "two numbers"),
    ],
)
def test_an_option_that_cannot_be_is_one_line(root, options, message):
    with pytest.raises(AlignEvalError, match=message) as caught:
        load(str(root), **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (thermal_sets.image_lines("portrait.jpg"), "no image's name"),
        (thermal_sets.image_lines("../../etc/TH/TH_001_1_01_NN.bmp"), "no image's name"),
        (thermal_sets.image_lines("002/TH/TH_001_1_01_NN.bmp"), "no image's name"),
        (2 * thermal_sets.image_lines(f"{NN}.bmp"), "annotated twice"),
        (thermal_sets.image_lines(f"{NN}.bmp", {"nose": (1, 2)}), "unknown part 'nose'"),
        (
            f'<image file="{NN}.bmp">'
            + 2 * '<box top="1" left="1" width="2" height="2"/>'
            + "</image>",
            "one box, got 2",
        ),
    ],
)
def test_annotations_of_something_else_are_one_line_that_names_the_file(root, image, message):
    (root / "Eurecom_annotations/001.xml").write_text(thermal_sets.document(image))
    with pytest.raises(DataError, match=message) as caught:
        load(str(root))
    assert str(caught.value).startswith("001.xml")


def test_an_image_without_a_marked_face_is_named(root):
    text = thermal_sets.document(f'<image file="{NN}.bmp"/>')
    (root / "Eurecom_annotations/001.xml").write_text(text)
    data = load(str(root))
    assert data.problems == ((NN, "no face is marked"),)
    assert data.face(NN).box is None


def test_the_inventory_counts_against_the_published_numbers(root):
    found = inventory(str(root))
    assert [(c.what, c.found, c.expected) for c in found.counts] == [
        ("faces", 12, 1200),
        ("subjects", 3, 50),
        ("faces with landmarks", 12, 1200),
    ]
    assert found.layout == LAYOUT
    assert not found.ok


def test_the_published_annotations_load_whole_and_two_lack_a_mouth(data_root):
    root = data_root / "permissive/visth_carl_annotations"
    if not root.is_dir():
        pytest.skip("the VIS-TH annotations are not in the data folder")
    found = inventory(str(root), annotations="Eurecom_annotations")
    assert [count.found for count in found.counts] == [1200, 50, 1200]
    assert all(count.ok for count in found.counts)
    odd = [problem for problem in found.problems if "image is missing" not in problem[1]]
    mouth = "not marked: mouthcorner_right, mouthcorner_left"
    assert odd == [("032/TH/TH_032_1_06_AEC", mouth), ("050/VIS/VIS_050_1_17_LLU", mouth)]
    data = load(str(root), annotations="Eurecom_annotations")
    assert (data.trials.n_genuine, data.trials.n_impostor) == (50 * 11, 50 * 49 * 11)
    assert len({face.attributes["variation"] for face in data.faces}) == 12
