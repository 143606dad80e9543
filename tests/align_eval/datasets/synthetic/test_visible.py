"""Shading."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from align_eval.alignment import align
from align_eval.datasets.synthetic.backdrop import backdrop_of
from align_eval.datasets.synthetic.camera import Camera, Pose
from align_eval.datasets.synthetic.clothes import clothes_mesh
from align_eval.datasets.synthetic.develop import VisibleCamera, develop
from align_eval.datasets.synthetic.hair import hair_mesh
from align_eval.datasets.synthetic.heads import ict
from align_eval.datasets.synthetic.light import Lamp, Light, light_of
from align_eval.datasets.synthetic.mesh import Mesh, Part
from align_eval.datasets.synthetic.person import person_of
from align_eval.datasets.synthetic.raster import rasterise
from align_eval.datasets.synthetic.visible import shade
from align_eval.errors import DataError
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from align_eval.templates import template

LAMP = Lamp((0.0, 0.0, -1.0), (1, 1, 1), 0.6, 0.5)


@pytest.fixture(scope="module")
def head(data_root):
    return ict.load(str(data_root / "permissive" / "ict_facekit"))


def scene(head, person, yaw=0.0, side=128, expression=None):
    neutral = head.mesh(person.identity, {})
    face = head.mesh(person.identity, expression or {})
    mesh = Mesh.join([face, hair_mesh(head, person, neutral), clothes_mesh(head, person, neutral)])
    posed = mesh.moved(Pose(yaw, 0, 0, (0, 0.75, 12.4))(mesh.vertices))
    camera = Camera(side * 11 / 4.2, (side, side))
    return rasterise(posed, camera), camera.project(posed.vertices[head.landmarks])


def wall(side=128, level=0.3):
    return np.full((side, side, 3), level, np.float32)


def test_shading_is_finite_and_never_negative(head):
    for number, name in enumerate(("frontal", "left", "up", "room")):
        surface, _ = scene(head, person_of(5, number), expression={"jawOpen": 0.6})
        image = shade(
            surface, head, person_of(5, number), light_of(name, np.random.default_rng(0)), wall()
        )
        assert np.isfinite(image).all()
        assert image.min() >= 0
        assert image[surface.mask].mean() > 0.02


def test_the_same_arguments_give_the_same_image_and_leave_the_backdrop_alone(head):
    surface, _ = scene(head, person_of(5, 0))
    light = light_of("frontal", np.random.default_rng(0))
    backdrop = wall()
    first, again = (shade(surface, head, person_of(5, 0), light, backdrop) for _ in range(2))
    assert np.array_equal(first, again)
    assert (backdrop == np.float32(0.3)).all()


def test_without_light_nothing_is_seen(head):
    surface, _ = scene(head, person_of(5, 0))
    image = shade(
        surface, head, person_of(5, 0), light_of("dark", np.random.default_rng(0)), wall()
    )
    assert image.max() == 0


def test_twice_the_light_sends_twice_as_much(head):
    surface, _ = scene(head, person_of(5, 2))
    one = Light((0.2, 0.2, 0.2), (LAMP,), backdrop=0.5)
    two = Light((0.4, 0.4, 0.4), (replace(LAMP, strength=1.2),), backdrop=1.0)
    images = [shade(surface, head, person_of(5, 2), light, wall()) for light in (one, two)]
    assert np.allclose(2 * images[0], images[1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("name", "bright"), [("left", 0), ("right", 1)])
def test_a_lamp_at_a_side_lights_that_side_of_the_face(head, name, bright):
    surface, points = scene(head, person_of(5, 1))
    light = light_of(name, np.random.default_rng(0), 0.0)
    image = shade(surface, head, person_of(5, 1), light, wall())
    cheeks = np.rint(0.5 * (points[[36, 45]] + points[[48, 54]])).astype(int)
    level = [image[y - 3 : y + 4, x - 3 : x + 4].mean() for x, y in cheeks]
    assert level[bright] > 1.5 * level[1 - bright]


def test_darker_skin_sends_less_light(head):
    own = person_of(5, 1)
    levels = []
    for melanin in (0.05, 0.95):
        person = replace(own, skin=replace(own.skin, melanin=melanin))
        surface, _ = scene(head, person)
        image = shade(surface, head, person, Light((0.4,) * 3, (LAMP,)), wall())
        levels.append(image[surface.mask][surface.parts == Part.SKIN].mean())
    assert levels[1] < 0.5 * levels[0]


def test_pupils_are_dark_between_white_and_iris(head):
    person = replace(person_of(5, 1), eyes=replace(person_of(5, 1).eyes, iris=(0.3, 0.3, 0.3)))
    surface, points = scene(head, person, side=256)
    image = shade(surface, head, person, Light((0.8,) * 3), wall(256))
    eye = np.rint(points[36:42].mean(axis=0)).astype(int)
    patch = image[eye[1] - 2 : eye[1] + 3, eye[0] - 10 : eye[0] + 11, 1]
    assert patch.min() < 0.25 * patch.max()


def test_a_scene_that_does_not_begin_with_the_head_is_refused(head):
    surface, _ = scene(head, person_of(5, 0))
    other = replace(head, vertices=head.vertices + 1)
    with pytest.raises(DataError, match="begins with the head 'ict'"):
        shade(surface, other, person_of(5, 0), Light((1.0, 1.0, 1.0)), wall())


def test_an_empty_scene_shows_the_backdrop_as_it_is_lit(head):
    surface, _ = scene(head, person_of(5, 0))
    nothing = replace(surface, mask=np.zeros_like(surface.mask))
    image = shade(nothing, head, person_of(5, 0), Light((1.0, 1.0, 1.0), backdrop=0.5), wall())
    assert np.allclose(image, 0.15)


def test_models_trained_on_photographs_find_the_faces_and_tell_the_people_apart(head):
    pytest.importorskip("dlib")
    from landmark_models.dlib_models import Dlib68, DlibHog
    from verification.embedders.dlib_embedder import DlibEmbedder

    cv2.setNumThreads(1)
    detector, model, crops = DlibHog(upsample=0), Dlib68(), []
    errors, scheme = [], scheme_named("ibug68")
    for number in range(4):
        person = person_of(5, number)
        for k, yaw in enumerate((-8.0, 12.0)):
            surface, points = scene(head, person, yaw, 256)
            rng = np.random.default_rng(k)
            backdrop = backdrop_of(5, number, 0, (256, 256))
            linear = shade(surface, head, person, light_of("frontal", rng), backdrop)
            image = develop(linear, VisibleCamera(), rng)
            found = detector.detect(image)
            assert found, (number, yaw)
            error = np.linalg.norm(model._points(image, found[0].box) - points, axis=1)
            errors.append(error[17:].mean() / np.linalg.norm(points[36] - points[45]))
            crops.append(align(image, Landmarks(points, scheme), template("dlib150")).image)
    assert np.mean(errors) < 0.045
    rows = DlibEmbedder(workers=1).embed(crops)
    apart = np.linalg.norm(rows[:, None] - rows, axis=-1)
    same = apart[np.arange(0, 8, 2), np.arange(1, 8, 2)]
    others = apart[np.arange(8)[:, None] // 2 != np.arange(8) // 2]
    assert same.max() < 0.5
    assert same.mean() < 0.6 * others.mean()
