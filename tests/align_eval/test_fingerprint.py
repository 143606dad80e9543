from dataclasses import replace

import crossing
import numpy as np
from fakes import load

from align_eval.dataset import Dataset
from align_eval.faces import Box
from align_eval.fingerprint import TRIALS, changed, fingerprint
from align_eval.image import ImageFile
from align_eval.landmarks import Landmarks
from align_eval.radiometry import Radiometric

DATA = load()


def altered(**changes):
    parts = {"faces": DATA.faces, "trials": DATA.trials, "truth": DATA.truth, **changes}
    return changed(fingerprint(DATA), fingerprint(Dataset("fake", **parts)))


def with_first(**changes):
    return (replace(DATA.faces[0], **changes), *DATA.faces[1:])


def test_the_same_data_has_the_same_fingerprint():
    assert altered() == ()
    assert changed(fingerprint(load()), fingerprint(load())) == ()


def test_a_change_of_one_face_is_that_face():
    first = DATA.faces[0].id
    assert altered(faces=with_first(subject="other")) == (first,)
    assert altered(faces=with_first(box=Box(0, 0, 5, 5))) == (first,)
    assert altered(faces=with_first(attributes={"session": 2.0})) == (first,)
    moved = Landmarks(DATA.truth[first].points + 1e-9, DATA.truth[first].scheme)
    assert altered(truth={**DATA.truth, first: moved}) == (first,)


def test_faces_that_come_or_go_and_other_trials_are_told():
    assert altered(trials=None) == (TRIALS,)
    last = DATA.faces[-1].id
    fewer = Dataset("fake", DATA.faces[:-1], None, {})
    same = Dataset("fake", DATA.faces, None, {})
    assert changed(fingerprint(same), fingerprint(fewer)) == (last,)
    assert changed(fingerprint(fewer), fingerprint(same)) == (last,)


def test_trials_in_another_order_are_other_trials():
    kept = np.ones(len(DATA.trials), dtype=bool)
    assert altered(trials=DATA.trials.only(kept)) == ()
    kept[0] = False
    assert altered(trials=DATA.trials.only(kept)) == (TRIALS,)


def test_other_faces_to_train_on_in_a_fold_are_other_trials():
    folded = crossing.folded()
    fewer = {**folded.folds, 1: folded.folds[1][1:]}
    swapped = {1: folded.folds[1], 0: folded.folds[0], 2: folded.folds[2]}
    for folds, told in ((folded.folds, ()), (swapped, ()), (fewer, (TRIALS,))):
        assert changed(fingerprint(folded), fingerprint(replace(folded, folds=folds))) == told


def test_a_moved_folder_is_the_same_data_and_another_image_is_not(tmp_path):
    prints = []
    for folder, content in (("a", b"12"), ("b", b"12"), ("c", b"123"), ("d", None)):
        path = tmp_path / folder / "face.jpg"
        path.parent.mkdir()
        if content:
            path.write_bytes(content)
        face = replace(DATA.faces[0], load=ImageFile(path))
        prints.append(fingerprint(Dataset("one", (face,))))
    here, moved, larger, lost = prints
    assert changed(here, moved) == ()
    assert changed(here, larger) == changed(here, lost) == (DATA.faces[0].id,)


def test_another_image_behind_a_window_of_temperatures_is_another(tmp_path):
    prints = []
    for name, content in (("a", b"12"), ("b", b"123")):
        path = tmp_path / name / "face.png"
        path.parent.mkdir()
        path.write_bytes(content)
        face = replace(DATA.faces[0], load=Radiometric(ImageFile(path), "centikelvin", "frame"))
        prints.append(fingerprint(Dataset("one", (face,))))
    assert changed(*prints) == (DATA.faces[0].id,)
