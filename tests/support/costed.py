"""A result as a study of alignment's cost has it: two data sets, two pipelines, six aligners.

Scores are drawn from normal laws that lie the nearer to each other the larger an aligner's landmark
error is; three of the aligners are the truth or the truth moved. ``thermal`` is cross-validated.
"""

import numpy as np
import pandas as pd

from align_eval.curves import Roc
from align_eval.dataset import Trials
from align_eval.metrics import parse_metric
from align_eval.result import (
    ERROR_COLUMNS,
    FACE_ERROR_COLUMNS,
    FAILURE_COLUMNS,
    FOLD_COLUMNS,
    ROW_COLUMNS,
    Key,
    Result,
    Sample,
)
from align_eval.scores import Scores

BASE = "ground_truth"
# Landmark errors in fractions of the eye distance, on thermal and on visible faces.
ERRORS = {
    BASE: (0.0, 0.0),
    "dan": (0.031, 0.018),
    "mtcnn": (0.058, 0.027),
    "dlib68": (0.212, 0.024),
    "jitter2": (0.024, 0.024),
    "jitter5": (0.061, 0.061),
}
SIGMA = {"jitter2": 0.02, "jitter5": 0.05}
LOST = {"dlib68": (14, 0), "mtcnn": (2, 0)}
DATASETS = ("thermal", "visible")
PIPELINES = {"dpm_pls": 1.0, "dpm_cosine": 0.6}
METRICS = ("EER", "TAR@FAR=1e-2", "AUC")
APART = {"thermal": 2.4, "visible": 3.4}
SLOPE = {"thermal": 40.0, "visible": 12.0}
HALF = {"EER": 0.012, "TAR@FAR=1e-2": 0.03, "AUC": 0.006}
SUBJECTS, SHOTS, FOLDS = 12, 20, 3

_THEIRS = {"source": "Poster et al., 2019", "dataset": "thermal", "aligner": "dan"}
PUBLISHED = [
    {**_THEIRS, "metric": "NME", "value": 0.029},
    {
        **_THEIRS,
        "metric": "ΔEER",
        "value": 0.082,
        "pipeline": "dpm_pls",
        "name": "DAN against ground truth",
    },
]


def study(errors=ERRORS, pipelines=PIPELINES, **changes):
    """The study as it was run."""
    moved = {name: {"model": "perturbed", "sigma": sigma} for name, sigma in SIGMA.items()}
    aligners = [{"name": name, "model": name, **moved.get(name, {})} for name in errors]
    return {
        "name": "costed",
        "title": "What does alignment cost? Drawn scores",
        "question": "How much verification does each aligner lose against exact landmarks?",
        "description": "Scores drawn from normal laws, for two spectra.",
        "baseline": BASE,
        "policies": ["reject"],
        "metrics": list(METRICS),
        "resamples": 1000,
        "confidence": 0.95,
        "roles": "auto",
        "datasets": [{"name": name, "model": "synthetic"} for name in DATASETS],
        "aligners": aligners,
        "pipelines": [{"name": name, "model": name} for name in pipelines],
        **changes,
    }


def result(errors=ERRORS, pipelines=PIPELINES, **changes):
    """The result of `study`."""
    trials = {name: _trials(name == "thermal") for name in DATASETS}
    scores = {
        Key(dataset, pipeline, aligner): _scores(trials[dataset], dataset, factor, aligner, errors)
        for dataset in DATASETS
        for pipeline, factor in pipelines.items()
        for aligner in errors
    }
    return Result(
        study=study(errors, pipelines, published=PUBLISHED, **changes),
        rows=_rows(scores),
        scores=scores,
        landmark_errors=_errors(errors),
        face_errors=_face_errors(errors),
        failures=_failures(),
        samples=_samples(errors, pipelines),
        provenance={"seed": 0, "stages": _stages(scores)},
        folds=_folds(scores),
    )


def _trials(folded):
    gallery = {f"g{s}": (f"s{s}_0",) for s in range(SUBJECTS)}
    subjects = {f"s{s}_{i}": f"g{s}" for s in range(SUBJECTS) for i in range(SHOTS)}
    probes = [face for face in subjects if not face.endswith("_0")]
    pairs = [(name, probe) for probe in probes for name in gallery]
    number = {probe: i % FOLDS for i, probe in enumerate(probes)}
    return Trials.pairs(
        [gallery[name][0] for name, _ in pairs],
        [probe for _, probe in pairs],
        subjects,
        [number[probe] for _, probe in pairs] if folded else None,
    )


