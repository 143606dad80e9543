"""Scores alone, from files to a report; and a finished run's scores as files of other tools."""

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

from align_eval.errors import UnknownNameError
from align_eval.provenance import environment
from align_eval.score_files import Reading, read_systems
from align_eval.score_study import Verification, verify_scores
from align_eval.score_writers import WRITERS, write_scores
from align_eval.store import load_result

FORMATS = ("html", "md", "csv")


def verify(
    files: Sequence[str | Path],
    out: str | Path,
    *,
    names: Sequence[str] = (),
    reading: Reading | None = None,
    metrics: Sequence[str] = (),
    fars: Sequence[float] = (),
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
    title: str = "",
    formats: Sequence[str] = FORMATS,
) -> Verification:
    """Evaluate score files and write a report.

    Parameters
    ----------
    files : sequence of str or Path
        See `align_eval.score_files.read_systems`.
    out : str or Path
        Where to write.
    names : sequence of str
        Of the systems, in order.
    reading : Reading, optional
        How to read the files.
    metrics, fars, resamples, confidence, seed
        See `align_eval.score_study.verify_scores`.
    title : str
        Of the report.
    formats : sequence of str
        Of `reports.verify.FORMATS`.

    Raises
    ------
    AlignEvalError
        Anything that is wrong with files, names or options, in one line.
    """
    from reports import verify as report

    for name in formats:
        if name not in report.FORMATS:
            raise UnknownNameError("report format", name, report.FORMATS)
    started, how = time.time(), reading or Reading()
    systems = read_systems(files, names, how)
    given = {str(file): _digest(Path(file)) for file in files}
    found = verify_scores(
        systems,
        metrics=metrics,
        fars=fars,
        resamples=resamples,
        confidence=confidence,
        seed=seed,
        words={"title": title, "distance": how.distance},
        provenance={**environment(started, 1, seed, {}), "files": given},
    )
    report.render(found, formats, Path(out))
    return found


def _digest(path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def export_scores(run: str | Path, form: str, out: str | Path) -> list[Path]:
    """Write the scores of a finished run, a file for each data set, pipeline and aligner.

    Parameters
    ----------
    run : str or Path
        A run folder.
    form : str
        Of `align_eval.score_writers.WRITERS`.
    out : str or Path
        The folder for ``DATASET--PIPELINE--ALIGNER`` with the form's ending.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    UnknownNameError
        No such form.
    DataError
        No finished run, or names that the form cannot hold.
    """
    if form not in WRITERS:
        raise UnknownNameError("form of score file", form, WRITERS)
    scores = load_result(Path(run)).scores
    return [
        path
        for key, one in scores.items()
        for path in write_scores(one, Path(out) / "--".join(key), form)
    ]
