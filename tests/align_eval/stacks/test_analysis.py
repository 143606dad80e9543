"""insightface itself, with stand-in networks, shows what a swap changes and what it leaves."""

import inspect
import textwrap

import cv2
import numpy as np
import pytest

pytest.importorskip("insightface", reason="needs the extra 'insightface'")

from packs import pack, placed
from standins import BOX_IN_CELLS

from align_eval import stacks
from align_eval.detection import choose
from align_eval.errors import ConfigError, ContractError, LandmarkError, UnknownNameError
from align_eval.faces import Box, Face, Modality
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from align_eval.stacks import open_pack, realign
from landmark_models import CATALOG
from landmark_models.yunet import YuNet

# scikit-image tells insightface so at every crop.
pytestmark = pytest.mark.filterwarnings("ignore:.*estimate.*is deprecated:FutureWarning")

FIVE = scheme_named("five")
FACES = ((12, 10), (5, 6))
# x, y, width and height of the six faces of insightface's photograph, by dlib's HOG detector.
GROUP = (
    (1118, 282, 109, 108),
    (66, 282, 109, 108),
    (724, 366, 109, 108),
    (450, 294, 108, 108),
    (870, 66, 130, 130),
    (274, 176, 90, 90),
)
IN_BOX = np.array([[0.3, 0.4], [0.7, 0.41], [0.5, 0.6], [0.35, 0.8], [0.68, 0.79]])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return pack(tmp_path_factory.mktemp("packs") / "buffalo_l")


@pytest.fixture(scope="module")
def app(folder):
    return open_pack(folder, threads=1)


@pytest.fixture(scope="module")
def image():
    """BGR noise in which the stand-in's detector sees the two cells that are red."""
    noise = np.random.default_rng(2).integers(0, 256, (640, 640, 3)).astype(np.uint8)
    noise[..., 2] = 0
    for column, row in FACES:
        noise[32 * row : 32 * row + 32, 32 * column : 32 * column + 32, 2] = 255 - 2 * column
    return noise


class Placed:
    """The same place in every box; it keeps the faces that it was asked for, by call."""

    name, scheme, box_policy = "placed", FIVE, "needed"

    def __init__(self, *spoilt):
        self.asked, self.spoilt = [], spoilt

    def locate(self, faces):
        self.asked.append(list(faces))
        return [self.one(face, *self.spoilt[i : i + 1]) for i, face in enumerate(faces)]

    def one(self, face, spoil=lambda points: points):
        made = spoil(IN_BOX * [face.box.width, face.box.height] + [face.box.x, face.box.y])
        return None if made is None else Landmarks(made, self.scheme)


class Same:
    """insightface's own points, told from a run of insightface's."""

    name, scheme, box_policy = "same", FIVE, "needed"

    def __init__(self, faces):
        self.points = {tuple(map(float, face.bbox[:2])): face.kps for face in faces}

    def locate(self, faces):
        return [Landmarks(self.points[face.box[:2]], FIVE) for face in faces]


def equal(first, second, but=()):
    """Whether two faces of insightface say the same, to the bit and the type."""
    assert list(first) == list(second)
    for key in set(first) - set(but):
        one, other = np.asarray(first[key]), np.asarray(second[key])
        if one.dtype != other.dtype or not np.array_equal(one, other):
            return False
    return True


def crops_of(app, monkeypatch):
    """The crops that insightface's recogniser cuts from here on."""
    seen, recogniser = [], app.models["recognition"]
    run = recogniser.get_feat
    monkeypatch.setattr(recogniser, "get_feat", lambda crop: seen.append(crop) or run(crop))
    return seen


