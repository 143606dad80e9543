"""Scores of drawn people: every face has an effect of its own, so that intervals matter."""

import numpy as np

from align_eval.dataset import Trials
from align_eval.scores import Scores


def trials_of(subjects, faces=4, seed=0, prefix=""):
    """One reference a subject against every probe, in a shuffled order, in five folds.

    Face ids are the prefix, the subject and a number: two lists over the same subjects share no
    face if their prefixes differ.
    """
    owner = {f"{prefix}{name}f{j}": name for name in subjects for j in range(faces)}
    first = [face for face in owner if face.endswith("f0")]
    second = [face for face in owner if not face.endswith("f0")]
    pairs = [(a, b) for a in first for b in second]
    order = np.random.default_rng(seed).permutation(len(pairs))
    one, two = zip(*(pairs[i] for i in order), strict=True)
    return Trials.pairs(one, two, owner, np.arange(len(pairs)) % 5)


def scores_of(trials, apart=1.5, seed=1, failures=0.0):
    """Scores with an effect of each face, rounded so that some are tied."""
    rng = np.random.default_rng(seed)
    effects = rng.normal(0, 0.5, len(trials.references)), rng.normal(0, 0.5, len(trials.probes))
    values = effects[0][trials.reference_index] + effects[1][trials.probe_index]
    values += rng.normal(0, 0.5, len(trials)) + apart * trials.genuine
    lost = rng.random(len(trials.probes)) < failures
    return Scores(trials, np.where(lost[trials.probe_index], -np.inf, values.round(1)))


def people(count, prefix="s"):
    """Names whose order is not that in which they are listed."""
    names = [f"{prefix}{i:03}" for i in range(count)]
    return [names[i] for i in np.random.default_rng(count).permutation(count)]


class Shelf(dict):
    """A mapping that counts how often each key was looked up."""

    def __init__(self, *args):
        super().__init__(*args)
        self.taken = []

    def __getitem__(self, key):
        self.taken.append(key)
        return super().__getitem__(key)
