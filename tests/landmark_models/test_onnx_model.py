"""A tiny network finds coloured spots, so that every step of a description shows in its points."""

import pickle

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the package onnx")

from onnx import TensorProto, helper, numpy_helper, save

from align_eval._drawn import drawn_faces
from align_eval.errors import ConfigError, UnknownNameError
from align_eval.faces import Box
from landmark_models.onnx_model import OnnxModel, merged

SIDE = 64
TYPES = {"float": TensorProto.FLOAT, "float16": TensorProto.FLOAT16, "uint8": TensorProto.UINT8}

# Five colours of equal length: each one's own direction answers most strongly to it.
COLOURS = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0, 1, 1]], float)
COLOURS /= np.linalg.norm(COLOURS, axis=1, keepdims=True)
SPOTS = np.array([[20, 22], [44, 22], [32, 36], [24, 48], [40, 48]])


def write(path, nodes, shape, output, constants, kind="float"):
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TYPES[kind], shape)],
        [helper.make_tensor_value_info("points", TensorProto.FLOAT, output)],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()],
    )
    opset = [helper.make_opsetid("", 17)]
    save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    return str(path)


def spotter(folder, *, batch="N", layout="NCHW", kind="float"):
    """One map per colour: the pixel's part in its direction."""
    nodes = [helper.make_node("Cast", ["image"], ["values"], to=TensorProto.FLOAT)]
    if layout == "NHWC":
        nodes.append(helper.make_node("Transpose", ["values"], ["planes"], perm=[0, 3, 1, 2]))
    else:
        nodes.append(helper.make_node("Identity", ["values"], ["planes"]))
    nodes.append(helper.make_node("Conv", ["planes", "kernel"], ["points"]))
    shape = [batch, 3, SIDE, SIDE] if layout == "NCHW" else [batch, SIDE, SIDE, 3]
    kernel = COLOURS.astype(np.float32)[..., None, None]
    output = [batch, 5, SIDE, SIDE]
    return write(folder / "spots.onnx", nodes, shape, output, {"kernel": kernel}, kind)


def regressor(folder, *, batch="N", numbers=10, bad=False):
    """Numbers from coarse means of the image, through a random matrix."""
    draw = np.random.default_rng(1)
    nodes = [
        helper.make_node(
            "AveragePool", ["image"], ["means"], kernel_shape=[16, 16], strides=[16, 16]
        ),
        helper.make_node("Flatten", ["means"], ["row"]),
        helper.make_node("MatMul", ["row", "matrix"], ["sum"]),
        helper.make_node("Log" if bad else "Identity", ["sum"], ["points"]),
    ]
    matrix = draw.normal(size=(48, numbers)).astype(np.float32) / 255
    constants = {"matrix": -np.abs(matrix) if bad else matrix}
    shape = [batch, 3, SIDE, SIDE]
    return write(folder / "numbers.onnx", nodes, shape, [batch, numbers], constants)


def spotted(offset=(0, 0), zoom=1):
    """A face whose five points are coloured spots, and its box of 64 · zoom pixels."""
    image = np.zeros((SIDE + 40, SIDE + 60, 3), np.uint8)
    for (x, y), colour in zip(SPOTS + offset, COLOURS, strict=True):
        image[y - 1 : y + 2, x - 1 : x + 2] = np.rint(150 * colour)
        image[y, x] = np.rint(250 * colour)
    if zoom > 1:
        image = np.repeat(np.repeat(image, zoom, axis=0), zoom, axis=1)
    side = SIDE * zoom
    box = Box(offset[0] * zoom - 0.5, offset[1] * zoom - 0.5, side, side)
    return drawn_faces(1)[0].with_image(image).with_box(box)


HEAT = {"scheme": "five", "decode": "heatmap", "crop": {"scale": 1.0}}
NUMBERS = {"scheme": "five", "crop": {"scale": 1.0}}


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("kind", ["float", "float16", "uint8"])
def test_spots_are_found_where_they_are(tmp_path, layout, kind):
    model = OnnxModel(spotter(tmp_path, layout=layout, kind=kind), **HEAT)
    points = model.locate([spotted((7, 5))])[0].points
    np.testing.assert_allclose(points, SPOTS + [7, 5], atol=1e-6)


def test_a_face_of_another_size_is_found_at_its_own_scale(tmp_path):
    model = OnnxModel(spotter(tmp_path), **HEAT)
    points = model.locate([spotted((7, 5), zoom=2)])[0].points
    np.testing.assert_allclose(points, (SPOTS + [7, 5]) * 2 + 0.5, atol=1e-6)


