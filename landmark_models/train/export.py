"""From a trained network to an ONNX file, and the proof that both say the same.

Large weights are stored as float16, followed by a cast to float32 that ONNX Runtime does once, when
it loads the file: half the size, and nothing but the weights' rounding is lost. Only what survives
the rounding exactly is stored so; since the network's weights are rounded first, these are all of
them, while a constant that is no weight, such as a grid of coordinates, keeps its precision.
"""

import contextlib
import copy
import io
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from align_eval.atomic import write_bytes
from align_eval.errors import ContractError
from align_eval.onnx_session import first_line, open_session
from landmark_models.train.parity import LIMIT, compare, patterns, trials
from landmark_models.train.task import Exported

_LARGE = 1024
_OPSET = 18
_AXES = {0: "batch", 2: "height", 3: "width"}


def export(
    exported: Exported,
    folder: Path,
    images: NDArray[np.floating] | None = None,
    *,
    limit: float = LIMIT,
) -> Path:
    """Write one ONNX file, and run it beside the network.

    The batch is free, and height and width are where `exported` says so.

    Parameters
    ----------
    exported : Exported
        The network and what is known of it. It is not changed.
    folder : Path
        For ``<name>.onnx``, which holds everything; nothing is written unless it agrees.
    images : (B, H, W) array, optional
        Gray values, 0 to 255, on which both are run; made-up patterns by default.
    limit : float
        How far the points may differ, in distances of the eyes (but at least a tenth of the
        image's width, lest a network that says nonsense cannot be exported), and other outputs.

    Raises
    ------
    ContractError
        ONNX Runtime gives something else than the network, whose weights are rounded likewise.
    """
    network = rounded(exported.module)
    data = halved(_translated(network, exported)).SerializeToString()
    path = folder / f"{exported.name}.onnx"
    # ONNX Runtime reads a file, so a second name keeps the place of `path` clean until it is sound.
    trial = write_bytes(path.with_name(f".{path.name}.trial"), data)
    try:
        session = open_session(trial, f"exported {path.name}", threads=1)
        for batch in trials(exported, images):
            compare(network, session, exported, batch, limit)
        trial.replace(path)
    finally:
        trial.unlink(missing_ok=True)
    return path


def rounded(module: nn.Module) -> nn.Module:
    """A copy on the CPU, in evaluation mode, with its large weights as float16 would have them.

    Vectors (biases, statistics of batches) and small tables keep their precision, and so does what
    float16 cannot hold.
    """
    made = copy.deepcopy(module).cpu().eval()
    with torch.no_grad():
        for weight in (*made.parameters(), *made.buffers()):
            half = weight.half().float() if weight.dtype == torch.float32 else weight
            if weight.dim() > 1 and weight.numel() >= _LARGE and bool(half.isfinite().all()):
                weight.copy_(half)
    return made


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store large float32 initialisers as float16 and cast them back, where nothing is lost."""
    graph = model.graph
    casts = []
    for weight in graph.initializer:
        values = numpy_helper.to_array(weight)
        if weight.data_type != TensorProto.FLOAT or values.size < _LARGE:
            continue
        with np.errstate(over="ignore"):
            half = values.astype(np.float16)
        if not np.array_equal(half.astype(np.float32), values):
            continue
        name, small = weight.name, f"{weight.name}.half"
        weight.CopyFrom(numpy_helper.from_array(half, small))
        casts.append(helper.make_node("Cast", [small], [name], name=small, to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return model


def _translated(network: nn.Module, exported: Exported) -> onnx.ModelProto:
    width, height = exported.size
    axes = _AXES if exported.free else {0: _AXES[0]}
    try:
        with _quiet():
            program = torch.onnx.export(
                network,
                (torch.from_numpy(patterns(width, height)),),
                dynamo=True,
                input_names=["images"],
                output_names=list(exported.outputs),
                dynamic_shapes=(axes,),
                opset_version=_OPSET,
                optimize=False,
                verbose=False,
            )
    except (torch.onnx.errors.OnnxExporterError, RuntimeError) as error:
        raise ContractError(f"{exported.name} cannot be exported: {first_line(error)}") from error
    if program is None:
        raise ContractError(f"{exported.name} cannot be exported")
    return _plain(program.model_proto)


def _plain(model: onnx.ModelProto) -> onnx.ModelProto:
    """Without the exporter's notes, which name source files where they lie on this machine."""
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    model.graph.doc_string = model.doc_string = ""
    for part in (*model.graph.node, *model.graph.value_info, *model.graph.initializer):
        part.doc_string = ""
        del part.metadata_props[:]
    return model


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's progress, its logging, and the warnings of its own code."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
