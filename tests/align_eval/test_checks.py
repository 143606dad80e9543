"""Each check passes what keeps the law, and names what breaks it."""

import numpy as np
import pytest

from align_eval._drawn import drawn_crops, drawn_faces, learning_set, with_truth
from align_eval.checks import (
    check,
    check_dataset,
    check_detector,
    check_embedder,
    check_landmark_model,
    check_pipeline,
    require,
)
from align_eval.dataset import Dataset, GroundTruth, Trials
from align_eval.errors import ContractError, DataError, ImageError
from align_eval.faces import Box, Face, Modality
from align_eval.image import to_gray
from align_eval.interfaces import Detection
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from align_eval.templates import template

FIVE = scheme_named("five")


class Model:
    """Keeps every law: five points from the mean colour of the image."""

    name = "model"
    scheme = FIVE

    def locate(self, faces):
        return [self.one(face) for face in faces]

    def one(self, face):
        image = face.load()
        return Landmarks(np.full((5, 2), image.mean()), FIVE)


class Embedder:
    name, template, size = "embedder", "arcface112", (112, 112)

    def embed(self, crops):
        rows = [[c[:50].mean(), c[50:].mean()] for c in crops]
        return np.array(rows, np.float32).reshape(-1, 2)


class Pipeline:
    name = "pipeline"
    template = template("arcface112")

    def embed(self, crops):
        return Embedder().embed(crops)

    probe = embed

    def pool(self, rows, references):
        names = list(dict.fromkeys(references))
        means = [rows[[r == name for r in references]].mean(axis=0) for name in names]
        return np.array(means, np.float32)

    def enroll(self, crops, references):
        return self.pool(self.embed(crops), references)


class Detector:
    name = "detector"

    def detect(self, image):
        height, width = image.shape[:2]
        return [Detection(Box(0, 0, width, height), 1.0), Detection(Box(0, 0, 1, 1), 0.5)]


def broken(checks):
    return {law.name for law in checks if not law.ok}


@pytest.mark.parametrize("keeper", [Model(), Embedder(), Pipeline(), Detector(), GroundTruth()])
def test_an_object_that_keeps_its_protocol_passes(keeper):
    findings = check(keeper)
    assert len(findings) >= 5
    require(findings)


def faulty(base, **attributes):
    return type("Faulty", (base,), attributes)()


def spoil(face):
    face.load()[:] = 0
    return Landmarks(np.zeros((5, 2)), FIVE)


def refuse(face):
    if min(face.load().shape[:2]) < 2:
        raise ValueError("too small")
    return Landmarks(np.zeros((5, 2)), FIVE)


def by_position(self, faces):
    return [Landmarks(np.full((5, 2), float(i)), FIVE) for i in range(len(faces))]


@pytest.mark.parametrize(
    ("fault", "law"),
    [
        ({"name": ""}, "it has a name"),
        ({"scheme": scheme_named("ibug68")}, "every result has its scheme and number of points"),
        ({"locate": lambda self, faces: []}, "every result has its scheme and number of points"),
        ({"locate": by_position}, "a batch gives what single faces give"),
        ({"locate": by_position}, "order changes nothing"),
        ({"locate": lambda self, faces: [None] * max(1, len(faces))}, "no faces give no results"),
        ({"one": lambda self, face: spoil(face)}, "images stay as they were"),
        (
            {"one": lambda self, face: refuse(face)},
            "odd images and boxes give None or landmarks, and no error",
        ),
        (
            {"one": lambda self, face: Landmarks(np.full((5, 2), np.nan), FIVE)},
            "every result has its scheme and number of points",
        ),
    ],
)
def test_a_landmark_model_that_breaks_a_law_is_told_which(fault, law):
    assert law in broken(check_landmark_model(faulty(Model, **fault)))


def test_a_batch_may_differ_by_the_tolerance_that_is_given():
    def drift(self, faces):
        return [Landmarks(np.full((5, 2), 1e-4 * len(faces)), FIVE) for _ in faces]

    model = faulty(Model, locate=drift)
    assert broken(check_landmark_model(model))
    assert not broken(check_landmark_model(model, tolerance=1e-2))


