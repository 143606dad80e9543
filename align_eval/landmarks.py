"""Landmark schemes and landmarks; conversions are weight matrices, not functions.

A scheme names its points in the field's words. Left and right are the image's, in an upright
face: ``left_eye`` is the eye with the smaller x. Two schemes share the points that they name
alike, and a scheme may *derive* further names as weighted means of its points (an eye's centre
from its outline). That is all a conversion needs:

>>> import numpy as np
>>> pair = LandmarkScheme("pair", ("outer", "inner"), mirror=(1, 0),
...                       derived={"centre": {"outer": 0.5, "inner": 0.5}})
>>> target = LandmarkScheme("target", ("centre", "elsewhere"), mirror=(0, 1))
>>> names, weights = pair.conversion(target)
>>> names, weights.tolist()
(('centre',), [[0.5, 0.5]])
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from align_eval.errors import LandmarkError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LandmarkScheme:
    """What the rows of a landmark array mean.

    Parameters
    ----------
    name : str
        How the scheme is called in studies and files: ``"ibug68"``.
    points : tuple of str
        A name for every point, in order. Points of different schemes that mark the same spot
        have the same name.
    mirror : tuple of int
        ``mirror[i]`` is the point that takes point i's place in the mirrored image.
    derived : mapping, optional
        Further names as weights over points: ``{"left_eye": {"left_eye_outer": .5, …}}``.
    groups : mapping, optional
        Point groups for error tables: ``{"eyes": (36, 37, …)}``.
    source : str, optional
        Where the numbering is defined.

    Raises
    ------
    LandmarkError
        Repeated names, a mirror that is no involution, or weights over unknown points.
    """

    name: str
    points: tuple[str, ...]
    mirror: tuple[int, ...]
    derived: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    groups: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    source: str = ""

    def __post_init__(self) -> None:
        count = len(self.points)
        if len(set(self.points)) != count:
            raise LandmarkError(f"scheme {self.name!r} names a point twice")
        if sorted(self.mirror) != list(range(count)) or any(
            self.mirror[self.mirror[i]] != i for i in range(count)
        ):
            raise LandmarkError(f"scheme {self.name!r}: the mirror is no involution of its points")
        unknown = {p for weights in self.derived.values() for p in weights} - set(self.points)
        if unknown:
            raise LandmarkError(f"scheme {self.name!r} derives from unknown points {unknown}")

    def __len__(self) -> int:
        return len(self.points)

    def __repr__(self) -> str:
        return f"LandmarkScheme({self.name!r}, {len(self)} points)"

    def __reduce__(self) -> tuple[object, ...]:
        parts = (self.name, self.points, self.mirror, dict(self.derived), dict(self.groups))
        return LandmarkScheme, (*parts, self.source)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LandmarkScheme) and (self.name, self.points) == (
            other.name,
            other.points,
        )

    def __hash__(self) -> int:
        return hash((self.name, self.points))

    @cached_property
    def _index(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.points)}

    @cached_property
    def _rows(self) -> dict[str, FloatArray]:
        identity = np.eye(len(self))
        rows = {name: identity[i] for name, i in self._index.items()}
        for name, weights in self.derived.items():
            row = np.zeros(len(self))
            for point, weight in weights.items():
                row[self._index[point]] = weight
            rows[name] = row
        return rows

    @property
    def names(self) -> frozenset[str]:
        """Every name this scheme can give: its own points and the derived ones."""
        return frozenset(self._rows)

    def conversion(self, target: "LandmarkScheme") -> tuple[tuple[str, ...], FloatArray]:
        """The points of `target` that this scheme has, and the matrix that makes them.

        Returns
        -------
        names : tuple of str
            The shared names, in `target`'s order; possibly empty.
        weights : (M, N) float64
            ``weights @ points`` are the shared points.
        """
        return _conversion(self, target)

    def indices(self, *names: str) -> tuple[int, ...]:
        """Positions of points given by name.

        Raises
        ------
        LandmarkError
            A name that is no point of this scheme.
        """
        try:
            return tuple(self._index[name] for name in names)
        except KeyError as error:
            raise LandmarkError(f"scheme {self.name!r} has no point {error.args[0]!r}") from None


@lru_cache(maxsize=256)
def _conversion(
    source: LandmarkScheme, target: LandmarkScheme
) -> tuple[tuple[str, ...], FloatArray]:
    rows = source._rows
    names = tuple(name for name in target.points if name in rows)
    weights = np.array([rows[name] for name in names]).reshape(len(names), len(source))
    weights.flags.writeable = False
    return names, weights


def _combined(weights: FloatArray, values: FloatArray) -> FloatArray:
    """``weights @ values``, in which a weight of zero leaves even NaN out."""
    known = np.isfinite(values)
    if known.all():
        return weights @ values
    sums: FloatArray = weights @ np.where(known, values, 0.0)
    sums[(weights != 0) @ ~known] = np.nan
    return sums


@dataclass(frozen=True, eq=False)
class Landmarks:
    """The points of one face in one image.

    Parameters
    ----------
    points : (N, 2) array_like
        x right and y down in pixels; an integer is a pixel's centre. Never rounded.
        A point that was not found is NaN.
    scheme : LandmarkScheme
        What the rows mean.
    quality : (N,) array_like, optional
        The model's own confidence per point; higher is better, no fixed range.

    Raises
    ------
    LandmarkError
        A number of points or qualities that does not fit the scheme.
    """

    points: FloatArray
    scheme: LandmarkScheme
    quality: FloatArray | None = None

    def __init__(
        self, points: ArrayLike, scheme: LandmarkScheme, quality: ArrayLike | None = None
    ) -> None:
        array = np.array(points, dtype=np.float64)
        if array.shape != (len(scheme), 2):
            raise LandmarkError(
                f"scheme {scheme.name!r} wants points of shape ({len(scheme)}, 2), "
                f"got {array.shape}"
            )
        array.flags.writeable = False
        object.__setattr__(self, "points", array)
        object.__setattr__(self, "scheme", scheme)
        values = None if quality is None else np.array(quality, dtype=np.float64)
        if values is not None:
            if values.shape != (len(scheme),):
                raise LandmarkError(
                    f"scheme {scheme.name!r} wants quality of shape ({len(scheme)},), "
                    f"got {values.shape}"
                )
            values.flags.writeable = False
        object.__setattr__(self, "quality", values)

    def to(self, target: LandmarkScheme) -> "Landmarks":
        """These landmarks in another scheme, all of whose points must be available.

        Quality is carried over with the same weights. A point that derives from a NaN point is
        NaN; the others are not touched by it.

        Raises
        ------
        LandmarkError
            A point of `target` that this scheme cannot give.
        """
        names, weights = self.scheme.conversion(target)
        missing = [name for name in target.points if name not in names]
        if missing:
            raise LandmarkError(
                f"scheme {self.scheme.name!r} cannot give {', '.join(missing)} of {target.name!r}"
            )
        quality = None if self.quality is None else _combined(weights, self.quality)
        return Landmarks(_combined(weights, self.points), target, quality)

    def common(self, target: LandmarkScheme) -> tuple[tuple[int, ...], FloatArray]:
        """The points that these landmarks share with `target`.

        Returns
        -------
        indices : tuple of int
            Which points of `target` they are.
        points : (M, 2) float64
            Where they are, in pixels; NaN where they derive from a NaN point.
        """
        names, weights = self.scheme.conversion(target)
        return target.indices(*names), _combined(weights, self.points)

    def mirrored(self, width: float) -> "Landmarks":
        """These landmarks in the image flipped left to right.

        Parameters
        ----------
        width : float
            The image's width in pixels; pixel centre x goes to ``width − 1 − x``.
        """
        order = list(self.scheme.mirror)
        points = self.points[order].copy()
        points[:, 0] = width - 1 - points[:, 0]
        return Landmarks(points, self.scheme, None if self.quality is None else self.quality[order])
