import warnings

import numpy as np
import pytest
from tolerances import SINGLE_PRECISION_PX

from align_eval.alignment import Template, align
from align_eval.errors import AlignEvalError, ConfigError, UnknownNameError
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from align_eval.templates import TEMPLATES, arcface, template

FIVE = scheme_named("five")
NAMES = [*TEMPLATES, "arcface224", "arcface336", "arcface128", "arcface256", "arcface896"]
every_template = pytest.mark.parametrize("name", NAMES)

SWAPS = {
    "eyes": (1, 0, 2, 3, 4),
    "mouth corners": (0, 1, 2, 4, 3),
    "eyes and mouth": (3, 4, 2, 0, 1),
    "both sides": (1, 0, 2, 4, 3),
    "left eye and mouth": (3, 1, 2, 0, 4),
    "right eye and mouth": (0, 4, 2, 3, 1),
}


@every_template
def test_a_template_has_its_name_its_source_and_its_points_within_the_crop(name):
    made = template(name)
    assert made.name == name
    assert made.source
    assert (made.landmarks.points > 0).all()
    assert (made.landmarks.points < made.size).all()


@every_template
@pytest.mark.parametrize("order", SWAPS.values(), ids=SWAPS.keys())
def test_a_template_asserts_the_order_of_its_points(name, order):
    made = template(name)
    swapped = Landmarks(made.landmarks.points[list(order)], FIVE)
    with pytest.raises(ConfigError, match="must lie"):
        Template(name, swapped, made.size)


def test_the_order_is_asserted_in_any_scheme():
    dlib = scheme_named("dlib5")
    eyes_swapped = Landmarks([[30, 50], [45, 50], [80, 50], [65, 50], [55, 70]], dlib)
    with pytest.raises(ConfigError, match="left_eye must lie left of right_eye"):
        Template("swapped", eyes_swapped, (112, 112))


@every_template
def test_the_mirrored_template_is_a_template_and_mirrors_back(name):
    made = template(name)
    twice = made.mirrored().mirrored()
    np.testing.assert_allclose(twice.landmarks.points, made.landmarks.points, atol=1e-12)
    assert twice.size == made.size


def test_the_thermal_template_is_symmetric_with_eyes_50_pixels_apart():
    made = template("thermal110x150")
    points = made.landmarks.points
    np.testing.assert_allclose(made.mirrored().landmarks.points, points, atol=1e-9)
    assert points[1, 0] - points[0, 0] == pytest.approx(50)
    assert points[:2, 1] == pytest.approx([55, 55])


def test_facenet160_is_arcface_scaled():
    ratio = template("facenet160").landmarks.points / arcface(112).landmarks.points
    np.testing.assert_allclose(ratio, 160 / 112)


@pytest.mark.parametrize("size", [0, -112, 100, 150, 111])
def test_arcface_wants_a_multiple_of_112_or_128(size):
    with pytest.raises(ConfigError, match=f"a multiple of 112 or 128, got {size}"):
        arcface(size)


@pytest.mark.parametrize("name", ["arcface100", "arcface", "arcface112x", "dlib", ""])
def test_a_name_that_is_no_template_is_refused(name):
    with pytest.raises(ConfigError):
        template(name)


def test_an_unknown_template_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'dlib150'"):
        template("dlib105")


def test_a_custom_template_comes_from_a_table():
    table = {"name": "mine", "size": [60, 70], "scheme": "visth6",
             "points": [[10, 20], [22, 20], [38, 20], [50, 20], [20, 50], [40, 50]]}  # fmt: skip
    made = template(table)
    assert (made.name, made.size, made.landmarks.scheme.name) == ("mine", (60, 70), "visth6")
    with pytest.raises(ConfigError, match="left_mouth must lie left of right_mouth"):
        template(table | {"points": [*table["points"][:4], [40, 50], [20, 50]]})


@pytest.mark.parametrize("points", [[[np.nan, 1]] * 5, [[np.inf, 1]] * 5])
def test_a_template_with_a_point_that_is_nowhere_is_refused(points):
    with pytest.raises(AlignEvalError, match="not finite"):
        Template("nowhere", Landmarks(points, FIVE), (112, 112))


@pytest.fixture(scope="module")
def face_align():
    pytest.importorskip("insightface")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from insightface.utils import face_align
    return face_align


def _norm_crop(face_align, image, points, size):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*estimate.*", category=FutureWarning)
        return face_align.norm_crop(image, points, size)


@pytest.mark.parametrize("size", [112, 224, 336, 128, 256, 384, 896])
def test_arcface_lies_where_insightface_puts_it(face_align, size, monkeypatch):
    class Spy:
        params = np.eye(3)

        def estimate(self, _, target):
            self.__class__.target = target

    monkeypatch.setattr(face_align.trans, "SimilarityTransform", Spy)
    face_align.estimate_norm(np.zeros((5, 2)), size)
    gap = Spy.target - arcface(size).landmarks.points
    assert np.abs(gap).max() < SINGLE_PRECISION_PX


