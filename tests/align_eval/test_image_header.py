"""What a file's bytes say of it holds at every point where it could have been cut."""

import io
import struct

import numpy as np
import pytest
from PIL import Image as Pillow

from align_eval.errors import ImageError
from align_eval.image_header import check, is_gray_png, is_tiff, orientation


def encoded(kind, mode="RGB", **options):
    noise = np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Pillow.fromarray(noise).convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_every_shorter_file_is_truncated_and_the_whole_is_not(kind):
    data = encoded(kind)
    check(data)
    for end in range(8, len(data)):
        with pytest.raises(ImageError, match=r"truncated \(\d+ bytes\)"):
            check(data[:end])


def test_other_formats_are_left_to_the_decoder():
    check(encoded("BMP")[:20])


def test_a_changed_byte_of_png_pixels_is_damage():
    data = bytearray(encoded("PNG"))
    data[data.index(b"IDAT") + 20] ^= 1
    with pytest.raises(ImageError, match="checksum of its IDAT"):
        check(bytes(data))


def test_kinds_are_told_by_content():
    assert is_gray_png(encoded("PNG", "LA"))
    assert is_gray_png(encoded("PNG", "L"))
    assert not is_gray_png(encoded("PNG"))
    assert not is_gray_png(encoded("JPEG", "L"))
    assert is_tiff(encoded("TIFF"))
    assert not is_tiff(encoded("PNG"))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("stored", "turn"), [(1, 1), (6, 6), (8, 8), (0, 1), (9, 1)])
def test_orientation_is_read_in_both_byte_orders(order, stored, turn):
    head = b"II*\0" if order == "<" else b"MM\0*"
    other = struct.pack(order + "HHII", 0x0100, 4, 1, 640)
    tag = struct.pack(order + "HHIHH", ORIENTATION, 3, 1, stored, 0)
    block = head + struct.pack(order + "IH", 8, 2) + other + tag
    assert orientation(block) == turn


ORIENTATION = 0x0112


@pytest.mark.parametrize("block", [b"", b"II", b"II*\0\xff\xff\xff\xff", b"garbage!" * 4])
def test_a_block_without_sense_turns_nothing(block):
    assert orientation(block) == 1