def test_a_model_that_cannot_be_bound_is_a_finding():
    def for_dataset(self, dataset):
        raise KeyError("no")

    findings = check_landmark_model(faulty(Model, for_dataset=for_dataset))
    assert broken(findings) == {"it can be bound to a data set"}


class Learner:
    """Gives the mean of what it has learned, in the box; before that, an error."""

    name = "learner"
    scheme = scheme_named("ibug68")
    mean = None

    def fit(self, datasets):
        self.modalities = [face.modality for face in datasets["drawn"].training]
        shapes = [
            (datasets["drawn"].truth[face.id].points - face.box[:2]) / face.box[2:]
            for face in datasets["drawn"].training
        ]
        self.mean = np.mean(shapes, axis=0)

    def locate(self, faces):
        if self.mean is None:
            raise RuntimeError("not fitted yet")
        return [None if face.box is None else self.in_box(face.box) for face in faces]

    def in_box(self, box):
        return Landmarks(self.mean * box[2:] + box[:2], self.scheme)


def test_a_model_that_learns_is_fitted_to_drawn_people_of_both_spectra_first():
    model = Learner()
    findings = check(model)
    require(findings)
    assert findings[0].name == "it learns"
    assert set(model.modalities) == set(Modality)


def test_a_model_that_cannot_learn_is_asked_for_nothing_else():
    assert [tuple(law)[:2] for law in check(faulty(Learner, fit=lambda self, sets: 1 / 0))] == [
        ("it learns", False)
    ]


def test_what_is_learned_from_are_faces_whose_mirror_images_are_faces_too():
    data = learning_set()
    for face in data.training:
        points, box = data.truth[face.id], face.box
        side = round(2 * box.centre[0] + 1)
        assert np.allclose(points.mirrored(side).points, points.points)
        assert (points.points >= box[:2]).all()
        assert (points.points <= np.array(box[:2]) + box[2:]).all()
    assert len({face.subject for face in data.training}) == 6


@pytest.mark.parametrize(
    ("fault", "law"),
    [
        ({"detect": lambda self, image: None}, "detections are sound, best first"),
        ({"detect": lambda self, image: [(1, 2)]}, "detections are sound, best first"),
        (
            {"detect": lambda self, image: Detector.detect(self, image)[::-1]},
            "detections are sound, best first",
        ),
        (
            {"detect": lambda self, image: [Detection(Box(0, 0, 0, 5), 1.0)]},
            "odd images are survived",
        ),
        ({"detect": lambda self, image: image.fill(0) or []}, "images stay as they were"),
    ],
)
def test_a_detector_that_breaks_a_law_is_told_which(fault, law):
    assert law in broken(check_detector(faulty(Detector, **fault)))


def test_a_detector_that_remembers_is_found_out():
    class Remembers(Detector):
        calls = 0

        def detect(self, image):
            self.calls += 1
            return [Detection(Box(0, 0, self.calls, 5), 1.0)]

    assert "the same image gives the same" in broken(check_detector(Remembers()))


def relative(self, crops):
    rows = Embedder.embed(self, crops)
    return rows - rows.mean(axis=0) if len(rows) else rows


@pytest.mark.parametrize(
    ("fault", "law"),
    [
        ({"template": "arcface111"}, "its template is known and of its size"),
        ({"size": (100, 100)}, "its template is known and of its size"),
        (
            {"embed": lambda self, crops: Embedder.embed(self, crops).astype(np.float64)},
            "rows are float32 and finite, one per crop",
        ),
        (
            {"embed": lambda self, crops: Embedder.embed(self, list(crops)[1:])},
            "rows are float32 and finite, one per crop",
        ),
        (
            {"embed": lambda self, crops: Embedder.embed(self, crops) * np.float32(np.nan)},
            "rows are float32 and finite, one per crop",
        ),
        ({"embed": relative}, "a row depends on its crop alone"),
        (
            {"embed": lambda self, crops: Embedder.embed(self, [c[..., :3, 0] for c in crops])},
            "gray crops are taken",
        ),
        ({"embed": lambda self, crops: np.zeros((4, 2), np.float32)}, "no crops give no rows"),
    ],
)
def test_an_embedder_that_breaks_a_law_is_told_which(fault, law):
    assert law in broken(check_embedder(faulty(Embedder, **fault)))


