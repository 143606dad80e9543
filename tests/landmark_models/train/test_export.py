import numpy as np
import onnx
import pytest
import torch
from cards import card
from onnx import TensorProto
from tasks import ABOUT, SIZE, TinyNet
from torch import nn

from align_eval._drawn import drawn_faces
from align_eval.errors import ContractError
from align_eval.image import to_gray
from align_eval.onnx_session import open_session
from align_eval.weights import sha256
from landmark_models.boxes import square
from landmark_models.card import write_card
from landmark_models.crops import cut
from landmark_models.mtcnn_detector import MtcnnDetector
from landmark_models.pbc import Pbc, unenlarged
from landmark_models.train.export import export, halved, rounded
from landmark_models.train.parity import compare, patterns, trials
from landmark_models.train.task import Exported
from landmark_models.trained import TrainedModel


def spread(count):
    """Points all over the crop, so that the eyes are apart."""
    return SIZE * torch.rand(count, 2)


@pytest.fixture(scope="module")
def tiny():
    torch.manual_seed(1)
    net = TinyNet(spread(68)).eval()
    for value in (net.base[2].running_mean, net.base[2].weight, net.head.bias):
        nn.init.normal_(value)
    return Exported("tiny", net, (SIZE, SIZE), ("points",), ABOUT)


@pytest.fixture(scope="module")
def path(tiny, tmp_path_factory):
    return export(tiny, tmp_path_factory.mktemp("tiny"))


def carded(path, exported, **more):
    files = {path.name: sha256(path), **more}
    return write_card(
        card(name=exported.name, files=files, description=exported.about), path.parent
    )


def test_what_is_served_without_torch_are_the_network_s_points(tiny, path):
    model = TrainedModel(str(carded(path, tiny)))
    network = rounded(tiny.module)
    for face in drawn_faces(3):
        crop, back = cut(to_gray(face.load()), square(face.box, "max", 1.2), (16, 16), "replicate")
        with torch.inference_mode():
            points = network(torch.tensor(crop, dtype=torch.float32)[None, None])[0].numpy()
        found = model.locate([face])[0]
        np.testing.assert_allclose(found.points, back(points), atol=1e-3)
        assert np.ptp(found.points) > 10


def test_the_batch_is_free_and_the_file_says_so(tiny, path):
    session = open_session(path, "it", threads=1)
    assert session.get_inputs()[0].shape == ["batch", 1, SIZE, SIZE]
    for count in (1, 2, 7):
        images = np.repeat(patterns(SIZE, SIZE), 3, axis=0)[:count]
        assert compare(rounded(tiny.module), session, tiny, images) <= 1e-4


def test_large_weights_take_two_bytes_and_everything_is_in_one_file(tiny, path):
    stored = {one.name: one for one in onnx.load(path).graph.initializer}
    weights = [one for one in stored.values() if one.data_type == TensorProto.FLOAT16]
    assert sorted(int(np.prod(one.dims)) for one in weights) == [8 * 136, 8 * SIZE**2]
    assert [file.name for file in path.parent.iterdir() if file.suffix != ".json"] == ["tiny.onnx"]
    # 10 000 bytes: biases, statistics, the shape and the graph itself.
    assert path.stat().st_size < 2 * (8 * 136 + 8 * SIZE**2) + 10_000


def test_the_file_names_no_file_of_this_machine(path):
    assert b".py" not in path.read_bytes()


def test_exporting_prints_nothing(tiny, tmp_path, capfd):
    export(tiny, tmp_path)
    assert capfd.readouterr() == ("", "")


def test_rounding_leaves_the_network_small_tables_and_what_is_too_large_alone():
    net = nn.Sequential(nn.Linear(64, 64), nn.Linear(64, 64), nn.Linear(4, 4), nn.BatchNorm1d(2000))
    with torch.no_grad():
        net[1].weight[0, 0] = 1e6
    before = {key: value.clone() for key, value in net.state_dict().items()}
    after = rounded(net).state_dict()
    changed = {key for key, value in after.items() if not torch.equal(value, before[key])}
    assert changed == {"0.weight"}
    assert torch.equal(after["0.weight"], before["0.weight"].half().float())
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())


def test_only_what_float16_holds_exactly_is_stored_so():
    exact, third = np.arange(2048, dtype=np.float32), np.full(2048, 1 / 3, np.float32)
    large, few = np.full(2048, 1e5, np.float32), np.arange(8, dtype=np.float32)
    values = {"exact": exact, "third": third, "large": large, "few": few}
    nodes = [onnx.helper.make_node("Identity", [key], [f"{key}_out"]) for key in values]
    outputs = [
        onnx.helper.make_tensor_value_info(f"{key}_out", TensorProto.FLOAT, value.shape)
        for key, value in values.items()
    ]
    constants = [onnx.numpy_helper.from_array(value, key) for key, value in values.items()]
    graph = onnx.helper.make_graph(nodes, "constants", [], outputs, constants)
    model = halved(onnx.helper.make_model(graph))
    onnx.checker.check_model(model)
    kinds = {one.name: one.data_type for one in model.graph.initializer}
    assert [key for key, kind in kinds.items() if kind == TensorProto.FLOAT16] == ["exact.half"]
    found = onnx.reference.ReferenceEvaluator(model).run(None, {})
    for one, value in zip(found, values.values(), strict=True):
        np.testing.assert_array_equal(one, value)


