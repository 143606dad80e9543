"""insightface's recognisers as embedders, run by insightface itself.

Deng et al., ArcFace: Additive Angular Margin Loss for Deep Face Recognition, CVPR 2019. A pack's
folder, such as ``~/.insightface/models/buffalo_l``, or a single file; nothing is ever downloaded,
and the licence of the weights is the user's to keep.

Which of a pack's files is the recogniser is insightface's to say, and it is what `FaceAnalysis`
would load: the manifest's, or the first in order of name whose inputs and outputs are those of a
recogniser. So are the mean and scale of its pixels, which insightface reads off the network. ONNX
Runtime is opened with explicit threads on a named provider. BGR, which insightface's recogniser
takes, does not leave this file.

`OnnxEmbedder` runs the same files without insightface, told what insightface would find out.
"""

import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import ConfigError, MissingExtraError
from align_eval.image import Image
from align_eval.interfaces import Embeddings
from align_eval.onnx_session import first_line, open_session
from align_eval.weights import sha256, weights_file
from verification.embedders._batches import batched, rgb_chips, stacked
from verification.measures import Measure, unit

_LABEL = "embedder 'insightface'"
_TASK = "recognition"
_CPU = ("CPUExecutionProvider",)  # for looking at a file only


class InsightfaceEmbedder:
    """An ArcFace network, as insightface feeds it.

    Parameters
    ----------
    path : str
        The folder of a pack, or the ONNX file of a recogniser.
    batch_size : int
        Crops in one run, where the network leaves it free. The last bits of a row may depend on
        it; ``1`` gives insightface's own rows to the bit.
    threads : int, optional
        Threads of one run; `workers`, or else all cores, by default.
    workers : int, optional
        The study's workers; see `threads`.
    providers : str or sequence of str, optional
        ONNX Runtime's execution providers in order of preference; the CPU by default. One that
        is not there is passed over only if a later one in the list is.
    template : str, optional
        What crops are aligned to; by default ArcFace's layout for the size that the network
        takes, which is what insightface aligns to.
    normalise : bool
        Give rows of unit length. Cosine pipelines do so in any case, after averaging.

    Raises
    ------
    MissingExtraError
        insightface is not installed.
    ConfigError
        No such file or folder, none that insightface takes for a recogniser, one that does not
        give (N, D) rows, or a provider that is not there.
    """

    score: Measure = "cosine"

    def __init__(
        self,
        path: str,
        *,
        batch_size: int = 16,
        threads: int | None = None,
        workers: int | None = None,
        providers: str | Sequence[str] | None = None,
        template: str | None = None,
        normalise: bool = False,
    ) -> None:
        self._package = _import_insightface()
        self._model = _recogniser(path)
        self._weights = Path(self._model.model_file)
        self.name = self._weights.stem
        self._label = f"{_LABEL} ({self._weights.name})"
        width, height = self._model.input_size
        self.size = (int(width), int(height))
        self.template = template or f"arcface{self.size[0]}"
        self._normalise = normalise
        self._threads = threads or workers or os.cpu_count() or 1
        self._model.session = open_session(
            self._weights, self._label, threads=self._threads, providers=providers
        )
        fixed = self._model.input_shape[0]
        self._fixed = isinstance(fixed, int)
        self._batch = fixed if isinstance(fixed, int) else batch_size
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
        """The weights by name and SHA-256, insightface's version, what fed and what ran them."""
        return {
            "weights": self._weights.name,
            "sha256": sha256(self._weights),
            "insightface": str(self._package.__version__),
            "provider": str(self._model.session.get_providers()[0]),
            "threads": self._threads,
            "mean": float(self._model.input_mean),
            "scale": 1 / float(self._model.input_std),
            "normalise": int(self._normalise),
        }

    def _run(self, chips: Sequence[NDArray[np.uint8]]) -> NDArray[np.floating]:
        bgr = [np.ascontiguousarray(chip[..., ::-1]) for chip in chips]
        if self._fixed:
            bgr += [np.zeros_like(bgr[0])] * (self._batch - len(bgr))
        rows: NDArray[np.floating] = self._model.get_feat(bgr)
        return rows[: len(chips)] if rows.ndim else rows

    def _probed_width(self) -> int:
        """Run black crops once, so that what cannot work fails before a study starts."""
        count = min(self._batch, 2)
        chips = [np.zeros((self.size[1], self.size[0], 3), np.uint8)] * count
        try:
            rows = self._run(chips)
        except Exception as error:
            raise ConfigError(f"{self._label} does not run: {first_line(error)}") from error
        if rows.ndim != 2 or len(rows) != count:
            shape = " × ".join(map(str, rows.shape))
            raise ConfigError(
                f"{self._label} wants an output of shape (N, D), got {shape} for N = {count}"
            )
        return int(rows.shape[1])


def _recogniser(path: str) -> Any:
    """The recogniser at `path`, as insightface loads it."""
    from insightface.model_zoo.package_manifest import has_model_package_manifest

    folder = Path(path).expanduser() if path else None
    if folder is None or not folder.is_dir():
        kind = "a recogniser's ONNX file, or the folder of a pack"
        file = weights_file(path, _LABEL, kind)
        made = _routed(file)
        if _task(made) != _TASK:
            raise ConfigError(f"{_LABEL}: insightface takes {file.name} for {_task(made)}")
        return made
    if _tried(folder, lambda: has_model_package_manifest(folder)):
        return _tried(folder, lambda: _got(folder, model_task=_TASK))
    files = sorted(folder.glob("*.onnx"))
    for file in files:
        made = _routed(file)
        if _task(made) == _TASK:
            return made
    names = ", ".join(file.name for file in files) or "no ONNX file"
    raise ConfigError(f"{_LABEL} finds no recogniser in the folder {path!r}: {names}")


def _routed(file: Path) -> Any:
    """What insightface makes of a file by its inputs and outputs; None if nothing."""
    if file.suffix != ".onnx":  # insightface takes any other name for that of a pack
        raise ConfigError(f"{_LABEL} wants a file that ends in .onnx, got {file.name!r}")
    return _tried(file, lambda: _got(file))


def _got(place: Path, **options: Any) -> Any:
    from insightface.model_zoo import get_model

    return get_model(str(place), providers=list(_CPU), **options)


def _tried(place: Path, run: Any) -> Any:
    """What `run` gives; insightface fails in many ways over a file that it does not know."""
    try:
        return run()
    except Exception as error:
        raise ConfigError(f"{_LABEL} cannot use {place.name}: {first_line(error)}") from error


def _task(made: Any) -> str:
    return "nothing it knows" if made is None else str(getattr(made, "taskname", type(made)))


def _import_insightface() -> Any:
    try:
        import insightface
    except ModuleNotFoundError as error:
        raise MissingExtraError("insightface", "insightface", _LABEL) from error
    return insightface
