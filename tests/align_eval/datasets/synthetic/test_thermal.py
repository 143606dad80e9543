"""The temperatures of rendered heads."""

from dataclasses import replace
from itertools import combinations, product

import cv2
import numpy as np
import pytest

from align_eval.datasets.synthetic._skin_heat import skin_map
from align_eval.datasets.synthetic.camera import Camera, Pose
from align_eval.datasets.synthetic.hair import hair_mesh
from align_eval.datasets.synthetic.heads import ict
from align_eval.datasets.synthetic.mesh import Mesh, Part
from align_eval.datasets.synthetic.occluders import occluder_mesh
from align_eval.datasets.synthetic.person import person_of
from align_eval.datasets.synthetic.raster import rasterise
from align_eval.datasets.synthetic.thermal import emissivity, state_of, temperature
from align_eval.datasets.synthetic.variations import shot_of

SEED = 7
CAMERA = Camera(580.0, (224, 224))


@pytest.fixture(scope="module")
def head(data_root):
    return ict.load(str(data_root / "permissive" / "ict_facekit"))


class View:
    """A person in an image, and what the pixels around places read."""

    def __init__(self, head, subject=0, session=0, variation="NN", pose=None, **changes):
        person = person_of(SEED, subject)
        shot = shot_of(SEED, subject, session, variation)
        shape = head.mesh(person.identity, dict(shot.expression))
        meshes = (shape, hair_mesh(head, person, shape), occluder_mesh(head, shape, shot))
        mesh = Mesh.join([one for one in meshes if len(one.vertices)])
        mesh = mesh.moved((pose or Pose(0, 0, 0, (0, 0.9, 11.4)))(mesh.vertices))
        self.surface = rasterise(mesh, CAMERA)
        self.points = CAMERA.project(mesh.vertices[head.landmarks])
        self.state = replace(state_of(SEED, subject, session), **changes)
        self.image = temperature(self.surface, head, person, self.state)
        self.parts = np.full(self.image.shape, 255)
        self.parts[self.surface.mask] = self.surface.parts

    def mean(self, *parts):
        return float(self.image[np.isin(self.parts, parts)].mean())

    def at(self, point, right=0.0, down=0.0, of=np.median, reach=1):
        """The median of a small square, off a landmark by so many eye distances."""
        unit = np.linalg.norm(self.points[36:42].mean(0) - self.points[42:48].mean(0))
        x, y = np.rint(self.points[point] + unit * np.array([right, down])).astype(int)
        return float(of(self.image[y - reach : y + reach + 1, x - reach : x + reach + 1]))


@pytest.fixture(scope="module")
def views(head):
    return [View(head, subject, session) for subject, session in product(range(5), range(2))]


def test_inner_eye_corners_are_the_warmest_and_the_nose_is_cool(views):
    for view in views:
        corners = min(view.at(point, 0, 0, np.max, 3) for point in (39, 42))
        cheek = min(view.at(41, -0.05, 0.5), view.at(46, 0.05, 0.5))
        assert corners > view.at(27, 0, -0.5) - 0.3  # the forehead
        assert corners > cheek + 1
        assert corners > view.at(30) + 1.5
        assert 34.5 < corners < 36.8


def test_the_nose_is_cooler_than_the_forehead_even_in_a_glowing_face(head):
    view = View(head, nose=-1.5, chill=-0.8, ears=-2.0, dilation=1.8)
    assert view.at(30) < view.at(27, 0, -0.4)


def test_hair_is_cooler_than_skin_and_warmer_than_the_room(views):
    for view in views:
        if np.count_nonzero(view.parts == Part.HAIR) > 200:
            assert view.mean(Part.HAIR) < view.mean(Part.SKIN) - 3
            assert view.mean(Part.HAIR) > view.state.ambient + 1


def test_brows_are_cooler_than_the_forehead_above_them(views):
    gaps = [view.at(point, 0, -0.28) - view.at(point) for view in views for point in (19, 24)]
    assert np.median(gaps) > 0.3


def test_skin_lies_between_the_room_and_the_body(views):
    for view in views:
        skin = view.image[view.parts == Part.SKIN]
        assert skin.min() > view.state.ambient - 0.1
        assert 32 < np.median(skin) < 35.5
        assert skin.max() < 37


@pytest.mark.parametrize("variation", ["OOG", "OSG"])
def test_glasses_are_cold_whether_clear_or_dark(head, variation):
    view = View(head, 1, variation=variation)
    cheek = view.at(41, -0.05, 0.6)
    assert view.mean(Part.LENS) < cheek - 3
    assert view.mean(Part.FRAME) < cheek - 3
    assert view.mean(Part.LENS) > view.state.ambient


def test_a_hat_is_cooler_than_the_forehead_and_hands_are_between(head):
    hat, hand = View(head, 1, variation="OH"), View(head, 1, variation="OHM")
    assert 23 < hat.mean(Part.HAT) < 30
    assert 30 < hand.mean(Part.HAND) < 34.5


