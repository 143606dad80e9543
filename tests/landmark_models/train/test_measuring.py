import numpy as np
import pytest
from stores import Pixels, made_store

from align_eval.dataset import Dataset
from align_eval.errors import ImageError
from align_eval.faces import Face, Modality
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from landmark_models.train.measuring import JITTER, measured
from landmark_models.train.store import bounding
from landmark_models.train.targets import eye_span

IBUG = scheme_named("ibug68")
STORE = made_store(6)
TRUTH = {f"f{k}": Landmarks(points, IBUG) for k, points in enumerate(STORE.points)}


def faces(images=STORE.images):
    kinds = (Modality.VISIBLE, Modality.THERMAL)
    return tuple(Face(f"f{k}", "s", kinds[k % 2], Pixels(i)) for k, i in enumerate(images))


class Off:
    """Knows the truth, and is off by a tenth of the eye span, to the right."""

    name, scheme = "off", IBUG

    def __init__(self):
        self.boxes = {}

    def locate(self, some):
        self.boxes.update({face.id: face.box for face in some})
        return [None if face.id == "f5" else self.one(face) for face in some]

    def one(self, face):
        points = TRUTH[face.id].points
        span = eye_span(points[None].astype(np.float32), IBUG)[0]
        return Landmarks(points + [0.1 * span, 0], IBUG)


def test_an_error_of_a_tenth_is_measured_as_a_tenth_and_misses_are_counted():
    found = measured(Off(), [Dataset("drawn", faces(), None, TRUTH)])
    assert found["visible"]["nme"] == pytest.approx(0.1, abs=1e-5)
    assert found["thermal"]["five"] == pytest.approx(0.1, abs=1e-5)
    assert (found["visible"]["n"], found["visible"]["missed"]) == (3, 0)
    assert (found["thermal"]["n"], found["thermal"]["missed"]) == (3, 1)


def test_boxes_are_the_landmarks_moved_by_up_to_a_tenth():
    model = Off()
    measured(model, [Dataset("drawn", faces(), None, TRUTH)])
    for name, box in model.boxes.items():
        own = bounding(TRUTH[name].points)
        assert box != own
        assert abs(box.width / own.width - 1) <= JITTER
        assert abs(box.centre[1] - own.centre[1]) <= JITTER * own.height


def test_a_face_in_the_dark_is_left_out_and_counted():
    images = STORE.images.copy()
    images[0] = 3
    found = measured(Off(), [Dataset("drawn", faces(images), None, TRUTH)])
    assert (found["visible"]["n"], found["visible"]["dark"]) == (2, 1)


def test_a_face_that_cannot_be_read_is_an_error_and_not_left_out():
    class Broken:
        def __call__(self):
            raise ImageError("f0.png: cut short")

    broken = (Face("f0", "s", Modality.VISIBLE, Broken()), *faces()[1:])
    with pytest.raises(ImageError, match="cut short"):
        measured(Off(), [Dataset("drawn", broken, None, TRUTH)])