def test_a_file_that_says_something_else_is_refused_with_how_much(tiny, path):
    session, moved = open_session(path, "it", threads=1), rounded(tiny.module)
    points = moved(torch.from_numpy(patterns(SIZE, SIZE)))
    span = (points[:, 36] - points[:, 45]).norm(dim=1).min()
    moved.shape[3, 0] += 0.01 * span
    with pytest.raises(ContractError, match=r"by 0\.0(1|099\d*) of the eye distance") as caught:
        compare(moved, session, tiny, patterns(SIZE, SIZE))
    assert "\n" not in str(caught.value)
    assert compare(moved, session, tiny, patterns(SIZE, SIZE), limit=0.011) > 0.009


def test_other_shapes_and_numbers_that_are_not_finite_are_no_agreement(tiny, path):
    session, images = open_session(path, "it", threads=1), patterns(SIZE, SIZE)
    fewer = rounded(TinyNet(spread(68)))
    fewer.forward = lambda images: torch.zeros(len(images), 5, 2)
    with pytest.raises(ContractError, match=r"shape \(3, 68, 2\); the network's is \(3, 5, 2\)"):
        compare(fewer, session, tiny, images)
    broken = rounded(tiny.module)
    broken.head.bias.data[0] = torch.nan
    with pytest.raises(ContractError, match="by nan"):
        compare(broken, session, tiny, images)


def test_nothing_is_written_where_the_file_does_not_agree(tiny, tmp_path):
    with pytest.raises(ContractError, match="at most -1 is wanted"):
        export(tiny, tmp_path, limit=-1)
    assert list(tmp_path.iterdir()) == []


def test_a_network_that_no_file_can_hold_is_refused_in_one_line(tmp_path):
    class Moody(nn.Module):
        def forward(self, images):
            return images * 2 if images.sum() > 0 else images

    with pytest.raises(ContractError, match="moody cannot be exported") as caught:
        export(Exported("moody", Moody(), (8, 8), ("values",), {}), tmp_path)
    assert "\n" not in str(caught.value)


def test_given_images_are_what_it_is_tried_on(tiny, tmp_path):
    given = np.random.default_rng(0).integers(0, 256, (5, SIZE, SIZE))
    assert [len(batch) for batch in trials(tiny, given)] == [5, 1]
    assert export(tiny, tmp_path, given).is_file()


def test_the_patch_classifier_is_served_at_the_size_of_each_face(tmp_path):
    from landmark_models.nets.pbc import COMPACT
    from landmark_models.nets.pbc import Pbc as Network

    torch.manual_seed(0)
    about = {"scheme": "five", "colour": "gray", "crop": {"scale": 1.1, "border": "replicate"}}
    exported = Exported("pbc", Network(COMPACT), (99, 99), ("points", "quality"), about, free=True)
    path = export(exported, tmp_path)
    model, network = Pbc(str(carded(path, exported))), rounded(exported.module)
    face = drawn_faces(1)[0]
    side, area = unenlarged(square(face.box, "max", 1.1), 80)
    crop, back = cut(to_gray(face.load()), area, (side, side), "replicate")
    with torch.inference_mode():
        points, quality = network(torch.tensor(crop, dtype=torch.float32)[None, None])
    found = model.locate([face])[0]
    np.testing.assert_allclose(found.points, back(points[0].numpy()), atol=1e-3)
    np.testing.assert_allclose(found.quality, quality[0].numpy(), atol=1e-4)


def test_the_three_stages_of_mtcnn_make_a_detector(tmp_path):
    from landmark_models.nets.mtcnn import COMPACT, Mtcnn
    from landmark_models.train.tasks.mtcnn import MtcnnTask

    torch.manual_seed(0)
    parts = MtcnnTask().exported(Mtcnn(COMPACT).eval())
    paths = [export(part, tmp_path) for part in parts]
    more = {path.name: sha256(path) for path in paths[1:]}
    made = str(carded(paths[0], parts[0], **more))
    found = MtcnnDetector(made, thresholds=[0, 0, 0], min_face=60).detect(drawn_faces(1)[0].load())
    assert found
    assert TrainedModel(made).locate(drawn_faces(1))[0].scheme.name == "five"
