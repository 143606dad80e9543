"""A run folder: what each stage of a study found, written so that a stopped run can go on.

::

    study.toml            the study, every default filled in
    data/                 a digest of every face, by which a changed data set is refused
    boxes/ landmarks/ embeddings/ scores/     one file a stage, a JSON beside it on how it was made
    fit/ intervals/       how long it took to learn, and to take the statistics
    samples/ overlays/    the crops that the report shows, aligned and with points
    turned/               trials that aligners turn, and crops of those that moved furthest
    result.json provenance.json               everything that reports need

Every file is written beside its place and moved there, so that a file that exists is whole.
"""

import io
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd
import tomli_w
from numpy.typing import NDArray

from align_eval.atomic import read_parquet, write_bytes, write_json, write_parquet
from align_eval.config import differences
from align_eval.dataset import Dataset, Trials
from align_eval.errors import DataError, StudyChangedError
from align_eval.faces import Box
from align_eval.fingerprint import changed, fingerprint
from align_eval.image import encode_png, read_image
from align_eval.landmarks import Landmarks
from align_eval.locating import Boxed, Located
from align_eval.overlays import load_overlays, save_overlays
from align_eval.result import Key, Result, Sample
from align_eval.schemes import scheme_named
from align_eval.scores import Scores
from align_eval.study import Study
from align_eval.verifying import Embedded, Side

# What a run may be asked anew: words, and questions that are answered from what it computed.
_FREE = (
    *("title", "question", "description", "breakdown", "claims", "published", "discard"),
    *("reject", "reject_limit"),
)
_FRAMES = ("rows", "landmark_errors", "failures")
# which results of older versions lack
_LATER_FRAMES = (
    "error_parts",
    "claims",
    "folds",
    "discards",
    "signals",
    "signal_bins",
    "misalignments",
    "rejections",
    "rejection_curves",
    "sensitivity",
    "budgets",
    "contrasts",
    "ranks",
    "replays",
    "metric_parts",
    "turned_counts",
)


class RunFolder:
    """Where a study's results lie.

    Parameters
    ----------
    path : Path
        The folder; made if need be.
    study : Study
        What is run there.

    Raises
    ------
    StudyChangedError
        The folder holds another study; the message names the keys that differ.
    """

    def __init__(self, path: Path, study: Study) -> None:
        self.path = path
        config = study.to_config()
        stored = path / "study.toml"
        if stored.exists():
            changed = _changed(stored, config)
            if changed:
                raise StudyChangedError(
                    f"{path} holds another study; it differs in {', '.join(changed)}. "
                    "Name another --out, or remove that folder."
                )
        elif path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise DataError(f"{path} is not empty and holds no study: name another --out")
        write_bytes(stored, tomli_w.dumps(config).encode())

    def check_data(self, name: str, dataset: Dataset) -> None:
        """Note what a data set is, or compare it with what it was when the run began.

        Raises
        ------
        StudyChangedError
            A face, its image, box, landmarks or subject, or the trials are not as they were.
        """
        path, now = self.file("data", name, suffix=".parquet"), fingerprint(dataset)
        if not path.exists():
            write_parquet(path, now)
            return
        altered = changed(read_parquet(path), now)
        if altered:
            raise StudyChangedError(
                f"data set {name!r} is not what it was when the run in {self.path} began: "
                f"{len(altered)} of its faces or trials differ, such as {altered[0]!r}. "
                "Name another --out, or remove that folder."
            )

    def scores_file(self, key: Key) -> Path:
        """Where the scores of a key are."""
        return self.file("scores", *key, suffix=".parquet")

    def file(self, stage: str, *parts: str, suffix: str) -> Path:
        """The file of one stage: ``landmarks/lfw--dlib68.parquet``."""
        return self.path / stage / ("--".join(parts) + suffix)


def _changed(stored: Path, config: Mapping[str, Any]) -> tuple[str, ...]:
    try:
        old = tomllib.loads(stored.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"cannot read {stored}: {error}") from error
    ruling = [{k: v for k, v in c.items() if k not in _FREE} for c in (old, _toml_view(config))]
    return differences(*ruling)


def _toml_view(config: Mapping[str, Any]) -> dict[str, Any]:
    return tomllib.loads(tomli_w.dumps(config))


def save_boxes(path: Path, faces: Sequence[str], boxed: Boxed) -> None:
    """Write a detector's boxes: face, x, y, width, height, reason."""
    none = (None,) * 4
    rows = [(f, *boxed.boxes.get(f, none), boxed.reasons.get(f, "")) for f in faces]
    columns = ["face", "x", "y", "width", "height", "reason"]
    write_parquet(path, pd.DataFrame(rows, columns=columns))


def load_boxes(path: Path, faces: Sequence[str]) -> Boxed:
    """Read what `save_boxes` wrote, for the same faces."""
    frame = read_parquet(path)
    check_faces(path, frame["face"].tolist(), faces)
    found = frame[frame["reason"] == ""]
    boxes = {
        face: Box(*map(float, box))
        for face, *box in zip(
            found["face"], found["x"], found["y"], found["width"], found["height"], strict=True
        )
    }
    return Boxed(boxes, _reasons(frame))