@pytest.mark.parametrize(
    ("fault", "law"),
    [
        ({"template": "arcface112"}, "it has a template"),
        (
            {"enroll": lambda self, crops, refs: Pipeline.enroll(self, crops, refs)[::-1]},
            "a face has one embedding",
        ),
        (
            {"enroll": lambda self, crops, refs: Pipeline.enroll(self, crops, sorted(refs))},
            "names are enrolled in order of appearance",
        ),
        (
            {"enroll": lambda self, crops, refs: Pipeline.enroll(self, crops, refs)[:, :1]},
            "trials have scores",
        ),
        ({"score": lambda self, references, probes: 1.0}, "trials have scores"),
    ],
)
def test_a_pipeline_that_breaks_a_law_is_told_which(fault, law):
    assert law in broken(check_pipeline(faulty(Pipeline, **fault)))


class Subspace:
    """Learns a projection and where thermal crops lie; references are models, probes features."""

    name = "subspace"
    template = template("arcface112")
    alone = False

    def fit(self, crops, faces, *, references, probes):
        if references == probes and not self.alone:
            raise DataError("subspace wants two modalities")
        rows = self.features(crops)
        assert len(rows) == len(faces)
        self.centres = {
            kind: rows[[face.modality is kind for face in faces]].mean(axis=0)
            for kind in {references, probes}
        }
        spread = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)[2][:6]
        self.kinds, self.metric = (references, probes), spread.T @ spread

    def features(self, crops):
        rows = [to_gray(crop).reshape(8, 14, 8, 14).mean(axis=(1, 3)).ravel() for crop in crops]
        return np.array(rows, np.float64).reshape(-1, 64)

    def enroll(self, crops, references):
        names = list(dict.fromkeys(references))
        rows = self.features(crops) - self.centres[self.kinds[0]]
        means = [rows[[r == name for r in references]].mean(axis=0) for name in names]
        return (np.array(means).reshape(-1, 64) @ self.metric).astype(np.float32)

    def probe(self, crops):
        return (self.features(crops) - self.centres[self.kinds[1]]).astype(np.float32)


def test_a_pipeline_that_learns_is_shown_16_bit_thermal_and_8_bit_visible_crops():
    made = []

    class Notes(Subspace):
        def fit(self, crops, faces, **kinds):
            images = list(crops)
            made.append(([(face.modality, i.dtype.name, i.ndim) for face, i in
                          zip(faces, images, strict=True)], faces, kinds))  # fmt: skip
            super().fit(images, faces, **kinds)

    findings = check(Notes())
    require(findings)
    shown, faces, kinds = made[0]
    assert set(shown) == {(Modality.VISIBLE, "uint8", 3), (Modality.THERMAL, "uint16", 2)}
    assert kinds == {"references": Modality.VISIBLE, "probes": Modality.THERMAL}
    assert len({face.subject for face in faces}) == 8
    pairs = [face.attributes["pair"] for face in faces]
    assert all(pairs.count(pair) == 2 for pair in pairs)
    assert findings[-1].detail == "it cannot: subspace wants two modalities"
    assert not broken(check(faulty(Subspace, alone=True)))


def fit_adding(self, crops, faces, **kinds):
    self.all = [*getattr(self, "all", []), *zip(list(crops), faces, strict=True)]
    Subspace.fit(self, [crop for crop, _ in self.all], [face for _, face in self.all], **kinds)


def fit_spoiling(self, crops, faces, **kinds):
    images = list(crops)
    images[0][:] = 0
    Subspace.fit(self, images, faces, **kinds)


