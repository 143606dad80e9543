"""Whether an ONNX file says what its network says."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from align_eval.errors import ContractError
from align_eval.schemes import scheme_named
from landmark_models.train.task import Exported

LIMIT = 1e-4
"""Points may differ by this much of the eye distance, other outputs by this much."""
_BATCH = 3
_ODD = (13, 22)  # what is added to width and height to see whether they are free
_LEAST_EYES = 0.1
_EYES = (("left_eye_outer", "right_eye_outer"), ("left_eye", "right_eye"))


def compare(
    network: nn.Module,
    session: Any,
    exported: Exported,
    images: NDArray[np.float32],
    limit: float = LIMIT,
) -> float:
    """The largest difference between a network and its ONNX file, as `export` measures it.

    Parameters
    ----------
    network : nn.Module
        With the weights that the file has.
    session : onnxruntime.InferenceSession
        The file.
    exported : Exported
        Names of outputs, and the scheme of the points.
    images : (B, 1, H, W) float32
        Gray values, 0 to 255.
    limit : float
        What is too much.

    Raises
    ------
    ContractError
        More than `limit`, another shape, or a number that is not finite.
    """
    with torch.inference_mode():
        answer = network(torch.from_numpy(images))
    wanted: Sequence[Tensor] = (answer,) if isinstance(answer, Tensor) else answer
    found = session.run(list(exported.outputs), {session.get_inputs()[0].name: images})
    largest = 0.0
    for name, one, other in zip(exported.outputs, found, wanted, strict=True):
        truth = other.numpy()
        label = f"exported {exported.name}.onnx: output {name!r}"
        if one.shape != truth.shape:
            raise ContractError(f"{label} has shape {one.shape}; the network's is {truth.shape}")
        gap = np.abs(one.astype(np.float64) - truth)
        if name == "points":
            gap /= _eye_distance(truth, exported, images.shape[3])[:, None, None]
        worst = float(gap.max(initial=0.0))
        if not worst <= limit:  # NaN is no agreement either
            unit = " of the eye distance" if name == "points" else ""
            raise ContractError(
                f"{label} differs from the network's by {worst:.3g}{unit}; at most {limit:g} is "
                "wanted"
            )
        largest = max(largest, worst)
    return largest


def _eye_distance(
    points: NDArray[np.float32], exported: Exported, width: int
) -> NDArray[np.float64]:
    """(B,) distance of the outer eye corners, or of the eyes in a scheme without corners."""
    least = _LEAST_EYES * width
    scheme = scheme_named(str(exported.about["scheme"]))
    for pair in _EYES:
        if set(pair) <= set(scheme.points):
            left, right = scheme.indices(*pair)
            span = np.linalg.norm(points[:, left] - points[:, right], axis=1)
            held: NDArray[np.float64] = np.maximum(span.astype(np.float64), least)
            return held
    return np.full(len(points), least)


def trials(
    exported: Exported, images: NDArray[np.floating] | None
) -> Iterator[NDArray[np.float32]]:
    """The given images, or made-up ones; a single one; and another size where that is free."""
    sizes = [exported.size]
    if exported.free:
        sizes.append((exported.size[0] + _ODD[0], exported.size[1] + _ODD[1]))
    if images is not None:
        yield np.ascontiguousarray(images[:, None], dtype=np.float32)
        yield np.ascontiguousarray(images[:1, None], dtype=np.float32)
        sizes = sizes[1:]
    for width, height in sizes:
        made = patterns(width, height)
        yield made
        yield made[:1]


def patterns(width: int, height: int) -> NDArray[np.float32]:
    """(B, 1, H, W) sums of waves: smooth as faces are, and each different."""
    y, x = np.mgrid[:height, :width] / max(width, height)
    rng = np.random.default_rng(0)
    waves = rng.normal(0, 6, (_BATCH, 8, 2, 1, 1))
    phases = rng.uniform(0, 2 * np.pi, (_BATCH, 8, 1, 1))
    total = np.sin(2 * np.pi * (waves[:, :, 0] * x + waves[:, :, 1] * y) + phases).sum(axis=1)
    made: NDArray[np.float32] = np.clip(127 + 30 * total, 0, 255).astype(np.float32)[:, None]
    return made
