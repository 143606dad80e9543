"""The synthetic benchmark as a data set: rendered when asked for, or kept in a cache."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align_eval.dataset import Dataset, Trials
from align_eval.datasets.synthetic import protocols
from align_eval.datasets.synthetic._shelf import (
    RECIPE,
    SUFFIX,
    cache_folder,
    records_of,
    shelve,
)
from align_eval.datasets.synthetic.recipe import SPECTRA_NAMES, Recipe, recipe_of
from align_eval.datasets.synthetic.render import Pair
from align_eval.datasets.synthetic.truth import FloatArray, boundary
from align_eval.datasets.synthetic.variations import Shot, variations_named
from align_eval.errors import ConfigError
from align_eval.faces import Face, Modality
from align_eval.image import Image, ImageFile
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named

_MIRRORED = "_m"
_USUAL = 20


@dataclass(frozen=True, slots=True)
class RenderedFace:
    """One image, rendered when it is called. Picklable.

    Parameters
    ----------
    recipe : Recipe
        The set.
    shot : Shot
        Which image of it.
    spectrum : str
        ``visible`` or ``thermal``.
    """

    recipe: Recipe
    shot: Shot
    spectrum: str

    def __call__(self) -> Image:
        """RGB uint8 (size, size, 3), or thermal uint16 (size, size) in centikelvin."""
        pair = _rendered(self.recipe, self.shot)
        image = pair.visible if self.spectrum == "visible" else pair.thermal
        if image is None:
            raise ConfigError(f"this set has no {self.spectrum} images")
        return image.copy()


@lru_cache(maxsize=8)
def _rendered(recipe: Recipe, shot: Shot) -> Pair:
    """The last few pairs of this process, since both spectra of one are rendered at once."""
    return recipe.render(shot)


@dataclass(frozen=True, slots=True)
class MirroredFace:
    """Another image, flipped left to right. Picklable.

    Parameters
    ----------
    load : callable
        Reads the other image.
    """

    load: RenderedFace | ImageFile

    def __call__(self) -> Image:
        """Read and flip it."""
        return np.ascontiguousarray(self.load()[:, ::-1])


def load(
    root: str = "",
    head: str = "parametric",
    head_path: str = "",
    subjects: int = 0,
    first_subject: int = 0,
    sessions: int = 1,
    repeats: int = 1,
    variations: str | Sequence[str] = "all",
    spectra: str = "",
    seed: int = 0,
    size: int = 0,
    eye_distance: float = 0.0,
    range: str = "",  # noqa: A002  the papers' word, as studies write it
    spread: str = "vis_th",
    parallax: float = 0.0,
    protocol: str = "visible",
    probes: str = "",
    training: int = 0,
    probe_variations: str | Sequence[str] = "all",
    gallery: str | Sequence[str] = "NN",
    mirror: bool = False,
    cache: str = "",
    workers: int = 1,
) -> Dataset:
    """People rendered in up to two spectra, with exact landmarks.

    Parameters
    ----------
    root : str
        Not used: there are no files.
    head, head_path, subjects, first_subject, sessions, repeats, seed
        See `Recipe`. 0 subjects: as many as the protocol has, or 20.
    variations : str or sequence of str
        Acronyms, or ``all``, ``lit`` (all but LD) or ``clear`` (lit, and nothing hides the face).
    spectra : str
        ``visible``, ``thermal`` or ``both``; by default what the protocol compares.
    size, eye_distance, range
        Pixels; see `ranges.view_of`.
    spread, parallax
        ``vis_th``, ``training`` (wider poses) or ``still``; see `render.render`.
    protocol : str
        ``visible``, ``thermal_to_visible``, ``visible_to_visible``, ``protocol1:0`` (a protocol
        and its fold), ``protocol2:0``, ``dmsl:0`` or ``none``; see `protocols.trials_of`.
        ``protocol1`` and ``protocol2`` without a fold are all five of them, cross-validated: a
        subject is tested in some and trained on in others (`Dataset.folds`).
    probes : str
        ``thermal`` (the default) or ``visible``: the faces that meet the gallery of Protocols 1
        and 2. The other protocols have their own.
    training : int
        How many of the subjects, the last ones, ``visible``, ``thermal_to_visible`` and
        ``visible_to_visible`` train on instead of testing them.
    probe_variations : str or sequence of str
        Variations that the gallery is probed with, of those that there are: ``lit`` leaves out
        visible faces in the dark.
    gallery : str or sequence of str
        Variations that are enrolled where probes meet a visible gallery.
    mirror : bool
        Give every image a mirrored copy, too, which no trial uses: it can be trained on.
    cache : str
        A folder where the set is rendered once and then read; ``auto``: the user's own. Without
        it, faces are rendered whenever they are loaded.
    workers : int
        Processes that fill the cache.

    Returns
    -------
    Dataset
        Ids such as ``s003_0_NN_vis``; the boxes B of DMSL; the truth in scheme ``ibug68``; the
        attributes of `_face`, among them ``variation``, ``pair``, ``yaw`` (degrees),
        ``occluded`` (the share of the points that glasses, hat or hand hide) and ``split``
        (``test``, ``validation`` or ``training``; ``test`` where all folds are cross-validated).

    Raises
    ------
    ConfigError
        An unknown name, an option out of range, or a protocol that lacks faces.
    """
    kind, compared = protocol.partition(":")[0], protocols.probed(protocol, probes)
    own = protocols.ARL[kind].subjects if kind in protocols.ARL else _USUAL
    chosen = spectra or ("visible" if compared is Modality.VISIBLE else "both")
    people = (head, head_path, subjects or own, first_subject, sessions, repeats)
    images = (variations, chosen, seed, size, eye_distance, range, spread, parallax)
    recipe = recipe_of(*(people + images))
    folds = protocols.folds_of(protocol, recipe.members, seed, training)
    known = _kept(recipe, cache, workers) if cache else _unrendered(recipe)
    made = [(_face(recipe, image, folds), image.landmarks) for image in known]
    if mirror:
        made += [_flipped(face, points, recipe.view.size) for face, points in made]
    faces, truth = [face for face, _ in made], {face.id: points for face, points in made}
    compared_by = partial(
        protocols.trials_of,
        protocol,
        gallery=variations_named(gallery),
        probes=probes,
        variations=variations_named(probe_variations),
    )
    if len(folds) > 1:
        return _cross_validated(faces, truth, folds, compared_by)
    trained = tuple(face for face in faces if face.attributes["split"] != "test")
    tested = tuple(face for face in faces if face.attributes["split"] == "test")
    trials = compared_by(tested)
    return Dataset("synthetic", tested, trials, truth, trained)


def _cross_validated(
    faces: Sequence[Face],
    truth: Mapping[str, Landmarks],
    folds: Sequence[protocols.Fold],
    compared_by: Callable[[Sequence[Face]], Trials | None],
) -> Dataset:
    """Every fold of a protocol; `compared_by` makes the trials of tested faces."""
    tested = [{_name(number) for number in fold.test} for fold in folds]
    sometime = [face for face in faces if any(face.subject in members for members in tested)]
    trials = compared_by(sometime)
    if trials is None:
        raise ConfigError(
            "all folds of a protocol want visible faces for the gallery, got thermal ones alone; "
            "landmarks alone are tested on one fold, such as protocol1:0"
        )
    trained = [{_name(number) for number in fold.training} for fold in folds]
    return Dataset(
        "synthetic",
        tuple(faces),
        protocols.cross_validated(trials, tested),
        truth,
        folds={k: tuple(f.id for f in faces if f.subject in who) for k, who in enumerate(trained)},
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """An image, where it comes from, and what is known of it before it is read."""

    shot: Shot
    spectrum: str
    load: RenderedFace | ImageFile
    landmarks: Landmarks
    occluded: float


def _unrendered(recipe: Recipe) -> Iterator[_Known]:
    for subject in recipe.members:
        for shot in recipe.shots(subject):
            for spectrum, (points, occluded) in recipe.outlines(shot).items():
                face = RenderedFace(recipe, shot, spectrum)
                yield _Known(shot, spectrum, face, _landmarks(points), occluded)


def _kept(recipe: Recipe, cache: str, workers: int) -> Iterator[_Known]:
    """The faces of a cached set; it holds both spectra, whichever of them is asked for."""
    stored = replace(recipe, spectra=SPECTRA_NAMES["both"])
    folder = cache_folder(stored, cache)
    if not (folder / RECIPE).is_file():
        shelve(stored, folder, workers)
    for record in records_of(folder):
        if record.spectrum not in recipe.spectra:
            continue
        truth = record.truth
        landmarks = _landmarks(np.array(truth["landmarks"], dtype=np.float64))
        file = ImageFile(folder / record.image)
        shot = Shot.from_json(truth["shot"])
        yield _Known(shot, record.spectrum, file, landmarks, float(truth["occluded"]))


def _landmarks(points: FloatArray | NDArray[Any]) -> Landmarks:
    return Landmarks(points, scheme_named("ibug68"))


def _name(subject: int) -> str:
    return f"s{subject:03d}"


def _face(recipe: Recipe, image: _Known, folds: Sequence[protocols.Fold]) -> Face:
    shot, pair = image.shot, recipe.name_of(image.shot)
    attributes: dict[str, str | float] = {
        "variation": shot.variation,
        "session": shot.session,
        "pair": pair,
        "spectrum": image.spectrum,
        "range": recipe.range_name,
        "yaw": shot.yaw,
        "pitch": shot.pitch,
        "roll": shot.roll,
        "occluded": image.occluded,
        "split": folds[0].split_of(shot.subject) if len(folds) == 1 else "test",
        "mirrored": 0,
    }
    return Face(
        f"{pair}_{SUFFIX[image.spectrum]}",
        _name(shot.subject),
        Modality(image.spectrum),
        image.load,
        boundary(image.landmarks.points),
        attributes,
    )


def _flipped(face: Face, landmarks: Landmarks, width: int) -> tuple[Face, Landmarks]:
    """The mirrored copy: yaw and roll change their signs."""
    flipped = landmarks.mirrored(width)
    turned = {name: -float(face.attributes[name]) for name in ("yaw", "roll")}
    if not isinstance(face.load, (RenderedFace, ImageFile)):
        raise ConfigError(f"{face.id} is mirrored already")
    copy = Face(
        face.id + _MIRRORED,
        face.subject,
        face.modality,
        MirroredFace(face.load),
        boundary(flipped.points),
        {**face.attributes, **turned, "mirrored": 1},
    )
    return copy, flipped
