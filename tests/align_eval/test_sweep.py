"""Landmarks as sweeps move them."""

from dataclasses import replace

import numpy as np
import pytest
from fakes import POINTS, load

from align_eval.alignment import Template, estimate
from align_eval.errors import ConfigError
from align_eval.landmarks import Landmarks
from align_eval.locating import Located
from align_eval.perturbation import FIVE, draw_of, perturbed
from align_eval.sensitivity import REPLAY, Sweep
from align_eval.sweep import Sweeper, SweptFits, in_memory
from align_eval.verifying import acquire

DATASET = load(subjects=4, shots=3)
FACES = DATASET.faces
TEMPLATE = Template("unit", Landmarks(POINTS, FIVE), (112, 112))
TRUTH = Located(DATASET.truth, {})
EYES = POINTS[1] - POINTS[0]


def off_by(number):
    """Every face off by a vector of its own, in pixels."""
    rng = np.random.default_rng(number)
    return {face.id: rng.normal(0, 3, (5, 2)) for face in FACES}


def model(number=1, failed=()):
    off = off_by(number)
    found = {i: Landmarks(POINTS + e, FIVE) for i, e in off.items() if i not in failed}
    return Located(found, dict.fromkeys(failed, "no face"))


def sweeper(faces=FACES, truth=TRUTH, seed=0, within=(), **models):
    return Sweeper(faces, {"truth": truth, **models}, "truth", seed, within)


@pytest.mark.parametrize("kind", ["jitter", "rotation", "opposite_y"])
def test_a_kind_is_what_perturbed_makes(kind):
    found = sweeper(seed=3).locate(Sweep(kind, "", 0.1, 1))
    assert set(found.landmarks) == {face.id for face in FACES}
    for face in FACES:
        wanted = perturbed(DATASET.truth[face.id], kind, 0.1, draw_of(face, 3, 1))
        np.testing.assert_array_equal(found.landmarks[face.id].points, wanted.points)


def test_a_level_is_the_same_draw_made_longer():
    one, two = (
        sweeper().locate(Sweep("jitter", "", level, 0)).landmarks["s0_1"].points - POINTS
        for level in (0.05, 0.1)
    )
    np.testing.assert_allclose(2 * one, two)


def test_a_residual_is_replayed_on_another_subject():
    own, off = model(), off_by(1)
    found = sweeper(m=own).locate(Sweep(REPLAY, "m", 1.0, 0))
    subjects = {face.id: face.subject for face in FACES}
    for face, marks in found.landmarks.items():
        moved = marks.points - POINTS
        donor = [i for i, one in off.items() if np.allclose(one, moved)]
        assert len(donor) == 1
        assert subjects[donor[0]] != subjects[face]
    other = sweeper(m=own).locate(Sweep(REPLAY, "m", 1.0, 1))
    assert any(
        not np.array_equal(other.landmarks[f].points, found.landmarks[f].points)
        for f in found.landmarks
    )


def test_a_residual_turns_and_grows_with_the_face():
    small = {face.id: Landmarks(POINTS, FIVE) for face in FACES}
    turn = np.array([[0, 2.0], [-2.0, 0]])  # twice as large, turned by a right angle
    large = {face: Landmarks(marks.points @ turn, FIVE) for face, marks in small.items()}
    off = off_by(1)
    first = sweeper(truth=Located(small, {}), m=model()).locate(Sweep(REPLAY, "m", 1.0, 0))
    grown = Located({i: Landmarks((POINTS + e) @ turn, FIVE) for i, e in off.items()}, {})
    second = sweeper(truth=Located(large, {}), m=grown).locate(Sweep(REPLAY, "m", 1.0, 0))
    for face in off:
        np.testing.assert_allclose(
            second.landmarks[face].points, first.landmarks[face].points @ turn, atol=1e-9
        )


def test_residuals_are_stretched():
    one, half = (
        sweeper(m=model()).locate(Sweep(REPLAY, "m", factor, 0)).landmarks["s1_1"].points
        for factor in (1.0, 0.5)
    )
    np.testing.assert_allclose(half - POINTS, (one - POINTS) / 2)


def test_residuals_stay_within_their_values():
    marked = [replace(face, attributes={"pose": face.id[-1]}) for face in FACES]
    found = sweeper(marked, m=model(), within=("pose",)).locate(Sweep(REPLAY, "m", 1.0, 0))
    off = off_by(1)
    for face, marks in found.landmarks.items():
        donor = next(i for i, one in off.items() if np.allclose(one, marks.points - POINTS))
        assert donor[-1] == face[-1]


