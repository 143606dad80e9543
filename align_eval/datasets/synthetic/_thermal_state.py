"""How a session differs from another: the room, and the state of the person's skin."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng

_STREAM = 71  # keeps these numbers apart from those that other modules draw


def rng_of(seed: int, *key: int) -> Generator:
    """A generator for one purpose of the thermal spectrum, the same on every call."""
    return default_rng(SeedSequence(entropy=seed, spawn_key=(_STREAM, *key)))


@dataclass(frozen=True)
class ThermalState:
    """A person's body and the room in one session.

    Parameters
    ----------
    seed, subject, session : int
        Who, and which session: from these come the person's pattern and the session's own.
    ambient : float
        Temperature of the room in °C.
    core : float
        How much warmer than usual the whole face is, in °C.
    dilation : float
        Factor on the warmth of the vessels; 1 at rest, less in the cold, more after exercise.
    nose, ears, chill : float
        Cooling, in °C, of the nose's tip, of the ears, and of cheeks and chin at most; negative
        when they glow.
    breath : float
        −1 (breathing in: nostrils cooled) to 1 (breathing out).
    minutes : float
        Since the person came in.
    """

    seed: int
    subject: int
    session: int
    ambient: float
    core: float
    dilation: float
    nose: float
    ears: float
    chill: float
    breath: float
    minutes: float


def state_of(seed: int, subject: int, session: int) -> ThermalState:
    """The state of a session; it depends on the arguments alone.

    One session in four is soon after coming in from the cold, one in eight after exercise. Noses
    and ears differ most, by several degrees (Ioannou, Gallese and Merla, Psychophysiology 51,
    2014).

    >>> state = state_of(7, 0, 0)
    >>> state == state_of(7, 0, 0), state == state_of(7, 0, 1), 20 <= state.ambient <= 26
    (True, False, True)
    """
    rng = rng_of(seed, subject, 1, session)
    kind, minutes = float(rng.random()), float(rng.uniform(2, 60))
    recent = float(np.exp(-minutes / 20))
    cold = recent if kind < 0.25 else 0.0
    sport = recent if kind > 0.875 else 0.0
    own = rng_of(seed, subject, 2)
    nose, ears = (
        float(own.normal(0.3, 0.6)),
        float(own.normal(0.0, 0.6)),
    )  # some always have cold ones
    normal = rng.normal(size=5).tolist()
    return ThermalState(
        seed,
        subject,
        session,
        float(rng.uniform(20, 26)),
        0.25 * normal[0] - 0.5 * cold + 0.3 * sport,
        float(np.clip(1.0 + 0.15 * normal[1] - 0.5 * cold + 0.6 * sport, 0.4, 1.8)),
        nose + 0.7 * normal[2] + 3.5 * cold - 1.5 * sport,
        ears + 0.6 * normal[3] + 3.0 * cold - 2.0 * sport,
        0.3 * normal[4] + 2.0 * cold - 0.8 * sport,
        float(rng.uniform(-1, 1)),
        minutes,
    )
