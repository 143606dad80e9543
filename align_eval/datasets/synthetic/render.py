"""One image pair: a person, dressed and posed, seen in both spectra, and the truth about it.

Nothing here remembers an earlier image: the caches hold what depends on the person alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic.backdrop import backdrop_of
from align_eval.datasets.synthetic.camera import Camera
from align_eval.datasets.synthetic.develop import camera_of, develop
from align_eval.datasets.synthetic.light import Light, light_of
from align_eval.datasets.synthetic.mesh import HeadModel, Mesh
from align_eval.datasets.synthetic.ranges import View
from align_eval.datasets.synthetic.raster import Surface, rasterise
from align_eval.datasets.synthetic.scene import Scene
from align_eval.datasets.synthetic.thermal import state_of, temperature
from align_eval.datasets.synthetic.thermal_camera import ThermalCamera, expose
from align_eval.datasets.synthetic.truth import Truth, truth_of
from align_eval.datasets.synthetic.variations import Shot
from align_eval.datasets.synthetic.visible import shade
from align_eval.errors import ConfigError

Spectrum = Literal["visible", "thermal"]
SPECTRA: tuple[Spectrum, ...] = ("visible", "thermal")
FARTHEST = 3.0  # between the two cameras, in eye distances

# What a shot's own generators are for.
_LIGHT, _LENS, _SENSOR, _DETECTOR = 1, 2, 3, 4
_GLASS = 0.91  # what clear glass lets through, twice
_GHOST = 0.035  # what it reflects of the surroundings


@dataclass(frozen=True, eq=False)
class Pair:
    """Two images of one instant, and the truth about each.

    Parameters
    ----------
    visible : (H, W, 3) uint8 RGB, or None
        If it was asked for.
    thermal : (H, W) uint16 centikelvin, or None
        Likewise; see `thermal_camera.expose`.
    visible_truth, thermal_truth : Truth
        The same points where both cameras stand in one place; what is visible differs behind
        clear glass.
    """

    visible: NDArray[np.uint8] | None
    thermal: NDArray[np.uint16] | None
    visible_truth: Truth
    thermal_truth: Truth

    def truth(self, spectrum: str) -> Truth:
        """The truth about the image of a spectrum."""
        return self.visible_truth if spectrum == "visible" else self.thermal_truth


def render(
    head: HeadModel,
    shot: Shot,
    view: View,
    *,
    spectra: Sequence[str] = SPECTRA,
    parallax: float = 0.0,
    thermal_camera: ThermalCamera | None = None,
) -> Pair:
    """Render a shot; it depends on the arguments alone.

    Parameters
    ----------
    head : HeadModel
        What people's heads are made of.
    shot : Shot
        Who, how and when.
    view : View
        The images' size, and the eye distance in pixels.
    spectra : sequence of {"visible", "thermal"}
        Which images to make.
    parallax : float
        How far to the right of the visible camera the thermal one stands, in eye distances, from
        −3 to 3. Both look at the place between the eyes of a frontal face. 0: pixel-registered.
    thermal_camera : ThermalCamera, optional
        With a sensor of the images' own resolution.

    Raises
    ------
    ConfigError
        A parallax out of range, an unknown spectrum, or a thermal camera of another resolution.
    """
    _check(spectra, parallax, thermal_camera)
    scene = other = Scene(head, shot)
    camera = scene.camera(view)
    surface = beside = rasterise(scene.solid, camera)
    truth = thermal_truth = truth_of(surface, camera, scene, scene.opaque, view)
    if parallax:
        other = Scene(head, shot, parallax)
        beside = rasterise(other.solid, camera)
    glass = _nearer(other, beside, camera)
    cold = beside if glass is None else _glazed(beside, glass)
    if cold is not surface:
        thermal_truth = truth_of(cold, camera, other, other.held, view)
    visible = thermal = None
    if "visible" in spectra:
        visible = _photograph(scene, surface, _nearer(scene, surface, camera))
    if "thermal" in spectra:
        state = state_of(shot.seed, shot.subject, shot.session)
        celsius = temperature(cold, head, scene.person, state)
        thermal = expose(celsius, thermal_camera or ThermalCamera(), shot.rng(_DETECTOR))
    return Pair(visible, thermal, truth, thermal_truth)


def _check(spectra: Sequence[str], parallax: float, camera: ThermalCamera | None) -> None:
    unknown = [name for name in spectra if name not in SPECTRA]
    if unknown or not spectra:
        raise ConfigError(f"spectra want 'visible', 'thermal' or both, got {list(spectra)}")
    if not abs(parallax) <= FARTHEST:
        raise ConfigError(f"parallax wants −3 to 3 eye distances, got {parallax}")
    if camera is not None and camera.sensor is not None and not camera.restore:
        raise ConfigError("a rendered pair wants a thermal camera that keeps the image's size")


def _nearer(scene: Scene, behind: Surface, camera: Camera) -> Surface | None:
    """What a camera sees of clear lenses, where nothing stands before them; None without any."""
    if not len(scene.glass.triangles):
        return None
    glass = rasterise(scene.glass, camera)
    before = (glass.depth < behind.depth)[glass.mask]
    mask = glass.mask.copy()
    mask[glass.mask] = before
    return Surface(mask, glass.triangles[before], glass.weights[before], glass.depth, glass.mesh)


def _glazed(behind: Surface, glass: Surface) -> Surface:
    """What a camera sees that cannot look through glass."""
    mask = behind.mask | glass.mask
    triangles = np.zeros(mask.shape, dtype=np.intp)
    weights = np.zeros((*mask.shape, 3), dtype=np.float32)
    triangles[behind.mask], weights[behind.mask] = behind.triangles, behind.weights
    triangles[glass.mask] = glass.triangles + len(behind.mesh.triangles)
    weights[glass.mask] = glass.weights
    depth = np.where(glass.mask, glass.depth, behind.depth)
    joined = Mesh.join([behind.mesh, glass.mesh])
    return Surface(mask, triangles[mask], weights[mask], depth, joined)


def _photograph(scene: Scene, surface: Surface, glass: Surface | None) -> NDArray[np.uint8]:
    shot = scene.shot
    height, width = surface.mask.shape
    if shot.light == "dark":
        linear = np.zeros((height, width, 3), dtype=np.float32)
    else:
        light = light_of(shot.light, shot.rng(_LIGHT))
        backdrop = backdrop_of(shot.seed, shot.subject, shot.session, (width, height))
        linear = shade(surface, scene.head, scene.person, light, backdrop)
        if glass is not None:
            linear[glass.mask] = _GLASS * linear[glass.mask] + _reflected(glass, light)
    return develop(linear, camera_of(shot.rng(_LENS)), shot.rng(_SENSOR))


def _reflected(glass: Surface, light: Light) -> NDArray[np.float32]:
    """(M, 3) what clear lenses mirror: a ghost of the room, more from above, and the lamps."""
    normals, places = glass.normals(), glass.positions
    view = places / np.linalg.norm(places, axis=1, keepdims=True)
    mirrored = view - 2 * np.einsum("md,md->m", view, normals)[:, None] * normals
    sky = 0.6 - 0.8 * mirrored[:, 1:2]
    total = _GHOST * sky * np.array(light.ambient, dtype=np.float32)
    for lamp in light.lamps:
        near = np.clip(mirrored @ lamp.towards, 0, 1)[:, None] ** (60 - 40 * lamp.softness)
        power = np.array(lamp.colour, dtype=np.float32) * np.float32(lamp.strength)
        total = total + 2 * _GHOST * near * power
    reflected: NDArray[np.float32] = total.astype(np.float32)
    return reflected