def save_located(path: Path, faces: Sequence[str], located: Located) -> None:
    """Write one aligner's landmarks: face, reason, scheme, points, quality."""
    rows = []
    for face in faces:
        marks = located.landmarks.get(face)
        values: tuple[Any, Any, Any] = (None, None, None)
        if marks is not None:
            values = (marks.scheme.name, marks.points.ravel(), marks.quality)
        rows.append((face, located.reasons.get(face, ""), *values))
    columns = ["face", "reason", "scheme", "points", "quality"]
    write_parquet(path, pd.DataFrame(rows, columns=columns))


def load_located(path: Path, faces: Sequence[str]) -> Located:
    """Read what `save_located` wrote, for the same faces."""
    frame = read_parquet(path)
    check_faces(path, frame["face"].tolist(), faces)
    landmarks = {
        face: Landmarks(
            np.asarray(points, dtype=np.float64).reshape(-1, 2), scheme_named(scheme), quality
        )
        for face, scheme, points, quality in zip(
            frame["face"], frame["scheme"], frame["points"], frame["quality"], strict=True
        )
        if points is not None
    }
    return Located(landmarks, _reasons(frame))


def _reasons(frame: pd.DataFrame) -> dict[str, str]:
    failed = frame[frame["reason"] != ""]
    return dict(zip(failed["face"], failed["reason"], strict=True))


def check_faces(path: Path, stored: Sequence[Any], wanted: Sequence[Any]) -> None:
    """Refuse a stage file about other faces or trials than the data set holds now.

    Raises
    ------
    StudyChangedError
        They differ.
    """
    if list(stored) != list(wanted):
        raise StudyChangedError(
            f"{path} is about {len(stored)} faces or trials that are not the {len(wanted)} of the "
            "data set as it is now. Name another --out, or remove that folder."
        )


def save_embedded(path: Path, embedded: Embedded) -> None:
    """Write the rows of references and probes as .npz; never pickled."""
    buffer = io.BytesIO()
    np.savez(buffer, **{field.name: getattr(embedded, field.name) for field in fields(embedded)})
    write_bytes(path, buffer.getvalue())


def load_embedded(path: Path) -> Embedded:
    """Read what `save_embedded` wrote; DataError if it is damaged."""
    return Embedded(**_arrays(path, [field.name for field in fields(Embedded)]))


def load_references(path: Path) -> Side:
    """Read the references alone of what `save_embedded` wrote."""
    return Side(*_arrays(path, ["references", "reference_ok"]).values())


def load_probes(path: Path) -> Side:
    """Read the probes alone of what `save_embedded` wrote."""
    return Side(*_arrays(path, ["probes", "probe_ok"]).values())


def save_values(path: Path, values: NDArray[np.float64]) -> None:
    """Write the scores of some of a data set's trials, (T,), as .npz."""
    buffer = io.BytesIO()
    np.savez(buffer, scores=values)
    write_bytes(path, buffer.getvalue())


def load_values(path: Path) -> NDArray[np.float64]:
    """Read what `save_values` wrote; DataError if it is damaged."""
    values: NDArray[np.float64] = _arrays(path, ["scores"])["scores"]
    return values


def _arrays(path: Path, names: Sequence[str]) -> dict[str, Any]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in names}
    except (
        OSError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        EOFError,
        BadZipFile,
    ) as error:
        raise DataError(f"cannot read {path}: {error}") from error