def test_failures_are_replayed_as_failures():
    failed = [face.id for face in FACES if face.subject != "subject 0"]
    found = sweeper(m=model(failed=failed)).locate(Sweep(REPLAY, "m", 1.0, 0))
    own = [face.id for face in FACES if face.subject == "subject 0"]
    assert {found.reasons[i] for i in own} == {"a failure of m, replayed: no face"}
    part = sweeper(m=model(failed=failed)).locate(Sweep("shift", "m", 1.0, 0))
    assert set(part.reasons) == set(failed)
    assert set(part.landmarks) == set(own)


def test_the_similarity_parts_make_the_models_alignment_but_for_the_shape():
    """A model whose errors are a similarity loses by its parts, and nothing by the shape."""
    turn = np.exp(0.1j) * 1.05
    marks = (POINTS - 50) @ np.array([1, 1j]) * turn + 52 + 49j
    own = Located({f.id: Landmarks(np.c_[marks.real, marks.imag], FIVE) for f in FACES}, {})
    moved = sweeper(m=own)
    fits = {
        part: estimate(moved.locate(Sweep(part, "m", 1.0, 0)).landmarks["s0_0"], TEMPLATE)
        for part in ("shift", "rotation", "scale", "shape")
    }
    assert fits["rotation"].angle == pytest.approx(-0.1)
    assert fits["scale"].scale == pytest.approx(1 / 1.05)
    np.testing.assert_allclose(fits["shift"].matrix[:, :2], np.eye(2), atol=1e-12)
    np.testing.assert_allclose(fits["shape"].matrix, np.eye(2, 3), atol=1e-9)


def test_a_face_that_the_baseline_missed_fails_in_every_sweep():
    lost = Located({k: v for k, v in TRUTH.landmarks.items() if k != "s0_0"}, {"s0_0": "dark"})
    blind = Located({**TRUTH.landmarks, "s0_0": Landmarks(np.full((5, 2), np.nan), FIVE)}, {})
    for sweep in (
        Sweep("jitter", "", 0.1, 0),
        Sweep(REPLAY, "m", 1.0, 0),
        Sweep("scale", "m", 1.0, 0),
    ):
        found = sweeper(truth=lost, m=model()).locate(sweep)
        assert found.reasons == {"s0_0": "dark"}
        assert len(found.landmarks) == len(FACES) - 1
        found = sweeper(truth=blind, m=model()).locate(sweep)
        assert "no eye distance" in found.reasons["s0_0"]


def test_a_model_of_too_few_points_has_no_parts():
    points = np.full((5, 2), np.nan)
    points[0] = 3
    own = Located({face.id: Landmarks(points, FIVE) for face in FACES}, {})
    found = sweeper(m=own).locate(Sweep("scale", "m", 1.0, 0))
    assert not found.landmarks
    assert "fewer than two of the five points" in found.reasons["s0_0"]


def test_an_aligner_that_was_not_asked_is_refused():
    with pytest.raises(ConfigError, match="aligner 'm' aligns none of the faces"):
        sweeper(m=Located({}, {})).locate(Sweep(REPLAY, "m", 1.0, 0))


def test_fits_are_those_of_the_moved_landmarks():
    sweep = Sweep("bias_x", "", 0.1, 0)
    real = {"truth": acquire(TRUTH, TEMPLATE)}
    fits = SweptFits(real, [sweep], sweeper(), lambda found: acquire(found, TEMPLATE))
    assert list(fits) == ["truth", sweep.name]
    assert len(fits) == 2
    assert fits["truth"] is real["truth"]
    moved = fits[sweep.name].transforms["s0_0"].matrix - real["truth"].transforms["s0_0"].matrix
    np.testing.assert_allclose(moved[:, :2], 0, atol=1e-12)
    np.testing.assert_allclose(moved[:, 2], -0.1 * EYES, atol=1e-9)


def test_images_are_read_once_and_no_more_than_fit():
    calls = []

    class Counted:
        def __init__(self, face):
            self.face = face

        def __call__(self):
            calls.append(self.face.id)
            return self.face.load()

    counted = replace(DATASET, faces=tuple(replace(f, load=Counted(f)) for f in FACES))
    ids = [face.id for face in FACES][:5]
    kept = in_memory(counted, ids, 2)
    for _ in range(2):
        for face in kept.faces[:5]:
            np.testing.assert_array_equal(face.load(), DATASET.face(face.id).load())
    assert sorted(calls) == sorted(ids)
    size = FACES[0].load().nbytes
    tight = in_memory(DATASET, ids, 1, limit=2 * size)
    same = [face is own for face, own in zip(tight.faces, FACES, strict=True)]
    assert same == [False, False] + [True] * (len(FACES) - 2)
    assert tight.trials is DATASET.trials
