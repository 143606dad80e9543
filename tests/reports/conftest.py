"""A believable result: one data set, two pipelines, four aligners, and things that went wrong."""

from dataclasses import replace

import costed as costed_study
import cv2
import numpy as np
import pandas as pd
import pytest
from pictured import overlay, overlays

from align_eval.curves import Roc
from align_eval.dataset import Trials
from align_eval.result import (
    CLAIM_COLUMNS,
    ERROR_COLUMNS,
    FACE_ERROR_COLUMNS,
    FAILURE_COLUMNS,
    PART_COLUMNS,
    ROW_COLUMNS,
    Key,
    Result,
    Sample,
)
from align_eval.scores import Scores

ALIGNERS = ("yunet", "dlib68", "ghostone98", "box")
LOST = {"yunet": 2, "dlib68": 10, "ghostone98": 2, "box": 1}
SUBJECTS, PER_SUBJECT = 60, 4
STUDY = {
    "name": "drawn",
    "title": "Four aligners on drawn faces",
    "question": "Would another landmark model change verification?",
    "description": "Sixty drawn people, four pictures each; scores drawn from normal laws.",
    "baseline": "yunet",
    "policies": ["reject"],
    "seed": 7,
    "resamples": 1000,
    "confidence": 0.95,
    "metrics": ["EER", "TAR@FAR=1e-2", "TAR@FAR=1e-4", "AUC", "d'"],
    "error_limit": 0.08,
    "estimator": "similarity",
    "minimise": "target",
    "datasets": [{"name": "drawn", "model": "manifest", "root": "faces"}],
    "boxes": {"name": "yunet", "model": "yunet", "path": "yunet.onnx"},
    "aligners": [
        {"name": "yunet", "model": "yunet", "path": "yunet.onnx"},
        {"name": "dlib68", "model": "dlib68", "box_from": "yunet"},
        {"name": "ghostone98", "model": "onnx", "config": "pfld_ghostone98"},
        {"name": "box", "model": "box"},
    ],
    "pipelines": [
        {"name": "dlib", "model": "embedding", "embedder": "dlib", "score": "Euclidean"},
        {"name": "arcface", "model": "embedding", "embedder": "onnx", "score": "cosine"},
    ],
}
# How far apart genuine and impostor scores lie, in standard deviations.
APART = {"yunet": 3.4, "dlib68": 3.05, "ghostone98": 3.38, "box": 2.2}


def drawn_face(shift: float, turn: float, tone: int, size: int = 150) -> np.ndarray:
    """A face drawn from ellipses, (size, size, 3) uint8."""
    image = np.full((size, size, 3), (196, 204, 210), np.uint8)
    matrix = cv2.getRotationMatrix2D((size / 2, size / 2), turn, 1.0)
    matrix[:, 2] += shift
    skin = (tone, int(tone * 0.78), int(tone * 0.64))
    cv2.ellipse(image, (75, 82), (50, 66), 0, 0, 360, skin, -1, cv2.LINE_AA)
    cv2.ellipse(image, (75, 36), (50, 30), 0, 180, 360, (60, 46, 38), -1, cv2.LINE_AA)
    for x in (50, 100):
        cv2.ellipse(image, (x, 62), (11, 6), 0, 0, 360, (250, 250, 250), -1, cv2.LINE_AA)
        cv2.circle(image, (x, 62), 5, (50, 70, 90), -1, cv2.LINE_AA)
        cv2.line(image, (x - 12, 48), (x + 12, 47), (70, 52, 40), 3, cv2.LINE_AA)
    cv2.line(image, (75, 66), (70, 92), (120, 84, 66), 2, cv2.LINE_AA)
    cv2.ellipse(image, (75, 114), (20, 8), 0, 0, 180, (150, 60, 64), 3, cv2.LINE_AA)
    warped = cv2.warpAffine(image, matrix, (size, size))
    noise = np.random.default_rng(tone).normal(0, 5, warped.shape)
    return np.clip(warped + noise, 0, 255).astype(np.uint8)


