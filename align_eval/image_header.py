"""What the bytes of an image file say before they are decoded."""

import re
import struct
import zlib
from typing import NamedTuple

from align_eval.errors import ImageError

MAX_PIXELS = 200_000_000


class _Header(NamedTuple):
    """What the bytes of a file say before it is decoded; size is (width, height)."""

    size: tuple[int, int] | None
    complete: bool


_JPEG, _PNG, _TIFF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", (b"II*\0", b"MM\0*")
# A marker is 0xFF and a byte that is no stuffing (00), no fill (FF) and no restart (D0–D7).
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


def check(data: bytes) -> None:
    r"""Refuse what OpenCV would half decode, decode at any cost, or complain about on stderr.

    Parameters
    ----------
    data : bytes
        A whole file. Only JPEG and PNG are looked at; other formats are left to the decoder.

    Raises
    ------
    ImageError
        More than `MAX_PIXELS` pixels declared, a file that ends too early, or a PNG chunk whose
        checksum is wrong.

    Examples
    --------
    >>> check(b"\xff\xd8\xff\xe0 and then nothing")
    Traceback (most recent call last):
        ...
    align_eval.errors.ImageError: the image is truncated (21 bytes)
    """
    if data.startswith(_JPEG):
        header = _jpeg_header(data)
    elif data.startswith(_PNG):
        header = _png_header(data)
    else:
        return
    if header.size and header.size[0] * header.size[1] > MAX_PIXELS:
        raise ImageError(
            f"{header.size[0]} × {header.size[1]} pixels; at most {MAX_PIXELS:,} are read"
        )
    if not header.complete:
        raise ImageError(f"the image is truncated ({len(data)} bytes)")


def _jpeg_header(data: bytes) -> _Header:
    """Walk the segments, so that an end marker inside a thumbnail is passed over."""
    size, position = None, 2
    while found := _MARKER.search(data, position):
        position = found.end()
        marker = data[position - 1]
        if marker == 0xD9:
            return _Header(size, True)
        if marker in (0x01, 0xD8):
            continue
        if marker in _START_OF_FRAME and len(data) >= position + 7:
            height, width = struct.unpack_from(">HH", data, position + 3)
            size = (width, height)
        position += max(int.from_bytes(data[position : position + 2], "big"), 2)
    return _Header(size, False)


def _png_header(data: bytes) -> _Header:
    """Walk the chunks to IEND; libpng would write of a damaged one straight to stderr."""
    size, position = None, len(_PNG)
    while position + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        body = memoryview(data)[position + 4 : position + 8 + length]
        position += 12 + length
        if position > len(data):
            break
        if kind[:1].isupper() and zlib.crc32(body) != int.from_bytes(
            data[position - 4 : position], "big"
        ):
            raise ImageError(f"the image is damaged (checksum of its {kind.decode('latin-1')})")
        if kind == b"IHDR" and length >= 8:
            size = struct.unpack_from(">II", body, 4)
        if kind == b"IEND":
            return _Header(size, True)
    return _Header(size, False)


def is_tiff(data: bytes) -> bool:
    """Whether a file is a TIFF."""
    return data.startswith(_TIFF)


def is_gray_png(data: bytes) -> bool:
    """Whether a file is a gray PNG, with or without alpha (colour types 0 and 4)."""
    return data.startswith(_PNG) and data[25] in (0, 4)


def orientation(exif: bytes) -> int:
    r"""Tag 0x0112 of an EXIF block (TIFF 6.0), 1 to 8; a damaged block turns nothing, as 1.

    Examples
    --------
    >>> orientation(b"II*\0" + struct.pack("<IHHHIHH", 8, 1, 0x0112, 3, 1, 6, 0))
    6
    """
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", exif, 4)
        (count,) = struct.unpack_from(order + "H", exif, start)
        for i in range(count):
            tag, _, _, value = struct.unpack_from(order + "HHIH", exif, start + 2 + 12 * i)
            if tag == 0x0112:
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1
