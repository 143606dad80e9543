"""ARL's polarimetric set: names, folds by subject, and a table for other names."""

import numpy as np
import pytest
import thermal_sets

from align_eval.datasets.arl_polarimetric import inventory, load
from align_eval.errors import AlignEvalError, DataError
from align_eval.faces import Modality


@pytest.fixture
def root(tmp_path):
    thermal_sets.arl_polarimetric(tmp_path)
    return tmp_path


def test_names_give_subject_range_condition_and_polarisation(root):
    data = load(str(root), protocol="none")
    face = data.face("A03_R2_E_S0_f01")
    assert (face.subject, face.modality) == ("A03", Modality.THERMAL)
    assert face.attributes == {
        "range": "R2",
        "condition": "E",
        "polarization": "S0",
        "split": "test",
    }
    visible = data.face("A03_IOD87_B_VI_f01")
    assert visible.modality is Modality.VISIBLE
    assert visible.attributes["eye_distance"] == 87
    assert len(data.faces) == 6 * (2 + 6)
    other = load(str(root), protocol="none", polarization="DP")
    assert {f.attributes.get("polarization") for f in other.faces} == {None, "DP"}


@pytest.mark.parametrize(
    ("probes", "count"), [("overall", 6), ("expression", 3), ("R1", 2), ("R3", 2)]
)
def test_visible_baseline_faces_meet_the_thermal_ones_of_a_kind(root, probes, count):
    trials = load(str(root), protocol="thermal_to_visible", probes=probes).trials
    assert trials.gallery["A01"] == ("A01_IOD87_B_VI_f01",)
    assert (trials.n_genuine, trials.n_impostor) == (6 * count, 30 * count)


def test_a_fold_of_protocol_1_trains_on_half_of_the_subjects(root):
    fold = load(str(root), protocol="protocol1:3", seed=5)
    assert len(fold.subjects) == len({face.subject for face in fold.training}) == 3
    assert fold.trials.n_genuine == 3 * 6
    again = load(str(root), protocol="protocol1:3", seed=5)
    assert again.subjects == fold.subjects
    drawn = {load(str(root), protocol="protocol1:3", seed=s).subjects for s in range(8)}
    assert len(drawn) > 1


def test_all_folds_are_cross_validated_and_no_one_is_trained_and_tested(root):
    data = load(str(root), protocol="protocol1")
    assert sorted(data.folds) == [0, 1, 2, 3, 4]
    for number, trained in data.folds.items():
        own = data.trials.in_fold(number)
        assert len({data.face(face).subject for face in trained}) == 3
        assert set(own.reference_subjects).isdisjoint(data.face(face).subject for face in trained)


def test_images_of_other_names_and_eye_distances_are_left_out(root):
    thermal_sets.picture(root / "Visible/A01_IOD31_B_VI_f01.png")
    thermal_sets.picture(root / "readme.png")
    data = load(str(root), protocol="none")
    assert [name for name, _ in data.problems] == ["readme.png"]
    assert len(data.faces) == 48
    other = load(str(root), protocol="none", eye_distance=31)
    assert [f.id for f in other.faces if f.modality is Modality.VISIBLE] == ["A01_IOD31_B_VI_f01"]


def table(root, *rows):
    header = "id,image,subject,modality,condition,range,polarization,landmarks"
    (root / "index.csv").write_text("\n".join([header, *rows]))


def test_a_table_names_files_of_any_name_with_their_landmarks(root):
    for name in ("a.png", "b.png", "c.png"):
        thermal_sets.picture(root / name)
    table(
        root,
        "v,a.png,V01,visible,B,,,60 55 92 55 76 66 66 80 86 80",
        "t,b.png,V01,thermal,E,R1,S0,",
        "u,c.png,V02,thermal,E,R1,DP,",
    )
    data = load(str(root), index="index.csv", scheme="five", protocol="thermal_to_visible")
    assert [face.id for face in data.faces] == ["v", "t"]
    assert data.trials.n_genuine == 1
    assert np.array_equal(data.truth["v"].points[2], [76, 66])
    assert inventory(str(root), index="index.csv", scheme="five").counts[0].expected is None


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("v,a.png,V01,visible,N,,,", "'v' wants condition B, E; got 'N'"),
        ("t,a.png,V01,thermal,B,R4,S0,", "wants range R1, R2, R3; got 'R4'"),
        ("t,a.png,V01,thermal,B,R1,,", "wants polarization"),
        ("t,../a.png,V01,thermal,B,R1,S0,", "leads out of the root"),
    ],
)
def test_a_malformed_row_is_one_line(root, row, message):
    table(root, row)
    with pytest.raises(DataError, match=message) as caught:
        load(str(root), index="index.csv")
    assert "index.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"probes": "R4"}, "unknown probes"),
        ({"polarization": "S3"}, "unknown polarization"),
        ({"protocol": "dmsl:0"}, "unknown protocol"),
        ({"protocol": "protocol1:5"}, "protocol1:0 to protocol1:4"),
    ],
)
def test_an_option_that_cannot_be_is_one_line(root, options, message):
    with pytest.raises(AlignEvalError, match=message):
        load(str(root), **options)


def test_a_folder_of_something_else_is_one_line(tmp_path):
    thermal_sets.picture(tmp_path / "cat.png")
    with pytest.raises(DataError, match="no images named as its own"):
        load(str(tmp_path))


def test_the_inventory_counts_against_volume_1(root):
    counts = inventory(str(root)).counts
    assert [(c.what, c.found, c.expected) for c in counts] == [
        ("faces", 48, 3840),
        ("subjects", 6, 60),
    ]
