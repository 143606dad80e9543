"""Verification studies of known truth: two aligners whose scores have effects of subjects.

A genuine score is the distance of the two laws plus the effects of its subject, of its probe and of
the trial; an impostor score has the effects of both subjects. All are normal, with variances that
add up to 1, so that every rate of the population is a value of Φ. The two aligners share 80 % of
the variance of each effect, as two aligners of the same faces do.
"""

from collections import defaultdict

import numpy as np
from scipy.stats import norm

from align_eval._intervals import percentile
from align_eval._weighted import WeightedRoc
from align_eval.curves import Roc
from align_eval.dataset import Trials
from align_eval.metrics import parse_metric
from align_eval.resample import estimates, interval, resolution
from align_eval.scores import Scores

SHARED = 0.8
GENUINE = {"subject": 0.7, "probe": 0.3, "trial": np.sqrt(1 - 0.7**2 - 0.3**2)}
IMPOSTOR = {"subject": 0.45, "probe": 0.3, "trial": np.sqrt(1 - 2 * 0.45**2 - 0.3**2)}


def trials_of(subjects, probes, others=None):
    """A reference of each subject against all of its probes and a probe of some other subjects.

    Every probe of every subject where `others` is None.
    """
    owner = {f"r{i:03}": f"s{i:03}" for i in range(subjects)}
    owner |= {f"p{i:03}_{k}": f"s{i:03}" for i in range(subjects) for k in range(probes)}
    pairs = [
        (f"r{i:03}", f"p{(i + step) % subjects:03}_{k}")
        for step in range(subjects if others is None else others + 1)
        for i in range(subjects)
        for k in range(probes)
        if step == 0 or others is None or k == step % probes
    ]
    return Trials.pairs(*zip(*pairs, strict=True), owner)


def draw(trials, rng, apart):
    """Scores of one aligner for each distance of the laws, on the same trials."""
    count, reference, probe = trials.clusters
    sizes = {"G": count, "I": count, "g": len(trials.probes), "i": len(trials.probes)}
    sizes["trial"] = len(trials)
    common = {name: rng.normal(size=size) for name, size in sizes.items()}
    found = []
    for distance in apart:
        own = {
            name: np.sqrt(SHARED) * both + np.sqrt(1 - SHARED) * rng.normal(size=len(both))
            for name, both in common.items()
        }
        genuine = distance + GENUINE["subject"] * own["G"][reference]
        genuine += GENUINE["probe"] * own["g"][trials.probe_index]
        impostor = IMPOSTOR["subject"] * (own["I"][reference] + own["I"][probe])
        impostor += IMPOSTOR["probe"] * own["i"][trials.probe_index]
        genuine += GENUINE["trial"] * own["trial"]
        impostor += IMPOSTOR["trial"] * own["trial"]
        found.append(Scores(trials, np.where(trials.genuine, genuine, impostor)))
    return found


def truth(name, apart):
    """The metric in the population."""
    stem, _, value = name.partition("=")
    if stem == "EER":
        return norm.cdf(-apart / 2)
    if stem == "TAR@FAR":
        return norm.cdf(apart - norm.isf(float(value)))
    raise ValueError(name)


def naive(scores, names, resamples, rng):
    """Each metric with trials, not subjects, resampled; the same trials of every aligner."""
    trials = scores[0].trials
    weights = rng.poisson(1.0, (resamples, len(trials)))
    found = []
    for one in scores:
        order = np.argsort(-np.asarray(one.values), kind="stable")
        sides = [order[trials.genuine[order]], order[~trials.genuine[order]]]
        sums = [np.pad(np.cumsum(weights[:, side], axis=1), ((0, 0), (1, 0))) for side in sides]
        curve = WeightedRoc(Roc.of(one), *sums)
        metrics = {name: parse_metric(name) for name in names}
        found.append({name: m.form.of(curve, m.target) for name, m in metrics.items()})
    return found


def coverage(trials, apart, names, *, studies, resamples, seed=0):
    """How many of some simulated studies have intervals that hold the truth, and what they see.

    Returns
    -------
    dict of str to float
        ``"EER"``, ``"ΔEER"``: coverage of 95 % intervals by `align_eval.resample`;
        ``"naive EER"``, …: with trials resampled; ``"seen ΔEER"``: share of studies whose interval
        leaves 0 out, and ``"power ΔEER"``: what they say of it by themselves, on average.
    """
    rng, tally = np.random.default_rng(seed), defaultdict(list)
    metrics = {name: parse_metric(name) for name in names}
    for number in range(studies):
        scores = draw(trials, rng, apart)
        first, second = (estimates(one, metrics, resamples, number) for one in scores)
        free = naive(scores, names, resamples // 2, rng)
        for name in names:
            own, other = (truth(name, distance) for distance in apart)
            gap = second[name].minus(first[name])
            bounds = {
                name: (own, interval(first[name], 0.025)),
                f"Δ{name}": (other - own, interval(gap, 0.025)),
                f"naive {name}": (own, percentile(free[0][name], 0.025)),
                f"naive Δ{name}": (other - own, percentile(free[1][name] - free[0][name], 0.025)),
            }
            for label, (true, (low, high, *_)) in bounds.items():
                tally[label].append(low <= true <= high)
            low, high, *_ = bounds[f"Δ{name}"][1]
            tally[f"seen Δ{name}"].append(not low <= 0 <= high)
            tally[f"power Δ{name}"].append(resolution(gap, 0.025).power(other - own))
    return {label: float(np.mean(values)) for label, values in tally.items()}
