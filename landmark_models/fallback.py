"""Several landmark models in one: the next is asked where those before found nothing.

It is what a deployed system does with a failure to acquire, and so the third way to count one,
beside ``reject`` and ``exclude`` (`align_eval.resample.POLICIES`): the failed face gets another
model's landmarks, which may be worse than none.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from align_eval.errors import ConfigError
from align_eval.faces import Face
from align_eval.interfaces import DatasetBound, LandmarkModel, TrainableModel
from align_eval.landmarks import Landmarks, LandmarkScheme
from align_eval.schemes import scheme_named
from align_eval.study import Part

FOUND_BY, FOUND_BY_NONE = "found by ", "found by none"
"""How its notes call the numbers of faces that each model found, before the model's name."""


class Fallback:
    """Asks models in order; a face has the landmarks of the first that finds it.

    A model has found a face if some point of its answer is finite. Its points are never mixed
    with those of another. Where all models have one scheme, results have it, too; else every
    result is in the five points of scheme ``five``, with its quality converted likewise, and every
    model must be able to give these.

    Parameters
    ----------
    models : sequence of str or mapping
        As a study writes aligners: a catalogue name, or a table of ``model``, its options and, to
        tell two of them apart, a ``name``. At least two. Models that learn within the study or
        must know its data set are refused.
    name : str
        As it is called in results.
    workers : int
        Threads of each model.
    seed : int
        The study's.

    Raises
    ------
    ConfigError
        Fewer than two models, two of one name, one that learns or must know the data set, or
        schemes that have no five points in common. Also whatever making one of them raises.

    Examples
    --------
    >>> from align_eval.faces import Box, Modality
    >>> blank = np.zeros((100, 100), np.uint8)
    >>> wide = {"name": "wide", "model": "box", "layout": "dlib-hog"}
    >>> fallback = Fallback(["box", wide])
    >>> face = Face("a", "A", Modality.VISIBLE, lambda: blank, Box(0, 0, 100, 100))
    >>> fallback.locate([face])[0].points[2].round(1).tolist()
    [50.0, 54.5]
    >>> fallback.provenance["found by box"], fallback.provenance["found by wide"]
    (1, 0)
    """

    def __init__(
        self,
        models: Sequence[str | Mapping[str, Any]],
        *,
        name: str = "fallback",
        workers: int = 1,
        seed: int = 0,
    ) -> None:
        self.name = name
        parts = _parts(name, models)
        self._options: dict[str, Any] = {
            "models": list(models),
            "name": name,
            "workers": workers,
            "seed": seed,
        }
        self._models = {part.name: _made(name, part, workers, seed) for part in parts}
        self._scheme = _shared_scheme(name, self._models)
        self._found = dict.fromkeys(self._models, 0)
        self._asked = 0

    def __reduce__(self) -> tuple[object, ...]:
        return partial(type(self), **self._options), ()

    @property
    def scheme(self) -> LandmarkScheme:
        """The models' own, if it is the same; else the five points of alignment."""
        return self._scheme

    @property
    def box_policy(self) -> str:
        """``"needed"`` if every model needs a box: else it may find faces without."""
        needed = [getattr(one, "box_policy", "needed") == "needed" for one in self._models.values()]
        return "needed" if all(needed) else "ignored"

    @property
    def provenance(self) -> dict[str, str | int | float]:
        """Every model's own, under its name, and how many faces each has found so far."""
        about: dict[str, str | int | float] = {"models": ", ".join(self._models)}
        for name, model in self._models.items():
            own = getattr(model, "provenance", {})
            about |= {f"{name} {key}": value for key, value in own.items()}
        about |= {f"{FOUND_BY}{name}": count for name, count in self._found.items()}
        return {**about, FOUND_BY_NONE: self._asked - sum(self._found.values())}

    def locate(self, faces: Sequence[Face]) -> list[Landmarks | None]:
        """The landmarks of each face by the first model that finds it; None where none does."""
        found: list[Landmarks | None] = [None] * len(faces)
        self._asked += len(faces)
        for name, model in self._models.items():
            left = [i for i, marks in enumerate(found) if marks is None]
            results = model.locate([faces[i] for i in left]) if left else []
            for i, marks in zip(left, results, strict=True):
                found[i] = self._converted(marks)
                self._found[name] += found[i] is not None
        return found

    def _converted(self, marks: Landmarks | None) -> Landmarks | None:
        if marks is None:
            return None
        own = marks if marks.scheme == self._scheme else marks.to(self._scheme)
        return own if np.isfinite(own.points).any() else None


def _parts(name: str, models: Sequence[str | Mapping[str, Any]]) -> list[Part]:
    if isinstance(models, str | Mapping) or len(models) < 2:
        raise ConfigError(f"landmark model {name!r} wants a list of at least two models")
    parts = [Part.from_config(table, "fallback's model") for table in models]
    names = [part.name for part in parts]
    twice = next((one for one in names if names.count(one) > 1), None)
    if twice is not None:
        raise ConfigError(f"landmark model {name!r} names the model {twice!r} twice")
    return parts


def _made(name: str, part: Part, workers: int, seed: int) -> LandmarkModel:
    from landmark_models import CATALOG

    context = {"name": part.name, "workers": workers, "seed": seed}
    model: LandmarkModel = CATALOG.build(part.model, part.options, **context)
    for protocol, why in ((TrainableModel, "learns"), (DatasetBound, "must know the data set")):
        if isinstance(model, protocol):
            raise ConfigError(
                f"landmark model {name!r} wants models that are ready, got {part.name!r}, "
                f"which {why}"
            )
    return model


def _shared_scheme(name: str, models: Mapping[str, LandmarkModel]) -> LandmarkScheme:
    schemes = {one: model.scheme for one, model in models.items()}
    if len(set(schemes.values())) == 1:
        return next(iter(schemes.values()))
    five = scheme_named("five")
    for one, scheme in schemes.items():
        known = scheme.conversion(five)[0]
        lacking = [point for point in five.points if point not in known]
        if lacking:
            raise ConfigError(
                f"landmark model {name!r} wants models of one scheme or with the points of scheme "
                f"'five', got {one!r} of scheme {scheme.name!r} without {', '.join(lacking)}"
            )
    return five
