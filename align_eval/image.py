"""Reading and warping images: the only place where OpenCV touches stored pixels.

An image is RGB uint8 (H, W, 3), or gray uint8 or uint16 (H, W). OpenCV's BGR never leaves here.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from align_eval.similarity import Affine

Image = NDArray[Any]


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
