"""The XML files of dlib's imglab: images, boxes, and named points in them.

::

    <dataset><images>
      <image file="001/TH/TH_001_1_01_NN.bmp">
        <box top="10" left="37" width="87" height="96">
          <part name="mouthcorner_left" x="86" y="83"/>

A document type is refused before anything is read: entities that grow without bound, or that name
files, have no use in such a file.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

import numpy as np

from align_eval.errors import DataError
from align_eval.faces import Box


class Part(NamedTuple):
    """A named point, in pixels."""

    name: str
    x: float
    y: float


class MarkedBox(NamedTuple):
    """A box and the points that were marked in it, in the file's order; a name may stand twice."""

    box: Box
    parts: tuple[Part, ...]


class MarkedImage(NamedTuple):
    """An image, as the file names it, and what was marked in it."""

    file: str
    boxes: tuple[MarkedBox, ...]


def read_dlib_xml(path: Path) -> tuple[MarkedImage, ...]:
    """The images of a file, in its order.

    Raises
    ------
    DataError
        A file that cannot be read, XML that is damaged or brings a document type, an image without
        a name, a box or point with a number missing or not finite, or one outside an image.
    """
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(path.read_bytes(), True)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    except expat.ExpatError as error:
        raise DataError(f"{path.name}: no XML that can be read: {error}") from error
    except _FormatError as fault:
        raise DataError(f"{path.name}, line {parser.CurrentLineNumber}: {fault}") from fault
    return tuple(
        MarkedImage(name, tuple(MarkedBox(box, tuple(parts)) for box, parts in boxes))
        for name, boxes in reader.images
    )


class _FormatError(Exception):
    """What is wrong at the place that the parser stands at."""


def _refuse(*_: object) -> None:
    raise _FormatError("XML with a document type is not read")


class _Reader:
    """Collects images from the starts of elements; what it does not know it passes over."""

    def __init__(self) -> None:
        self.images: list[tuple[str, list[tuple[Box, list[Part]]]]] = []
        self._known: dict[str, Callable[[dict[str, str]], None]] = {
            "image": self._image,
            "box": self._box,
            "part": self._part,
        }

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if tag in self._known:
            self._known[tag](attributes)

    def _image(self, attributes: dict[str, str]) -> None:
        self.images.append((_text("image", "file", attributes), []))

    def _box(self, attributes: dict[str, str]) -> None:
        if not self.images:
            raise _FormatError("a box stands outside an image")
        left, top, width, height = (
            _number("box", key, attributes) for key in ("left", "top", "width", "height")
        )
        if min(width, height) <= 0:
            raise _FormatError(
                f"a box wants width and height above 0, got {width:g} and {height:g}"
            )
        self.images[-1][1].append((Box(left, top, width, height), []))

    def _part(self, attributes: dict[str, str]) -> None:
        if not self.images or not self.images[-1][1]:
            raise _FormatError("a part stands outside a box")
        x, y = (_number("part", key, attributes) for key in ("x", "y"))
        self.images[-1][1][-1][1].append(Part(_text("part", "name", attributes), x, y))


def _text(tag: str, key: str, attributes: dict[str, str]) -> str:
    if not attributes.get(key):
        raise _FormatError(f"a <{tag}> wants {key!r}")
    return attributes[key]


def _number(tag: str, key: str, attributes: dict[str, str]) -> float:
    given = _text(tag, key, attributes)
    try:
        value = float(given)
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise _FormatError(f"a <{tag}> wants a finite number for {key!r}, got {given!r}")
    return value