def load_note(path: Path) -> dict[str, Any]:
    """Read how a stage was made; DataError if the file is damaged."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"cannot read {path}: {error}") from error


def save_scores(path: Path, scores: Scores) -> None:
    """Write every trial with its score: reference, probe, their subjects, fold, score."""
    trials = scores.trials
    frame = pd.DataFrame(
        {
            "reference": _named(trials.reference_index, trials.references),
            "probe": _named(trials.probe_index, trials.probes),
            "reference_subject": _named(trials.reference_index, trials.reference_subjects),
            "probe_subject": _named(trials.probe_index, trials.probe_subjects),
            "genuine": trials.genuine,
            "score": scores.values,  # noqa: PD011
        }
    )
    if trials.fold is not None:
        frame["fold"] = trials.fold
    write_parquet(path, frame)


def _named(index: Any, names: Sequence[str]) -> Any:
    unique, codes = np.unique(np.array(names, dtype=object), return_inverse=True)
    return pd.Categorical.from_codes(codes[index].astype(np.intp), categories=pd.Index(unique))


def load_scores(path: Path) -> Scores:
    """Read what `save_scores` wrote."""
    frame = read_parquet(path)
    sides = []
    for side in ("reference", "probe"):
        index, names = pd.factorize(frame[side])  # names in the order of their first trials
        first = np.unique(index, return_index=True)[1]
        subjects = frame[f"{side}_subject"].iloc[first]
        sides.append((tuple(map(str, names)), tuple(map(str, subjects)), index.astype(np.intp)))
    (references, owners, rows), (probes, people, columns) = sides
    fold = np.asarray(frame["fold"], dtype=np.intp) if "fold" in frame else None
    trials = Trials(references, probes, owners, people, rows, columns, fold)
    return Scores(trials, frame["score"].to_numpy())


class ScoreFiles(Mapping[Key, Scores]):
    """Scores read from a run folder when they are asked for, and not before."""

    def __init__(self, files: Mapping[Key, Path]) -> None:
        self._files = dict(files)

    def __getitem__(self, key: Key) -> Scores:
        return load_scores(self._files[key])

    def __iter__(self) -> Iterator[Key]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def save_result(folder: Path, result: Result) -> None:
    """Write ``result.json``, ``provenance.json`` and all crops; scores are there already."""
    document: dict[str, Any] = {
        "study": result.study,
        "scores": [list(key) for key in result.scores],
        "samples": _save_samples(folder, "samples", result.samples),
        "turned_samples": _save_samples(folder, "turned", result.turned_samples),
        "overlays": save_overlays(folder, result.overlays),
    }
    for name in (*_FRAMES, *_LATER_FRAMES):
        frame: pd.DataFrame = getattr(result, name)
        document[name] = frame.to_dict(orient="records")
    write_parquet(folder / "landmarks" / "face_errors.parquet", result.face_errors)
    write_parquet(_turned_file(folder), result.turned)
    write_json(folder / "provenance.json", result.provenance)
    write_json(folder / "result.json", document)


def _turned_file(folder: Path) -> Path:
    return folder / "turned" / "trials.parquet"


def _save_samples(folder: Path, kind: str, samples: Sequence[Sample]) -> list[dict[str, Any]]:
    rows = []
    for number, sample in enumerate(samples):
        row: dict[str, Any] = {**sample._asdict(), "crop": None}
        if sample.crop is not None:
            row["crop"] = f"{kind}/{number:03d}.png"
            write_bytes(folder / row["crop"], encode_png(sample.crop))
        rows.append(row)
    return rows


def load_result(folder: Path) -> Result:
    """Read a finished run.

    Raises
    ------
    DataError
        No finished run lies there.
    """
    try:
        document = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
        return _result(folder, document, provenance)
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"{folder} holds no finished run: {error.filename}: {reason}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{folder} holds a damaged result: {error!r}") from error


def _result(folder: Path, document: Any, provenance: Any) -> Result:
    empty = Result({}, pd.DataFrame(), {})
    frames = {name: _frame(document[name], name, empty) for name in _FRAMES}
    for name in _LATER_FRAMES:
        frames[name] = _frame(document.get(name, []), name, empty)
    keys = [Key(*parts) for parts in document["scores"]]
    return Result(
        study=document["study"],
        scores=ScoreFiles({k: folder / "scores" / f"{'--'.join(k)}.parquet" for k in keys}),
        face_errors=read_parquet(folder / "landmarks" / "face_errors.parquet"),
        samples=_load_samples(folder, document["samples"]),
        provenance=provenance,
        overlays=load_overlays(folder, document.get("overlays", [])),
        turned=_load_turned(folder, empty),
        turned_samples=_load_samples(folder, document.get("turned_samples", [])),
        **frames,
    )


def _load_turned(folder: Path, empty: Result) -> pd.DataFrame:
    """Those of a run folder; none in results of older versions."""
    path = _turned_file(folder)
    return read_parquet(path) if path.exists() else empty.turned


def _load_samples(folder: Path, rows: Sequence[Mapping[str, Any]]) -> tuple[Sample, ...]:
    return tuple(
        Sample(**{**row, "crop": row["crop"] and read_image(folder / row["crop"])}) for row in rows
    )


def _frame(records: list[dict[str, Any]], name: str, empty: Result) -> pd.DataFrame:
    if not records:
        default: pd.DataFrame = getattr(empty, name)
        return default
    frame = pd.DataFrame.from_records(records)
    for column in frame.columns:
        if column in _NUMBERS and (name, column) not in _WORDS:
            frame[column] = frame[column].astype(float)
    return frame


_NUMBERS = {
    *("value", "low", "high", "delta", "delta_low", "delta_high", "p", "p_holm", "factor"),
    "detectable",
    *("difference", "difference_low", "difference_high"),
    *("share", "nme", "change", "to_random", "to_random_low", "to_random_high"),
    *("change_low", "change_high", "far"),
    *("rho", "rank", "error", "signal"),
    *("bias", "bias_low", "bias_high", "spread", "spread_low", "spread_high"),
    *("implied", "independent", "error_low", "error_high", "share_low", "share_high"),
    *("displacement", "displacement_low", "displacement_high", "largest"),
    *("level", "loss", "behind", "behind_low", "behind_high"),
    *("threshold", "p_exact"),
}
_WORDS = {("signals", "level")}  # a number in other tables
