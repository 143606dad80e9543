"""Reading, writing and warping images: the only place where OpenCV touches stored pixels.

An image is RGB uint8 (H, W, 3), or gray uint8 or uint16 (H, W). OpenCV's BGR never leaves here.
"""

import stat
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, get_ident
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from align_eval.atomic import write_bytes
from align_eval.errors import AlignEvalError, ConfigError, ImageError
from align_eval.image_header import check, is_gray_png, is_tiff, orientation
from align_eval.similarity import Affine

Image = NDArray[Any]

_T = TypeVar("_T")
_R = TypeVar("_R")


def warp(image: Image, transform: Affine, size: tuple[int, int]) -> Image:
    """Resample an image under `transform` (image → crop), bilinear, black outside.

    Parameters
    ----------
    image : Image
        Any depth and number of channels; kept.
    transform : Affine
        One transform, from image pixels to crop pixels.
    size : tuple of int
        (width, height) of the crop.
    """
    warped: Image = cv2.warpAffine(image, transform.matrix, size, flags=cv2.INTER_LINEAR)
    return warped


def shrink(image: Image, longest: int) -> Image:
    """The image with no side longer than `longest` pixels, by means of areas; never enlarged.

    A point p of the image is at ``(p + 0.5) * factor - 0.5`` of the smaller one.

    Examples
    --------
    >>> shrink(np.zeros((40, 100), np.uint8), 50).shape
    (20, 50)
    """
    height, width = image.shape[:2]
    factor = longest / max(height, width)
    if factor >= 1:
        return image
    size = max(round(width * factor), 1), max(round(height * factor), 1)
    smaller: Image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return smaller


def to_rgb(image: Image) -> NDArray[np.uint8]:
    """RGB uint8 of any image; 16-bit is scaled by its own minimum and maximum."""
    eight = to_uint8(image)
    return np.repeat(eight[..., None], 3, axis=2) if eight.ndim == 2 else eight


def to_gray(image: Image) -> NDArray[np.uint8]:
    """Gray uint8 of any image (ITU-R BT.601 weights)."""
    eight = to_uint8(image)
    if eight.ndim == 2:
        return eight
    gray: NDArray[np.uint8] = cv2.cvtColor(eight, cv2.COLOR_RGB2GRAY)
    return gray


def to_uint8(image: Image) -> NDArray[np.uint8]:
    """8 bits per channel: unchanged if it has them, else stretched from minimum to maximum."""
    if image.dtype == np.uint8:
        return image
    low, high = float(image.min()), float(image.max())
    scaled = (image.astype(np.float64) - low) * (255.0 / max(high - low, 1.0))
    return np.rint(scaled).astype(np.uint8)


def read_image(path: str | Path) -> Image:
    """Read a photograph or a thermal frame, upright as its EXIF block says.

    Parameters
    ----------
    path : str or Path
        JPEG (gray, colour, CMYK), PNG, TIFF, WebP, BMP, … ; the content decides, not the name.

    Returns
    -------
    Image
        RGB uint8 (H, W, 3), or gray (H, W) in the file's own 8 or 16 bits. Colour of 16 bits
        becomes 8 bits by v / 257, rounded. What is transparent is laid over black.

    Raises
    ------
    ImageError
        A file that is missing, empty, truncated, damaged, no image, of more than 200
        million pixels, or of another depth (such as floating point). A JPEG that was cut and then
        closed with an end marker cannot be told from a whole one, and is read.
    """
    data = _read_bytes(Path(path))
    try:
        return decode_image(data)
    except ImageError as error:
        raise ImageError(f"{path}: {error}") from error.__cause__


