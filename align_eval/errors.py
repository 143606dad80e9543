"""The exceptions that align-eval raises on purpose.

::

    AlignEvalError              a known problem: one line on stderr, exit code 2
    ├── ConfigError             a study or model description that cannot be used
    │   ├── UnknownNameError    a name that no catalogue holds; says what is near it
    │   └── StudyChangedError   a run folder that belongs to another study
    ├── MissingExtraError       an optional package that is not installed; says its extra
    ├── ContractError           an object that does not keep the protocol it claims
    ├── DataError               a data set, manifest or pair list that cannot be used
    │   └── ImageError          an image that cannot be read; counted as a failure to acquire
    ├── LandmarkError           landmarks of the wrong number, shape or scheme
    │   └── DegenerateFitError  points that determine no alignment; a failure to acquire
    └── MetricError             a metric without its value, or one that these scores do not define

Anything else that escapes is a defect of the program and shows its traceback.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class AlignEvalError(Exception):
    """A known problem, explained in one line."""

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions are unpickled by calling their class with the message alone, which those with
        # parameters of their own do not take: a worker process could not report them.
        return _restored, (type(self), self.args, vars(self))


class ConfigError(AlignEvalError):
    """A study or model description that cannot be used."""


class UnknownNameError(ConfigError):
    """A name that no catalogue holds.

    Parameters
    ----------
    kind : str
        What was looked for: "landmark model", "metric", …
    name : str
        What was given.
    known : iterable of str
        Every name that would have been accepted.

    Examples
    --------
    >>> print(UnknownNameError("aligner", "dlib86", ["dlib68", "box"]))
    unknown aligner 'dlib86'. Did you mean 'dlib68'? Known: box, dlib68.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = get_close_matches(name, names, n=1, cutoff=0.5)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        listing = ", ".join(names) if names else "none"
        super().__init__(f"unknown {kind} {name!r}.{hint} Known: {listing}.")
        self.kind, self.name, self.near = kind, name, near[0] if near else None


class StudyChangedError(ConfigError):
    """A run folder that was made by a different study."""


class MissingExtraError(AlignEvalError):
    """An optional package is not installed.

    Examples
    --------
    >>> print(MissingExtraError("dlib", "dlib", "landmark model 'dlib68'"))
    landmark model 'dlib68' needs the package 'dlib': pip install 'align-eval[dlib]'.
    """

    def __init__(self, package: str, extra: str, needed_by: str) -> None:
        super().__init__(
            f"{needed_by} needs the package {package!r}: pip install 'align-eval[{extra}]'."
        )
        self.package, self.extra = package, extra


class ContractError(AlignEvalError):
    """An object that does not keep the protocol it claims."""


class DataError(AlignEvalError):
    """A data set, manifest or pair list that cannot be used."""


class ImageError(DataError):
    """An image that cannot be read."""


class LandmarkError(AlignEvalError):
    """Landmarks of the wrong number, shape or scheme."""


class DegenerateFitError(LandmarkError):
    """Points that determine no alignment: too few, coincident or not finite."""


class MetricError(AlignEvalError):
    """A metric without its value, or one that these scores do not define."""


def _restored(
    kind: type[AlignEvalError], args: tuple[object, ...], state: dict[str, object]
) -> AlignEvalError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error
