import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from align_eval.faces import Box, Face, Modality

IMAGE = np.arange(12, dtype=np.uint8).reshape(3, 4)


def _never():
    raise AssertionError("the image must not be read")


FACE = Face("a/1", "a", Modality.VISIBLE, _never)


def test_a_box_has_a_centre_and_an_area():
    box = Box(10, 20, 30, 50)
    assert box.centre == (25, 45)
    assert box.area == 1500


def test_modalities_are_written_as_words():
    assert [str(kind) for kind in Modality] == ["visible", "thermal"]
    assert Modality("thermal") is Modality.THERMAL


def test_a_face_knows_nothing_of_the_truth_and_cannot_be_changed():
    assert not {"truth", "landmarks"} & set(Face.__slots__)
    with pytest.raises(FrozenInstanceError):
        FACE.subject = "b"


def test_another_box_leaves_the_face_as_it_was():
    box = Box(1, 2, 3, 4)
    boxed = FACE.with_box(box)
    assert (boxed.box, boxed.id, boxed.load) == (box, FACE.id, FACE.load)
    assert FACE.box is None
    assert boxed.with_box(None) == FACE


def test_a_face_with_its_image_reads_no_file_and_can_be_sent_to_a_worker():
    loaded = FACE.with_image(IMAGE)
    assert loaded.load() is IMAGE
    assert np.array_equal(pickle.loads(pickle.dumps(loaded)).load(), IMAGE)


def test_faces_do_not_share_their_attributes():
    other = Face("a/2", "a", Modality.VISIBLE, _never)
    other.attributes["session"] = 2
    assert FACE.attributes == {}
