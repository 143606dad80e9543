import hashlib

import numpy as np
import pytest

from align_eval.errors import ConfigError, UnknownNameError
from verification.embedders.onnx_embedder import OnnxEmbedder

WIDTH, HEIGHT = 4, 2
SIZE = (WIDTH, HEIGHT)


def network(path, shape=("N", 3, HEIGHT, WIDTH), kind="FLOAT", nodes=None, outputs=("row",)):
    """A network whose row is its own input, flattened: what it is fed can be read off."""
    from onnx import TensorProto, helper, save

    dtype = getattr(TensorProto, kind)
    graph = helper.make_graph(
        nodes or [helper.make_node("Flatten", ["image"], ["row"])],
        "tiny",
        [helper.make_tensor_value_info("image", dtype, shape)],
        [helper.make_tensor_value_info(name, dtype, None) for name in outputs],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="test"
    )
    save(model, path)
    return str(path)


@pytest.fixture
def path(tmp_path):
    return network(tmp_path / "flat.onnx")


def crops(count, seed=0):
    return list(
        np.random.default_rng(seed).integers(0, 256, (count, HEIGHT, WIDTH, 3), dtype=np.uint8)
    )


def test_the_network_gets_rgb_planes_of_x_minus_127_5_over_127_5(path):
    (crop,) = crops(1)
    planes = (crop.astype(np.float32).transpose(2, 0, 1) - 127.5) * np.float32(1 / 127.5)
    made = OnnxEmbedder(path, size=SIZE).embed([crop])
    assert made.dtype == np.float32
    assert (made == planes.reshape(1, -1)).all()


def test_colour_order_mean_and_scale_are_those_of_the_option(path):
    (crop,) = crops(1)
    mean, scale = [1.0, 2.0, 3.0], [0.5, 0.25, 2.0]
    made = OnnxEmbedder(path, size=SIZE, colour="BGR", mean=mean, scale=scale).embed([crop])
    bgr = (crop[..., ::-1].astype(np.float32) - mean) * scale
    assert (made == bgr.transpose(2, 0, 1).reshape(1, -1)).all()


def test_channels_come_last_where_the_layout_says_so(tmp_path):
    path = network(tmp_path / "last.onnx", ("N", HEIGHT, WIDTH, 3))
    (crop,) = crops(1)
    made = OnnxEmbedder(path, size=SIZE, layout="NHWC", mean=0, scale=1).embed([crop])
    assert (made == crop.reshape(1, -1)).all()


@pytest.mark.parametrize("batch", ["N", 1, 3])
@pytest.mark.parametrize("count", [1, 3, 7])
def test_free_and_fixed_batches_give_a_row_for_each_crop_in_order(tmp_path, batch, count):
    path = network(tmp_path / "batch.onnx", (batch, 3, HEIGHT, WIDTH))
    embedder = OnnxEmbedder(path, size=SIZE, batch_size=4)
    together, single = crops(count), [embedder.embed([crop]) for crop in crops(count)]
    assert (embedder.embed(together) == np.concatenate(single)).all()


def test_half_precision_networks_are_fed_half_precision(tmp_path):
    embedder = OnnxEmbedder(network(tmp_path / "half.onnx", kind="FLOAT16"), size=SIZE, mean=0)
    (crop,) = crops(1)
    expected = (crop.transpose(2, 0, 1).reshape(1, -1) * np.float32(1 / 127.5)).astype(np.float16)
    made = embedder.embed([crop])
    assert made.dtype == np.float32
    assert (made == expected).all()


def test_normalised_rows_have_unit_length(path):
    made = OnnxEmbedder(path, size=SIZE, normalise=True).embed(crops(5))
    np.testing.assert_allclose(np.linalg.norm(made, axis=1), 1, rtol=1e-6)


def test_crops_are_read_one_batch_ahead(path, monkeypatch):
    embedder = OnnxEmbedder(path, size=SIZE, batch_size=3)
    run, read, ahead = embedder._run, [], []

    def source():
        for crop in crops(10):
            read.append(crop)
            yield crop

    def watched(chips):
        ahead.append(len(read) - 3 * len(ahead))
        return run(chips)

    monkeypatch.setattr(embedder, "_run", watched)
    assert len(embedder.embed(source())) == 10
    assert ahead == [3, 3, 3, 1]


def test_the_named_output_is_used_and_one_must_be_named(tmp_path):
    from onnx import helper

    nodes = [
        helper.make_node("Flatten", ["image"], ["row"]),
        helper.make_node("Neg", ["row"], ["minus"]),
    ]
    path = network(tmp_path / "two.onnx", nodes=nodes, outputs=("row", "minus"))
    row = OnnxEmbedder(path, size=SIZE, output="row").embed(crops(2))
    assert (OnnxEmbedder(path, size=SIZE, output="minus").embed(crops(2)) == -row).all()
    with pytest.raises(ConfigError, match="has the outputs row, minus: name one"):
        OnnxEmbedder(path, size=SIZE)
    with pytest.raises(UnknownNameError, match="Did you mean 'minus'"):
        OnnxEmbedder(path, size=SIZE, output="minas")


def test_provenance_names_the_weights_by_digest_and_what_ran_them(path):
    from pathlib import Path

    embedder = OnnxEmbedder(path, size=SIZE, workers=1, colour="BGR")
    assert embedder.name == "flat"
    made = embedder.provenance
    assert made["sha256"] == hashlib.sha256(Path(path).read_bytes()).hexdigest()
    expected = {"weights": "flat.onnx", "provider": "CPUExecutionProvider", "threads": 1}
    assert expected.items() <= made.items()
    assert made["colour"] == "BGR"


