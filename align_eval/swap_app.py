"""Should I swap? Composition for ``align-eval swap``: a study of one aligner in place of another.

The study is an ordinary one: what is there already is the baseline, every candidate is set against
it, and the run folder can be reported, compared and gone on with as any other.
"""

import re
from collections.abc import Mapping, Sequence
from os.path import commonpath
from pathlib import Path
from typing import Any, NamedTuple

from align_eval.app import CATALOGS, data_root_set, run
from align_eval.config import expand
from align_eval.datasets import pairs_table
from align_eval.errors import ConfigError, DataError, UnknownNameError
from align_eval.executor import Progress, silent
from align_eval.metrics import parse_metric
from align_eval.result import Result
from align_eval.study import Part, Study
from align_eval.weights import weights_file
from reports import swap as swap_page
from verification.embedders import EMBEDDERS

RESAMPLES = 1000
FARS = ("1e-2",)
FORMATS = ("csv",)
_SAMPLES = 6
_DATASET, _FROM, _TO, _BOXES, _EMBEDDER, _PIPELINE = (
    "dataset",
    "from",
    "to",
    "boxes",
    "embedder",
    "pipeline",
)
WHOSE = (_DATASET, _FROM, _TO, _BOXES, _EMBEDDER, _PIPELINE)
"""Whose options may be given, beside the aligners and the detector by their names."""
_OWN_BOXES = "dataset"
_QUESTION = "Does it pay, what does it cost, and which pairs change their verdict?"
_ABOUT = (
    "{who} is what there is; every other aligner is set against it on the same pairs, behind "
    "the same embedder."
)
_ROLES = {
    "same": "Both faces of a pair are aligned by the aligner under test: everything enrolled is "
    "enrolled anew.",
    "probes": "The references stay as {who} aligned them, and only the probes are aligned by the "
    "aligner under test: nothing is enrolled anew.",
}


_NAMED_BY_LIST = "Whose an image is, its name in {list} says."


class _Named(NamedTuple):
    """What stands behind ``--from``, ``--to`` or ``--boxes``: a name in results, and a model."""

    name: str
    model: str

    @classmethod
    def of(cls, option: str, text: str) -> "_Named":
        """From ``MODEL`` or ``NAME=MODEL``."""
        name, equals, model = text.partition("=")
        if not (model if equals else name):
            raise ConfigError(f"{option} wants MODEL or NAME=MODEL, got {text!r}")
        part = Part.from_config({"name": name, "model": model} if equals else name, "aligner")
        return cls(part.name, part.model)


class _Options:
    """Options by whose they are, each used or refused."""

    def __init__(self, tables: Mapping[str, Mapping[str, Any]]) -> None:
        self._tables = {who: dict(table) for who, table in tables.items()}
        self._known: list[str] = []

    def of(self, *names: str) -> dict[str, Any]:
        """Those of a part that may be called by several names; the later ones go before."""
        self._known += names
        tables = (self._tables.get(name, {}) for name in dict.fromkeys(names))
        return {key: value for table in tables for key, value in table.items()}

    def check(self) -> None:
        """Refuse options of what there is not."""
        for who in self._tables:
            if who not in self._known:
                raise UnknownNameError("part of a swap", who, dict.fromkeys(self._known))


def swap_study(
    images: str | Path,
    pairs: str | Path | None,
    *,
    from_: str,
    to: Sequence[str],
    embedder: str,
    boxes: str | None = None,
    dataset: str | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    fars: Sequence[str] = FARS,
    keep_gallery: bool = False,
    resamples: int = RESAMPLES,
    settings: Mapping[str, Any] | None = None,
) -> Study:
    """The study that answers whether to swap one aligner for another.

    Parameters
    ----------
    images : str or Path
        The folder of the images.
    pairs : str or Path, optional
        A list of pairs: CSV, TSV or Parquet (see `align_eval.datasets.pairs_table`), else in the
        form of LFW. Only a `dataset` that finds its pairs itself can do without.
    from_ : str
        What is in use: a landmark model's name or dotted path, or ``"NAME=MODEL"``.
    to : sequence of str
        The candidates, likewise.
    embedder : str
        An ONNX file, or an embedder's name or dotted path.
    boxes : str, optional
        A detector's name or dotted path, or ``"dataset"``; by default `from_`, with its options,
        if it is a detector as well.
    dataset : str, optional
        What reads them instead: a data set's name or dotted path. Its ``root`` is the folder that
        holds images and pairs, and its options ``pairs`` and ``images``, where they are needed,
        are paths in that.
    options : mapping, optional
        Options by whose they are: of one of `WHOSE`, or of an aligner or the detector by its
        name. Those of ``"to"`` are for every candidate.
    fars : sequence of str
        False accept rates; the first that the pairs can show decides, beside the EER.
    keep_gallery : bool
        Leave the references as `from_` aligned them.
    resamples : int
        Bootstrap resamples.
    settings : mapping, optional
        Top-level keys of the study to replace.

    Raises
    ------
    UnknownNameError
        A name that no catalogue has, or options of what there is not.
    ConfigError
        No candidate or no source of boxes.
    DataError
        No such folder or file.
    MetricError
        A FAR that is none.
    """
    if not to:
        raise ConfigError("a swap wants at least one candidate")
    known = _Options(options or {})
    here, candidates = _Named.of("--from", from_), [_Named.of("--to", text) for text in to]
    aligners = [Part(*here, known.of(_FROM, here.name))]
    aligners += [Part(*one, known.of(_TO, one.name)) for one in candidates]
    for part in aligners:
        CATALOGS.landmark_models[part.model]
    source = _boxes(boxes, aligners[0], known)
    pipeline = _pipeline(embedder, known)
    read, rule = _dataset(images, pairs, dataset, known)
    known.check()
    names = [one.name for one in candidates]
    roles = "probes" if keep_gallery else "same"
    study = Study(
        name="swap",
        title=f"Should {here.name} be swapped for {_either(names)}?",
        question=_QUESTION,
        description=" ".join(
            [*(text.format(who=here.name) for text in (_ABOUT, _ROLES[roles])), rule]
        ).rstrip(),
        datasets=(read,),
        aligners=tuple(aligners),
        pipelines=(pipeline,),
        baseline=here.name,
        metrics=("EER", *dict.fromkeys(parse_metric(f"TAR@FAR={far}").name for far in fars), "AUC"),
        boxes=source,
        roles=roles,
        resamples=resamples,
        samples=_SAMPLES,
    )
    return study if not settings else Study.from_config({**study.to_config(), **settings})


