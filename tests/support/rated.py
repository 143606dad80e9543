"""Models that say how sure they are of each point, and the result of a study that asks for it."""

from dataclasses import replace

import fakes
import numpy as np
import pandas as pd

from align_eval.catalog import Catalog, Entry
from align_eval.discard import discard_rows, rated_points
from align_eval.landmarks import Landmarks
from align_eval.result import (
    DISCARD_COLUMNS,
    ERROR_COLUMNS,
    SIGNAL_BIN_COLUMNS,
    SIGNAL_COLUMNS,
    Result,
)
from align_eval.schemes import scheme_named
from align_eval.signal_rank import signal_bins, signal_rows
from align_eval.timed import FACES, SECONDS, THREADS

IBUG = scheme_named("ibug68")
BASE = np.random.default_rng(5).uniform(0, 100, (68, 2))
SHARES = (0.1, 0.2, 0.3)
NOISE = {"knows": 0.3, "<b>guesses|*": 1e6}
COSTS = {
    "knows": (3.0, {"parameters": 1_234_567, "file MB": 4.94, "GMACs": 0.31}),
    "<b>guesses|*": (0.6, {"parameters": 65_000, "file MB": 0.26}),
    "mute": (2.4, {}),
}


class Rated(fakes.Jittered):
    """`fakes.Jittered` whose quality is minus the true error."""

    def _one(self, face):
        found = super()._one(face)
        if found is None:
            return None
        quality = -np.hypot(*(found.points - fakes.POINTS).T)
        return Landmarks(found.points, fakes.FIVE, quality)


def rated_catalogs():
    own = fakes.catalogs()
    models = {**own.landmark_models.entries, "rated": Entry("rated:Rated", "says how sure it is")}
    return replace(own, landmark_models=Catalog("landmark model", models))


def _points(noise, size, faces=40):
    rng = np.random.default_rng(int(size))
    predicted = []
    for _ in range(faces):
        off = rng.normal(0, size, (68, 2)) * rng.gamma(1, 1, (68, 1))
        far = np.hypot(*off.T)
        rated = -far - noise * far.std() * rng.normal(0, 1, 68)
        predicted.append(Landmarks(BASE + off, IBUG, rated))
    return rated_points(predicted, [Landmarks(BASE, IBUG)] * faces, "ion")


def result():
    """Two models that give a quality, one that knows and one that guesses, and one that is mute."""
    ids = [f"f{i}" for i in range(40)]
    people = [f"s{i % 8}" for i in range(40)]
    found = {key: [] for key in ("discards", "signals", "signal_bins")}
    nmes = {"mute": 0.05}
    for number, (name, noise) in enumerate(NOISE.items(), 1):
        points = _points(noise, number)
        left = discard_rows(points, SHARES, ids=ids, subjects=people, resamples=100)
        nmes[name] = left["nme"].iloc[0]
        ranks = signal_rows(points, subjects=people, resamples=50)
        tables = (left, ranks, signal_bins(points))
        for kind, table in zip(found, tables, strict=True):
            found[kind].append(table.assign(dataset="near", aligner=name, normaliser="ion"))
    rows = [
        ("near", name, "ion", group, "NME", value, 40, 0, f"ion; {said}")
        for name, value in nmes.items()
        for group, said in (("all", "68 shared points"), ("five", "5 points of alignment"))
    ]
    columns = (DISCARD_COLUMNS, SIGNAL_COLUMNS, SIGNAL_BIN_COLUMNS)
    frames = {
        key: pd.concat(found[key], ignore_index=True)[list(names)]
        for key, names in zip(found, columns, strict=True)
    }
    notes = {
        f"landmarks/near--{name}": {"seconds": 9.0, SECONDS: s, FACES: 40, THREADS: 1, **sizes}
        for name, (s, sizes) in COSTS.items()
    }
    study = {"name": "rated", "discard": list(SHARES), "aligners": [*NOISE, "mute"]}
    errors = pd.DataFrame(rows, columns=list(ERROR_COLUMNS))
    return Result(
        study,
        pd.DataFrame(),
        {},
        landmark_errors=errors,
        provenance={"seed": 1, "stages": notes},
        **frames,
    )
