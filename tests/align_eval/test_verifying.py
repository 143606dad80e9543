"""What stops an embedding leaves nothing running and holds nothing in memory."""

import gc
import threading
import weakref
from contextlib import contextmanager
from typing import ClassVar

import fakes
import pytest

from align_eval.errors import ContractError
from align_eval.landmarks import Landmarks
from align_eval.locating import Located, locate
from align_eval.verifying import acquire, embed


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