def _scores(trials, dataset, factor, aligner, errors):
    place = DATASETS.index(dataset)
    rng = np.random.default_rng([place, len(trials)])  # the same faces for every aligner
    noise = rng.normal(0.1, 0.12, len(trials))
    moved = np.random.default_rng([place, *aligner.encode()]).normal(0, 0.004, len(trials))
    apart = factor * APART[dataset] * np.exp(-SLOPE[dataset] * errors[aligner][place] ** 2 * 2)
    values = noise + moved * (aligner != BASE) + 0.12 * apart * trials.genuine
    lost = LOST.get(aligner, (0, 0))[place]
    values[np.isin(trials.probe_index, np.arange(lost))] = -np.inf
    return Scores(trials, values)


def _rows(scores):
    rows = []
    for key, own in scores.items():
        base = scores[key._replace(aligner=BASE)]
        for metric in METRICS:
            value = _value(metric, own)
            delta, half = value - _value(metric, base), HALF[metric]
            z = abs(delta) / (half * 0.42)
            p = float(np.clip(np.exp(-0.717 * z - 0.416 * z * z), 0.002, 1))
            row = {
                **key._asdict(),
                "policy": "reject",
                "metric": metric,
                "value": value,
                "low": max(value - half, 0.0),
                "high": min(value + half, 1.0),
                "delta": delta,
                "delta_low": delta - 0.8 * half,
                "delta_high": delta + 0.8 * half,
                "p": p,
                "p_holm": min(4 * p, 1.0),
                "detectable": np.nan if key.aligner == BASE else 1.14 * half,
                "n_genuine": own.trials.n_genuine,
                "n_impostor": own.trials.n_impostor,
                "n_subjects": SUBJECTS,
                "fta": LOST.get(key.aligner, (0, 0))[DATASETS.index(key.dataset)],
                "n_faces": SUBJECTS * SHOTS,
                "note": "",
            }
            if key.aligner == BASE:
                row |= {"delta_low": 0.0, "delta_high": 0.0, "p": 1.0, "p_holm": 1.0}
            rows.append(row)
    return pd.DataFrame(rows, columns=list(ROW_COLUMNS))


def _value(metric, scores):
    return parse_metric(metric).measure(scores, Roc.of(scores)).value


def _folds(scores):
    rows = [
        (*key, "reject", metric, k, _value(metric, own.only(own.trials.fold == k)), "")
        for key, own in scores.items()
        if own.trials.fold is not None
        for metric in METRICS
        for k in range(FOLDS)
    ]
    return pd.DataFrame(rows, columns=list(FOLD_COLUMNS))


def _errors(errors):
    rows = [
        (dataset, aligner, normaliser, group, "NME", scale * own[place], 240, lost, "")
        for place, dataset in enumerate(DATASETS)
        for aligner, own in errors.items()
        for lost in [LOST.get(aligner, (0, 0))[place]]
        for normaliser, factor in (("ion", 1.0), ("ipn", 1.4))
        for group, scale in (("all", 1.2 * factor), ("five", factor))
    ]
    return pd.DataFrame(rows, columns=list(ERROR_COLUMNS))


def _face_errors(errors):
    rows = []
    for place, dataset in enumerate(DATASETS):
        for aligner, own in errors.items():
            each = np.random.default_rng(3).gamma(6.0, own[place] / 6.0, 60)
            rows += [(dataset, aligner, f"f{i}", "ion", "five", e) for i, e in enumerate(each)]
    return pd.DataFrame(rows, columns=list(FACE_ERROR_COLUMNS))


def _failures():
    rows = [
        ("thermal", aligner, f"s0_{k}", "g0", "no face found")
        for aligner, (lost, _) in LOST.items()
        for k in range(1, lost + 1)
    ]
    return pd.DataFrame(rows, columns=list(FAILURE_COLUMNS))


def _samples(errors, pipelines, faces=4, side=48):
    """The same crops for every pipeline."""
    y, x = np.mgrid[:side, :side]
    samples = []
    for place, dataset in enumerate(DATASETS):
        for pipeline in pipelines:
            for row, aligner in enumerate(errors):
                for column in range(faces):
                    shift = int(100 * errors[aligner][place]) + row
                    gray = ((x + shift) * (column + 2) + y * (place + 1)) % 256
                    crop = np.repeat(gray.astype(np.uint8)[..., None], 3, axis=2)
                    samples.append(Sample(dataset, pipeline, aligner, f"s{column}_1", crop))
    return tuple(samples)


def _stages(scores):
    stages = {f"data/{name}": {"seconds": 41.5} for name in DATASETS}
    for i, (dataset, pipeline, aligner) in enumerate(scores):
        stages[f"landmarks/{dataset}--{aligner}"] = {"seconds": 1.0 + i, "weights": "w.onnx"}
        stages[f"embeddings/{dataset}--{pipeline}--{aligner}"] = {"seconds": 10.0 + i}
        stages[f"scores/{dataset}--{pipeline}--{aligner}"] = {"seconds": 0.2}
        stages[f"fit/{dataset}--{pipeline}--{BASE}"] = {"seconds": 7.5}
    return stages
