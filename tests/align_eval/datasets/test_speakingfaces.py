"""SpeakingFaces: streams, trials and the published split; frames are thinned out."""

import pytest
import thermal_sets

from align_eval.datasets.speakingfaces import inventory, load
from align_eval.errors import AlignEvalError, DataError
from align_eval.faces import Modality


@pytest.fixture
def root(tmp_path):
    thermal_sets.speakingfaces(tmp_path)
    return tmp_path


def test_names_give_trial_position_and_frame(root):
    data = load(str(root))
    face = data.face("121_2_1_9_101_1")
    assert (face.subject, face.modality) == ("121", Modality.THERMAL)
    assert face.attributes == {
        "trial": 2,
        "session": 1,
        "position": 9,
        "frame": 101,
        "split": "test",
    }
    assert data.face("122_1_1_1_1_3").modality is Modality.VISIBLE


def test_the_published_split_tests_the_last_and_trains_on_the_first(root):
    data = load(str(root))
    assert data.subjects == ("121", "122")
    assert {face.subject for face in data.training} == {"1"}
    assert set(load(str(root), split="all").subjects) == {"1", "121", "122"}
    with pytest.raises(DataError, match="no frames of split 'valid'"):
        load(str(root), split="valid")


def test_visible_frames_of_the_first_trial_meet_thermal_ones_of_the_second(root):
    trials = load(str(root)).trials
    assert trials.gallery["121"] == tuple(
        f"121_1_1_{position}_{frame}_3" for position, frame in ((1, 1), (1, 101), (9, 1), (9, 101))
    )
    assert all(face.split("_")[1] == "2" and face.endswith("_1") for face in trials.probes)
    assert (trials.n_genuine, trials.n_impostor) == (8, 8)


@pytest.mark.parametrize(
    ("options", "frames"),
    [
        ({"every": 1}, {1, 2, 101}),
        ({"every": 50}, {1, 101}),
        ({"every": 1000}, {1}),
        ({"positions": [1]}, {1, 101}),
    ],
)
def test_frames_and_positions_are_thinned_out(root, options, frames):
    data = load(str(root), **options)
    assert {face.attributes["frame"] for face in data.faces} == frames
    assert {face.attributes["position"] for face in data.faces} == set(
        options.get("positions", [1, 9])
    )


def test_visible_frames_may_be_those_that_were_filmed(root):
    data = load(str(root), visible="raw", split="all")
    visible = [face for face in data.faces if face.modality is Modality.VISIBLE]
    assert visible
    assert all(face.id.endswith("_2") for face in visible)


def test_the_speaking_session_has_commands_and_folders_may_be_deeper(root):
    for trial in (1, 2):
        for stream, folder in ((1, "thr_image_cmd"), (3, "rgb_image_cmd_aligned")):
            name = f"130_{trial}_2_1_1018_1_{stream}.png"
            thermal_sets.picture(root / f"image_audio/130/sub_130_ia/trial_{trial}/{folder}/{name}")
    data = load(str(root), session=2)
    assert data.subjects == ("130",)
    assert data.face("130_2_2_1_1018_1_1").attributes["command"] == 1018
    assert data.trials.n_genuine == 1


def test_what_is_lacking_or_lies_in_the_wrong_folder_is_named(root):
    place = root / "sub_121/trial_1/thr_image"
    thermal_sets.picture(place / "122_1_1_1_1_1.png")
    thermal_sets.picture(place / "121_1_1_1_1_2.png")
    (place / "notes.txt").write_text("")
    aligned = root / "sub_122/trial_2/rgb_image_aligned"
    for path in aligned.iterdir():
        path.unlink()
    aligned.rmdir()
    assert sorted(name for name, _ in load(str(root)).problems) == [
        "sub_121/trial_1/thr_image/121_1_1_1_1_2.png",
        "sub_121/trial_1/thr_image/122_1_1_1_1_1.png",
        "sub_121/trial_1/thr_image/notes.txt",
        "sub_122/trial_2/rgb_image_aligned",
    ]


def test_a_frame_in_two_places_is_refused(root):
    for folder in ("thr_image", "rgb_image_aligned"):
        thermal_sets.picture(root / f"test_data/sub_121/trial_1/{folder}/121_1_1_1_1_1.png")
    with pytest.raises(DataError, match="the frame '121_1_1_1_1_1' twice"):
        load(str(root))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"session": 3}, "session wants 1 or 2"),
        ({"every": 0}, "every wants"),
        ({"positions": [0]}, "positions want 1 to 9"),
        ({"positions": []}, "positions want 1 to 9"),
        ({"visible": "both"}, "unknown kind of visible frames"),
        ({"split": "train"}, "unknown split"),
        ({"protocol": "dmsl:0"}, "unknown protocol"),
        ({"session": 2}, "finds no frames"),
    ],
)
def test_an_option_that_cannot_be_is_one_line(root, options, message):
    with pytest.raises(AlignEvalError, match=message) as caught:
        load(str(root), **options)
    assert "\n" not in str(caught.value)


def test_the_inventory_counts_one_frame_of_each_recording(root):
    counts = {c.what: (c.found, c.expected) for c in inventory(str(root)).counts}
    assert counts == {"subjects": (3, 142), "faces": (3 * 2 * 2 * 2, 5112)}
    speaking = root / "sub_1/trial_1/thr_image_cmd/1_1_2_1_7_1_1.png"
    thermal_sets.picture(speaking)
    assert {c.what for c in inventory(str(root), session=2).counts} == {"subjects", "faces"}
