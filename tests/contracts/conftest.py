import pytest
from worlds import World


@pytest.fixture(scope="session")
def network(tmp_path_factory):
    """An embedding network that averages blocks of 16 × 16 pixels."""
    helper = pytest.importorskip("onnx", reason="the tiny network is written with onnx").helper
    from onnx import TensorProto, save

    path = tmp_path_factory.mktemp("network") / "blocks.onnx"
    sides = [("image", ["N", 3, 112, 112]), ("row", ["N", 147])]
    image, row = (helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in sides)
    nodes = [
        helper.make_node("AveragePool", ["image"], ["p"], kernel_shape=[16, 16], strides=[16, 16]),
        helper.make_node("Flatten", ["p"], ["row"]),
    ]
    graph = helper.make_graph(nodes, "blocks", [image], [row])
    opset = [helper.make_opsetid("", 13)]
    save(helper.make_model(graph, opset_imports=opset, ir_version=8), str(path))
    return str(path)


@pytest.fixture
def world(tmp_path, network):
    return World(tmp_path, network)