@pytest.mark.parametrize("size", [112, 128, 224])
def test_crops_equal_insightfaces_pixel_for_pixel(face_align, size, monkeypatch):
    rng = np.random.default_rng(size)
    made, noise = arcface(size), rng.integers(0, 256, (240, 320, 3)).astype(np.uint8)
    faces = (made.landmarks.points * 112 / size - 56) * 1.4 + [160, 120]
    faces = faces + rng.normal(0, 5, (10, 5, 2))
    ours = [align(noise, Landmarks(face, FIVE), made).image for face in faces]
    # In single precision, as insightface has it, its template moves a crop by up to 1e-5 px: in
    # pure noise some grey levels round the other way.
    for face, crop in zip(faces, ours, strict=True):
        gap = np.abs(crop.astype(int) - _norm_crop(face_align, noise, face, size))
        assert gap.max() <= 1
        assert np.mean(gap > 0) < 0.005
    monkeypatch.setattr(face_align, "arcface_dst", arcface(112).landmarks.points.copy())
    for face, crop in zip(faces, ours, strict=True):
        assert np.array_equal(crop, _norm_crop(face_align, noise, face, size))


def test_crops_of_photographs_equal_insightfaces_pixel_for_pixel(
    face_align, data_root, monkeypatch
):
    from align_eval.image import read_image

    files = sorted((data_root / "research/helen_test_crops").glob("*.pts"))[:20]
    if not files:
        pytest.skip("the HELEN crops are not in the data folder")
    made, ibug = arcface(112), scheme_named("ibug68")
    monkeypatch.setattr(face_align, "arcface_dst", made.landmarks.points.copy())
    for file in files:
        rows = [line.split() for line in file.read_text().splitlines() if line[:1].isdigit()]
        points = Landmarks(np.array(rows, dtype=float) - 1, ibug).to(FIVE)
        image = read_image(file.with_suffix(".jpg"))
        theirs = _norm_crop(face_align, image, points.points, 112)
        assert np.array_equal(align(image, points, made).image, theirs)


@every_template
@pytest.mark.parametrize("margin", [-0.2, 0.1, 0.5])
def test_a_margin_shows_that_much_more_on_each_side(name, margin):
    base, wide = template(name), template({"base": name, "margin": margin})
    assert (wide.name, wide.size) == (f"{name}-margin{margin:g}", base.size)
    assert wide.source.endswith(f"margin{margin:g}")
    centre = (np.array(base.size) - 1) / 2
    grown = (wide.landmarks.points - centre) * (1 + 2 * margin) + centre
    np.testing.assert_allclose(grown, base.landmarks.points, atol=1e-9)


def test_a_margin_shows_the_pixels_that_were_outside():
    base, wide = template("arcface112"), template({"base": "arcface112", "margin": 0.5})
    image = np.zeros((112, 112), np.uint8)
    image[28:84, 28:84] = 255
    inside = Landmarks(base.landmarks.points / 2 + 28 - 0.25, FIVE)
    assert align(image, inside, base).image[4:-4, 4:-4].min() == 255
    shown = align(image, inside, wide).image
    assert shown[:24].max() == shown[:, :24].max() == 0
    assert shown[32:80, 32:80].min() == 255


def test_a_template_without_changes_is_its_base():
    same = template({"base": "dlib150", "name": "mine"})
    assert same.name == "mine"
    assert np.array_equal(same.landmarks.points, template("dlib150").landmarks.points)
    twice = template({"base": {"base": "arcface112", "margin": 0.1}, "margin": 0.2})
    assert twice.name == "arcface112-margin0.1-margin0.2"


@every_template
def test_the_points_of_a_scheme_lie_on_the_base_s_five(name):
    base, dense = template(name), template({"base": name, "scheme": "ibug68"})
    assert len(dense.landmarks.points) == 68
    apart = dense.landmarks.to(FIVE).points - base.landmarks.points
    assert np.hypot(*apart.T).max() < 0.1 * base.eye_distance
    assert np.abs(apart.mean(axis=0)).max() < 1e-6
    dlib = template({"base": name, "scheme": "dlib5", "margin": 0.05})
    assert dlib.landmarks.scheme.name == "dlib5"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"base": "arcface11", "margin": 0}, "wants a multiple of 112"),
        ({"base": "dlib15"}, "Did you mean 'dlib150'"),
        ({"base": "dlib150", "margn": 1}, "unknown key of a template's variant 'margn'. .*margin"),
        ({"base": "dlib150", "margin": "a"}, "'dlib150': margin wants a number, got 'a'"),
        ({"base": "dlib150", "margin": True}, "margin wants a number, got True"),
        ({"base": "dlib150", "margin": -0.5}, "margin wants a number above -1/2, got -0.5"),
        ({"base": "dlib150", "margin": float("inf")}, "above -1/2, got inf"),
        ({"base": "dlib150", "scheme": "ibug86"}, "Did you mean 'ibug68'"),
        ({"base": "dlib150", "scheme": "wflw98"}, "'dlib150': the mean face lacks it: .*ibug68"),
    ],
)
def test_a_variant_that_cannot_be_is_refused(table, message):
    with pytest.raises(ConfigError, match=message):
        template(table)
