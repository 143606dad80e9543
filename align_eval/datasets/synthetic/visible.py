"""The visible image: what the surface, the skin and the lights send to the camera, linear.

Skin is lit as a translucent body: light wraps round its curvature, furthest in red (a cheap form
of subsurface scattering; compare Penner, Pre-integrated Skin Shading, SIGGRAPH 2011), and
reflects in two lobes of oil. Hair has Kajiya and Kay's highlight (SIGGRAPH 1989).
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic import _materials, chart
from align_eval.datasets.synthetic._materials import Material
from align_eval.datasets.synthetic.complexion import complexion
from align_eval.datasets.synthetic.light import Lamp, Light
from align_eval.datasets.synthetic.mesh import HeadModel, Mesh, Part
from align_eval.datasets.synthetic.occlusion import ShadowCaster, contact, openness
from align_eval.datasets.synthetic.person import Person
from align_eval.datasets.synthetic.raster import Surface
from align_eval.errors import DataError

Values = NDArray[np.float32]

_WRAP = np.array([0.28, 0.15, 0.10], np.float32)
_RELIEF = 0.55
_DIFFUSE = 0.85  # lamps as soft as this cast no shadow; cavities darken them


@dataclass(frozen=True, eq=False)
class _Seen:
    """What the shading needs of each of M pixels."""

    surface: Surface
    parts: NDArray[np.uint8]
    canonical: Values
    positions: Values
    normals: Values
    open: Values
    degrees: Values  # on the chart
    rotation: Values  # of the head, (3, 3)


@dataclass(frozen=True, eq=False)
class _Strands:
    """Which pixels see hair, how much of it, and its direction in camera space."""

    at: NDArray[np.intp]
    cover: Values
    lie: Values


def shade(
    surface: Surface, head: HeadModel, person: Person, light: Light, backdrop: Values
) -> Values:
    """The light that reaches the camera.

    Parameters
    ----------
    surface : Surface
        Of a scene whose mesh begins with the head's own vertices.
    head : HeadModel
        It.
    person : Person
        Who gives skin, eyes, hair and clothes.
    light : Light
        In camera space.
    backdrop : (H, W, 3) float32
        Linear RGB behind the person, as it would be under full light.

    Returns
    -------
    (H, W, 3) float32
        Linear RGB; a white surface that faces one unit of light sends 1.

    Raises
    ------
    DataError
        A scene that does not begin with this head.
    """
    count = len(head.vertices)
    if not np.array_equal(surface.mesh.canonical[:count:500], head.vertices[::500]):
        raise DataError(f"shade wants a scene that begins with the head {head.name!r}")
    image: Values = backdrop * np.float32(light.backdrop)
    if not surface.mask.any():
        return image
    seen = _look(surface, head)
    made = Material.blank(len(seen.parts), seen.open.copy())
    normals, strands = _painted(made, seen, head, person)
    image[surface.mask] = _lit(made, seen, normals, strands, light)
    return _edged(image, surface.mask)


def _edged(image: Values, mask: NDArray[np.bool_]) -> Values:
    """The image with its outline against the backdrop smoothed, as a finer raster would."""
    solid = mask.astype(np.uint8)
    cross = np.ones((3, 3), np.uint8)
    edge = cv2.dilate(solid, cross) != cv2.erode(solid, cross)
    image[edge] = cv2.GaussianBlur(image, (3, 3), 0.85)[edge]
    return image


def _look(surface: Surface, head: HeadModel) -> _Seen:
    mesh, count = surface.mesh, len(head.vertices)
    whole = np.ones((len(mesh.vertices), 1), np.float32)
    whole[:count, 0] = openness(head)
    packed = surface.of(
        np.concatenate([mesh.canonical, mesh.vertices, _normals(surface), whole], 1)
    )
    canonical, positions, normals = packed[:, :3], packed[:, 3:6], packed[:, 6:9]
    return _Seen(
        surface,
        surface.parts,
        canonical,
        positions,
        _unit(normals),
        packed[:, 9],
        chart.angles(canonical),
        _turn(head.vertices[::97], mesh.vertices[:count:97]),
    )


def _normals(surface: Surface) -> Values:
    """(V, 3) normals of the vertices that are seen; others are not to be used."""
    mesh = surface.mesh
    seen = np.zeros(len(mesh.vertices), bool)
    seen[mesh.triangles[surface.triangles]] = True
    a, b, c = mesh.triangles.T
    near = seen[a] | seen[b] | seen[c]
    return Mesh(mesh.vertices, mesh.canonical, mesh.triangles[near], mesh.parts[near]).normals()


def _unit(vectors: Values) -> Values:
    x, y, z = vectors.T
    length = np.sqrt(x * x + y * y + z * z)
    unit: Values = vectors / np.maximum(length, np.float32(1e-9))[:, None]
    return unit


def _bled(share: Values, soft: Values) -> Values:
    """(M, 3) shares of light in three bands: what is left in the shadows of skin is redder."""
    spare = share * (1 - share) * soft
    return np.stack([share + np.float32(0.25) * spare, share, share - np.float32(0.05) * spare], 1)


def _turn(before: Values, after: Values) -> Values:
    """The rotation that best takes the mean head to the posed one (Kabsch)."""
    covariance = (before - before.mean(axis=0)).T @ (after - after.mean(axis=0))
    u, _, vt = np.linalg.svd(covariance)
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(vt.T @ u.T))])
    rotation: Values = (vt.T @ flip @ u.T).astype(np.float32)
    return rotation


def _painted(
    made: Material, seen: _Seen, head: HeadModel, person: Person
) -> tuple[Values, _Strands]:
    """Fill the material; the normals with their relief, and where and how strands lie."""
    parts, normals, skin = seen.parts, seen.normals.copy(), complexion(head, person)
    at = parts == Part.SKIN
    places = chart.pixels_of(seen.degrees[at])
    _materials.paint_skin(made, at, skin, places)
    slope = chart.lookup(skin.slope, places)
    normals[at] = _rough(normals[at], seen.degrees[at], slope, seen.rotation)
    eyes = parts == Part.EYEBALL
    if eyes.any():
        _materials.paint_eyes(made, eyes, seen.canonical[eyes], head, person)
    upper, lower = seen.surface.mesh.vertices[head.landmarks[[62, 66]]]
    gap = float(np.linalg.norm(upper - lower))
    _materials.paint_mouth(made, parts, seen.canonical, head, gap)
    cloth = parts == Part.CLOTH
    if cloth.any():
        _materials.paint_cloth(made, cloth, seen.canonical[cloth], person)
    _materials.paint_others(made, parts, seen.canonical, person)
    hair = parts == Part.HAIR
    cover, lie = _materials.paint_hair(
        made, hair, seen.degrees[hair], seen.canonical[hair], person, skin
    )
    return normals, _Strands(np.flatnonzero(hair), cover, lie @ seen.rotation.T)


def _rough(normals: Values, degrees: Values, slope: Values, rotation: Values) -> Values:
    """Normals tilted by the relief's slope on the chart."""
    right, down = _tangents(degrees, rotation)
    tilted = normals - np.float32(_RELIEF) * (slope[:, :1] * right + slope[:, 1:] * down)
    return _unit(tilted.astype(np.float32))


