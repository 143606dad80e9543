"""Colour as Earp et al. (Sub-pixel face landmarks, 2020) augment it: PCA noise and colour jitter.

PCA noise is AlexNet's (Krizhevsky, Sutskever and Hinton, NIPS 2012, section 4.1): the same random
amounts of the principal components of the training images' colours are added to every pixel. The
jitter is Gluon's: brightness, contrast and saturation. As in Gluon, values are not clipped; so the
three commute, and Gluon's random order is left out.

Gray images have one component, so that PCA noise adds one number to all pixels; saturation has no
effect on them. What is left is a gain and an offset. A network that standardises its input
(`landmark_models.nets.layers.standardised`) does not see those, unless values are clipped between.
"""

from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from align_eval.errors import ConfigError

Floats = NDArray[np.float32]
SIGMA = 0.05
JITTER = 0.4
_WHITE = 255.0
_LUMA = np.array([0.299, 0.587, 0.114])


class Components(NamedTuple):
    """Principal components of the colours of training images.

    Parameters
    ----------
    values : (C,) float
        Variances along the components of values from 0 to 1, times 255 (so has Gluon them for
        values from 0 to 255); the largest first.
    vectors : (C, C) float
        The components, unit vectors in columns.
    """

    values: NDArray[np.float64]
    vectors: NDArray[np.float64]


IMAGENET = Components(
    np.array([55.46, 4.794, 1.148]),
    np.array([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]]),
)
"""Of ImageNet's images, red, green and blue, as Gluon has them."""


def components_of(images: NDArray[np.uint8] | Floats) -> Components:
    """The components of training images.

    Parameters
    ----------
    images : (N, H, W) or (N, H, W, 3)
        Values from 0 to 255.

    Raises
    ------
    ConfigError
        Another shape.

    Examples
    --------
    >>> components_of(np.array([[[0, 255]]]))
    Components(values=array([63.75]), vectors=array([[1.]]))
    """
    channels = _channels(images, 3)
    pixels = images.reshape(-1, channels) / _WHITE
    covariance = np.cov(pixels, rowvar=False, bias=True).reshape(channels, channels)
    values, vectors = np.linalg.eigh(covariance)
    return Components(_WHITE * values[::-1].clip(min=0), vectors[:, ::-1])


def pca_noise(
    image: Floats, components: Components, rng: Generator, sigma: float = SIGMA
) -> Floats:
    """Add a random colour, the same one to every pixel.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) float32
        Values from 0 to 255.
    components : Components
        Of as many channels.
    rng : Generator
        One normal number is drawn for each component.
    sigma : float
        Standard deviation of the shares of the components' values that are added.

    Raises
    ------
    ConfigError
        An image of another shape.
    """
    channels = _channels(image, 2)
    if channels != len(components.values):
        raise ConfigError(
            f"PCA noise of {len(components.values)} channels wants such an image, got {channels}"
        )
    shares = rng.normal(0, sigma, channels)
    added = components.vectors @ (shares * components.values)
    return image + (added if image.ndim == 3 else added[0]).astype(np.float32)


def jittered(
    image: Floats,
    rng: Generator,
    brightness: float = JITTER,
    contrast: float = JITTER,
    saturation: float = JITTER,
) -> Floats:
    """Change brightness, contrast and saturation.

    Each is a mixture a · image + (1 − a) · reference with a drawn from 1 − range to 1 + range. The
    reference is black for the brightness, the image's mean gray value for the contrast, and each
    pixel's gray value for the saturation.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) float32
        Values from 0 to 255; red, green and blue.
    rng : Generator
        The same numbers are drawn for gray and for colour images.
    brightness, contrast, saturation : float
        The ranges, 0 to 1; 0 changes nothing.

    Raises
    ------
    ConfigError
        An image of another shape.
    """
    _channels(image, 2)
    ranges = (brightness, contrast, saturation)
    factors = 1 + rng.uniform(-1, 1, 3) * ranges
    for reference, share in zip((_black, _mean, _pale), factors.astype(np.float32), strict=True):
        image = _mixed(image, reference(image), share)
    return image


def gray_of(image: Floats) -> Floats:
    """(H, W) gray values of an image, weighted as in Gluon."""
    return image if image.ndim == 2 else image @ _LUMA.astype(np.float32)


def _mixed(image: Floats, reference: Floats, share: np.float32) -> Floats:
    return image if share == 1 else share * image + (1 - share) * reference


def _black(image: Floats) -> Floats:
    return np.zeros((), np.float32)


def _mean(image: Floats) -> Floats:
    return np.asarray(gray_of(image).mean(dtype=np.float64), np.float32)


def _pale(image: Floats) -> Floats:
    return image if image.ndim == 2 else gray_of(image)[..., None]


def _channels(images: NDArray[np.generic], axes: int) -> int:
    """How many, of images whose gray ones have so many axes."""
    if images.ndim == axes:
        return 1
    if images.ndim == axes + 1 and images.shape[-1] == 3:
        return 3
    shape = "(H, W) or (H, W, 3)" if axes == 2 else "(N, H, W) or (N, H, W, 3)"
    raise ConfigError(f"colours want the shape {shape}, got {images.shape}")
