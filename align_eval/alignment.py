"""Templates, and the crop that landmarks and a template make of an image."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import dist
from typing import Any, get_args

import numpy as np

from align_eval.errors import (
    ConfigError,
    DegenerateFitError,
    LandmarkError,
    UnknownNameError,
)
from align_eval.estimators import Estimator
from align_eval.faces import AlignedFace
from align_eval.image import Image, warp
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from align_eval.similarity import Affine, Minimise


@dataclass(frozen=True, eq=False)
class Template:
    """Where the landmarks of an aligned face lie.

    Parameters
    ----------
    name : str
        As it is called in studies.
    landmarks : Landmarks
        The template's points in crop pixels, in any scheme.
    size : tuple of int
        (width, height) of the crop in pixels.
    source : str
        Where the layout comes from.

    Raises
    ------
    ConfigError
        Points that are not finite, a size that is not positive, or an upside-down or mirrored
        order of eyes and mouth: the first eye must have the smaller x, the eyes the smaller y.
    """

    name: str
    landmarks: Landmarks
    size: tuple[int, int]
    source: str = ""

    def __post_init__(self) -> None:
        if min(self.size) < 1:
            raise ConfigError(f"template {self.name!r}: size {self.size} is not positive")
        if not np.isfinite(self.landmarks.points).all():
            raise ConfigError(f"template {self.name!r}: a point is not finite")
        five = dict(zip(*self._five(), strict=True))
        for first, second, axis in (
            ("left_eye", "right_eye", 0),
            ("left_mouth", "right_mouth", 0),
            ("left_eye", "left_mouth", 1),
            ("right_eye", "right_mouth", 1),
        ):
            if first in five and second in five and not five[first][axis] < five[second][axis]:
                wanted = "left of" if axis == 0 else "above"
                raise ConfigError(f"template {self.name!r}: {first} must lie {wanted} {second}")

    def _five(self) -> tuple[tuple[str, ...], list[Any]]:
        five = scheme_named("five")
        indices, points = self.landmarks.common(five)
        return tuple(five.points[i] for i in indices), points.tolist()

    @property
    def eye_distance(self) -> float:
        """Between the eyes' centres, in crop pixels.

        Raises
        ------
        ConfigError
            A template without both eyes.
        """
        five = dict(zip(*self._five(), strict=True))
        if not {"left_eye", "right_eye"} <= set(five):
            raise ConfigError(f"template {self.name!r} wants two eyes for an eye distance")
        return dist(five["left_eye"], five["right_eye"])

    def mirrored(self) -> "Template":
        """The template of the mirrored crop."""
        return Template(
            f"{self.name}-mirrored", self.landmarks.mirrored(self.size[0]), self.size, self.source
        )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "Template":
        """A template from a TOML table with ``name``, ``size``, ``scheme`` and ``points``.

        Raises
        ------
        ConfigError
            A missing or unknown key, an unknown scheme, a size that is no pair of whole numbers,
            points that are no numbers or not as many as the scheme has.
        """
        wanted = {"name", "size", "scheme", "points"}
        if not wanted <= set(config) <= wanted | {"source"}:
            raise ConfigError(
                f"a template wants the keys {', '.join(sorted(wanted))}; got "
                f"{', '.join(sorted(config)) or 'none'}"
            )
        name, size = str(config["name"]), config["size"]
        try:
            landmarks = Landmarks(config["points"], scheme_named(str(config["scheme"])))
        except (TypeError, ValueError, LandmarkError) as error:
            raise ConfigError(f"template {name!r}: {error}") from error
        if (
            not isinstance(size, Sequence)
            or len(size) != 2
            or any(type(side) is not int for side in size)
        ):
            raise ConfigError(f"template {name!r}: size wants [width, height], got {size!r}")
        return cls(name, landmarks, (size[0], size[1]), str(config.get("source", "")))


def estimate(
    landmarks: Landmarks,
    template: Template,
    *,
    estimator: str | Estimator = "similarity",
    minimise: Minimise = "target",
) -> Affine:
    """The transform from image to template that fits the points both have in common.

    Parameters
    ----------
    landmarks : Landmarks
        Image points. Points that are NaN are left out.
    template : Template
        Where they should go.
    estimator : str or Estimator
        How it is fitted, ``"similarity"`` and ``"affine"`` being least squares over all points;
        see `align_eval.estimators.Estimator`.
    minimise : {"target", "source"}
        Measure the error in template pixels (insightface's direction) or in image pixels.

    Raises
    ------
    UnknownNameError
        An `estimator` or `minimise` that is not known.
    ConfigError
        An `estimator` that cannot be, or that this template cannot have: Huber's loss wants a
        template with eyes, a trimmed fit few points.
    DegenerateFitError
        Fewer points in common than the estimator needs (two for a similarity, three for affine),
        or points that span less than a pixel.
    """
    chosen = estimator if isinstance(estimator, Estimator) else Estimator.parse(estimator)
    if minimise not in get_args(Minimise):
        raise UnknownNameError("minimise", minimise, get_args(Minimise))
    source, target, weights = chosen.shared(landmarks, template.landmarks)
    if len(source) < chosen.needed:
        raise DegenerateFitError(
            f"{len(source)} usable points of {landmarks.scheme.name!r} are in template "
            f"{template.name!r}; the {chosen} fit needs {chosen.needed}"
        )
    if np.ptp(source, axis=0).max() < 1.0:
        raise DegenerateFitError("the landmarks span less than one pixel")
    unit = template.eye_distance if chosen.loss == "huber" else 1.0
    return chosen.fit(source, target, weights, unit=unit, minimise=minimise)


def align(
    image: Image,
    landmarks: Landmarks,
    template: Template,
    *,
    estimator: str | Estimator = "similarity",
    minimise: Minimise = "target",
) -> AlignedFace:
    """Cut the aligned face out of an image, bilinear, black outside; bit depth is kept.

    Raises
    ------
    DegenerateFitError
        See `estimate`.
    """
    transform = estimate(landmarks, template, estimator=estimator, minimise=minimise)
    return AlignedFace(warp(image, transform, template.size), transform)
