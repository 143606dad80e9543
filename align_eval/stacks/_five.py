"""The five points that a stack's recogniser is aligned by, from any landmark model."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from align_eval.alignment import estimate
from align_eval.errors import ConfigError, DegenerateFitError
from align_eval.faces import Face
from align_eval.interfaces import DatasetBound, LandmarkModel, TrainableModel
from align_eval.landmarks import FloatArray, LandmarkScheme
from align_eval.locating import locate
from align_eval.schemes import scheme_named
from align_eval.study import Part
from align_eval.templates import arcface
from landmark_models import CATALOG

Model = str | Mapping[str, Any] | LandmarkModel


def landmark_model(model: Model, options: Mapping[str, Any]) -> LandmarkModel:
    """The landmark model of a name, a table or an object.

    Raises
    ------
    ConfigError
        An object that is no landmark model or comes with options, or a model that must learn or
        know a data set first. Also whatever making it raises.
    """
    made: Any = model
    if isinstance(model, str | Mapping):
        part = Part.from_config(model, "landmark model")
        given = {**part.options, **options}
        made = CATALOG.build(part.model, given, name=part.name, workers=1, seed=0)
    elif options:
        raise ConfigError(f"a landmark model that is built already takes no {', '.join(options)}")
    for protocol, why in ((TrainableModel, "learns"), (DatasetBound, "must know the data set")):
        if isinstance(made, protocol):
            raise ConfigError(f"a stack wants a landmark model that is ready, got one that {why}")
    if not isinstance(made, LandmarkModel):
        raise ConfigError(
            f"a stack wants a landmark model with name, scheme and locate, got {made!r}"
        )
    return made


def giving_five(model: LandmarkModel) -> LandmarkModel:
    """The model, if its scheme has the five points of alignment.

    Raises
    ------
    ConfigError
        It lacks one.
    """
    five, known = _five(), model.scheme.conversion(_five())[0]
    lacking = [point for point in five.points if point not in known]
    if lacking:
        raise ConfigError(
            f"a stack wants the points of scheme 'five', got {model.name!r} of scheme "
            f"{model.scheme.name!r} without {', '.join(lacking)}"
        )
    return model


def five_points(model: LandmarkModel, faces: Sequence[Face]) -> list[FloatArray | str]:
    """For each face its five points, (5, 2) in pixels, or the reason why there are none.

    Points that no similarity can be fitted to are none: insightface makes a black crop of them.
    """
    found = locate(model, faces, {}, 1, _unheard)
    return [
        _checked(model, found.landmarks[face.id])
        if face.id in found.landmarks
        else found.reasons[face.id]
        for face in faces
    ]


def _checked(model: LandmarkModel, landmarks: Any) -> FloatArray | str:
    five = landmarks.to(_five())
    lost = np.flatnonzero(~np.isfinite(five.points).all(axis=1))
    if lost.size:
        return f"{model.name} found no {', '.join(five.scheme.points[i] for i in lost)}"
    try:
        estimate(five, arcface(112))
    except DegenerateFitError as error:
        return f"{model.name}: {error}"
    points: FloatArray = five.points
    return points


def _five() -> LandmarkScheme:
    return scheme_named("five")


def _unheard(_: int) -> None:
    """Progress that nobody waits for."""
