"""Any ArcFace-type network from an ONNX file: one aligned crop in, one vector out.

The defaults are those of insightface's recognition models (Deng et al., ArcFace, CVPR 2019):
112 × 112, RGB into the network, (x − 127.5) / 127.5, rows compared by their cosine.
"""

import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import ConfigError, UnknownNameError
from align_eval.image import Image
from align_eval.interfaces import Embeddings
from align_eval.onnx_session import first_line, open_session
from align_eval.weights import sha256, weights_file
from verification.embedders._batches import batched, rgb_chips, stacked
from verification.measures import Measure, unit

Colour = Literal["RGB", "BGR"]
Layout = Literal["NCHW", "NHWC"]

_DTYPES: dict[str, type[np.floating]] = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


class OnnxEmbedder:
    """An embedding network in ONNX Runtime.

    A pixel x of each channel enters the network as ``(x − mean) · scale``.

    Parameters
    ----------
    path : str
        The ONNX file. Its batch may be free or of fixed length.
    size : int or (width, height)
        The crops' size in pixels.
    colour : {"RGB", "BGR"}
        The order in which the network takes the channels of a crop. (insightface's `ArcFaceONNX`
        takes BGR images, and turns them to RGB for the network.)
    mean, scale : float or three floats
        In the order of `colour`.
    layout : {"NCHW", "NHWC"}
        Channels before or after rows and columns.
    output : str, optional
        Which output holds the rows; needed where there is more than one.
    batch_size : int
        Crops in one run, where the network leaves it free.
    threads : int, optional
        Threads of one run; `workers`, or else all cores, by default.
    workers : int, optional
        The study's workers; see `threads`.
    providers : str or sequence of str, optional
        ONNX Runtime's execution providers in order of preference; the CPU by default. One that
        is not there is passed over only if a later one in the list is.
    template : str, optional
        What crops are aligned to; ArcFace's layout for `size` by default.
    normalise : bool
        Give rows of unit length. Cosine pipelines do so in any case, after averaging.

    Raises
    ------
    ConfigError
        A file that is no model, a model that does not take such crops or gives no (N, D) rows,
        an unknown option value, or a provider that is not there.
    """

    score: Measure = "cosine"

    def __init__(
        self,
        path: str,
        *,
        size: int | Sequence[int] = 112,
        colour: Colour = "RGB",
        mean: float | Sequence[float] = 127.5,
        scale: float | Sequence[float] = 1 / 127.5,
        layout: Layout = "NCHW",
        output: str | None = None,
        batch_size: int = 16,
        threads: int | None = None,
        workers: int | None = None,
        providers: str | Sequence[str] | None = None,
        template: str | None = None,
        normalise: bool = False,
    ) -> None:
        self._weights = weights_file(path, "embedder 'onnx'")
        self.name = self._weights.stem
        self._label = f"embedder 'onnx' ({self._weights.name})"
        self.size = self._checked_size(size)
        self.template = template or f"arcface{self.size[0]}"
        self._colour = self._choice("colour", colour, get_args(Colour))
        self._layout = self._choice("layout", layout, get_args(Layout))
        self._mean, self._scale = self._channels("mean", mean), self._channels("scale", scale)
        self._normalise = normalise
        self._threads = threads or workers or os.cpu_count() or 1
        self._session = open_session(
            self._weights, self._label, threads=self._threads, providers=providers
        )
        self._input, self._dtype, fixed = self._checked_input()
        self._output = self._checked_output(output)
        self._fixed = fixed is not None
        self._batch = fixed or batch_size
        if min(self._batch, self._threads) < 1:
            raise ConfigError(f"{self._label}: batch_size and threads must be positive")
        self._width = self._probed_width()

    def embed(self, crops: Iterable[Image]) -> Embeddings:
        """(N, D) float32, as the network gives them unless `normalise` is set.

        Crops are read one batch at a time.

        Raises
        ------
        ConfigError
            A crop of another size.
        """
        chips = rgb_chips(crops, self.size, self._label)
        rows = stacked((self._run(batch) for batch in batched(chips, self._batch)), self._width)
        return unit(rows) if self._normalise else rows

    @cached_property
    def provenance(self) -> dict[str, str | int | float]:
        """The weights by name and SHA-256, how the network was fed, and what really ran it."""
        return {
            "weights": self._weights.name,
            "sha256": sha256(self._weights),
            "provider": str(self._session.get_providers()[0]),
            "threads": self._threads,
            "colour": self._colour,
            "mean": _listed(self._mean),
            "scale": _listed(self._scale),
            "normalise": int(self._normalise),
        }

    def _run(self, chips: Sequence[NDArray[np.uint8]]) -> NDArray[np.floating]:
        pixels = np.stack(chips)[..., :: 1 if self._colour == "RGB" else -1]
        batch = (pixels - self._mean) * self._scale
        if self._fixed and len(batch) < self._batch:
            batch = np.pad(batch, [(0, self._batch - len(batch)), (0, 0), (0, 0), (0, 0)])
        if self._layout == "NCHW":
            batch = batch.transpose(0, 3, 1, 2)
        feed = {self._input: np.ascontiguousarray(batch, dtype=self._dtype)}
        rows: NDArray[np.floating] = self._session.run([self._output], feed)[0]
        return rows[: len(chips)] if rows.ndim else rows

    def _checked_input(self) -> tuple[str, type[np.floating], int | None]:
        """The input's name and type, and the batch's length where it is fixed."""
        inputs = self._session.get_inputs()
        if len(inputs) != 1:
            raise ConfigError(f"{self._label} wants a model of one input, got {len(inputs)}")
        given, (width, height) = inputs[0], self.size
        inner = (3, height, width) if self._layout == "NCHW" else (height, width, 3)
        fits = len(given.shape) == 4 and all(
            not isinstance(have, int) or have == want
            for have, want in zip(given.shape[1:], inner, strict=False)
        )
        if not fits:
            raise ConfigError(
                f"{self._label} takes {_shape(given.shape)}, but size and layout say "
                f"{_shape(('N', *inner))}"
            )
        if given.type not in _DTYPES:
            raise ConfigError(f"{self._label} takes {given.type}; wanted {', '.join(_DTYPES)}")
        batch = given.shape[0]
        return given.name, _DTYPES[given.type], batch if isinstance(batch, int) else None

    def _checked_output(self, output: str | None) -> str:
        names = [found.name for found in self._session.get_outputs()]
        if output is None and len(names) > 1:
            raise ConfigError(f"{self._label} has the outputs {', '.join(names)}: name one")
        if output is not None and output not in names:
            raise UnknownNameError(f"output of {self._label}", output, names)
        return output or str(names[0])

    def _probed_width(self) -> int:
        """Run black crops once, so that what cannot work fails before a study starts."""
        count = min(self._batch, 2)
        chips = [np.zeros((self.size[1], self.size[0], 3), dtype=np.uint8)] * count
        try:
            rows = self._run(chips)
        except Exception as error:  # as above
            raise ConfigError(f"{self._label} does not run: {first_line(error)}") from error
        if rows.ndim != 2 or len(rows) != count:
            raise ConfigError(
                f"{self._label}: output {self._output!r} wants shape (N, D), got "
                f"{_shape(rows.shape)} for N = {count}"
            )
        return int(rows.shape[1])

    def _choice(self, option: str, value: str, known: tuple[str, ...]) -> str:
        if value not in known:
            raise UnknownNameError(f"{option} of {self._label}", str(value), known)
        return value

    def _checked_size(self, size: int | Sequence[int]) -> tuple[int, int]:
        pair = (size, size) if isinstance(size, int) else tuple(size)
        if len(pair) != 2 or not all(isinstance(side, int) and side > 0 for side in pair):
            raise ConfigError(f"{self._label}: size wants pixels or [width, height], got {size}")
        return pair[0], pair[1]

    def _channels(self, option: str, value: float | Sequence[float]) -> NDArray[np.float32]:
        array = np.asarray(value, dtype=np.float32)
        if array.shape not in {(), (3,)} or not np.isfinite(array).all():
            raise ConfigError(f"{self._label}: {option} wants one number or three, got {value}")
        return np.broadcast_to(array, 3)


def _shape(shape: Iterable[object]) -> str:
    return " × ".join(str(side) for side in shape)


def _listed(channels: NDArray[np.float32]) -> str:
    return ", ".join(f"{value:g}" for value in channels)