def probe_relative(self, crops):
    rows = Subspace.probe(self, crops)
    return rows - rows.mean(axis=0) if len(rows) else rows


def score_by_what_is_learned(self, references, probes):
    return (references * probes).sum(axis=1) * np.abs(self.metric).sum()


@pytest.mark.parametrize(
    ("fault", "law"),
    [
        ({"fit": lambda self, crops, faces, **kinds: 1 / 0}, "it learns"),
        ({"fit": lambda self, crops, subjects: None}, "it learns"),
        ({"fit": fit_spoiling}, "it learns"),
        ({"fit": fit_adding}, "learning again forgets"),
        ({"score": score_by_what_is_learned}, "learning again forgets"),
        ({"probe": probe_relative}, "a row depends on its crop alone"),
        (
            {"probe": lambda self, crops: Subspace.probe(self, crops)[:, :9]},
            "trials have scores",
        ),
        (
            {"features": lambda self, crops: Subspace.features(self, [c[:, :, 0] for c in crops])},
            "it learns",
        ),
        (
            {"fit": lambda self, crops, faces, references, probes: Subspace.fit(
                self, crops, faces, references=references, probes=Modality.THERMAL)},
            "it learns from one modality, too, or says that it cannot",
        ),
    ],
)  # fmt: skip
def test_a_pipeline_that_learns_and_breaks_a_law_is_told_which(fault, law):
    assert law in broken(check_pipeline(faulty(Subspace, **fault)))


def missing():
    raise ImageError("gone")


def test_a_data_set_may_hold_unreadable_images_if_they_say_so():
    face = Face("b", "B", Modality.VISIBLE, missing)
    findings = check_dataset(Dataset("some", (*drawn_faces(2), face)))
    assert not broken(findings)
    assert "2 of 3 read" in [law.detail for law in findings]


@pytest.mark.parametrize(
    ("change", "law"),
    [
        ({"load": lambda: np.zeros((4, 4))}, "images can be read, or say that they cannot"),
        ({"load": lambda: 1 / 0}, "images can be read, or say that they cannot"),
        ({"box": Box(0, 0, -1, 5)}, "boxes are finite and not empty"),
    ],
)
def test_a_face_that_breaks_a_law_is_told_which(change, law):
    fields = {"load": lambda: np.zeros((4, 4), np.uint8), "box": None, **change}
    face = Face("a", "A", Modality.VISIBLE, fields["load"], fields["box"])
    assert broken(check_dataset(Dataset("bad", (face,)))) == {law}


def test_truth_of_unknown_faces_or_two_schemes_is_found():
    faces = tuple(drawn_faces(2))
    truth = dict(with_truth(faces).truth)
    sixty = Landmarks(np.zeros((68, 2)), scheme_named("ibug68"))
    law = "truth is of known faces and one scheme"
    assert broken(check_dataset(Dataset("x", faces, truth={**truth, "nobody": sixty}))) == {law}
    assert broken(check_dataset(Dataset("x", faces, truth={**truth, faces[0].id: sixty}))) == {law}


def test_trials_are_counted():
    faces = tuple(drawn_faces(2))
    subjects = {face.id: face.subject for face in faces}
    trials = Trials.pairs([faces[0].id], [faces[1].id], subjects)
    details = [law.detail for law in check(Dataset("x", faces, trials))]
    assert "0 genuine, 1 impostor" in details


def test_a_class_and_an_object_of_no_protocol_are_refused():
    with pytest.raises(ContractError, match="an instance is wanted"):
        check(Model)
    with pytest.raises(ContractError, match=r"locate\(\)"):
        check(object())


def test_require_names_every_broken_law():
    model = faulty(Model, name="", locate=by_position)
    with pytest.raises(ContractError, match=r"it has a name.*; a batch.*; order"):
        require(check_landmark_model(model))


def test_drawn_crops_have_the_size_asked_for_and_differ():
    crops = drawn_crops((30, 40))
    assert {crop.shape for crop in crops} == {(40, 30, 3)}
    assert not np.array_equal(crops[0], crops[1])