def _trials() -> Trials:
    subjects = {f"s{s:02d}_{i}": f"s{s:02d}" for s in range(SUBJECTS) for i in range(PER_SUBJECT)}
    faces = list(subjects)
    first, second = np.triu_indices(len(faces), 1)
    same = first // PER_SUBJECT == second // PER_SUBJECT
    keep = same | (np.random.default_rng(0).random(len(first)) < 0.15)
    pairs = np.column_stack([first, second])[keep]
    return Trials.pairs([faces[i] for i, _ in pairs], [faces[j] for _, j in pairs], subjects)


def _scores(trials: Trials, apart: float, lost: int, seed: int) -> Scores:
    rng = np.random.default_rng(seed)
    values = rng.normal(0.1, 0.12, len(trials)) + 0.12 * apart * trials.genuine
    gone = {f"s{k % SUBJECTS:02d}_{k % PER_SUBJECT}" for k in range(0, 7 * lost, 7)}
    failed = np.isin(np.array(trials.references)[trials.reference_index], list(gone))
    failed |= np.isin(np.array(trials.probes)[trials.probe_index], list(gone))
    return Scores(trials, np.where(failed, -np.inf, np.clip(values, -1, 1)))


def _metric(roc: Roc, name: str) -> float:
    if name == "AUC":
        return roc.auc
    if name == "d'":
        return float("nan")
    if name == "EER":
        best = int(np.argmin(np.abs(roc.far - roc.frr)))
        return float(roc.far[best] + roc.frr[best]) / 2
    target = float(name.split("=")[1])
    if target * roc.n_impostor < 1:
        return float("nan")
    return float(roc.tar[roc.far <= target].max())


_HALF = {"EER": 0.011, "TAR@FAR=1e-2": 0.024, "AUC": 0.0051, "TAR@FAR=1e-4": 0.0, "d'": 0.0}


def _rows(scores: dict[Key, Scores]) -> pd.DataFrame:
    rows = []
    for key, own in scores.items():
        base_key = key._replace(aligner="yunet")
        base = scores[base_key]
        for name in STUDY["metrics"]:
            value = _metric(Roc.of(own), name)
            delta, half = value - _metric(Roc.of(base), name), _HALF[name]
            z = abs(delta) / (half * 0.45 + 1e-12)
            p = float(min(np.exp(-0.717 * z - 0.416 * z * z), 1.0))
            measured = not np.isnan(value)
            rows.append(
                {
                    "dataset": key.dataset,
                    "pipeline": key.pipeline,
                    "aligner": key.aligner,
                    "policy": "reject",
                    "metric": name,
                    "value": value,
                    "low": value - half,
                    "high": min(value + half, 1.0) if measured else value,
                    "delta": delta,
                    "delta_low": delta - half * 0.8,
                    "delta_high": delta + half * 0.8,
                    "p": p if measured else np.nan,
                    "p_holm": min(3 * p, 1.0) if measured else np.nan,
                    "detectable": 1.14 * half if measured and key != base_key else np.nan,
                    "n_genuine": own.trials.n_genuine,
                    "n_impostor": own.trials.n_impostor,
                    "n_subjects": SUBJECTS,
                    "fta": LOST[key.aligner],
                    "n_faces": SUBJECTS * PER_SUBJECT,
                    "note": "" if measured else _why(name, own.trials.n_impostor),
                }
            )
    return pd.DataFrame(rows, columns=list(ROW_COLUMNS))


def _why(name: str, impostors: int) -> str:
    if name == "d'":
        return "not computed for scores with failures to acquire"
    return f"insufficient impostors: {impostors} cannot show FAR 1e-4; achieved FAR 0"