def test_fingertips_are_cooler_than_the_back_of_the_hand(head):
    view = View(head, 1, variation="OHE")
    along = view.surface.canonical[view.surface.parts == Part.HAND, 1]
    warmth = view.image[view.parts == Part.HAND]
    assert warmth[along < -2.3].mean() < warmth[along > -1.0].mean() - 0.5


def test_an_open_mouth_is_warmer_than_the_lips_around_it(head):
    view = View(head, 2, variation="AOM")
    inside = view.mean(Part.MOUTH, Part.TONGUE)
    assert inside > view.at(57) + 0.5
    assert 34.5 < inside < 37


def test_the_outline_reads_cooler_than_the_middle_and_creases_do_not(head):
    bald = next(n for n in range(60) if person_of(SEED, n).hair.style == "bald")
    view = View(head, bald)
    mask = view.surface.mask.astype(np.uint8)
    rim = (mask - cv2.erode(mask, np.ones((3, 3), np.uint8))).astype(bool)
    rim &= view.parts == Part.SKIN
    assert view.image[rim].mean() < view.mean(Part.SKIN) - 1
    assert view.at(62) > view.at(8, 0, -0.2) - 0.5  # the gap of the lips is seen at a grazing angle


def test_emissivity_never_rises_with_the_angle_of_view():
    share = emissivity(np.cos(np.linspace(0, np.pi / 2, 200)))
    assert (np.diff(share) <= 1e-6).all()
    assert share[0] == pytest.approx(0.978, abs=0.003)
    assert share[-1] < 0.02


def test_temperatures_stay_on_the_skin_when_the_head_turns(head):
    front = View(head, 3)
    turned = View(head, 3, pose=Pose(15, 0, 10, (0.2, 0.9, 11.4)))
    for point in (21, 22, 27, 30, 42, 57):
        assert turned.at(point) == pytest.approx(front.at(point), abs=0.45)


def test_a_colder_nose_and_colder_ears_change_nothing_else(head):
    usual, cold = View(head, nose=0.0, ears=0.0), View(head, nose=3.0, ears=3.0)
    assert usual.at(30) - cold.at(30) == pytest.approx(3.0, abs=0.8)
    assert cold.at(27, 0, -0.5) == pytest.approx(usual.at(27, 0, -0.5), abs=0.3)


def test_a_warmer_room_warms_the_wall_and_the_hair(head):
    cool, warm = View(head, 1, ambient=20.0), View(head, 1, ambient=26.0)
    assert warm.image[0, 0] - cool.image[0, 0] == pytest.approx(6.0, abs=0.01)
    assert warm.mean(Part.HAIR) > cool.mean(Part.HAIR) + 3


def test_the_same_numbers_give_the_same_bytes_whatever_came_before(head):
    first = View(head, 4, 1).image.tobytes()
    for subject in range(6):
        skin_map(head, state_of(SEED, subject, 9))  # more than any cache holds
    assert View(head, 4, 1).image.tobytes() == first


def test_a_persons_pattern_stays_over_sessions_and_is_their_own(head):
    def detail(subject, session):
        field = skin_map(head, state_of(SEED, subject, session))
        field = field[120:290, 90:290]  # brows to chin, ear to ear
        fine = cv2.GaussianBlur(field, (0, 0), 2) - cv2.GaussianBlur(field, (0, 0), 14)
        return fine - MEAN

    people = range(8)
    MEAN = 0.0
    MEAN = np.mean([detail(subject, 0) for subject in range(8, 24)], axis=0)
    patterns = {key: detail(*key).ravel() for key in product(people, range(3))}
    same, other = [], []
    for (a, first), (b, second) in combinations(patterns.items(), 2):
        (same if a[0] == b[0] else other).append(np.corrcoef(first, second)[0, 1])
    assert np.median(same) > 0.6
    assert abs(np.median(other)) < 0.2
    assert np.mean(np.array(same) > np.quantile(other, 0.95)) > 0.85


def test_sessions_differ_and_their_states_are_those_of_living_people():
    states = [state_of(SEED, subject, session) for subject in range(40) for session in range(4)]
    assert len({state.ambient for state in states}) == len(states)
    assert all(20 <= state.ambient <= 26 for state in states)
    assert all(0.4 <= state.dilation <= 1.8 for state in states)
    assert np.std([state.nose for state in states]) > 0.7
    assert abs(np.mean([state.core for state in states])) < 0.15


def test_another_seed_is_another_person_in_another_room():
    one, other = state_of(1, 0, 0), state_of(2, 0, 0)
    assert one.ambient != other.ambient


def test_an_image_without_anyone_shows_the_wall(head):
    mesh = head.mesh(np.zeros(1), {}).moved(head.vertices + np.float32([0, 0, -50]))
    state = state_of(SEED, 0, 0)
    image = temperature(rasterise(mesh, CAMERA), head, person_of(SEED, 0), state)
    assert image.shape == (224, 224)
    assert np.abs(image - state.ambient).max() < 4
