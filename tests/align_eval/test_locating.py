import weakref
from dataclasses import dataclass

import numpy as np
import pytest
from hostile import Breaking

from align_eval.errors import ContractError, DataError, ImageError
from align_eval.faces import Face, Modality
from align_eval.locating import find_boxes, locate

SIDE = 4096  # 48 MiB in colour


@dataclass(frozen=True)
class Huge:
    """Loads an image that takes memory when it is touched only, and remembers who is alive."""

    alive: list

    def __call__(self):
        image = np.zeros((SIDE, SIDE, 3), np.uint8)
        self.alive.append(weakref.ref(image))
        return image


def faces(load, count):
    return [Face(str(i), str(i), Modality.VISIBLE, load) for i in range(count)]


def ignored(done):
    pass


class Watching(Breaking):
    """Counts, at every call, how many images are alive."""

    def __init__(self, alive):
        super().__init__()
        self.alive, self.most = alive, 0

    def locate(self, faces):
        self.most = max(self.most, sum(one() is not None for one in self.alive))
        return super().locate(faces)


def test_large_images_do_not_pile_up_in_memory():
    alive: list = []
    model = Watching(alive)
    found = locate(model, faces(Huge(alive), 64), {}, 2, ignored)
    assert len(found.landmarks) == 64
    assert model.most <= 20


def test_every_face_is_found_or_has_a_reason_and_progress_ends_at_their_number():
    def load():
        raise ImageError("gone")

    given = faces(load, 2) + [
        Face(f"good {i}", "g", Modality.VISIBLE, lambda: np.zeros((9, 9), np.uint8))
        for i in range(40)
    ]
    ticks = []
    found = locate(Breaking(), given, {}, 1, ticks.append)
    assert found.reasons == {"0": "gone", "1": "gone"}
    assert len(found.landmarks) == 40
    assert ticks[-1] == 42


class Detector:
    name = "mine"

    def __init__(self, error):
        self.error = error

    def detect(self, image):
        raise self.error


def test_a_detector_that_raises_is_named_with_the_face():
    given = faces(lambda: np.zeros((9, 9), np.uint8), 2)
    with pytest.raises(ContractError, match="detector 'mine', on face '0', raised KeyError: 'x'"):
        find_boxes(Detector(KeyError("x")), given, "central", 1, ignored)


def test_a_known_error_passes_as_it_is():
    given = faces(lambda: np.zeros((9, 9), np.uint8), 1)
    with pytest.raises(DataError, match=r"^known$"):
        find_boxes(Detector(DataError("known")), given, "central", 1, ignored)