def test_a_swap_changes_points_crop_and_embedding_and_nothing_else(app, image, monkeypatch):
    crops = crops_of(app, monkeypatch)
    before, after = app.get(image), realign(app, Placed()).get(image)
    assert len(before) == len(after) == 2
    assert len(crops) == 4
    for one, other, crop, moved in zip(before, after, crops[:2], crops[2:], strict=True):
        for kind in ("landmark_2d_106", "landmark_3d_68", "pose", "gender", "age", "det_score"):
            assert one[kind] is not None
        assert equal(one, other, but=("kps", "embedding"))
        assert np.abs(one.kps - other.kps).max() > 1
        assert not np.array_equal(crop, moved)
        assert np.abs(one.embedding - other.embedding).max() > 0.1
        left, top, right, bottom = one.bbox.astype(float)
        points = IN_BOX * [right - left, bottom - top] + [left, top]
        assert other.kps.dtype == one.kps.dtype == np.float32
        assert np.array_equal(other.kps, points.astype(np.float32))


def test_the_embedding_is_that_of_insightface_s_recogniser_at_the_new_points(app, image):
    for face in realign(app, Placed()).get(image):
        given = type(face)(bbox=face.bbox, kps=face.kps)
        assert np.array_equal(app.models["recognition"].get(image, given), face.embedding)


@pytest.mark.parametrize("kind", ["told", "found again"])
def test_the_same_points_back_give_insightface_s_faces_to_the_bit(app, image, folder, kind):
    before = app.get(image)
    if kind == "told":
        same = realign(app, Same(before))
    else:
        same = realign(app, "insightface_kps", path=str(folder))
    for one, other in zip(before, same.get(image), strict=True):
        assert one.embedding.any()
        assert equal(one, other)


def test_the_model_is_asked_once_in_rgb_with_insightface_s_boxes(app, image):
    model, pixels = Placed(), image.copy()
    found = realign(app, model).get(image)
    (faces,) = model.asked
    assert np.array_equal(image, pixels)
    for face, one, (column, row) in zip(faces, found, reversed(FACES), strict=True):
        assert np.array_equal(face.load(), image[..., ::-1])
        left, top, right, bottom = 32 * BOX_IN_CELLS
        edges = (32 * column - left, 32 * row - top, left + right, top + bottom)
        np.testing.assert_allclose(face.box, edges, atol=1e-3)
        assert face.modality is Modality.VISIBLE
        assert face.box[:2] == tuple(one.bbox[:2].astype(float))


def test_the_application_inside_stays_as_it_was(app, image):
    before, models = app.get(image), dict(app.models)
    inside = dict(vars(app))
    other = realign(app, Placed())
    other.get(image)
    assert vars(app) == inside
    assert app.models == models
    assert all(equal(*pair) for pair in zip(before, app.get(image), strict=True))
    assert other.models is app.models
    assert other.det_model is app.det_model


def test_what_get_is_given_goes_on_to_insightface(app, image):
    other = realign(app, Placed())
    (largest,) = other.get(image, max_num=1)
    assert np.array_equal(largest.bbox, app.get(image, 1)[0].bbox)
    assert other.get(np.zeros_like(image)) == []
    assert other.draw_on(image, [largest]).shape == image.shape


def test_a_later_preparation_of_either_is_that_of_both(folder, image):
    inside = open_pack(folder, threads=1)
    other = realign(inside, Placed())
    other.prepare(ctx_id=0, det_thresh=0.85, det_size=(640, 640))
    assert inside.det_thresh == other.det_thresh == 0.85
    assert len(other.get(image)) == 1


def test_a_face_that_is_not_recognised_keeps_its_points(folder, image):
    class Liveness:
        """The test that insightface runs before recognition: here the first face is a fake."""

        seen = 0

        def get(self, _, face):
            self.seen += 1
            face.liveness = {"is_live": self.seen > 1}

    inside, model = open_pack(folder, threads=1), Placed()
    inside.addons["liveness"] = Liveness()
    fake, live = realign(inside, model).get(image)
    assert fake.embedding is None
    assert len(model.asked[0]) == 1
    inside.addons.clear()
    before = inside.get(image)
    assert np.array_equal(fake.kps, before[0].kps)
    assert not np.array_equal(live.kps, before[1].kps)


