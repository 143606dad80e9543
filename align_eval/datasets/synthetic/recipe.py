"""What a synthetic data set is made of: every parameter, and the shots that follow from them."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from align_eval.datasets.synthetic.heads import HEADS
from align_eval.datasets.synthetic.mesh import HeadModel
from align_eval.datasets.synthetic.ranges import RANGES, View, view_of
from align_eval.datasets.synthetic.render import FARTHEST, SPECTRA, Pair, render
from align_eval.datasets.synthetic.scene import Scene
from align_eval.datasets.synthetic.thermal_camera import CAMERAS, ThermalCamera
from align_eval.datasets.synthetic.truth import FloatArray, outline_of
from align_eval.datasets.synthetic.variations import SPREADS, Shot, shot_of, variations_named
from align_eval.errors import ConfigError, DataError, UnknownNameError

_MOST = 100_000
_LIMITS = {
    "seed": (0, 2**63),
    "first_subject": (0, _MOST),
    "subjects": (1, _MOST),
    "sessions": (1, 1000),
    "repeats": (1, 1000),
}
SPECTRA_NAMES: Mapping[str, tuple[str, ...]] = {
    "visible": ("visible",),
    "thermal": ("thermal",),
    "both": SPECTRA,
}
_NO_PIXELS = ("dataset.py", "protocols.py")
_SOURCES = Path(__file__).parent


@dataclass(frozen=True)
class Recipe:
    """Parameters of a set.

    Parameters
    ----------
    head, head_path : str
        A head model of `heads.HEADS`, and its file if it has one.
    seed : int
        Another seed, other people.
    first_subject, subjects : int
        Which people; more of them leave the others as they are.
    sessions, repeats : int
        Sessions of each person, and images of each variation in a session.
    variations : tuple of str
        Acronyms, in table order.
    spectra : tuple of str
        ``visible``, ``thermal`` or both.
    view : View
        Resolution.
    range_name : str
        A key of `ranges.RANGES`, or ``""``; it chooses the thermal camera.
    spread : str
        A key of `variations.SPREADS`.
    parallax : float
        See `render.render`.

    Raises
    ------
    ConfigError
        A number out of range.
    UnknownNameError
        An unknown head, range or spread.
    """

    head: str
    head_path: str
    seed: int
    first_subject: int
    subjects: int
    sessions: int
    repeats: int
    variations: tuple[str, ...]
    spectra: tuple[str, ...]
    view: View
    range_name: str = ""
    spread: str = "vis_th"
    parallax: float = 0.0

    def __post_init__(self) -> None:
        for name, (low, high) in _LIMITS.items():
            value = getattr(self, name)
            if type(value) is not int or not low <= value <= high:
                raise ConfigError(
                    f"data set 'synthetic': {name} wants a whole number from {low} to {high}, "
                    f"got {value!r}"
                )
        if self.range_name and self.range_name not in RANGES:
            raise UnknownNameError("range", self.range_name, RANGES)
        if self.spread not in SPREADS:
            raise UnknownNameError("spread", self.spread, SPREADS)
        if not abs(self.parallax) <= FARTHEST:
            raise ConfigError(
                f"data set 'synthetic': parallax wants at most {FARTHEST:g} eye distances, "
                f"got {self.parallax}"
            )
        HEADS[self.head]

    @property
    def members(self) -> range:
        """The subjects' numbers."""
        return range(self.first_subject, self.first_subject + self.subjects)

    def shots(self, subject: int) -> Iterator[Shot]:
        """Every shot of a subject, by session, variation and repeat."""
        spread = SPREADS[self.spread]
        for session in range(self.sessions):
            for variation in self.variations:
                for repeat in range(self.repeats):
                    yield shot_of(self.seed, subject, session, variation, repeat, spread)

    def name_of(self, shot: Shot) -> str:
        """A shot's name: ``s003_0_NN``, with the repeat at the end if there are several."""
        repeat = f"_{shot.repeat}" if self.repeats > 1 else ""
        return f"s{shot.subject:03d}_{shot.session}_{shot.variation}{repeat}"

    @property
    def thermal_camera(self) -> ThermalCamera:
        """The camera of the range."""
        return CAMERAS[self.range_name or "generic"]

    def model(self) -> HeadModel:
        """The head model; the same object on every call in one process."""
        return _model(self.head, self.head_path)

    def render(self, shot: Shot) -> Pair:
        """One pair."""
        return render(
            self.model(),
            shot,
            self.view,
            spectra=self.spectra,
            parallax=self.parallax,
            thermal_camera=self.thermal_camera,
        )

    def outlines(self, shot: Shot) -> dict[str, tuple[FloatArray, float]]:
        """For each spectrum, the 68 points in pixels and the share that the occluder hides.

        They are those of `render`, bit for bit, but nothing is rendered.
        """
        model = self.model()
        upright = Scene(model, shot)
        aside = Scene(model, shot, self.parallax) if self.parallax else upright
        found = {}
        for spectrum in self.spectra:
            scene = aside if spectrum == "thermal" else upright
            occluder = scene.held if spectrum == "thermal" else scene.opaque
            points, hidden = outline_of(scene, scene.camera(self.view), occluder)
            found[spectrum] = points, float(hidden.mean())
        return found

    def to_json(self) -> dict[str, Any]:
        """Every parameter, and the version of the code; the head's path is left out."""
        values = {name: value for name, value in asdict(self).items() if name != "head_path"}
        return {**values, "head_file": _file_digest(self.head_path), "generator": version()}

    def digest(self) -> str:
        """16 hexadecimal digits of every parameter, the head's file and the code's version."""
        text = json.dumps(self.to_json(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def recipe_of(
    head: str = "parametric",
    head_path: str = "",
    subjects: int = 20,
    first_subject: int = 0,
    sessions: int = 1,
    repeats: int = 1,
    variations: str | Sequence[str] = "all",
    spectra: str = "both",
    seed: int = 0,
    size: int = 0,
    eye_distance: float = 0.0,
    range_name: str = "",
    spread: str = "vis_th",
    parallax: float = 0.0,
) -> Recipe:
    """A recipe from options as a study or a command line gives them.

    Parameters
    ----------
    variations : str or sequence of str
        See `variations.variations_named`.
    spectra : str
        ``visible``, ``thermal`` or ``both``.
    size, eye_distance, range_name
        See `ranges.view_of`.
    others
        See `Recipe`.

    Raises
    ------
    ConfigError
        A number out of range, or a parallax that `render.render` refuses.
    UnknownNameError
        An unknown name.
    """
    if spectra not in SPECTRA_NAMES:
        raise UnknownNameError("choice of spectra", spectra, SPECTRA_NAMES)
    return Recipe(
        head,
        head_path,
        seed,
        first_subject,
        subjects,
        sessions,
        repeats,
        variations_named(variations),
        SPECTRA_NAMES[spectra],
        view_of(range_name, size, eye_distance),
        range_name,
        spread,
        parallax,
    )


@lru_cache(maxsize=1)
def version() -> str:
    """12 hexadecimal digits of the generator's source and of the packages that it computes with.

    Other code may make other pixels; that which only sorts images into a data set is left out.
    """
    digest = hashlib.sha256(f"numpy {np.__version__}, opencv {cv2.__version__}".encode())
    for file in sorted(_SOURCES.rglob("*.py")):
        if file.name in _NO_PIXELS:
            continue
        digest.update(file.relative_to(_SOURCES).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


@lru_cache(maxsize=4)
def _model(name: str, path: str) -> HeadModel:
    model: HeadModel = HEADS.build(name, {"path": path} if path else {})
    return model


def _file_digest(path: str) -> str:
    if not path:
        return ""
    file = Path(path)
    files = sorted(file.iterdir()) if file.is_dir() else [file]
    digest = hashlib.sha256()
    try:
        for each in files:
            if each.is_file():
                digest.update(each.name.encode() + b"\0" + each.read_bytes())
    except OSError as error:
        raise DataError(f"head model at {path} cannot be read: {error.strerror}") from error
    return digest.hexdigest()[:16]
