"""The composition root: it alone knows landmark models, verification and reports.

These are the calls behind the command line, and the Python interface of the package::

    import align_eval
    result = align_eval.run("lfw_aligners", "runs/lfw", data_root="data")
    align_eval.report("runs/lfw", ["html", "svg"])
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any

import pandas as pd

import landmark_models
import reports
import verification
from align_eval import datasets, metrics, schemes
from align_eval.catalog import Catalog, load_object
from align_eval.checks import Check
from align_eval.checks import check as check_contract
from align_eval.comparing import compare_results
from align_eval.config import packaged_studies, read_study
from align_eval.errors import UnknownNameError
from align_eval.executor import Catalogs, Executor, Progress, silent
from align_eval.perturbation import KINDS as PERTURBATIONS
from align_eval.result import Result
from align_eval.store import load_result
from align_eval.study import Study
from align_eval.templates import TEMPLATES
from landmark_models.train import TASKS
from landmark_models.train.data import packaged_data
from verification import embedders

CATALOGS = Catalogs(
    datasets=datasets.CATALOG,
    detectors=landmark_models.DETECTORS,
    landmark_models=landmark_models.CATALOG,
    pipelines=verification.CATALOG,
)
FORMATS = ("html", "md", "csv", "svg", "png")
_DATA_ROOT = "ALIGN_EVAL_DATA"


def run(
    study: str | Path | Study,
    out: str | Path,
    *,
    data_root: str | Path | None = None,
    data: Mapping[str, str] | None = None,
    aligners: Sequence[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    workers: int | None = None,
    formats: Sequence[str] = FORMATS,
    progress: Progress = silent,
) -> Result:
    """Run a study into a folder, write its reports, and return its result.

    Parameters
    ----------
    study : str, Path or Study
        A packaged study's name, a TOML file, or a study.
    out : str or Path
        The run folder. A stopped run of the same study goes on there.
    data_root : str or Path, optional
        The folder that ``${ALIGN_EVAL_DATA}`` in a study stands for.
    data : mapping, optional
        Data set name → root folder.
    aligners : sequence of str, optional
        Only these, in this order.
    settings : mapping, optional
        Top-level keys of the study to replace.
    workers : int, optional
        All processors by default.
    formats : sequence of str
        Reports to write; see `FORMATS`.
    progress : callable, optional
        Called with (stage, done, total).

    Raises
    ------
    AlignEvalError
        Anything that is wrong with study, data or folder, in one line.
    """
    _check_formats(formats)
    with data_root_set(data_root):
        if not isinstance(study, Study):
            study = read_study(study, data=data, aligners=aligners, settings=settings)
        executor = Executor(
            study, Path(out), CATALOGS, workers=workers or os.cpu_count() or 1, progress=progress
        )
        result = executor.run()
    report(result, formats, out=out)
    return result


def report(
    result: Result | str | Path, formats: Sequence[str] = FORMATS, *, out: str | Path | None = None
) -> list[Path]:
    """Write reports of a finished run.

    Parameters
    ----------
    result : Result, str or Path
        A result, or the run folder that holds it.
    formats : sequence of str
        See `FORMATS`.
    out : str or Path, optional
        Where to write; the run folder by default.

    Returns
    -------
    list of Path
        The files written.
    """
    _check_formats(formats)
    if not isinstance(result, Result):
        out, result = out or result, load_result(Path(result))
    if out is None:
        raise UnknownNameError("folder to write reports to", "None", ())
    return [file for name in formats for file in reports.CATALOG.get(name)(result, Path(out))]


def compare(first: str | Path, second: str | Path, *, resamples: int = 1000) -> pd.DataFrame:
    """Set two finished runs side by side; see `align_eval.comparing.compare_results`."""
    return compare_results(load_result(Path(first)), load_result(Path(second)), resamples=resamples)


def check(path: str) -> list[Check]:
    """Check that an object keeps the protocol it claims.

    Parameters
    ----------
    path : str
        ``"package.module:Object"``: an instance, or a class or function that can be called
        without arguments.
    """
    found = load_object(path, f"check of {path!r}")
    makes = isinstance(found, type | FunctionType | partial)
    return check_contract(found() if makes else found)


def listing(kind: str) -> dict[str, str]:
    """Names and one-line summaries of a kind of thing: see `KINDS`.

    Raises
    ------
    UnknownNameError
        No such kind.
    """
    if kind not in KINDS:
        raise UnknownNameError("kind of thing", kind, KINDS)
    source = KINDS[kind]
    if isinstance(source, Catalog):
        return {name: _summary(source, name) for name in source}
    return dict(source() if callable(source) else source)


def _summary(catalog: Catalog, name: str) -> str:
    entry = catalog[name]
    return entry.summary + (f" [needs align-eval[{entry.extra}]]" if entry.extra else "")


KINDS: dict[str, Any] = {
    "models": landmark_models.CATALOG,
    "detectors": landmark_models.DETECTORS,
    "trainable": TASKS,
    "training-data": packaged_data,
    "pipelines": verification.CATALOG,
    "embedders": embedders.EMBEDDERS,
    "datasets": datasets.CATALOG,
    "studies": packaged_studies,
    "metrics": metrics.METRICS,
    "schemes": schemes.CATALOG,
    "templates": TEMPLATES,
    "perturbations": lambda: {name: kind.summary for name, kind in PERTURBATIONS.items()},
    "formats": reports.CATALOG,
}


def _check_formats(formats: Sequence[str]) -> None:
    for name in formats:
        reports.CATALOG[name]


@contextmanager
def data_root_set(root: str | Path | None) -> Iterator[None]:
    """Let ``${ALIGN_EVAL_DATA}`` stand for a folder for a while."""
    before = os.environ.get(_DATA_ROOT)
    if root is not None:
        os.environ[_DATA_ROOT] = str(root)
    try:
        yield
    finally:
        if root is not None:
            if before is None:
                del os.environ[_DATA_ROOT]
            else:
                os.environ[_DATA_ROOT] = before