def nowhere(points):
    return np.where(np.arange(5)[:, None] == 3, np.nan, points)


SPOILT = {
    "none": (lambda _: None, "placed found no landmarks"),
    "a point that is NaN": (nowhere, "placed found no left_mouth"),
    "points on one spot": (np.zeros_like, "placed: the landmarks span less than one pixel"),
}


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_face_without_points_raises_or_is_kept_and_says_so_or_is_dropped(app, image, spoil):
    spoil, reason = SPOILT[spoil]
    before = app.get(image)
    with pytest.raises(LandmarkError, match=f"{reason}, for the face at 32, 32, 288, 352") as error:
        realign(app, Placed(spoil)).get(image)
    assert "missing = 'keep'" in str(error.value)
    assert "\n" not in str(error.value)
    kept, other = realign(app, Placed(spoil), missing="keep").get(image)
    assert kept.pop("not_realigned") == reason
    assert equal(kept, before[0])
    assert other.not_realigned is None
    assert not np.array_equal(other.kps, before[1].kps)
    (left,) = realign(app, Placed(spoil), missing="drop").get(image)
    assert equal(left, other)


def test_points_that_the_detector_does_not_give_cannot_be_kept(tmp_path, image):
    from standins import detector

    inside = open_pack(pack(tmp_path, lambda path: detector(path, key_points=False)), threads=1)
    first, second = realign(inside, Placed()).get(image)
    assert first.kps.dtype == np.float32
    assert second.embedding is not None
    with pytest.raises(LandmarkError, match="and insightface's detector gives no points"):
        realign(inside, Placed(lambda _: None), missing="keep").get(image)


def test_a_model_of_another_scheme_gives_the_five_points_of_its_own(app, image):
    class Many(Placed):
        scheme = scheme_named("insightface106")

        def one(self, face):
            return Landmarks(np.random.default_rng(1).uniform(100, 300, (106, 2)), self.scheme)

    model = Many()
    face = realign(app, model).get(image)[0]
    wanted = model.one(None).to(FIVE).points.astype(np.float32)
    assert np.array_equal(face.kps, wanted)


def test_what_cannot_be_put_behind_insightface_is_told_in_one_line(app, folder):
    detection = open_pack(folder, threads=1, allowed_modules=["detection", "genderage"])
    for arguments, options, message in (
        ((detection, Placed()), {}, "wants an application with a recognition model, got detection"),
        ((object(), Placed()), {}, "with a recognition model, got none"),
        ((app, "yunett"), {}, "Did you mean 'yunet'"),
        ((app, "box"), {"margn": 1}, "unknown option of landmark model 'box' 'margn'"),
        ((app, Placed()), {"path": "x"}, "built already takes no path"),
        ((app, object()), {}, "wants a landmark model with name, scheme and locate"),
        ((app, "ground_truth"), {}, "that is ready, got one that must know the data set"),
        ((app, Placed()), {"missing": "kep"}, "Did you mean 'keep'"),
    ):
        with pytest.raises(ConfigError, match=message) as caught:
            realign(*arguments, **options)
        assert "\n" not in str(caught.value)
    with pytest.raises(UnknownNameError, match="value of missing"):
        realign(app, Placed(), missing=None)


def test_a_model_without_a_mouth_is_refused(app):
    pytest.importorskip("dlib")
    with pytest.raises(ConfigError, match=r"'dlib5' .* without nose_tip, left_mouth, right_mouth"):
        realign(app, "dlib5")


def test_a_model_that_breaks_its_word_is_named(app, image):
    class Short(Placed):
        def locate(self, faces):
            return []

    with pytest.raises(ContractError, match="'placed' gave 0 results for 2 faces"):
        realign(app, Short()).get(image)


