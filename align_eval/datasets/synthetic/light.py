"""Lights: an ambient sky and floor, and lamps far away."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

Colour = tuple[float, float, float]
LightName = Literal["frontal", "left", "right", "up", "room", "dark"]
LIGHT_NAMES: tuple[LightName, ...] = get_args(LightName)


@dataclass(frozen=True)
class Lamp:
    """A lamp so far away that its rays are parallel.

    Parameters
    ----------
    direction : (x, y, z)
        From the scene towards the lamp, any length; x right, y down, z away from the viewer, in
        camera space: (0, 0, −1) is behind the camera.
    colour : (r, g, b)
        Linear, about 1.
    strength : float
        Irradiance on a surface that faces it; a white one reflects this much.
    softness : float
        0 (a bare bulb: hard shadows) to 1 (a window or soft box, which casts none).
    """

    direction: tuple[float, float, float]
    colour: Colour
    strength: float
    softness: float

    @property
    def towards(self) -> np.ndarray:
        """(3,) float32 unit vector towards the lamp."""
        vector = np.asarray(self.direction, dtype=np.float32)
        unit: np.ndarray = vector / np.linalg.norm(vector)
        return unit


@dataclass(frozen=True)
class Light:
    """All the light of a shot.

    Parameters
    ----------
    ambient : (r, g, b)
        Linear irradiance from all around.
    lamps : tuple of Lamp
        At most a few; each costs time.
    overhead : float
        How much more of the ambient light comes from above than from below, 0 to 1.
    backdrop : float
        Factor on the backdrop's own brightness.
    """

    ambient: Colour
    lamps: tuple[Lamp, ...] = ()
    overhead: float = 0.35
    backdrop: float = 1.0


def light_of(name: LightName, rng: np.random.Generator, wander: float = 1.0) -> Light:
    """A preset with a little of its own chance.

    Parameters
    ----------
    name : str
        ``frontal`` (two soft boxes and a room's light, as in a studio), ``left``, ``right`` and
        ``up`` (one lamp from the image's left, right or from above, in a dim room), ``room``
        (a room without lamps), ``dark`` (none at all: the image is black but for noise).
    rng : numpy Generator
        Moves lamps, strengths and colour temperatures.
    wander : float
        How much; 0 for the preset itself.
    """
    tint = _temperature(float(rng.normal()) * wander)
    jitter = rng.normal(size=4) * wander
    if name == "dark":
        return Light((0.0, 0.0, 0.0), backdrop=0.0)
    if name == "room":
        window = Lamp((float(jitter[0]), -0.6, -1.0), tint, 0.14 + 0.03 * float(jitter[1]), 1.0)
        return Light(_scaled(tint, 0.30), (window,), 0.4, 0.55)
    if name == "frontal":
        return _studio(tint, jitter)
    side = {"left": (-1.0, -0.15, -0.35), "right": (1.0, -0.15, -0.35), "up": (0.0, -1.0, -0.55)}
    place = np.array(side[name]) + 0.12 * jitter[:3]
    x, y, z = (float(value) for value in place)
    softness = float(np.clip(0.35 + 0.15 * jitter[3], 0.1, 0.8))
    return Light(_scaled(tint, 0.16), (Lamp((x, y, z), tint, 0.85, softness),), 0.3, 0.35)


def _studio(tint: Colour, jitter: np.ndarray) -> Light:
    key = Lamp((0.55 * float(np.sign(jitter[3]) or 1.0) + 0.15 * float(jitter[0]),
                -0.55 + 0.12 * float(jitter[1]), -1.0), tint, 0.50, 0.7)  # fmt: skip
    fill = Lamp((-key.direction[0], -0.3, -1.0), tint, 0.22 + 0.04 * float(jitter[2]), 0.9)
    return Light(_scaled(tint, 0.34), (key, fill), 0.35, 0.85)


def _scaled(colour: Colour, factor: float) -> Colour:
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


def _temperature(warmth: float) -> Colour:
    """Warmer (positive) or cooler than white, at about the same brightness."""
    return 1 + 0.05 * warmth, 1.0, 1 - 0.07 * warmth
