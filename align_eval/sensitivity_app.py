"""Sensitivity studies made of any study: its baseline's landmarks moved, its aligners replayed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from align_eval.app import FORMATS, data_root_set, run
from align_eval.config import read_study
from align_eval.errors import ConfigError, UnknownNameError
from align_eval.executor import Progress, silent
from align_eval.result import Result
from align_eval.roles import BASELINE, FORMS, TESTED, Roles
from align_eval.sensitivity import Sensitivity
from align_eval.study import Study

ON: Mapping[str, Roles] = {
    "probes": FORMS["probes"],
    "gallery": Roles(BASELINE, TESTED, BASELINE),
    "both": Roles(BASELINE, TESTED, TESTED),
}
"""Whose landmarks are moved. What a pipeline learns from is aligned by the baseline always."""
_NOT_REPLAYED = ("box", "ground_truth", "perturbed")
QUESTION = "How far may landmarks be off before verification suffers, and in which way?"


def sensitivity_study(
    study: Study,
    *,
    on: str | None = None,
    pipelines: Sequence[str] | None = None,
    **settings: Any,
) -> Study:
    """A study's sensitivity study.

    Parameters
    ----------
    study : Study
        Its baseline is what is moved, its other aligners are replayed, but for those that are
        made without looking at the face; its first pipeline verifies. What it says of
        sensitivity itself is kept where `settings` say nothing else.
    on : str, optional
        One of `ON`; by default what the study's roles say.
    pipelines : sequence of str, optional
        Which of its pipelines verify.
    **settings
        Fields of `align_eval.sensitivity.Sensitivity`; None is what the study, or the class, says.

    Raises
    ------
    ConfigError
        A study without pipelines.
    UnknownNameError
        No such pipeline, aligner, kind or side.
    """
    if not study.pipelines:
        raise ConfigError(f"study {study.name!r} has no pipelines: landmark errors cost nothing")
    named = {part.name: part for part in study.pipelines}
    for name in pipelines or ():
        if name not in named:
            raise UnknownNameError("pipeline", name, named)
    if on is not None and on not in ON:
        raise UnknownNameError("side whose landmarks are moved", on, ON)
    own = {} if study.sensitivity is None else study.sensitivity.to_config()
    given = {key: value for key, value in settings.items() if value is not None}
    replay = {"replay": _replayed(study)} if study.sensitivity is None else {}
    table = Sensitivity.from_config({**replay, **own, **given})
    table.check([part.name for part in study.aligners], study.baseline)
    kept = (study.baseline, *table.replay)
    return replace(
        study.with_aligners(kept),
        name=f"{study.name}_sensitivity",
        title=f"Sensitivity to misalignment. {study.title}".strip(),
        question=QUESTION,
        pipelines=tuple(named[name] for name in pipelines or list(named)[:1]),
        roles=study.roles if on is None else ON[on],
        metrics=tuple(name for name in study.metrics if not name.endswith("accuracy")),
        policies=study.policies[:1],
        discard=(),
        reject=(),
        claims=(),
        published=(),
        sensitivity=table,
    )


def _replayed(study: Study) -> tuple[str, ...]:
    names = (part.name for part in study.aligners if part.model not in _NOT_REPLAYED)
    return tuple(name for name in names if name != study.baseline)


def sensitivity(
    study: str | Path | Study,
    out: str | Path,
    *,
    data_root: str | Path | None = None,
    data: Mapping[str, str] | None = None,
    settings: Mapping[str, Any] | None = None,
    workers: int | None = None,
    formats: Sequence[str] = FORMATS,
    progress: Progress = silent,
    **moved: Any,
) -> Result:
    """Run a study's sensitivity study into a folder, and write its reports.

    Parameters
    ----------
    study : str, Path or Study
        A packaged study's name, a TOML file, or a study.
    **moved
        See `sensitivity_study`.
    out, data_root, data, settings, workers, formats, progress
        See `align_eval.app.run`.

    Raises
    ------
    AlignEvalError
        Anything that is wrong with study, data or folder, in one line.
    """
    with data_root_set(data_root):
        if not isinstance(study, Study):
            study = read_study(study, data=data, settings=settings)
        made = sensitivity_study(study, **moved)
        return run(made, out, workers=workers, formats=formats, progress=progress)
