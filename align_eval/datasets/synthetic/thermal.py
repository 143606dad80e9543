"""The temperature that a long-wave infrared camera would read off a rendered head.

Skin follows anatomy (`_regions`), the person's own vessels (`_vessels`) and own smooth deviations,
and the state of the session: how warm the room is, how long ago the person came in from the cold or
stopped running, how wide the vessels are. What covers the skin hides it: glass, plastic, cloth and
dense hair are opaque at 8 to 14 µm. Surfaces seen at a grazing angle emit less and mirror the room
(Watmough, Fowler and Oliver, *The thermal scanning of a curved isothermal surface*, Physics in
Medicine and Biology 15, 1970), and ridges lose more heat than creases.
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic import chart
from align_eval.datasets.synthetic._coverings import COVERINGS, Covered
from align_eval.datasets.synthetic._regions import regions_of
from align_eval.datasets.synthetic._skin_heat import skin_map
from align_eval.datasets.synthetic._thermal_state import ThermalState, rng_of, state_of
from align_eval.datasets.synthetic._unrolled import FloatImage
from align_eval.datasets.synthetic.complexion import complexion
from align_eval.datasets.synthetic.mesh import HeadModel, Part
from align_eval.datasets.synthetic.person import Person
from align_eval.datasets.synthetic.raster import Surface

__all__ = ["ThermalState", "emissivity", "state_of", "temperature"]

Values = NDArray[np.float32]

_EARS_COOLING = np.float32(1.5)  # °C at their rims
_ROUGH = (Part.HAIR, Part.CLOTH, Part.HAT)  # fibres trap what they do not emit
_INDEX = 1.35  # of refraction of moist skin at 8 to 14 µm
_BROW, _STUBBLE, _BEARD, _SCALP = 0.11, 0.05, 0.18, 0.16  # shares of the way to the room
_HAIR_SPREAD = 1.2  # degrees on the chart
_RELIEF = (Part.SKIN, Part.HAND)
_WARM = (*_RELIEF, Part.EYEBALL, Part.EYE_SOCKET, Part.MOUTH, Part.TEETH, Part.TONGUE)
_CREASE = 0.07  # °C for each inverse eye distance of curvature
_USUAL_CURVATURE, _MOST_CURVATURE = 1.7, 7.0
_SMOOTHING, _AROUND = 0.035, 0.14  # eye distances: of curvature, and of what counts as near skin


def temperature(
    surface: Surface, head: HeadModel, person: Person, state: ThermalState
) -> FloatImage:
    """What each pixel reads, before the camera's own faults.

    Parameters
    ----------
    surface : Surface
        What the pixels see.
    head : HeadModel
        The model that the head is made of.
    person : Person
        Whose brows, beard and hair these are.
    state : ThermalState
        The session.

    Returns
    -------
    (H, W) float32
        Apparent temperature in °C, as a camera set to an emissivity of 1 reads it.
    """
    image = _background(state, surface.mask.shape)
    parts, canonical, normals = surface.parts, surface.canonical, surface.normals()
    if not len(parts):
        return image
    positions = surface.positions
    scale = _pixels_per_unit(surface, positions)
    celsius = _skin(head, person, state, canonical)
    celsius -= _CREASE * _curvature(surface, parts, normals, scale)
    near = _around(surface, parts, scale)
    for part in np.unique(parts):
        if part in COVERINGS:
            at = np.flatnonzero(parts == part)
            covered = Covered(canonical[at], celsius[at], near[at], head, person, state)
            celsius[at] = COVERINGS[Part(part)](covered)
    cosine = -np.einsum("md,md->m", normals, positions) / np.linalg.norm(positions, axis=1)
    # What the skin mirrors is the room at the head's outline, and other skin within it.
    mirrored = (1 - emissivity(cosine)) * np.clip(2 - 2 * near, 0, 1)
    mirrored[_among(parts, _ROUGH)] = 0
    image[surface.mask] = celsius + mirrored * (np.float32(state.ambient) - celsius)
    return image


def emissivity(cosine: NDArray[np.floating]) -> Values:
    """The share of a black body's radiation that skin emits towards a viewer.

    Kirchhoff's law with Fresnel's reflectance for unpolarised light at an index of refraction of
    1.35: 0.98 at normal view, 0.94 at 60°, and 0 at grazing view.

    Parameters
    ----------
    cosine : (M,) float
        Of the angle between the normal and the direction to the viewer; below 0 counts as 0.

    >>> [round(float(share), 2) for share in emissivity(np.cos(np.radians([0, 60, 75])))]
    [0.98, 0.94, 0.78]
    """
    table = _fresnel()
    places = np.clip(cosine * np.float32(len(table) - 1) + np.float32(0.5), 0, len(table) - 1)
    share: Values = table[places.astype(np.intp)]
    return share


@lru_cache(maxsize=1)
def _fresnel() -> Values:
    cosine = np.linspace(0, 1, 1024)
    inside = np.sqrt(1 - (1 - cosine**2) / _INDEX**2)
    across = (cosine - _INDEX * inside) / (cosine + _INDEX * inside)
    along = (_INDEX * cosine - inside) / (_INDEX * cosine + inside)
    share: Values = (1 - (across**2 + along**2) / 2).astype(np.float32)
    return share


def _skin(head: HeadModel, person: Person, state: ThermalState, canonical: Values) -> Values:
    """(M,) °C of the skin at canonical places, under brows, stubble and short hair."""
    flat = regions_of(head).flat
    celsius = chart.lookup(skin_map(head, state), flat.texels(flat(canonical)))[:, 0]
    celsius += np.float32(0.3 * (0.5 - person.feminine))  # men's faces are a little warmer
    celsius -= _EARS_COOLING * _standing_off(head, canonical)
    cover = chart.lookup(_hair_roots(head, person), chart.pixels(canonical))
    beard = _STUBBLE + _BEARD * person.beard.length
    hidden = _BROW * cover[:, 0] + np.float32(beard) * cover[:, 1] + _SCALP * cover[:, 3]
    cooled: Values = celsius - hidden * (celsius - np.float32(state.ambient))
    return cooled


@lru_cache(maxsize=4)
def _hair_roots(head: HeadModel, person: Person) -> FloatImage:
    """The person's hair on the skin, as `Complexion.cover`, as the heat that spreads sees it."""
    spread = _HAIR_SPREAD * chart.PER_DEGREE
    blurred: FloatImage = cv2.GaussianBlur(complexion(head, person).cover, (0, 0), spread)
    return blurred


