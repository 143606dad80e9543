"""The values that a pickle of images and labels is made of, without the objects that it names.

Whatever a file calls its globals, they are only words here: `MAKERS` says what this package makes
of the few that NumPy and Python 2 write.
"""

from collections.abc import Callable, Mapping
from math import prod
from types import MappingProxyType
from typing import Any, NamedTuple


class RefusalError(Exception):
    """Why a pickle is not read."""


class Array:
    """An array as a file gives it: its kind, ``"u1"`` or ``"b1"``, and one byte an element."""

    __slots__ = ("data", "kind")

    def __init__(self) -> None:
        self.kind, self.data = "", b""


class Name(NamedTuple):
    """A global that is known by name alone; it is not the object of that name."""

    module: str
    name: str


class DType:
    """A NumPy type of one byte, ``"u1"`` or ``"b1"``."""

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        self.kind = kind


_NUMPY = ("numpy.core", "numpy._core")
NAMES = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),
    *((f"{core}.multiarray", name) for core in _NUMPY for name in ("_reconstruct", "scalar")),
    *((f"{core}.numeric", "_frombuffer") for core in _NUMPY),
}


def filled(array: Array, kind: object, shape: object, data: object) -> Array:
    """An array with its elements, if their number is that of its shape."""
    sizes = shape if isinstance(shape, tuple) else ()
    if not isinstance(kind, DType) or not isinstance(data, bytes):
        raise RefusalError("an array that is not of bytes or booleans")
    if not sizes or not all(isinstance(n, int) and n >= 0 for n in sizes):
        raise RefusalError("an array without a shape")
    if len(sizes) > 3 or prod(sizes) != len(data):
        raise RefusalError(f"an array of {len(data):,} bytes with another shape")
    array.kind, array.data = kind.kind, data
    return array


def text_of(value: object) -> str:
    """A text, or bytes that Python 2 means as text; also the only one of a tuple."""
    if isinstance(value, tuple):
        value = value[0] if len(value) == 1 else None
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else ""


def shown(text: str) -> str:
    """A text of the file for a message, cut to a length that a line holds."""
    return repr(text if len(text) <= 60 else text[:57] + "…")


def _new_array(arguments: tuple[Any, ...]) -> Array:
    if not arguments or arguments[0] != Name("numpy", "ndarray"):
        raise RefusalError("an array of another class than numpy.ndarray")
    return Array()


def _new_dtype(arguments: tuple[Any, ...]) -> DType:
    kind = text_of(arguments[:1])
    if kind not in ("u1", "b1"):
        raise RefusalError(f"an array of the type {shown(kind)}; wanted bytes ('u1') or booleans")
    return DType(kind)


def _from_buffer(arguments: tuple[Any, ...]) -> Array:
    if len(arguments) != 4:
        raise RefusalError("an array wants its bytes, type, shape and order")
    data, kind, shape, _ = arguments
    return filled(Array(), kind, shape, data)


def _scalar(arguments: tuple[Any, ...]) -> bool | int:
    kind, data = arguments if len(arguments) == 2 else (None, None)
    if not isinstance(kind, DType) or not isinstance(data, bytes) or len(data) != 1:
        raise RefusalError("a number that is no byte and no boolean")
    return bool(data[0]) if kind.kind == "b1" else data[0]


def _encoded(arguments: tuple[Any, ...]) -> bytes:
    """Bytes that Python 3 wrote as text, for Python 2 to read; they are never longer than it."""
    text, coding = arguments if len(arguments) == 2 else ("", "")
    if not isinstance(text, str) or text_of(coding) not in ("latin1", "latin-1"):
        raise RefusalError("text that is encoded otherwise than bytes are")
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise RefusalError("text that is encoded otherwise than bytes are") from None


def _made_directly(arguments: tuple[Any, ...]) -> Array:
    raise RefusalError("an array that is made without its elements")


MAKERS: Mapping[str, Callable[[tuple[Any, ...]], Any]] = MappingProxyType(
    {
        "_reconstruct": _new_array,
        "dtype": _new_dtype,
        "_frombuffer": _from_buffer,
        "scalar": _scalar,
        "encode": _encoded,
        "ndarray": _made_directly,
    }
)
