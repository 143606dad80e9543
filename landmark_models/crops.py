"""Crops and smaller copies of images, each with the transform back to the image.

Pixel centres are integers, so a copy that is s times as large maps x to ``(x + ½)·s − ½``.
"""

from typing import Literal

import cv2
import numpy as np

from align_eval.faces import Box
from align_eval.image import Image
from align_eval.similarity import Affine

Border = Literal["constant", "replicate"]

_BORDERS = {"constant": cv2.BORDER_CONSTANT, "replicate": cv2.BORDER_REPLICATE}


def cut(
    image: Image, box: Box, size: tuple[int, int], border: Border = "constant"
) -> tuple[Image, Affine]:
    """The part of an image under a box, resampled bilinearly.

    A box at least twice as large as the crop is first shrunk by averaging, so that no pixel is
    skipped.

    Parameters
    ----------
    image : Image
        Any depth and number of channels; kept.
    box : Box
        What to cut out, in pixels; may lie partly outside.
    size : (int, int)
        (width, height) of the crop.
    border : {"constant", "replicate"}
        Outside the image: black, or the nearest pixel.

    Returns
    -------
    crop : Image
        height × width.
    back : Affine
        Crop pixels → image pixels.

    Examples
    --------
    >>> image = np.arange(16, dtype=np.uint8).reshape(4, 4)
    >>> crop, back = cut(image, Box(0.5, 0.5, 2, 2), (2, 2))
    >>> crop.tolist(), back([[0, 0]]).tolist()
    ([[5, 6], [9, 10]], [[1.0, 1.0]])
    """
    step_x, step_y = box.width / size[0], box.height / size[1]
    back = Affine([[step_x, 0, box.x + step_x / 2], [0, step_y, box.y + step_y / 2]])
    return _sampled(image, back.inverse, min(step_x, step_y), size, border), back


def turned(
    image: Image, place: Affine, size: tuple[int, int], border: Border = "constant"
) -> tuple[Image, Affine]:
    """An image under a transform, resampled bilinearly.

    An image at least twice as large as in the crop is first shrunk by averaging, as by `cut`.

    Parameters
    ----------
    image : Image
        Any depth and number of channels; kept.
    place : Affine
        Image pixels → crop pixels.
    size : (int, int)
        (width, height) of the crop.
    border : {"constant", "replicate"}
        Outside the image: black, or the nearest pixel.

    Returns
    -------
    crop : Image
        height × width.
    back : Affine
        Crop pixels → image pixels.

    Examples
    --------
    >>> image = np.arange(16, dtype=np.uint8).reshape(4, 4)
    >>> crop, back = turned(image, Affine([[0, 1, 0], [-1, 0, 3]]), (4, 4))
    >>> crop[:2].tolist(), back([[0, 0]]).tolist()
    ([[3, 7, 11, 15], [2, 6, 10, 14]], [[3.0, 0.0]])
    """
    factor = float(np.sqrt(abs(np.linalg.det(place.matrix[:, :2]))))
    return _sampled(image, place, 1 / factor, size, border), place.inverse


def resized(image: Image, longest: int) -> tuple[Image, Affine]:
    """A copy whose longer side has `longest` pixels, and the transform from it to the image.

    Shrinking averages; enlarging is bilinear.

    Examples
    --------
    >>> copy, back = resized(np.zeros((100, 200), np.uint8), 50)
    >>> copy.shape, back([[-0.5, -0.5], [49.5, 24.5]]).tolist()
    ((25, 50), [[-0.5, -0.5], [199.5, 99.5]])
    """
    return _scaled(image, longest / max(image.shape[:2]))


def _sampled(
    image: Image, place: Affine, step: float, size: tuple[int, int], border: Border
) -> Image:
    """An image under a transform; `step` image pixels to a crop pixel, averaged from two on."""
    small, to_image = _scaled(image, 1 / max(1, int(step)))
    crop: Image = cv2.warpAffine(
        small,
        (place @ to_image).matrix,
        size,
        flags=cv2.INTER_LINEAR,
        borderMode=_BORDERS[border],
    )
    return crop


def _scaled(image: Image, factor: float) -> tuple[Image, Affine]:
    """A scaled copy; the transform back is exact for the whole pixels that the copy really has."""
    if factor == 1:
        return image, Affine(np.eye(2, 3))
    height, width = image.shape[:2]
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    copy: Image = cv2.resize(image, size, interpolation=method)
    x, y = width / size[0], height / size[1]
    return copy, Affine([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2]])