def decode_image(data: bytes) -> Image:
    """The image that the bytes of a file hold, as `read_image` gives it.

    Raises
    ------
    ImageError
        See `read_image`.
    """
    if not data:
        raise ImageError("the image is empty (0 bytes)")
    check(data)
    return _standard(*_decode(data), data)


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A picklable way to read an image later: what `Face.load` is for faces in files.

    Parameters
    ----------
    path : Path
        See `read_image`.
    """

    path: Path

    def __call__(self) -> Image:
        """Read it.

        Raises
        ------
        ImageError
            See `read_image`.
        """
        return read_image(self.path)


def encode_png(image: Image) -> bytes:
    """An image as the bytes of a PNG file: RGB uint8 (H, W, 3), or gray uint8 or uint16 (H, W).

    Raises
    ------
    ImageError
        Another shape or depth, or no pixels.

    Examples
    --------
    >>> encode_png(np.zeros((2, 3), dtype=np.uint8))[1:4]
    b'PNG'
    """
    colour = image.ndim == 3 and image.shape[2] == 3 and image.dtype == np.uint8
    gray = image.ndim == 2 and image.dtype in (np.uint8, np.uint16)
    if not (colour or gray) or image.size == 0:
        raise ImageError(
            f"a PNG wants RGB uint8 (H, W, 3) or gray uint8 or uint16 (H, W), got {image.dtype} "
            f"{image.shape}"
        )
    pixels = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if colour else image
    encoded: bytes = cv2.imencode(".png", pixels)[1].tobytes()
    return encoded


def write_png(path: str | Path, image: Image) -> None:
    """Write an image as PNG; a reader sees the whole new file, or what was there before.

    Raises
    ------
    ImageError
        See `encode_png`.
    DataError
        The place cannot be written.
    """
    write_bytes(Path(path), encode_png(image))


def prefetch(
    items: Iterable[_T], load: Callable[[_T], _R], workers: int = 2, ahead: int = 8
) -> Generator[tuple[_T, _R | AlignEvalError]]:
    """Run `load` over items in threads, a little ahead of whoever consumes the results.

    Parameters
    ----------
    items : iterable
        Consumed as needed; may be endless.
    load : callable
        Called once for each item, in a thread.
    workers : int
        Number of threads, at least 1.
    ahead : int
        How many items may be loaded or loading before they are asked for, at least 1. This
        bounds the memory.

    Yields
    ------
    item, result
        In the order of `items`, none left out. A known error of one item is its result; any
        other exception is raised when its turn comes. The threads end with the iterator, also
        when it is closed early: whoever may stop before its end closes it (`contextlib.closing`).

    Raises
    ------
    ConfigError
        Fewer than one worker, or fewer than one item ahead.

    Examples
    --------
    >>> list(prefetch([1, 2, 3], lambda n: n * n))
    [(1, 1), (2, 4), (3, 9)]
    """
    if workers < 1 or ahead < 1:
        raise ConfigError(f"reading wants workers ≥ 1 and ahead ≥ 1, got {workers} and {ahead}")
    return _prefetched(iter(items), load, workers, ahead)


def _prefetched(
    items: Iterator[_T], load: Callable[[_T], _R], workers: int, ahead: int
) -> Generator[tuple[_T, _R | AlignEvalError]]:
    own: set[int] = set()
    pool = ThreadPoolExecutor(
        workers, thread_name_prefix="prefetch", initializer=lambda: own.add(get_ident())
    )
    waiting: deque[tuple[_T, Future[_R]]] = deque()
    try:
        for item in items:
            waiting.append((item, pool.submit(load, item)))
            if len(waiting) >= ahead:
                first, future = waiting.popleft()
                yield first, _outcome(future)
        for item, future in waiting:
            yield item, _outcome(future)
    finally:
        # One that nobody closed is closed by the garbage collector, which may run in a thread of
        # the pool: a thread cannot wait for itself.
        pool.shutdown(wait=get_ident() not in own, cancel_futures=True)


def _outcome(future: "Future[_R]") -> Any:
    try:
        return future.result()
    except AlignEvalError as error:
        return error


def _read_bytes(path: Path) -> bytes:
    try:
        if stat.S_ISFIFO(path.stat().st_mode):  # reading it would wait for ever
            raise ImageError(f"{path}: a pipe, not an image")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ImageError(f"{path}: the image is missing") from error
    except IsADirectoryError as error:
        raise ImageError(f"{path}: a folder, not an image") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ImageError(f"{path}: cannot be opened: {reason}") from error
    if not data:
        raise ImageError(f"{path}: the file is empty (0 bytes)")
    return data


_quiet_lock = Lock()
_quiet_threads = 0
_quiet_before = 0


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep OpenCV's log silent while any thread decodes, then put its level back."""
    global _quiet_threads, _quiet_before  # noqa: PLW0603  the level is OpenCV's global, too
    with _quiet_lock:
        if _quiet_threads == 0:
            _quiet_before = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        _quiet_threads += 1
    try:
        yield
    finally:
        with _quiet_lock:
            _quiet_threads -= 1
            if _quiet_threads == 0:
                cv2.utils.logging.setLogLevel(_quiet_before)


def _decode(data: bytes) -> tuple[Image, int]:
    """The pixels as stored (gray, BGR or BGRA), and the EXIF orientation they still need."""
    try:
        with _quiet():
            pixels, kinds, blocks = cv2.imdecodeWithMetadata(
                np.frombuffer(data, np.uint8), flags=cv2.IMREAD_UNCHANGED
            )
    except cv2.error as error:
        reason = str(error.err).strip() or "OpenCV cannot decode it"
        raise ImageError(f"no image that can be read ({reason})") from error
    if pixels is None:
        raise ImageError("no image that can be read")
    exif = [block for kind, block in zip(kinds, blocks, strict=True) if kind == 0]
    return pixels, orientation(np.asarray(exif[0]).tobytes()) if exif else 1


def _standard(pixels: Image, turn: int, data: bytes) -> Image:
    """Stored pixels as this package wants them; see `read_image`."""
    if pixels.dtype not in (np.uint8, np.uint16):
        raise ImageError(f"pixels of type {pixels.dtype}; wanted 8 or 16 unsigned bits")
    if pixels.ndim == 3 and pixels.shape[2] not in (3, 4):
        raise ImageError(f"{pixels.shape[2]} channels; wanted gray, colour, or colour with alpha")
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        # OpenCV's TIFF reader has laid 8-bit colour over black already.
        laid = is_tiff(data) and pixels.dtype == np.uint8
        pixels = pixels[..., :3] if laid else _over_black(pixels)
        if is_gray_png(data):
            pixels = np.ascontiguousarray(pixels[..., 0])
    if pixels.ndim == 3 and pixels.dtype == np.uint16:
        pixels = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    if pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
    return _upright(pixels, turn)


def _over_black(pixels: Image) -> Image:
    full = np.iinfo(pixels.dtype).max
    laid = pixels[..., :3].astype(np.float64) * (pixels[..., 3:] / full)
    return np.rint(laid).astype(pixels.dtype)


def _upright(pixels: Image, turn: int) -> Image:
    """Undo an EXIF orientation: 5 to 8 are transposed, the others only flipped."""
    if turn >= 5:
        pixels = pixels.swapaxes(0, 1)
    if turn in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if turn in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)
