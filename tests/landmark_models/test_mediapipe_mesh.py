"""A stand-in for OpenCV's network shows where the crops lie; the real file, how good they are."""

import pickle
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
import standins

from align_eval._drawn import drawn_faces
from align_eval.datasets.pts_folder import load
from align_eval.detection import choose
from align_eval.errors import ConfigError
from align_eval.faces import Box
from align_eval.schemes import scheme_named
from landmark_models import CATALOG, DETECTORS
from landmark_models.boxes import square
from landmark_models.mediapipe_mesh import MediapipeMesh

IBUG, FIVE, MESH = (scheme_named(name) for name in ("ibug68", "five", "mediapipe468"))
OUTER = list(IBUG.indices("left_eye_outer", "right_eye_outer"))


@pytest.fixture
def made(monkeypatch, tmp_path):
    """Make a model on a stand-in network: (model, network)."""

    def make(*, logit=8.0, outputs=1404, **options):
        net = standins.Mesh(logit, outputs)
        monkeypatch.setattr(cv2.dnn, "readNetFromTFLite", lambda path: net)
        path = tmp_path / "face_landmark.tflite"
        path.write_bytes(b"mesh")
        return MediapipeMesh(str(path), **options), net

    return make


def spotted(left, right, shape=(240, 320), size=9):
    """A face of two soft spots: its left outer eye corner is red, its right one blue."""
    image = np.zeros((*shape, 3), np.float32)
    y, x = np.mgrid[: shape[0], : shape[1]]
    for channel, spot in ((0, left), (2, right)):
        image[..., channel] = 250 * np.exp(-((x - spot[0]) ** 2 + (y - spot[1]) ** 2) / size)
    (x0, y0), (x1, y1) = left, right
    length = np.hypot(x1 - x0, y1 - y0)
    middle = ((x0 + x1) / 2, (y0 + y1) / 2 + 0.3 * length)
    box = Box(middle[0] - length, middle[1] - length, 2 * length, 2 * length)
    return drawn_faces(1)[0].with_image(np.rint(image).astype(np.uint8)).with_box(box)


def wanted(left, right):
    left, right = np.array(left, float), np.array(right, float)
    along = right - left
    across = np.array([-along[1], along[0]])
    return left + standins.SHAPE[:, :1] * along + standins.SHAPE[:, 1:] * across


@pytest.mark.parametrize("passes", [1, 2, 3])
@pytest.mark.parametrize(
    ("left", "right"),
    [((120, 100), (180, 100)), ((131.5, 90), (169, 118)), ((100, 130), (160, 96))],
)
def test_spots_are_found_where_they_are_however_the_face_is_turned(made, passes, left, right):
    model, _ = made(passes=passes)
    found = model.locate([spotted(left, right)])[0]
    assert np.abs(found.points - wanted(left, right)).max() < 0.35


def test_each_look_after_the_first_has_the_eyes_level(made):
    model, net = made(passes=3)
    net.crops.clear()
    model.locate([spotted((131, 90), (169, 118))])
    tilts = []
    for crop in net.crops:
        left, right = standins.centre(crop[0]), standins.centre(crop[2])
        tilts.append(np.degrees(np.arctan2(*(right - left)[::-1])))
    assert tilts[0] == pytest.approx(36.4, abs=1)
    assert np.abs(tilts[1:]).max() < 0.5


def test_the_crop_is_one_and_a_half_boxes_and_the_points_box_after_that(made):
    model, net = made()
    net.crops.clear()
    face = spotted((120, 100), (180, 100))
    model.locate([face])
    gaps = [standins.centre(crop[2])[0] - standins.centre(crop[0])[0] for crop in net.crops]
    extent = 60 * np.ptp(standins.SHAPE, axis=0).max()
    sides = (1.5 * face.box.width, 1.5 * extent)
    np.testing.assert_allclose(gaps, [60 * 192 / side for side in sides], rtol=0.02)


def test_a_large_image_is_shrunk_by_averaging_and_its_points_scaled_back(made):
    left, right = (620.0, 500.0), (1340.0, 540.0)
    model, _ = made()
    found = model.locate([spotted(left, right, (1600, 2000), 2000)])[0]
    assert np.abs(found.points - wanted(left, right)).max() < 4


def test_quality_is_the_presence_and_too_little_of_it_is_no_face(made):
    face = spotted((120, 100), (180, 100))
    found = made(logit=1.0)[0].locate([face])[0]
    assert (found.quality == 1).all()
    assert made(logit=-1.0)[0].locate([face]) == [None]
    assert made(logit=-1.0, threshold=0.2)[0].locate([face])[0] is not None
    assert made(logit=1.0, threshold=0.8)[0].locate([face]) == [None]
    assert made(logit=-900.0, threshold=0)[0].locate([face])[0] is not None


