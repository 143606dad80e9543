"""A result of rejecting probes: one model whose quality knows, one that guesses, one without."""

import numpy as np
import pandas as pd

from align_eval.dataset import Trials
from align_eval.rejection import rated_units, rejection_curve, rejection_rows
from align_eval.result import (
    REJECTION_COLUMNS,
    REJECTION_CURVE_COLUMNS,
    ROW_COLUMNS,
    Result,
)
from align_eval.scores import Scores

SHARES = (0.1, 0.2, 0.4)
METRICS = ("EER", "TAR@FAR=0.1")
NAMES = ("knows", "<b>guesses|*", "mute")
FAILED = ("p3_0", "p9_1", "p11_5")


def scores_of(people=12, shots=6):
    """Each person's reference against all probes, whose badness is known; three fail."""
    rng = np.random.default_rng(4)
    gallery = {f"g{i}": (f"g{i}",) for i in range(people)}
    owner = {f"p{i}_{j}": f"s{i}" for i in range(people) for j in range(shots)}
    owners = owner | {name: name.replace("g", "s") for name in gallery}
    trials = Trials.cross(gallery, list(owner), owners)
    good = rng.normal(0, 1, len(owner))
    values = rng.normal(0, 0.5, len(trials)) + trials.genuine * (1.8 + good[trials.probe_index])
    lost = np.isin(np.array(trials.probes)[trials.probe_index], FAILED)
    quality = dict(zip(owner, good, strict=True))
    return Scores(trials, np.where(lost, -np.inf, values)), quality


def result(**asked):
    """What `NAMES` give on the data set ``near`` behind the pipeline ``net``."""
    scores, good = scores_of()
    rng = np.random.default_rng(9)
    guess = dict(zip(good, rng.permutation(list(good.values())), strict=True))
    failed = frozenset(FAILED)
    rows, curves = [], []
    for name, quality in zip(NAMES, (good, guess), strict=False):
        units = {"signal": rated_units(scores.trials, probes=quality, gallery=None, failed=failed)}
        if name == "knows":
            units["error"] = rated_units(scores.trials, probes=guess, gallery=None, failed=failed)
        table = rejection_rows(scores, units, METRICS, SHARES, resamples=60)
        drawn = rejection_curve(scores, units, METRICS, SHARES)
        named = {"dataset": "near", "pipeline": "net", "aligner": name}
        rows.append(table.assign(**named)[list(REJECTION_COLUMNS)])
        curves.append(drawn.assign(**named)[list(REJECTION_CURVE_COLUMNS)])
    numbers = dict.fromkeys(ROW_COLUMNS[5:], 0.1) | {"note": ""}
    head = {"dataset": "near", "pipeline": "net", "policy": "reject", "metric": "EER"}
    measured = [head | numbers | {"aligner": name} for name in NAMES]
    study = {"name": "rejected", "reject": list(SHARES), "aligners": list(NAMES)} | asked
    return Result(
        study,
        pd.DataFrame(measured, columns=list(ROW_COLUMNS)),
        {},
        rejections=pd.concat(rows, ignore_index=True),
        rejection_curves=pd.concat(curves, ignore_index=True),
    )
