import base64
import io

import numpy as np
import pytest
from PIL import Image

from align_eval.image import encode_png
from reports.pngs import data_uri, packed, repacked


def opened(png):
    return Image.open(io.BytesIO(png))


@pytest.fixture
def colour():
    ramp = np.add.outer(np.arange(40), np.arange(60)).astype(np.uint8)
    return np.stack([ramp, ramp // 2, 255 - ramp], axis=2)


def test_pixels_come_back_as_they_were(colour):
    assert np.array_equal(np.asarray(opened(packed(colour))), colour)


def test_gray_is_gray_however_it_is_given(colour):
    gray = colour[:, :, 0]
    for image in (gray, np.stack([gray] * 3, axis=2)):
        assert opened(packed(image)).mode == "L"
        assert np.array_equal(np.asarray(opened(packed(image))), gray)


def test_sixteen_bits_are_stretched_to_eight():
    frame = np.linspace(7000, 9000, 600).reshape(20, 30).astype(np.uint16)
    shown = np.asarray(opened(packed(frame)))
    assert (shown.dtype, shown.min(), shown.max()) == (np.uint8, 0, 255)


def test_an_opaque_picture_is_packed_anew_and_shows_the_same(colour):
    loose = data_uri(encode_png(colour))
    again = repacked(loose)
    assert len(again) < len(loose)
    assert np.array_equal(np.asarray(opened(base64.b64decode(again.partition(",")[2]))), colour)


def test_transparent_pixels_are_left_alone(colour):
    buffer = io.BytesIO()
    alpha = np.concatenate([colour, colour[:, :, :1]], axis=2)
    Image.fromarray(alpha).save(buffer, format="png")
    assert repacked(data_uri(buffer.getvalue())) == data_uri(buffer.getvalue())