def test_a_face_that_makes_no_points_or_has_no_box_is_not_found(made):
    model, _ = made()
    face = spotted((120, 100), (180, 100))
    black = face.with_image(np.zeros((240, 320, 3), np.uint8))
    off, none = face.with_box(Box(900, 9, 9, 9)), face.with_box(None)
    assert model.locate([black, off, none]) == [None] * 3


def test_options_out_of_range_and_misfit_files_are_told_in_one_line(made, tmp_path):
    for options in ({"passes": 0}, {"crop": 0}, {"threshold": 1.5}):
        with pytest.raises(ConfigError, match="passes wants 1 or more, crop a positive number"):
            made(**options)
    with pytest.raises(ConfigError, match=r"gives 936 and 1 numbers.* wants 1404"):
        made(outputs=936)
    with pytest.raises(ConfigError, match="wants the option path"):
        MediapipeMesh()


def test_a_file_that_is_no_network_is_told_in_one_line(tmp_path):
    path = tmp_path / "text.tflite"
    path.write_text("no network at all")
    with pytest.raises(ConfigError, match=r"cannot use text\.tflite as MediaPipe's face mesh"):
        MediapipeMesh(str(path))


def test_it_can_be_pickled_and_named_and_says_what_runs(made):
    model = pickle.loads(pickle.dumps(made(name="mesh", passes=1)[0]))
    assert model.name == "mesh"
    assert model.provenance["weights"] == "face_landmark.tflite"
    assert model.provenance["opencv"] == cv2.__version__


@dataclass(frozen=True)
class Helen:
    """Faces in YuNet's boxes, their truth, what YuNet and the real mesh say, and its file."""

    faces: list
    truth: list
    yunet: list
    found: list
    path: str


@pytest.fixture(scope="module")
def helen(data_root):
    models, folder = data_root / "permissive/models", data_root / "research/helen_test_crops"
    path = models / "mp_face_landmark.tflite"
    if not folder.is_dir() or not path.is_file():
        pytest.skip("needs the HELEN crops and MediaPipe's mesh in the data folder")
    data = load(str(folder))
    yunet = DETECTORS.build("yunet", {"path": str(models / "yunet_n_dynamic.onnx")})
    faces = [face.with_image(face.load()) for face in data.faces[::8]]
    seen = [choose(yunet.detect(face.load()), face.load().shape) for face in faces]
    boxed = [face.with_box(one.box) for face, one in zip(faces, seen, strict=True)]
    truth = [data.truth[face.id] for face in faces]
    found = mesh(path).locate(boxed)
    return Helen(boxed, truth, [one.landmarks for one in seen], found, str(path))


def mesh(path, **options):
    return CATALOG.build("mediapipe_mesh", {"path": str(path), **options}, workers=1)


def gaps(found, truth, target):
    """Distances of the shared points of each face, over that of the outer eye corners."""
    rows = []
    for one, marked in zip(found, truth, strict=True):
        indices, points = one.common(target)
        corners = marked.points[OUTER]
        distances = np.linalg.norm(points - marked.to(target).points[list(indices)], axis=1)
        rows.append(distances / np.linalg.norm(corners[1] - corners[0]))
    return np.array(rows)


def five_error(found, truth):
    return np.median(gaps(found, truth, FIVE).mean(axis=1))


def test_the_real_mesh_marks_the_five_points_better_than_yunet(helen):
    error = five_error(helen.found, helen.truth)
    assert error < 0.038
    assert error < 0.8 * five_error(helen.yunet, helen.truth)


def test_a_second_look_mends_a_box_that_is_too_wide(helen):
    truth = helen.truth[::2]
    wide = [face.with_box(square(face.box, "max", scale=1.5)) for face in helen.faces[::2]]
    one, two = (
        five_error(mesh(helen.path, passes=n, threshold=0).locate(wide), truth) for n in (1, 2)
    )
    assert two < 0.75 * one


def test_points_with_ibug_s_names_lie_on_ibug_s_points(helen):
    names, _ = MESH.conversion(IBUG)
    assert len(names) == 41
    middle = np.median(gaps(helen.found, helen.truth, IBUG), axis=0)
    by_name = dict(zip(names, middle, strict=True))
    for name, gap in by_name.items():
        other = IBUG.points[IBUG.mirror[IBUG.points.index(name)]]
        assert (gap + by_name[other]) / 2 < 0.05, name


def test_the_real_mesh_sees_faces_where_they_are_and_none_elsewhere(helen):
    assert None not in helen.found
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), np.uint8)
    face = helen.faces[0].with_box(Box(20, 20, 160, 160))
    flat = face.with_image(np.full((200, 200, 3), 90, np.uint8))
    assert mesh(helen.path).locate([face.with_image(noise), flat]) == [None, None]
