"""Verification by parts of the probes: by variation, pose, occlusion, range, or whose they are.

A part has the trials of its probes, genuine and impostor, and each metric its own threshold on
them: what is compared is how well a part can be verified, not how one threshold serves all.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from align_eval.dataset import Dataset
from align_eval.metrics import parse_metric
from align_eval.parts import divided
from align_eval.resample import compare
from align_eval.result import METRIC_PART_COLUMNS
from align_eval.scores import Scores
from align_eval.study import Study

FEWEST = 10
"""A part with fewer genuine or fewer impostor trials has no value."""


def lead_metrics(metrics: Sequence[str]) -> tuple[str, ...]:
    """Of a study's metrics the EER and the first TAR; if it has neither, its first.

    >>> lead_metrics(["AUC", "TAR@FAR=0.01", "EER", "TAR@FAR=0.001"])
    ('EER', 'TAR@FAR=1e-2')
    >>> lead_metrics(["AUC", "d'"])
    ('AUC',)
    """
    names = [parse_metric(name).name for name in metrics]
    chosen = [name for name in names if name == "EER"]
    chosen += [name for name in names if name.startswith("TAR@")][:1]
    return tuple(chosen or names[:1])


def metric_part_rows(study: Study, dataset: Dataset, scores: Mapping[str, Scores]) -> pd.DataFrame:
    """The study's lead metrics on every part of the probes, for each aligner.

    Parameters
    ----------
    study : Study
        Whose breakdown, metrics (see `lead_metrics`), first policy, baseline and resamples count.
    dataset : Dataset
        Whose probes have attributes.
    scores : mapping
        Aligner → its scores on the same trials.

    Returns
    -------
    DataFrame
        `METRIC_PART_COLUMNS` without data set and pipeline; parts as `align_eval.parts.divided`
        has them. Intervals and paired differences to the baseline resample the subjects of the
        part (`align_eval.resample.compare`). An attribute that no probe has is one row, of the
        aligner ``"*"``, that says so.
    """
    tables = []
    trials = scores[study.baseline].trials
    # A probe of several faces is in the part of the first.
    probes = [dataset.face(trials.faces_of_probe(name)[0]) for name in trials.probes]
    for attribute in study.breakdown:
        parts = divided(probes, attribute)
        if not parts.given:
            note = f"no probe of the data set has the attribute {attribute!r}"
            none = {"n_genuine": 0, "n_impostor": 0}
            row = {"aligner": "*", "attribute": attribute, "part": "", "metric": "", **none}
            tables.append(pd.DataFrame([{**row, "note": note}]))
            continue
        labels = np.array([parts.of[face.id] for face in probes], dtype=object)
        for part in parts.order:
            mask = (labels == part)[trials.probe_index]
            own = {aligner: one.only(mask) for aligner, one in scores.items()}
            tables.append(_of_part(study, own).assign(attribute=attribute, part=part))
    columns = list(METRIC_PART_COLUMNS[2:])
    if not tables:
        return pd.DataFrame(columns=columns)
    return pd.concat(tables, ignore_index=True).reindex(columns=columns)


def _of_part(study: Study, scores: Mapping[str, Scores]) -> pd.DataFrame:
    metrics = lead_metrics(study.metrics)
    trials = scores[study.baseline].trials
    few = [
        f"{count} {side} trials"
        for side, count in (("genuine", trials.n_genuine), ("impostor", trials.n_impostor))
        if count < FEWEST
    ]
    if few:
        note = f"too few: {' and '.join(few)}, at least {FEWEST} wanted"
        counts = {"n_genuine": trials.n_genuine, "n_impostor": trials.n_impostor}
        return pd.DataFrame(
            [
                {"aligner": aligner, "metric": metric, **counts, "note": note}
                for aligner in scores
                for metric in metrics
            ]
        )
    return compare(
        scores,
        study.baseline,
        metrics,
        policy=study.policies[0],
        resamples=study.resamples,
        confidence=study.confidence,
        seed=study.seed,
    )