def test_threads_are_those_asked_for_and_else_the_workers(path):
    both = OnnxEmbedder(path, size=SIZE, threads=2, workers=1)
    assert both._session.get_session_options().intra_op_num_threads == 2
    one = OnnxEmbedder(path, size=SIZE, workers=1)
    assert one._session.get_session_options().intra_op_num_threads == 1


def absent_provider():
    import onnxruntime

    here = onnxruntime.get_available_providers()
    return next(name for name in onnxruntime.get_all_providers() if name not in here)


def test_a_provider_that_is_not_there_is_refused(path):
    with pytest.raises(
        ConfigError, match=rf"wants {absent_provider()}, and ONNX Runtime has .*CPU"
    ):
        OnnxEmbedder(path, size=SIZE, providers=[absent_provider()])


def test_a_provider_that_is_not_there_is_passed_over_if_the_list_goes_on(path):
    wanted = [absent_provider(), "CPUExecutionProvider"]
    made = OnnxEmbedder(path, size=SIZE, providers=wanted)
    assert made.provenance["provider"] == "CPUExecutionProvider"


def test_a_provider_that_does_not_start_is_refused_and_not_replaced(path, monkeypatch):
    import onnxruntime

    claimed = absent_provider()
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [claimed])
    with pytest.warns(UserWarning, match=claimed), pytest.raises(ConfigError, match="could not"):
        OnnxEmbedder(path, size=SIZE, providers=claimed)


def test_a_provider_that_no_runtime_knows_answers_with_the_nearest(path):
    with pytest.raises(UnknownNameError, match="Did you mean 'CUDAExecutionProvider'"):
        OnnxEmbedder(path, size=SIZE, providers=["CUDAExecutionProvder", "CPUExecutionProvider"])


def one_line(error):
    return "\n" not in str(error.value)


def test_a_missing_or_damaged_file_is_one_line(tmp_path):
    broken = tmp_path / "broken.onnx"
    for content in (b"", b"no model at all"):
        broken.write_bytes(content)
        with pytest.raises(ConfigError, match=r"broken\.onnx\) does not") as error:
            OnnxEmbedder(str(broken))
        assert one_line(error)
    with pytest.raises(ConfigError, match="there is no weights file") as error:
        OnnxEmbedder(str(tmp_path / "absent.onnx"))
    assert one_line(error)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, r"takes N × 3 × 2 × 4, but size and layout say N × 3 × 112 × 112"),
        ({"size": (HEIGHT, WIDTH)}, r"but size and layout say N × 3 × 4 × 2"),
        ({"size": SIZE, "layout": "NHWC"}, r"but size and layout say N × 2 × 4 × 3"),
        ({"size": [4, 2, 1]}, r"size wants pixels or \[width, height\]"),
        ({"size": -4}, r"size wants pixels or \[width, height\]"),
        ({"size": SIZE, "mean": [1, 2]}, "mean wants one number or three"),
        ({"size": SIZE, "scale": float("nan")}, "scale wants one number or three"),
        ({"size": SIZE, "colour": "GRB"}, r"Did you mean '(RGB|BGR)'"),
        ({"size": SIZE, "layout": "NCWH"}, "Did you mean 'NCHW'"),
        ({"size": SIZE, "batch_size": 0}, "must be positive"),
        ({"size": SIZE, "threads": -1}, "must be positive"),
    ],
)
def test_an_option_that_does_not_fit_the_network_is_one_line(path, options, message):
    with pytest.raises(ConfigError, match=message) as error:
        OnnxEmbedder(path, **options)
    assert one_line(error)


def test_a_network_of_another_input_or_output_is_one_line(tmp_path):
    from onnx import helper

    flat = network(tmp_path / "rank.onnx", ("N", 24))
    with pytest.raises(ConfigError, match="takes N × 24, but"):
        OnnxEmbedder(flat, size=SIZE)
    bytes_ = network(tmp_path / "bytes.onnx", kind="UINT8")
    with pytest.raises(ConfigError, match=r"takes tensor\(uint8\); wanted tensor\(float\)"):
        OnnxEmbedder(bytes_, size=SIZE)
    same = [helper.make_node("Identity", ["image"], ["row"])]
    image = network(tmp_path / "image.onnx", nodes=same)
    with pytest.raises(ConfigError, match=r"wants shape \(N, D\), got 2 × 3 × 2 × 4 for N = 2"):
        OnnxEmbedder(image, size=SIZE)
    joined = [helper.make_node("Flatten", ["image"], ["row"], axis=0)]
    once = network(tmp_path / "once.onnx", nodes=joined)
    with pytest.raises(ConfigError, match=r"got 1 × 48 for N = 2"):
        OnnxEmbedder(once, size=SIZE)


def test_a_network_that_loads_and_cannot_run_is_one_line(tmp_path):
    from onnx import helper

    nodes = [
        helper.make_node("Shape", ["image"], ["shape"]),
        helper.make_node("Constant", [], ["five"], value_ints=[5, 5]),
        helper.make_node("Reshape", ["image", "five"], ["row"]),
    ]
    path = network(tmp_path / "reshape.onnx", ("N", 3, "H", "W"), nodes=nodes)
    with pytest.raises(ConfigError, match="does not run") as error:
        OnnxEmbedder(path, size=SIZE)
    assert one_line(error)


def test_crops_of_another_size_are_refused(path):
    with pytest.raises(ConfigError, match=r"4 × 2 .* got shape \(4, 2, 3\) at number 0"):
        OnnxEmbedder(path, size=SIZE).embed([np.zeros((4, 2, 3), np.uint8)])


def test_arcfaces_layout_for_the_size_is_the_default_template(path):
    assert OnnxEmbedder(path, size=SIZE, template="mine").template == "mine"
    assert OnnxEmbedder(path, size=SIZE).template == "arcface4"