def _errors() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(3)
    centre = {"yunet": 0.038, "dlib68": 0.031, "ghostone98": 0.027, "box": 0.092}
    rows, faces = [], []
    for aligner in ALIGNERS:
        errors = rng.gamma(6.0, centre[aligner] / 6.0, 240)
        errors[: LOST[aligner]] = np.inf
        faces += [("drawn", aligner, f"f{i}", "ion", "all", e) for i, e in enumerate(errors)]
        found = errors[np.isfinite(errors)]
        values = {
            "NME": found.mean(),
            "AUC@0.08": 1 - np.minimum(errors, 0.08).mean() / 0.08,
            "FR@0.08": (errors > 0.08).mean(),
        }
        counts = (240, LOST[aligner])
        said = "outer eye corners: five points 0, 1"
        rows += [("drawn", aligner, "ion", "all", m, v, *counts, said) for m, v in values.items()]
        for group, factor in (("eyes", 0.6), ("nose", 1.1), ("mouth", 1.3)):
            absent = aligner == "box" and group == "nose"
            note = f"{said}; no face has such points" if absent else said
            value = np.nan if absent else found.mean() * factor
            rows.append(("drawn", aligner, "ion", group, "NME", value, *counts, note))
    return (
        pd.DataFrame(rows, columns=list(ERROR_COLUMNS)),
        pd.DataFrame(faces, columns=list(FACE_ERROR_COLUMNS)),
    )


def _failures() -> pd.DataFrame:
    rows = [("drawn", "*", "s14_2", "s14", "image is missing: faces/s14_2.png")]
    for aligner, lost in LOST.items():
        for k in range(lost - 1):
            reason = "no face found" if k % 3 else "landmarks span less than one pixel"
            rows.append(
                ("drawn", aligner, f"s{7 * k % 60:02d}_{k % 4}", f"s{7 * k % 60:02d}", reason)
            )
    return pd.DataFrame(rows, columns=list(FAILURE_COLUMNS))


def _samples() -> tuple[Sample, ...]:
    samples = []
    for pipeline, size in (("dlib", 150), ("arcface", 112)):
        for row, aligner in enumerate(ALIGNERS):
            for column in range(8):
                crop = drawn_face(2.5 * row - 2, (row - 1) * 4, 150 + 12 * column)
                lost = aligner == "dlib68" and column in (2, 6)
                samples.append(
                    Sample(
                        "drawn",
                        pipeline,
                        aligner,
                        f"s{column:02d}_0",
                        None if lost else cv2.resize(crop, (size, size)),
                        "no face found" if lost else "",
                    )
                )
    return tuple(samples)


@pytest.fixture(scope="session")
def result() -> Result:
    """One data set, two pipelines, four aligners; yunet is the baseline."""
    trials = _trials()
    scores = {
        Key("drawn", pipeline, aligner): _scores(
            trials, APART[aligner] * factor, LOST[aligner], 10 * i + len(pipeline)
        )
        for pipeline, factor in (("dlib", 1.0), ("arcface", 1.25))
        for i, aligner in enumerate(ALIGNERS)
    }
    errors, faces = _errors()
    provenance = {
        "align_eval": "0.1.0",
        "packages": {"numpy": "2.4.6", "opencv-python": "5.0.0.93"},
        "aligners": {"yunet": {"file": "yunet.onnx", "sha256": "8f2383e4dd3cfbb4" * 4}},
        "pipelines": {"arcface": {"provider": "CPUExecutionProvider", "threads": 2}},
        "seed": 7,
    }
    return Result(STUDY, _rows(scores), scores, errors, faces, _failures(), _samples(), provenance)


@pytest.fixture(scope="session")
def only_baseline(result: Result) -> Result:
    """The same with one aligner and one pipeline, and no landmarks, samples or failures."""
    rows = result.rows[(result.rows["aligner"] == "yunet") & (result.rows["pipeline"] == "dlib")]
    key = Key("drawn", "dlib", "yunet")
    return Result({"baseline": "yunet"}, rows, {key: result.scores[key]})


@pytest.fixture(scope="session")
def costed() -> Result:
    """Two data sets, one of them cross-validated, two pipelines, six aligners; see `costed`."""
    return costed_study.result()


