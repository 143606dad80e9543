"""insightface's own application, `FaceAnalysis`, opened from a folder and never from the net.

Left to itself insightface looks for a pack in the user's home and downloads it, takes whatever
execution provider it can get, runs the detector at two sizes, and leaves the number of threads to
ONNX Runtime. Here each of these is an argument, and a provider that does not start is refused.
What each file of a pack is for is still insightface's to say: by the file's inputs and outputs,
or by the pack's manifest.

insightface takes and gives BGR, which nothing else in this package does.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from align_eval.errors import ConfigError, ImageError, MissingExtraError
from align_eval.image import Image
from align_eval.onnx_session import first_line, open_session

_STRIDE = 32


def open_pack(
    folder: str | Path,
    *,
    det_size: int | Sequence[int] = (640, 640),
    det_thresh: float = 0.5,
    nms_thresh: float = 0.4,
    providers: str | Sequence[str] | None = None,
    threads: int | None = None,
    allowed_modules: Sequence[str] | None = None,
) -> Any:
    """An ``insightface.app.FaceAnalysis`` that is ready for ``get``.

    Parameters
    ----------
    folder : str or Path
        The folder of a pack, such as ``~/.insightface/models/buffalo_l``.
    det_size : (width, height) or int
        The sides in pixels, or that of a square, that images are fitted into for detection:
        multiples of 32. A detector of a fixed size keeps its own.
    det_thresh, nms_thresh : float
        The least score of a detection; the overlap above which the weaker of two is dropped.
    providers : str or sequence of str, optional
        ONNX Runtime's execution providers in order of preference, such as
        ``["CUDAExecutionProvider", "CPUExecutionProvider"]``; the CPU by default. One that is not
        there is passed over only if a later one in the list is.
    threads : int, optional
        Threads of each model's runs; all cores by default.
    allowed_modules : sequence of str, optional
        insightface's names of what to load, ``"detection"`` among them; everything by default.

    Raises
    ------
    MissingExtraError
        insightface is not installed.
    ConfigError
        No such folder, one that insightface cannot use or that holds no detector, a size that is
        not as above, fewer than one thread, or a provider that is not there.
    """
    place = Path(folder).expanduser()
    if not place.is_dir():
        raise ConfigError(f"there is no folder {str(folder)!r}: open_pack wants that of a pack")
    size = fitted_into(det_size, "det_size")
    if threads is not None and threads < 1:
        raise ConfigError(f"open_pack wants at least one thread, got {threads}")
    app = _analysis(place, allowed_modules)
    for task, model in app.models.items():
        file = Path(model.model_file)
        model.session = open_session(
            file,
            f"insightface's {task} ({file.name})",
            threads=threads or os.cpu_count() or 1,
            providers=providers,
        )
    app.prepare(ctx_id=0, det_thresh=det_thresh, det_size=size)
    app.det_model.prepare(0, nms_thresh=nms_thresh)
    return app


def swapped(image: Image) -> NDArray[np.uint8]:
    """RGB of BGR, and BGR of RGB: a new (H, W, 3) uint8 array.

    Raises
    ------
    ImageError
        Pixels of another type or shape.

    Examples
    --------
    >>> swapped(np.array([[[1, 2, 3]]], np.uint8)).tolist()
    [[[3, 2, 1]]]
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ImageError(f"BGR wants uint8 (H, W, 3), got {image.dtype} {image.shape}")
    other: NDArray[np.uint8] = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    return other


def fitted_into(size: int | Sequence[int], option: str) -> tuple[int, int]:
    """The (width, height) of an option that gives both or the side of a square.

    Raises
    ------
    ConfigError
        A side that is no multiple of 32, the detectors' coarsest stride.

    Examples
    --------
    >>> fitted_into(640, "det_size"), fitted_into([640, 480], "det_size")
    ((640, 640), (640, 480))
    """
    sides = (size, size) if isinstance(size, int) else tuple(size)
    if len(sides) != 2 or any(
        not isinstance(side, int) or side < _STRIDE or side % _STRIDE for side in sides
    ):
        raise ConfigError(
            f"{option} wants a multiple of {_STRIDE} pixels, or (width, height) of such, "
            f"got {size!r}"
        )
    return sides[0], sides[1]


def manifest_file(folder: Path, task: str) -> Path | None:
    """The file that a pack's manifest names for a task; None in a pack without a manifest.

    insightface's packs have had manifests since its version 2. Other packs are told by the names
    or the inputs and outputs of their files.

    Raises
    ------
    ConfigError
        A manifest that insightface cannot read, or one without this task.
    """
    from insightface.model_zoo.package_manifest import (
        has_model_package_manifest,
        load_model_package,
    )

    try:
        if not has_model_package_manifest(folder):
            return None
        return Path(load_model_package(folder).task(task).path)
    except (OSError, TypeError, ValueError) as error:
        raise ConfigError(
            f"the manifest in the folder {str(folder)!r} names no {task}: {first_line(error)}"
        ) from error


def import_insightface(needed_by: str) -> Any:
    """The package.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    try:
        import insightface
    except ModuleNotFoundError as error:
        raise MissingExtraError("insightface", "insightface", needed_by) from error
    return insightface


def _analysis(folder: Path, allowed_modules: Sequence[str] | None) -> Any:
    import_insightface("open_pack")
    from insightface.app import FaceAnalysis

    try:
        return FaceAnalysis(
            name=str(folder),
            allowed_modules=allowed_modules,
            providers=["CPUExecutionProvider"],  # for looking only: see open_pack
        )
    except AssertionError as error:  # that one of the models is a detector
        files = ", ".join(sorted(file.name for file in folder.glob("*.onnx"))) or "no ONNX file"
        asked = f" of {', '.join(allowed_modules)}" if allowed_modules is not None else ""
        raise ConfigError(
            f"insightface finds no detector{asked} in the folder {str(folder)!r}: {files}"
        ) from error
    except Exception as error:
        raise ConfigError(
            f"insightface cannot open the folder {str(folder)!r}: {first_line(error)}"
        ) from error
