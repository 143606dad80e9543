"""Thermal probes and visible galleries whose crops say what they show and who aligned them.

Every image is a ramp: its value is its column. A crop's middle is therefore as far from the
template's as its aligner moved the points, and a second number says which face it is.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import ClassVar

import fakes
import numpy as np

from align_eval.catalog import Catalog, Entry
from align_eval.dataset import Dataset, Trials
from align_eval.faces import Box, Face, Modality
from align_eval.landmarks import Landmarks
from align_eval.study import Study

V, T = Modality.VISIBLE, Modality.THERMAL
MIDDLE = 56


@dataclass(frozen=True)
class Ramp:
    number: int
    modality: Modality

    def __call__(self):
        ramp = np.tile(np.arange(112, dtype=np.uint16), (112, 1))
        if self.modality is T:
            return ramp + np.uint16(256 * self.number)
        number = np.full_like(ramp, self.number)
        return np.stack([ramp, number, ramp], axis=2).astype(np.uint8)


def seen(crop):
    """(number of the face, pixels by which its aligner moved the points)."""
    if crop.ndim == 2:
        number, ramp = divmod(int(crop[MIDDLE, MIDDLE]), 256)
        return number, ramp - MIDDLE
    ramp, number, _ = map(int, crop[MIDDLE, MIDDLE])
    return number, ramp - MIDDLE


def number_of(face_id):
    """Faces are numbered subject by subject: a visible one, and two to probe with."""
    subject, shot = face_id[1:].split("_")
    return 3 * int(subject) + int(shot)


def subject_of(number):
    return f"p{number // 3}"


def _faces(subjects, probes):
    kinds = (V, probes, probes)
    return [
        Face(f"p{i}_{j}", f"p{i}", kinds[j], Ramp(3 * i + j, kinds[j]), Box(0, 0, 112, 112))
        for i in subjects
        for j in range(3)
    ]


@cache
def _marks():
    return Landmarks(fakes.POINTS, fakes.FIVE)


def _crossed(faces):
    gallery = {face.subject: (face.id,) for face in faces if face.id.endswith("_0")}
    probes = [face.id for face in faces if not face.id.endswith("_0")]
    return Trials.cross(gallery, probes, {face.id: face.subject for face in faces})


def split(name="split", subjects=4, trained=2, probes="thermal", truth=True, mixed=False):
    """`subjects` people who are tested, and `trained` more to learn from."""
    tested = _faces(range(subjects), Modality(probes))
    training = _faces(range(subjects, subjects + trained), Modality(probes))
    trials = _crossed(tested)
    if mixed:
        tested[-1] = replace(tested[-1], modality=V, load=Ramp(3 * subjects - 1, V))
    known = {f.id: _marks() for f in (*tested, *training)} if truth else {}
    return Dataset(name, tuple(tested), trials, known, tuple(training))


FOLDS = {0: (0, 1), 1: (2, 3), 2: (0, 2)}
"""Which of four people are trained on; a pair of the third fold is in another one, too."""


def folded(name="folded", probes="thermal"):
    """Four people in three folds: in each, two are trained on, and the others tested."""
    faces = _faces(range(4), Modality(probes))
    whole = _crossed(faces)
    pairs = list(zip(whole.reference_index.tolist(), whole.probe_index.tolist(), strict=True))
    rows, columns, numbers, folds = [], [], [], {}
    for fold, trained in FOLDS.items():
        people = {f"p{i}" for i in trained}
        folds[fold] = tuple(face.id for face in faces if face.subject in people)
        for i, j in pairs:
            if not {whole.reference_subjects[i], whole.probe_subjects[j]} & people:
                rows.append(i)
                columns.append(j)
                numbers.append(fold)
    trials = Trials(
        whole.references,
        whole.probes,
        whole.reference_subjects,
        whole.probe_subjects,
        np.array(rows),
        np.array(columns),
        np.array(numbers),
        whole.gallery,
    )
    truth = {face.id: _marks() for face in faces}
    return Dataset(name, tuple(faces), trials, truth, folds=folds)


def listed(name="listed", shots=3):
    """Every pair of visible faces: each face but the last is a reference, and most are probes."""
    faces = _faces(range(shots), V)
    ids = [face.id for face in faces]
    first, second = np.triu_indices(len(ids), k=1)
    trials = Trials.pairs(
        [ids[i] for i in first], [ids[i] for i in second], {f.id: f.subject for f in faces}
    )
    return Dataset(name, tuple(faces), trials, {face.id: _marks() for face in faces})


class Moved:
    """The truth, moved to the right by `by` pixels; misses the faces in `misses`."""

    scheme = fakes.FIVE
    asked: ClassVar = []

    def __init__(self, by=0, misses=(), name="moved"):
        self.name, self.by, self.misses = name, by, misses

    def locate(self, faces):
        self.asked += [(self.name, face.id) for face in faces]
        points = fakes.POINTS + np.array([self.by, 0.0])
        return [None if f.id in self.misses else Landmarks(points, fakes.FIVE) for f in faces]


class Recorder:
    """A pipeline that learns and writes down whatever it is shown.

    A score is the sum of the numbers of the faces it learned from, that of the reference, and a
    thousandth of the probe's.
    """

    events: ClassVar = []
    opened: ClassVar = []

    def __init__(self, name="recorder", fails=False):
        self.name, self.fails = name, fails
        self.template = fakes.Pixels().template
        self.provenance = {"learned_from": 0}
        self.opened.append(self)
        self.closed = False
        self._sum = None

    def fit(self, crops, faces, *, references, probes):
        if self.fails:
            raise KeyError(next(iter(crops)).shape)
        shown = [seen(crop) for crop in crops]
        self.events.append(("fit", shown, [face.id for face in faces], (references, probes)))
        self._sum = sum(number for number, _ in shown)
        self.provenance = {"learned_from": len(shown)}

    def enroll(self, crops, references):
        shown = [seen(crop) for crop in crops]
        self.events.append(("enroll", shown, list(references)))
        rows = [[self._sum, number, 1] for number, _ in shown]
        return np.array(rows, np.float32).reshape(-1, 3)

    def probe(self, crops):
        shown = [seen(crop) for crop in crops]
        self.events.append(("probe", shown))
        return np.array([[1, 1, n / 1000] for n, _ in shown], np.float32).reshape(-1, 3)

    def close(self):
        self.closed = True


class Symmetric(fakes.Pixels):
    """An untrained, symmetric pipeline that writes down the crops that it embeds."""

    events: ClassVar = []

    def embed(self, crops):
        kept = list(crops)
        self.events += [seen(crop) for crop in kept]
        return super().embed(kept)


def forget():
    """Nothing has been seen yet."""
    for log in (Recorder.events, Recorder.opened, Symmetric.events, Moved.asked):
        log.clear()


def events(kind):
    return [event for event in Recorder.events if event[0] == kind]


def catalogs():
    own = fakes.catalogs()
    return replace(
        own,
        datasets=Catalog(
            "data set",
            {name: Entry(f"crossing:{name}", "ramps") for name in ("split", "folded", "listed")},
        ),
        landmark_models=Catalog(
            "landmark model",
            {**own.landmark_models.entries, "moved": Entry("crossing:Moved", "truth, moved")},
        ),
        pipelines=Catalog(
            "pipeline",
            {
                "recorder": Entry("crossing:Recorder", "learns"),
                "symmetric": Entry("crossing:Symmetric", "does not"),
            },
        ),
    )


def study(dataset="split", pipeline="recorder", **changes):
    """Ground truth, and aligners that are 4 and 8 pixels off."""
    config = {
        "name": "crossing",
        "datasets": [dataset],
        "aligners": ["ground_truth", near(), far()],
        "pipelines": [pipeline],
        "metrics": ["EER", "AUC"],
        "normalisers": ["ipn"],
        "resamples": 5,
        "samples": 0,
        **changes,
    }
    return Study.from_config(config)


def near(**options):
    return {"name": "near", "model": "moved", "by": 4, **options}


def far(**options):
    return {"name": "far", "model": "moved", "by": 8, **options}