@pytest.fixture(scope="session")
def hostile(result: Result) -> Result:
    """Names that would be markup, mathematics or paths if nobody escaped them."""
    names = {"box": "<script>alert(1)</script>", "dlib68": "$x$ \"<img src=x onerror=alert(1)>'"}
    rows = result.rows.replace({"aligner": names, "dataset": {"drawn": "../<b>&amp;"}})
    scores = {
        Key("../<b>&amp;", key.pipeline, names.get(key.aligner, key.aligner)): value
        for key, value in result.scores.items()
    }
    failures = result.failures.assign(
        subject="<script>alert(2)</script>", reason="</li><svg onload=x>"
    )
    samples = tuple(
        s._replace(aligner=names.get(s.aligner, s.aligner), face='"><script>alert(3)</script>')
        for s in result.samples[:8]
    )
    study = {**STUDY, "title": "</title><script>alert(4)</script>", "question": "<iframe src=//x>"}
    words = {"face": "<script>alert(5)</script>", "variation": "$v$ <b>|*y*"}
    faces = tuple(
        overlay("../<b>&amp;", number, False, name=names["box"], **words) for number in range(2)
    )
    return replace(
        result,
        study=study,
        rows=rows,
        scores=scores,
        failures=failures,
        samples=samples,
        overlays=faces,
    )


@pytest.fixture(scope="session")
def pictured(result: Result) -> Result:
    """The same with points on faces of two data sets."""
    return replace(result, overlays=overlays(5))


MARKUP = "<b>x</b>|*y*"
PARTS = {"NN": 0.021, "OC": 0.032, MARKUP: 0.028, "LD": 0.064}


def _parts() -> pd.DataFrame:
    rows = [
        ("drawn", aligner, normaliser, "all", "variation", part, factor * value, 60, missed, "")
        for normaliser, scale in (("ion", 1.0), ("ipn", 7.0))
        for aligner, factor, missed in (("yunet", scale, 0), ("dlib68", 2 * scale, 3))
        for part, value in PARTS.items()
    ]
    absent = "no face of the data set has the attribute 'range'"
    rows.append(("drawn", "*", "", "", "range", "", np.nan, 0, 0, absent))
    return pd.DataFrame(rows, columns=list(PART_COLUMNS))


def _claims() -> pd.DataFrame:
    worst = (1, "LD is the worst", "Keong", "drawn:yunet@LD > drawn:yunet@*", "all", "held", "")
    twice = (2, f"dlib {MARKUP}", "", "drawn:dlib68 >= 2 * drawn:yunet", "five", "did not hold", "")
    lost = (3, "far is worse", "Poster", "far:box > drawn:box", "all", "cannot be told", "no error")
    first, second, both = ("drawn", "yunet"), ("drawn", "dlib68"), (60, 0)
    rows = [(*worst, 0, "", "drawn:yunet@LD", 1.0, *first, "LD", PARTS["LD"], *both)]
    rows += [
        (*worst, 1, ">", "drawn:yunet@*", 1.0, *first, part, value, *both)
        for part, value in PARTS.items()
        if part != "LD"
    ]
    rows += [
        (*twice, 0, "", "drawn:dlib68", 1.0, *second, "", 0.03, 240, 10),
        (*twice, 1, ">=", "2 * drawn:yunet", 2.0, *first, "", 0.038, *both),
        (*lost, 0, "", "far:box", 1.0, "far", "box", "", np.nan, 0, 0),
        (*lost, 1, ">", "drawn:box", 1.0, "drawn", "box", "", 0.09, *both),
    ]
    verified = ("NME", "", np.nan, np.nan, np.nan)
    return pd.DataFrame([(*row, *verified) for row in rows], columns=list(CLAIM_COLUMNS))


@pytest.fixture(scope="session")
def asked(result: Result) -> Result:
    """The same with a breakdown, claims, published figures and boxes moved at random."""
    theirs = {"source": f"Table 2 {MARKUP}", "dataset": "drawn", "metric": "NME"}
    published = [
        {**theirs, "aligner": "yunet", "value": 0.021, "name": "Ours", "spread": 0.004},
        {**theirs, "aligner": "absent", "value": 0.0315, "low": 0.03, "high": 0.04},
        {**theirs, "aligner": "dlib68", "value": 0.05, "part": "LD"},
        {**theirs, "aligner": "box", "value": 0.07, "group": "nose"},
    ]
    boxes = {"name": "dataset", "model": "dataset", "jitter": 0.1}
    study = {**STUDY, "published": published, "boxes": boxes}
    return replace(result, study=study, error_parts=_parts(), claims=_claims())