def _tangents(degrees: Values, rotation: Values) -> tuple[Values, Values]:
    """(M, 3) directions, in camera space, in which azimuth and elevation grow."""
    a, e = np.radians(degrees).T
    zero = np.zeros_like(a)
    right = np.stack([np.cos(a), zero, np.sin(a)], axis=1)
    down = np.stack([-np.sin(e) * np.sin(a), np.cos(e), np.sin(e) * np.cos(a)], axis=1)
    return right @ rotation.T, down @ rotation.T


def _lit(made: Material, seen: _Seen, normals: Values, strands: _Strands, light: Light) -> Values:
    """(M, 3) what ambient light and lamps make of the material."""
    view = _unit(-seen.positions)
    near = contact(seen.surface.depth, seen.surface.mask, 0.03 * seen.surface.mask.shape[0])
    sky = (made.open * near) * (1 - np.float32(light.overhead) * normals[:, 1])
    total = _bled(sky, made.soft) * np.array(light.ambient, np.float32)
    shine = np.zeros_like(total)
    caster, soften = ShadowCaster(seen.surface.mesh), _softener(seen.surface)
    hair = strands.at
    wrap = _WRAP * made.soft[:, None]
    room = np.float32(0.55) + np.float32(0.45) * made.open
    for lamp in light.lamps:
        if lamp.strength <= 0:
            continue
        if lamp.softness < _DIFFUSE:
            reach = soften(caster.light(lamp, seen.positions))
        else:
            reach = made.open * near
        power = np.array(lamp.colour, np.float32) * np.float32(lamp.strength)
        facing = (normals @ lamp.towards)[:, None]
        diffuse = np.maximum(facing + wrap, 0) * (power / (1 + wrap))
        total += diffuse * _bled(reach, made.soft) * room[:, None]
        half = _unit(view + lamp.towards)
        bright = _specular(made, normals, view, half, lamp)
        bright[hair] += strands.cover * _band(strands.lie, half[hair], made.open[hair])
        shine += (bright * reach * made.open)[:, None] * power
    shine[hair] *= 0.35 + 2.2 * made.colour[hair]
    sent: Values = total * made.colour + shine
    return sent


def _softener(surface: Surface) -> Callable[[Values], Values]:
    """What smooths the edges of shadows on screen."""
    sigma = 0.008 * surface.mask.shape[0]
    weight = cv2.GaussianBlur(surface.mask.astype(np.float32), (0, 0), sigma)[surface.mask]

    def soften(reach: Values) -> Values:
        spread = cv2.GaussianBlur(surface.image(reach), (0, 0), sigma)
        soft: Values = spread[surface.mask] / weight
        return soft

    return soften


def _specular(made: Material, normals: Values, view: Values, half: Values, lamp: Lamp) -> Values:
    """(M,) two lobes of oily skin, and the sharp one of eyes and lenses."""
    cosine = np.einsum("md,md->m", normals, half)
    grazing = 1 - np.einsum("md,md->m", view, half)
    square = grazing * grazing
    fresnel = np.float32(0.028) + np.float32(0.972) * square * square * grazing
    facing = np.clip(normals @ lamp.towards * 4, 0, 1)
    log = np.log(np.maximum(cosine, np.float32(1e-3)))
    skin = made.shine * (2.0 * np.exp(14 * log) + 3.5 * np.exp(48 * log)) * fresnel
    glossy = np.flatnonzero(made.gloss)
    power = np.float32(260 - 120 * lamp.softness)
    skin[glossy] += 1.4 * made.gloss[glossy] * np.exp(power * log[glossy])
    total: Values = (skin * facing).astype(np.float32)
    return total


def _band(down: Values, half: Values, open_: Values) -> Values:
    """The highlight across strands that run along `down`."""
    along = np.einsum("md,md->m", down, half)
    band: Values = 0.10 * np.maximum(1 - along * along, 0) ** 11 * open_
    return band