def _among(parts: NDArray[np.uint8], chosen: tuple[Part, ...]) -> NDArray[np.bool_]:
    table = np.zeros(len(Part), dtype=bool)
    table[list(chosen)] = True
    among: NDArray[np.bool_] = table[parts]
    return among


def _standing_off(head: HeadModel, canonical: Values) -> Values:
    """(M,) 0 on the head, 1 on the ears' rims: thin parts that air reaches from both sides."""
    side, chin = np.abs(head.anchors[[0, 16], 0]).mean(), head.anchors[8, 1]
    off = (np.abs(canonical[:, 0]) - np.float32(side)) * 4
    found: Values = np.clip(off, 0, 1) * (canonical[:, 1] < chin - np.float32(0.4))
    return found


def _pixels_per_unit(surface: Surface, positions: Values) -> float:
    """How many pixels an eye distance has, from how places spread over the image."""
    rows = np.flatnonzero(surface.mask.any(axis=1))
    across = positions[:, 1] / positions[:, 2]
    reach = float(across.max() - across.min()) * float(positions[:, 2].mean())
    return float(rows[-1] - rows[0] + 1) / max(reach, 1e-6)


def _curvature(surface: Surface, parts: NDArray[np.uint8], normals: Values, scale: float) -> Values:
    """(M,) mean curvature over a head's usual one, in inverse eye distances; 0 off the flesh.

    Positive on ridges, negative in creases: the divergence of the normals over the image.
    """
    flesh = _among(parts, _RELIEF)
    weighed = np.zeros((len(parts), 3), dtype=np.float32)
    weighed[flesh, :2] = normals[flesh, :2]
    weighed[flesh, 2] = 1
    blurred = cv2.GaussianBlur(surface.image(weighed), (0, 0), max(_SMOOTHING * scale, 0.6))
    smooth = blurred[..., :2] / np.maximum(blurred[..., 2:], 1e-3)
    across = cv2.Sobel(smooth[..., 0], cv2.CV_32F, 1, 0, scale=scale / 8)
    down = cv2.Sobel(smooth[..., 1], cv2.CV_32F, 0, 1, scale=scale / 8)
    curvature = (across + down)[surface.mask] - np.float32(_USUAL_CURVATURE)
    found: Values = np.clip(curvature, -_MOST_CURVATURE, _MOST_CURVATURE) * flesh
    return found


def _around(surface: Surface, parts: NDArray[np.uint8], scale: float) -> Values:
    """(M,) how much of each pixel's neighbourhood is warm flesh, 0 to 1."""
    skin = surface.image(_among(parts, _WARM).astype(np.float32))
    return _blurred(skin, _AROUND * scale)[surface.mask]


def _blurred(image: FloatImage, sigma: float) -> FloatImage:
    """A wide Gaussian blur, done at half the resolution where that is as good."""
    if sigma < 4:
        near: FloatImage = cv2.GaussianBlur(image, (0, 0), max(sigma, 0.3))
        return near
    half = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    half = cv2.GaussianBlur(half, (0, 0), sigma / 2)
    blurred: FloatImage = cv2.resize(half, image.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return blurred


def _background(state: ThermalState, shape: tuple[int, ...]) -> FloatImage:
    """(H, W) °C of a wall: a gradient from floor to ceiling, and soft warmer and cooler places."""
    rng = rng_of(state.seed, state.subject, 9, state.session)
    patches = rng.normal(0, 0.35, (5, 5)) + np.linspace(rng.normal(0.6, 0.4), 0, 5)[:, None]
    coarse = (patches + state.ambient - 0.6).astype(np.float32)
    wall: FloatImage = cv2.resize(coarse, shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return wall
