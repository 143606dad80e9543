"""The catalogue of templates.

``arcface112`` is ArcFace's layout in 112 × 112; any multiple of 112 or 128 is made on request:
``arcface224``, ``arcface128``, ``arcface256``, … as insightface scales them.

A study makes variants of them by a table: ``{ base = "arcface112", margin = 0.1 }`` shows more
around the face, ``{ base = "arcface112", scheme = "ibug68" }`` has 68 points to align by.
"""

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

import numpy as np

from align_eval._mean_face import mean_face
from align_eval.alignment import Template
from align_eval.errors import ConfigError, LandmarkError, UnknownNameError
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from align_eval.similarity import Similarity

_ARCFACE_112 = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ]
)
_DLIB_150 = np.array(
    [
        [48.22, 46.85],
        [100.87, 46.93],
        [75.05, 75.92],
        [51.43, 106.01],
        [97.47, 106.11],
    ]
)

TEMPLATES = {
    "arcface112": "ArcFace's layout, 112 × 112; also arcface224, arcface128, any multiple",
    "dlib150": "dlib's face chip, 150 × 150, padding 0.25",
    "facenet160": "ArcFace's layout scaled to FaceNet's 160 × 160",
    "thermal110x150": "a tall crop for descriptor matching of thermal faces, 110 × 150",
}


def arcface(size: int) -> Template:
    """ArcFace's layout for a square crop, scaled as insightface does.

    Multiples of 112 scale the points; multiples of 128 scale the 112 layout by ``size / 128``
    and move it by ``8 · size / 128`` in x.

    Raises
    ------
    ConfigError
        A size that is a multiple of neither.

    Examples
    --------
    >>> arcface(128).landmarks.points[0].round(4).tolist()
    [46.2946, 51.6963]
    """
    if size > 0 and size % 112 == 0:
        points = _ARCFACE_112 * (size / 112)
    elif size > 0 and size % 128 == 0:
        points = (_ARCFACE_112 + [8.0, 0.0]) * (size / 128)
    else:
        raise ConfigError(f"an ArcFace template wants a multiple of 112 or 128, got {size}")
    return _five(f"arcface{size}", points, (size, size), "Deng et al., ArcFace, CVPR 2019")


def template(name: str | Mapping[str, Any]) -> Template:
    """The template of a name, or of a TOML table.

    A table with the key ``base`` is a variant of another template (see `variant`); one without
    lists its points (see `Template.from_config`).

    Raises
    ------
    UnknownNameError
        A name that is none of `TEMPLATES`, or a key that no variant has.
    ConfigError
        See `variant` and `Template.from_config`.

    Examples
    --------
    >>> template("arcface224").size
    (224, 224)
    >>> template({"base": "arcface112", "margin": 0.1}).name
    'arcface112-margin0.1'
    """
    if not isinstance(name, str | Mapping):
        raise ConfigError(f"a template is a name or a table, got {name!r}")
    if not isinstance(name, str):
        return _variant_of(name) if "base" in name else Template.from_config(name)
    if scaled := re.fullmatch(r"arcface(\d+)", name):
        return arcface(int(scaled[1]))
    if name == "dlib150":
        return _five(
            name, _DLIB_150, (150, 150), "median of YuNet's points in dlib's own chips of 149 faces"
        )
    if name == "facenet160":
        source = "ArcFace's layout scaled by 160 / 112"
        return _five(name, _ARCFACE_112 * (160 / 112), (160, 160), source)
    if name == "thermal110x150":
        return _five(name, _thermal(), (110, 150), "ArcFace's proportions, eyes 50 px apart")
    raise UnknownNameError("template", name, TEMPLATES)


def _variant_of(table: Mapping[str, Any]) -> Template:
    options = dict(table)
    base, name = options.pop("base"), options.pop("name", "")
    for key in options:
        if key not in ("margin", "scheme"):
            known = ("base", "margin", "name", "scheme")
            raise UnknownNameError("key of a template's variant", key, known)
    return variant(template(base), **options, name=str(name))


def variant(base: Template, *, margin: float = 0.0, scheme: str = "", name: str = "") -> Template:
    """A template with more or less around the face, or with the points of another scheme.

    Parameters
    ----------
    base : Template
        Its crop's size is kept.
    margin : float
        How much more the crop shows on each side, as a fraction of what it showed across: the
        points are scaled by ``1 / (1 + 2 · margin)`` about the crop's centre. Negative: less.
    scheme : str, optional
        Of the new points: those of the mean face (`align_eval._mean_face`), put on the base's
        points by the best similarity. A mean face is not the base's five points exactly.
    name : str, optional
        By default the base's, with what was changed.

    Raises
    ------
    ConfigError
        A margin that is no finite number above −1/2, or a scheme that the mean face does not
        give.
    UnknownNameError
        A scheme that is not known.

    Examples
    --------
    >>> wide = variant(template("arcface112"), margin=0.5)
    >>> (wide.landmarks.points - 55.5)[0].round(4).tolist()
    [-8.6027, -1.9018]
    >>> variant(template("arcface112"), scheme="ibug68").landmarks
    Landmarks(...LandmarkScheme('ibug68', 68 points)...)
    """
    if isinstance(margin, bool) or not isinstance(margin, int | float):
        raise ConfigError(f"template {base.name!r}: margin wants a number, got {margin!r}")
    if not (isfinite(margin) and margin > -0.5):
        raise ConfigError(f"template {base.name!r}: margin wants a number above -1/2, got {margin}")
    landmarks = _of_scheme(base, scheme) if scheme else base.landmarks
    centre = (np.array(base.size) - 1) / 2
    points = centre + (landmarks.points - centre) / (1 + 2 * margin)
    changes = [f"margin{margin:g}"] if margin else []
    changes += [scheme] if scheme else []
    return Template(
        name or "-".join([base.name, *changes]),
        Landmarks(points, landmarks.scheme) if margin else landmarks,
        base.size,
        f"{base.source}; {', '.join(changes)}" if changes else base.source,
    )


def _of_scheme(base: Template, scheme: str) -> Landmarks:
    mean = mean_face()
    indices, target = mean.common(base.landmarks.scheme)
    move = Similarity.fit(target, base.landmarks.points[list(indices)])
    try:
        return Landmarks(move(mean.points), mean.scheme).to(scheme_named(scheme))
    except LandmarkError as error:
        raise ConfigError(f"template {base.name!r}: the mean face lacks it: {error}") from error


def _five(name: str, points: Any, size: tuple[int, int], source: str) -> Template:
    return Template(name, Landmarks(points, scheme_named("five")), size, source)


def _thermal() -> np.ndarray[Any, np.dtype[np.float64]]:
    """ArcFace's face, made symmetric, eyes 50 px apart and 55 px below the upper edge.

    The crop keeps forehead and chin, which carry much of a thermal face's texture.
    """
    five = scheme_named("five")
    mean = (_ARCFACE_112 + Landmarks(_ARCFACE_112, five).mirrored(112).points) / 2
    eyes = mean[:2].mean(axis=0)
    scaled = (mean - eyes) * (50.0 / (mean[1, 0] - mean[0, 0]))
    points: np.ndarray[Any, np.dtype[np.float64]] = scaled + [(110 - 1) / 2, 55.0]
    return points
