"""Carl: sessions, illuminations and shots from names; odd annotations are named, none is lost."""

import numpy as np
import pytest
import thermal_sets

from align_eval.datasets.carl import inventory, load
from align_eval.errors import AlignEvalError, DataError
from align_eval.faces import Modality

FIRST = "01/session_1/thermal_bmp/01S1BNA1"


@pytest.fixture
def root(tmp_path):
    thermal_sets.carl(tmp_path)
    return tmp_path


def test_names_give_sensor_session_illumination_and_shot(root):
    data = load(str(root))
    face = data.face("02/session_2/classic/02S2CIR1")
    assert (face.subject, face.modality) == ("02", Modality.VISIBLE)
    assert face.attributes == {
        "session": 2,
        "illumination": "IR",
        "shot": 1,
        "pair": "02S2IR1",
        "split": "test",
    }
    assert data.face(FIRST).modality is Modality.THERMAL
    assert len(data.faces) == len(data.truth) == 2 * 2 * 2 * 3 * 2
    assert data.problems == ()


def test_visible_faces_of_the_first_session_meet_thermal_ones_of_the_others(root):
    trials = load(str(root)).trials
    assert len(trials.gallery["01"]) == 6
    assert all("session_1/classic" in face for faces in trials.gallery.values() for face in faces)
    assert all("session_2/thermal_bmp" in face for face in trials.probes)
    assert (trials.n_genuine, trials.n_impostor) == (12, 12)


def test_sessions_and_illuminations_are_chosen(root):
    trials = load(str(root), sessions=[2], illumination="NA", probes="IR").trials
    assert trials.gallery["01"] == (
        "01/session_2/classic/01S2CNA1",
        "01/session_2/classic/01S2CNA2",
    )
    assert set(trials.probes) == {
        f"0{i}/session_1/thermal_bmp/0{i}S1BIR{shot}" for i in (1, 2) for shot in (1, 2)
    }
    assert load(str(root), protocol="none").trials is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sessions": "1"}, "list of whole numbers"),
        ({"sessions": [1, 2]}, "12 and 0|24 and 0"),
        ({"sessions": [5]}, "0 and"),
        ({"illumination": "dark"}, "unknown illumination"),
        ({"protocol": "dmsl:0"}, "unknown protocol"),
    ],
)
def test_an_option_that_cannot_be_is_one_line(root, options, message):
    with pytest.raises(AlignEvalError, match=message) as caught:
        load(str(root), **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "file",
    [
        "01/session_2/thermal_bmp/01S1BNA1.bmp",  # another session's folder
        "02/session_1/thermal_bmp/01S1BNA1.bmp",  # another subject's
        "01/session_1/classic/01S1BNA1.bmp",  # another sensor's
        "01/session_1/thermal_bmp/01S1BXX1.bmp",
    ],
)
def test_a_path_that_contradicts_itself_is_refused(root, file):
    text = thermal_sets.document(thermal_sets.image_lines(file))
    (root / "Carl_annotations/01.xml").write_text(text)
    with pytest.raises(DataError, match=r"01\.xml: .* is no image's name"):
        load(str(root))


def test_the_published_annotations_load_whole_and_four_lack_mouth_corners(data_root):
    root = data_root / "permissive/visth_carl_annotations"
    if not root.is_dir():
        pytest.skip("the Carl annotations are not in the data folder")
    data = load(str(root), annotations="Carl_annotations")
    assert len(data.faces) == 4920
    assert len(data.subjects) == 41
    odd = {face: why for face, why in data.problems if "image is missing" not in why}
    short = {face: why for face, why in odd.items() if why.startswith("not marked: mouthcorner")}
    assert sorted(face.split("/")[-1] for face in short) == [
        "05S2BNA1",
        "23S3BAR4",
        "31S1BIR5",
        "34S1BNA1",
    ]
    mixed = sorted(set(data.truth) ^ {face.id for face in data.faces})
    assert mixed == ["05/session_2/thermal_bmp/05S2BNA1", "21/session_3/classic/21S3CIR4"]
    assert set(odd) == set(short) | set(mixed)
    one = data.truth["34/session_1/thermal_bmp/34S1BNA1"].points
    assert np.isfinite(one).all(axis=1).tolist() == [True] * 5 + [False]
    assert (data.trials.n_genuine, data.trials.n_impostor) == (41 * 45, 41 * 40 * 45)


def test_the_inventory_counts_against_the_published_numbers(root):
    found = inventory(str(root))
    assert [(count.found, count.expected) for count in found.counts] == [
        (48, 4920),
        (2, 41),
        (48, 4920),
    ]