@pytest.mark.parametrize("crop", [{"scale": 1.2}, {"scale": 1.0, "shift": [0.1, -0.05]}])
def test_another_crop_finds_the_same_points(tmp_path, crop):
    model = OnnxModel(spotter(tmp_path), **{**HEAT, "crop": crop})
    points = model.locate([spotted((7, 9))])[0].points
    assert np.abs(points - (SPOTS + [7, 9])).max() <= 1.0


def test_colour_order_is_the_description_s(tmp_path):
    """In BGR the red and blue spots change places: points 0 and 2."""
    model = OnnxModel(spotter(tmp_path), **HEAT, colour="BGR")
    points = model.locate([spotted()])[0].points
    np.testing.assert_allclose(points[[0, 2]], SPOTS[[2, 0]], atol=1e-6)


def test_mean_and_scale_act_per_channel(tmp_path):
    """Without its red channel, the first map sees nothing; with its sign turned, the others do."""
    plain = OnnxModel(spotter(tmp_path), **HEAT, scale=[0.0, 1.0, 1.0])
    assert plain.locate([spotted()])[0].quality[0] == 0
    shifted = OnnxModel(spotter(tmp_path), **HEAT, mean=[-5.0, 0.0, 0.0])
    assert shifted.locate([spotted()])[0].quality[0] == pytest.approx(255)


def test_a_batch_gives_what_single_faces_give(tmp_path):
    faces = [spotted((k, 2 * k)) for k in range(5)]
    path = regressor(tmp_path)
    single = OnnxModel(path, **NUMBERS).locate(faces)
    batched = OnnxModel(path, **NUMBERS, batch_size=3).locate(faces)
    for one, other in zip(single, batched, strict=True):
        np.testing.assert_allclose(one.points, other.points, atol=1e-3)


def test_a_model_of_one_face_a_run_takes_any_number(tmp_path):
    faces = [spotted((k, 2 * k)) for k in range(3)]
    fixed = OnnxModel(regressor(tmp_path, batch=1), **NUMBERS, batch_size=8).locate(faces)
    free = OnnxModel(regressor(tmp_path), **NUMBERS).locate(faces)
    for one, other in zip(fixed, free, strict=True):
        np.testing.assert_array_equal(one.points, other.points)


def test_faces_without_a_box_leave_the_others_in_place(tmp_path):
    model = OnnxModel(spotter(tmp_path), **HEAT, batch_size=2)
    faces = [spotted((k, 0)) for k in range(4)]
    faces[1] = faces[1].with_box(None)
    found = model.locate(faces)
    assert found[1] is None
    np.testing.assert_allclose(found[3].points, SPOTS + [3, 0], atol=1e-6)


def test_flip_average_gives_a_mirrored_image_mirrored_points(tmp_path):
    model = OnnxModel(regressor(tmp_path), **NUMBERS, flip_average=True)
    face = spotted((8, 4))
    image, box = face.load(), face.box
    width = image.shape[1]
    turned = Box(width - 1 - box.x - box.width, *box[1:])
    mirrored = face.with_image(np.ascontiguousarray(image[:, ::-1])).with_box(turned)
    first, second = model.locate([face, mirrored])
    np.testing.assert_allclose(first.mirrored(width).points, second.points, atol=1e-3)
    plain = OnnxModel(regressor(tmp_path), **NUMBERS).locate([face])[0]
    assert np.abs(plain.points - first.points).max() > 0.1


@pytest.mark.parametrize("decode", ["argmax", "taylor", "gaussian", "softargmax"])
@pytest.mark.parametrize("grade", ["height", "spread"])
def test_every_reader_and_grade_passes_through_the_mean_of_both_images(tmp_path, decode, grade):
    """It knows spots by their colours, so that in the mirrored image it exchanges the sides."""
    # Dark pixels are zeros, so that the window of a soft arg-max holds one spot alone.
    reading = {"window": 5} if decode == "softargmax" else {}
    keys = {**HEAT, "decode": decode, "grade": grade, "reading": reading, "scale": [1.0, 0.5, 0.8]}
    path = spotter(tmp_path)
    plain = OnnxModel(path, **keys).locate([spotted((7, 5))])[0]
    both = OnnxModel(path, **keys, flip_average=True).locate([spotted((7, 5))])[0]
    other = list(plain.scheme.mirror)
    np.testing.assert_allclose(plain.points, SPOTS + [7, 5], atol=1e-3)
    np.testing.assert_allclose(both.points, (plain.points + plain.points[other]) / 2, atol=1e-3)
    np.testing.assert_allclose(both.quality, (plain.quality + plain.quality[other]) / 2, rtol=1e-3)
    if grade == "spread":
        assert (plain.quality < 0).all()
    else:
        assert np.ptp(plain.quality) > 50