def test_a_table_names_a_model_and_its_options(app, image):
    table = {"name": "wide", "model": "box", "layout": "dlib-hog"}
    by_table = realign(app, table).get(image)
    by_name = realign(app, "box", layout="dlib-hog").get(image)
    assert all(equal(*pair) for pair in zip(by_table, by_name, strict=True))


def photograph():
    from insightface.data import get_image

    return get_image("t1", use_cache=False)


def as_found(folder, boxes, image):
    """A pack whose detector finds faces in these boxes, at the same points of each."""
    scale = max(image.shape[:2]) / 640
    edges = np.array([(x, y, x + width, y + height) for x, y, width, height in boxes])
    coarse = [IN_BOX * [box.width, box.height] + [box.x, box.y] for box in boxes]
    return open_pack(pack(folder, lambda path: placed(path, edges, coarse, scale)), threads=1)


@pytest.fixture(scope="module")
def dlib68():
    pytest.importorskip("dlib")
    return CATALOG.build("dlib68", {"box_from": "yunet"})


def located(model, found, image):
    """What the model says by itself, without insightface: an array of five points for each."""
    rgb = np.ascontiguousarray(image[..., ::-1])
    boxes = [Box(*face.bbox[:2], *(face.bbox[2:] - face.bbox[:2])) for face in found]
    faces = [Face(str(i), "", Modality.VISIBLE, lambda: rgb, box) for i, box in enumerate(boxes)]
    return np.array([one.to(FIVE).points for one in model.locate(faces)])


def test_dlib_realigns_the_group_photograph(tmp_path, dlib68):
    image = photograph()
    app = as_found(tmp_path, [Box(*box) for box in GROUP], image)
    before, after = app.get(image), realign(app, dlib68).get(image)
    assert np.array_equal([face.kps for face in after], np.float32(located(dlib68, before, image)))
    for one, other in zip(before, after, strict=True):
        assert equal(one, other, but=("kps", "embedding"))
        assert not np.array_equal(one.embedding, other.embedding)
    assert len(after) == 6


def test_yunet_realigns_the_group_photograph(tmp_path, data_root, dlib68):
    path = str(data_root / "permissive/models/yunet_n_dynamic.onnx")
    image = photograph()
    rgb = np.ascontiguousarray(image[..., ::-1])
    found = YuNet(path).detect(rgb)
    assert len(found) == 6
    app = as_found(tmp_path, [one.box for one in found], image)
    before = app.get(image)
    by_yunet = realign(app, "yunet", path=path).get(image)
    by_dlib = realign(app, dlib68).get(image)
    assert len(before) == len(by_yunet) == len(by_dlib) == 6
    gaps = []
    for one, other, third in zip(before, by_yunet, by_dlib, strict=True):
        box = Box(*one.bbox[:2], *(one.bbox[2:] - one.bbox[:2]))
        own = choose(found, image.shape, near=box).landmarks.points
        np.testing.assert_allclose(other.kps, own, atol=1e-3)
        assert equal(one, other, but=("kps", "embedding"))
        gaps.append(np.abs(third.kps - own).mean() / np.linalg.norm(own[1] - own[0]))
    assert np.median(gaps) < 0.12  # two of the six look aside


def test_the_example_runs_as_it_is_written(tmp_path, monkeypatch, image, dlib68):
    pack(tmp_path / "buffalo_l")
    (tmp_path / "group.jpg").write_bytes(cv2.imencode(".png", image)[1].tobytes())
    monkeypatch.chdir(tmp_path)
    text = inspect.getdoc(stacks).split("::\n\n")[1].split("\n\nThe faces")[0]
    assert len([line for line in text.splitlines() if line.strip()]) == 3
    names = {"cv2": cv2}
    exec(textwrap.dedent(text), names)  # noqa: S102
    kps = np.array([face.kps for face in names["faces"]])
    assert np.array_equal(kps, np.float32(located(dlib68, names["faces"], image)))
    assert len(kps) == 2
    assert all(np.isfinite(face.embedding).all() for face in names["faces"])
