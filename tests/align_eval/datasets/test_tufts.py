"""The Tufts Face Database: series, participants, published boxes."""

import pytest
import thermal_sets

from align_eval.datasets.tufts import inventory, load
from align_eval.errors import AlignEvalError, DataError
from align_eval.faces import Modality


@pytest.fixture
def root(tmp_path):
    thermal_sets.tufts(tmp_path)
    return tmp_path


def test_the_folder_is_the_participant_and_the_name_the_image(root):
    data = load(str(root))
    face = data.face("2/TD_IR_E_3")
    assert (face.subject, face.modality) == ("2", Modality.THERMAL)
    assert face.attributes == {
        "series": "E",
        "number": 3,
        "expression": "eyes closed",
        "split": "test",
    }
    assert len(data.faces) == 3 * 10
    assert len(load(str(root), series="A").faces) == 3 * 18


@pytest.mark.parametrize(
    ("series", "first", "genuine"), [("E", "E_1", 5), ("A", "A_4", 9), ("both", "E_1", 14)]
)
def test_the_frontal_visible_face_meets_all_thermal_ones(root, series, first, genuine):
    trials = load(str(root), series=series).trials
    assert trials.gallery["1"] == (f"1/TD_RGB_{first}",)
    assert (trials.n_genuine, trials.n_impostor) == (3 * genuine, 6 * genuine)


def test_a_visible_probe_is_never_the_enrolled_face(root):
    trials = load(str(root), protocol="visible_to_visible").trials
    assert trials.n_genuine == 3 * 4
    assert set(trials.probes).isdisjoint({"1/TD_RGB_E_1", "2/TD_RGB_E_1"})


def test_training_subjects_are_drawn_from_the_seed_and_not_tested(tmp_path):
    thermal_sets.tufts(tmp_path, subjects=6)
    data = load(str(tmp_path), training=4, seed=3)
    trained = {face.subject for face in data.training}
    assert len(trained) == 4
    assert trained.isdisjoint(data.subjects)
    assert {face.attributes["split"] for face in data.training} == {"training"}
    assert load(str(tmp_path), training=4, seed=3).subjects == data.subjects
    assert len({load(str(tmp_path), training=4, seed=s).subjects for s in range(8)}) > 1
    for wrong in (5, -1, True):
        with pytest.raises(AlignEvalError, match="training wants"):
            load(str(tmp_path), training=wrong)


def test_boxes_are_those_of_the_table_and_blanks_are_named(root):
    table = root / "bounding-boxes.csv"
    text = table.read_text().replace(",1,TD_IR_E_2.jpg,20,10,60,80", ",1,TD_IR_E_2.jpg,178,158,1,2")
    table.write_text(text + "\nTD_IR_E_Set1,9,TD_IR_E_1.jpg,1,2,60,80")
    data = load(str(root), boxes="bounding-boxes.csv")
    assert tuple(data.face("1/TD_IR_E_1").box) == (20, 10, 60, 80)
    assert data.face("1/TD_IR_E_2").box is None
    assert data.face("1/TD_RGB_E_1").box is None
    assert [name for name, _ in data.problems] == ["1/TD_IR_E_2", "9/TD_IR_E_1"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("x,1,TD_IR_E_1.jpg,1,2,3,wide", "four numbers"),
        ("x,1,portrait.jpg,1,2,30,40", "wanted a box"),
        ("x,1,TD_IR_E_1.jpg,1,2,30,nan", "wanted a box"),
        ("x,1,TD_IR_E_1.jpg,1,2,30", "6 cells"),
    ],
)
def test_a_malformed_row_is_one_line_that_names_it(root, row, message):
    header = "Set,Participant,File,Left,Top,Width,Height"
    (root / "boxes.csv").write_text(f"{header}\n{row}")
    with pytest.raises(DataError, match=message) as caught:
        load(str(root), boxes="boxes.csv")
    assert str(caught.value).startswith("boxes.csv, line 2")


def test_the_same_image_in_two_places_is_refused_and_other_names_are_left_out(root):
    thermal_sets.picture(root / "TD_RGB_E_Set1/1/TD_RGB_E_old.jpg")
    thermal_sets.picture(root / "TD_RGB_E_Set1/TD_RGB_E_1.jpg")
    assert len(load(str(root)).problems) == 2
    thermal_sets.picture(root / "copy/1/TD_RGB_E_1.jpg")
    with pytest.raises(DataError, match="two images of '1/TD_RGB_E_1'"):
        load(str(root))


def test_an_option_or_folder_that_cannot_be_is_one_line(root, tmp_path_factory):
    for options, message in (
        ({"series": "B"}, "unknown series"),
        ({"protocol": "dmsl:0"}, "unknown protocol"),
    ):
        with pytest.raises(AlignEvalError, match=message):
            load(str(root), **options)
    other = tmp_path_factory.mktemp("other")
    thermal_sets.picture(other / "cat.png")
    with pytest.raises(DataError, match="finds no images of series E"):
        load(str(other))


def test_the_inventory_counts_thermal_images_of_both_series(root):
    counts = {c.what: (c.found, c.expected) for c in inventory(str(root)).counts}
    assert counts["thermal images"] == (3 * 14, 1557)
