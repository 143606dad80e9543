"""Rows of faces and templates, their scores, and that what stops an embedding leaves nothing."""

import gc
import threading
import weakref
from contextlib import contextmanager
from typing import ClassVar

import fakes
import numpy as np
import pytest

import align_eval.verifying
from align_eval.dataset import Trials
from align_eval.errors import ConfigError, ContractError
from align_eval.landmarks import Landmarks
from align_eval.locating import Located, locate
from align_eval.verifying import Embedded, Presented, acquire, embed, score


class Stop(Exception):
    alive: ClassVar = weakref.WeakSet()

    def __init__(self):
        self.alive.add(self)


@contextmanager
def uncollected():
    """Without the garbage collector, so that what only it would free stays."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def stop(done):
    raise Stop


def readers():
    return [thread for thread in threading.enumerate() if thread.name.startswith("prefetch")]


def embedded(pipeline, tick=lambda done: None):
    data = fakes.load()
    truth = Located({face.id: Landmarks(fakes.POINTS, fakes.FIVE) for face in data.faces}, {})
    return embed(pipeline, data, data.trials, acquire(truth, pipeline.template), 2, tick)


@pytest.mark.parametrize("pipeline", [fakes.Pixels(), fakes.TwoSided()])
def test_a_stopped_embedding_ends_its_readers_and_frees_what_stopped_it(pipeline):
    with uncollected():
        try:
            embedded(pipeline, stop)
        except Stop:
            assert len(Stop.alive) == 1
            assert not readers()
        assert not Stop.alive


def test_a_pipeline_that_fails_halfway_ends_its_readers_and_is_blamed(monkeypatch):
    def fail(self, crops):
        raise ValueError(next(iter(crops)).shape)

    monkeypatch.setattr(fakes.Pixels, "embed", fail)
    with pytest.raises(ContractError, match=r"'pixels' raised ValueError: \(112, 112, 3\)"):
        embedded(fakes.Pixels())
    assert not readers()


def test_a_stopped_search_for_landmarks_ends_its_readers():
    with pytest.raises(Stop) as caught:
        locate(fakes.Jittered(), fakes.load(subjects=20).faces, {}, 2, stop)
    assert caught.tb is not None  # which holds every frame
    assert not readers()


def of_templates(missed=(), alone=False):
    """Each subject's first shot against the two others as one probe, or each `alone`."""
    data = fakes.load()
    subjects = {f"s{i}": f"subject {i}" for i in range(6)}
    probes = {name: (f"{name}_1", f"{name}_2")[: 1 if alone else 2] for name in subjects}
    trials = Trials(
        tuple(f"{name}_0" for name in subjects), tuple(subjects), tuple(subjects.values()),
        tuple(subjects.values()), *(np.indices((6, 6)).reshape(2, -1)), probe_faces=probes,
    )  # fmt: skip
    marks = Landmarks(fakes.POINTS, fakes.FIVE)
    found = {face.id: marks for face in data.faces if face.id not in missed}
    return data, trials, Located(found, dict.fromkeys(missed, "missed"))


class Known(fakes.Pixels):
    """Pools by what is known of faces: the second shot counts three times."""

    features = fakes.Pixels.embed

    def pool_faces(self, features, names, faces):
        weights = np.array([3.0 if face.attributes["shot"] == "2" else 1.0 for face in faces])
        return self.pool((features * weights[:, None]).astype(np.float32), names)


def crop_of(data, face, acquired):
    return acquired.crop(data.face(face))


@pytest.mark.parametrize(("pipeline", "weight"), [(fakes.Pixels(), 1.0), (Known(), 3.0)])
def test_a_probe_template_is_the_pooled_rows_of_its_faces(pipeline, weight):
    data, trials, located = of_templates()
    acquired = acquire(located, pipeline.template)
    ticks = []
    rows = embed(pipeline, data, trials, acquired, 1, ticks.append)
    for k, name in enumerate(trials.probes):
        one, two = pipeline.embed([crop_of(data, f"{name}_{j}", acquired) for j in (1, 2)])
        mean = one + weight * two
        np.testing.assert_allclose(rows.probes[k], mean / np.linalg.norm(mean), atol=1e-6)
    assert rows.probe_ok.all()
    shown = Presented(acquired, acquired)
    assert ticks[-1] == shown.crop_count(pipeline, trials) == 18


def test_a_template_fails_only_if_all_of_its_faces_do():
    missed = ("s0_1", "s1_1", "s1_2")
    data, trials, located = of_templates(missed)
    pipeline = Known()
    acquired = acquire(located, pipeline.template)
    rows = embed(pipeline, data, trials, acquired, 1, lambda done: None)
    assert rows.probe_ok.tolist() == [True, False, True, True, True, True]
    left = pipeline.embed([crop_of(data, "s0_2", acquired)])[0]
    np.testing.assert_allclose(rows.probes[0], left, atol=1e-6)
    failed = score(None, trials, rows).failed
    assert failed.tolist() == [j == 1 for _ in range(6) for j in range(6)]


def test_probe_templates_want_a_pipeline_that_pools():
    data, trials, located = of_templates()
    pipeline = fakes.TwoSided()
    acquired = acquire(located, pipeline.template)
    with pytest.raises(ConfigError, match="'two' probes with single faces: probe 's0' has 2"):
        embed(pipeline, data, trials, acquired, 1, lambda done: None)
    data, trials, located = of_templates(alone=True)
    rows = embed(pipeline, data, trials, acquired, 1, lambda done: None)
    assert rows.probe_ok.all()


@pytest.mark.parametrize("bytes_", [8, 1 << 10, 1 << 20])
def test_scores_that_are_looked_up_are_those_of_gathered_rows(monkeypatch, bytes_):
    rng = np.random.default_rng(0)
    names = tuple(map(str, range(40)))
    owners = tuple(str(k % 9) for k in range(40))
    trials = Trials(names, names, owners, owners, *rng.integers(0, 40, (2, 700)))
    rows = rng.normal(size=(2, 40, 16)).astype(np.float32)
    embedded = Embedded(*rows, rng.random(40) < 0.8, rng.random(40) < 0.9)
    gathered = score(None, trials, embedded)
    used = []
    look_up = align_eval.verifying._look_up
    monkeypatch.setattr(align_eval.verifying, "_MANY", 1)
    monkeypatch.setattr(align_eval.verifying, "_BYTES", bytes_)
    monkeypatch.setattr(
        align_eval.verifying, "_look_up", lambda *given: used.append(1) or look_up(*given)
    )
    looked_up = score(None, trials, embedded)
    assert used
    assert np.array_equal(looked_up.failed, gathered.failed)
    there = ~gathered.failed
    np.testing.assert_allclose(looked_up.values[there], gathered.values[there], atol=1e-12)