def swap(
    out: str | Path,
    *,
    data_root: str | Path | None = None,
    workers: int | None = None,
    formats: Sequence[str] = FORMATS,
    progress: Progress = silent,
    **what: Any,
) -> tuple[Path, Result]:
    """Run a swap's study into a folder and write its page.

    Parameters
    ----------
    out, data_root, workers, formats, progress
        See `align_eval.app.run`. `data_root` counts for images, pairs and embedder, too.
    **what
        See `swap_study`.

    Returns
    -------
    path, result
        The page, ``swap.html`` in `out`, and what it was made from.

    Raises
    ------
    AlignEvalError
        Anything that is wrong with names, data or folder, in one line.
    """
    with data_root_set(data_root):
        study = swap_study(**what)
        result = run(study, out, workers=workers, formats=formats, progress=progress)
    if result.rows.empty:
        raise DataError(f"data set {study.datasets[0].name!r} has no pairs to verify")
    return swap_page.render(result, Path(out))[0], result


def default_folder(from_: str, to: Sequence[str]) -> Path:
    """Where a swap runs unless somebody says.

    >>> default_folder("yunet", ["small=onnx", "dan"]).as_posix()
    'runs/swap_yunet_small_dan'
    """
    named = [_Named.of("--from", from_), *(_Named.of("--to", text) for text in to)]
    return Path("runs") / "_".join(["swap", *(one.name for one in named)])


def _boxes(boxes: str | None, here: Part, known: _Options) -> Part:
    model = _detector_in(here) if boxes is None else _Named.of("--boxes", boxes).model
    if model is None:
        raise ConfigError(
            f"--boxes wants a detector ({', '.join(CATALOGS.detectors)}) or {_OWN_BOXES!r}, since "
            f"{here.model!r} finds no faces itself"
        )
    own = here.made.options if model == _detector_in(here) else {}
    name = here.name if boxes is None else _Named.of("--boxes", boxes).name
    if model == _OWN_BOXES:  # its name is that of a role, and of another's options
        return Part(name, model, known.of(_BOXES))
    CATALOGS.detectors[model]
    return Part(name, model, {**own, **known.of(name, _BOXES)})


def _detector_in(part: Part) -> str | None:
    """The detector that is the same object as a landmark model, or None."""
    path = CATALOGS.landmark_models[part.model].path
    return next(
        (name for name in CATALOGS.detectors if CATALOGS.detectors[name].path == path), None
    )


def _pipeline(embedder: str, known: _Options) -> Part:
    own = known.of(_EMBEDDER)
    if embedder.lower().endswith(".onnx"):
        weights_file(expand(embedder), "--embedder")
        own = {"name": "onnx", "path": embedder, **own}
        name = Path(embedder).stem
    else:
        EMBEDDERS[embedder]
        own = {"name": embedder, **own}
        name = embedder
    model = {"name": _plain(name), "model": "embedding", "embedder": own, **known.of(_PIPELINE)}
    return Part.from_config(model, "pipeline")


def _dataset(
    images: str | Path, pairs: str | Path | None, dataset: str | None, known: _Options
) -> tuple[Part, str]:
    """What reads the pairs, and how it knows whose a face is, where that is for the page."""
    folder = _there("--images", images)
    if dataset is not None:
        CATALOGS.datasets[dataset]
    if pairs is None:
        if dataset is None:
            raise ConfigError("a swap wants --pairs, or a --dataset that finds its pairs itself")
        options = {"root": str(folder), **known.of(_DATASET)}
        return Part(_plain(folder.name or dataset), dataset, options), ""
    listed = _there("--pairs", pairs)
    if not listed.is_file():
        raise DataError(f"--pairs {pairs} is no file")
    root = Path(commonpath([folder, listed.parent]))
    options = {"root": str(root), "pairs": listed.relative_to(root).as_posix()}
    if folder != root:
        options["images"] = folder.relative_to(root).as_posix()
    table = listed.suffix.lower() in pairs_table.SUFFIXES
    model = dataset or ("pairs_table" if table else "lfw")
    rule = ""
    if model == "pairs_table":
        rule = pairs_table.subject_rule(listed)
    elif model == "lfw":
        rule = _NAMED_BY_LIST.format(list=listed.name)
    return Part(_plain(root.name or listed.stem), model, {**options, **known.of(_DATASET)}), rule


def _there(option: str, path: str | Path) -> Path:
    found = Path(expand(str(path))).expanduser()
    if not found.exists():
        raise DataError(f"{option} {path} does not exist")
    return found.resolve()


def _plain(name: str) -> str:
    """A name that files can be called after."""
    clean = re.sub(r"[^A-Za-z0-9_.+]+|--+", "-", name).strip("-.+_")
    return clean or "pairs"


def _either(names: Sequence[str]) -> str:
    """``"a, b or c"``."""
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