def test_points_that_are_not_finite_are_no_landmarks(tmp_path):
    with np.errstate(all="ignore"):
        model = OnnxModel(regressor(tmp_path, bad=True), **NUMBERS)
        assert model.locate([spotted()]) == [None]


def test_a_rectangular_input_keeps_the_pixels_square(tmp_path):
    nodes = [helper.make_node("Conv", ["image", "kernel"], ["points"])]
    kernel = {"kernel": COLOURS.astype(np.float32)[..., None, None]}
    path = write(tmp_path / "wide.onnx", nodes, ["N", 3, "H", "W"], ["N", 5, "h", "w"], kernel)
    model = OnnxModel(path, **HEAT, input_size=[48, 64])
    points = model.locate([spotted((7, 5))])[0].points
    np.testing.assert_allclose(points, SPOTS + [7, 5], atol=1e-6)


def test_a_misfit_between_model_and_description_is_told_in_one_line(tmp_path):
    path, text = regressor(tmp_path), tmp_path / "text.onnx"
    text.write_text("no model")
    free = spotter(tmp_path)
    for given, options, message in (
        (path, {"scheme": "ibug68"}, "10 numbers a face.* want 136"),
        (path, {"scheme": "five", "decode": "heatmap"}, "heatmaps of 5 points"),
        (path, {"scheme": "five", "colour": "gray"}, "3 channels.*'gray' has 1"),
        (path, {"scheme": "five", "input_size": 32}, "does not run on one crop"),
        (path, {"scheme": "five", "output": 1}, "1 outputs"),
        (free, {"scheme": "five", "output": "point"}, "Did you mean 'points'"),
        (free, {"scheme": "five", "sha256": "0" * 64}, "the description wants 000"),
        (free, {"scheme": "five", "providers": ["CUDA"]}, "unknown provider"),
        (str(text), {"scheme": "five"}, "text.onnx.* does not load"),
        (None, {"scheme": "five"}, "wants the option path"),
    ):
        with pytest.raises(ConfigError, match=message) as caught:
            OnnxModel(given, **options)
        assert "\n" not in str(caught.value)


def test_an_input_without_a_fixed_size_or_of_another_kind_is_refused(tmp_path):
    node = [helper.make_node("Identity", ["image"], ["points"])]
    for shape, message in (
        (["N", 3, "H", "W"], "input_size is wanted"),
        (["N", 10], "4 dimensions"),
    ):
        path = write(tmp_path / "odd.onnx", node, shape, shape, {})
        with pytest.raises(ConfigError, match=message):
            OnnxModel(path, scheme="five")


def test_options_overrule_a_description_from_a_file_key_by_key(tmp_path):
    config = tmp_path / "spots.toml"
    config.write_text('scheme = "five"\ndecode = "heatmap"\ncrop = {scale = 3.0, side = "mean"}\n')
    path = spotter(tmp_path)
    model = OnnxModel(path, str(config), crop={"scale": 1.0})
    assert merged({"reading": {"window": 5, "sharpness": 2}}, {"reading": {"window": 7}}) == {
        "reading": {"window": 7, "sharpness": 2}
    }
    np.testing.assert_allclose(model.locate([spotted((7, 5))])[0].points, SPOTS + [7, 5], atol=1e-6)
    with pytest.raises(UnknownNameError, match="Did you mean 'pfld_ghostone98'"):
        OnnxModel(path, "pfld_ghostone")


def test_provenance_says_what_really_runs(tmp_path):
    model = OnnxModel(spotter(tmp_path), **HEAT, workers=2)
    assert model.provenance["provider"] == "CPUExecutionProvider"
    assert model.provenance["threads"] == 2
    assert model.provenance["weights"] == "spots.onnx"
    assert OnnxModel(spotter(tmp_path), **HEAT, workers=2, threads=1).provenance["threads"] == 1


def test_it_can_be_pickled_and_named(tmp_path):
    model = OnnxModel(spotter(tmp_path), **HEAT, name="spots")
    copy = pickle.loads(pickle.dumps(model))
    assert copy.name == "spots"
    first, second = (m.locate([spotted()])[0].points for m in (model, copy))
    np.testing.assert_array_equal(first, second)
