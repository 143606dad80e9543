"""Things that hide parts of a face: glasses, sunglasses, hats and hands.

They are fitted to a person's unposed head and move with it. Canonical places are in the object's
own frame; a lens's x is at least 100 where the lens is dark, and between −1 and 1 where it is
clear. A person keeps their glasses, their hat and the size of their hands.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from align_eval.datasets.synthetic._eyewear import DARK, eyewear_mesh, eyewear_of
from align_eval.datasets.synthetic._fit import Fit
from align_eval.datasets.synthetic._hands import grip_of, hand_mesh
from align_eval.datasets.synthetic._hats import Crown, hat_mesh, hat_of
from align_eval.datasets.synthetic._shapes import empty
from align_eval.datasets.synthetic.mesh import HeadModel, Mesh, Part, Points
from align_eval.datasets.synthetic.variations import Shot
from align_eval.errors import UnknownNameError

_STREAM = 52
_GRIP = 7  # the shot's generator for hands
_EYEWEAR, _SUNGLASSES, _HAT, _HAND = range(4)

Fitter = Callable[[Shot, Fit], Mesh]


def occluder_mesh(head: HeadModel, shape: Mesh, shot: Shot) -> Mesh:
    """What the shot's occluder is on a person's unposed head; no triangles if there is none.

    Parameters
    ----------
    head : HeadModel
        The model.
    shape : Mesh
        The person's head, with expression, not posed.
    shot : Shot
        Names the occluder, and from whom and when its shape is drawn.

    Raises
    ------
    UnknownNameError
        An occluder that is none of `OCCLUDERS`.
    """
    if not shot.occluder:
        return empty()
    if shot.occluder not in OCCLUDERS:
        raise UnknownNameError("occluder", shot.occluder, OCCLUDERS)
    return OCCLUDERS[shot.occluder](shot, Fit(head, shape))


def pressed_hair(head: HeadModel, shape: Mesh, hair: Mesh, shot: Shot) -> Mesh:
    """Hair as it is under the shot's hat; unchanged without a hat."""
    if shot.occluder != "hat" or not len(hair.vertices):
        return hair
    crown = Crown(hat_of(_owner(shot, _HAT)), Fit(head, shape))
    moved: Points = crown.pressed(hair.vertices.astype(np.float64)).astype(np.float32)
    return hair.moved(moved)


def is_clear(mesh: Mesh) -> NDArray[np.bool_]:
    """(T,) bool: which triangles are clear lenses."""
    dark = mesh.canonical[mesh.triangles[:, 0], 0] >= DARK / 2
    clear: NDArray[np.bool_] = (mesh.parts == Part.LENS) & ~dark
    return clear


def _glasses(shot: Shot, fit: Fit) -> Mesh:
    return eyewear_mesh(eyewear_of(_owner(shot, _EYEWEAR), dark=False), fit)


def _sunglasses(shot: Shot, fit: Fit) -> Mesh:
    return eyewear_mesh(eyewear_of(_owner(shot, _SUNGLASSES), dark=True), fit)


def _hat(shot: Shot, fit: Fit) -> Mesh:
    hat = hat_of(_owner(shot, _HAT))
    return hat_mesh(hat, Crown(hat, fit))


def _hand_on_mouth(shot: Shot, fit: Fit) -> Mesh:
    return hand_mesh(grip_of("mouth", _owner(shot, _HAND), shot.rng(_GRIP)), fit)


def _hand_on_eye(shot: Shot, fit: Fit) -> Mesh:
    return hand_mesh(grip_of("eye", _owner(shot, _HAND), shot.rng(_GRIP)), fit)


def _owner(shot: Shot, thing: int) -> np.random.Generator:
    sequence = np.random.SeedSequence(entropy=shot.seed, spawn_key=(_STREAM, shot.subject, thing))
    return np.random.default_rng(sequence)


OCCLUDERS: Mapping[str, Fitter] = {
    "glasses": _glasses,
    "sunglasses": _sunglasses,
    "hat": _hat,
    "hand_on_mouth": _hand_on_mouth,
    "hand_on_eye": _hand_on_eye,
}
