"""The verb ``swap``."""

import argparse
import sys
from pathlib import Path
from typing import Any

from align_eval._assignments import assignments, toml_table
from align_eval._progress import ProgressLines
from align_eval._run_options import names
from align_eval.errors import ConfigError


def add_swap_verb(verbs: Any) -> None:
    """Add the verb to the command line's parser."""
    verb = verbs.add_parser(
        "swap",
        help="should one aligner be swapped for another? one page with the answer",
        description="Set candidates against the aligner in use, on pairs of one's own images "
        "behind one's own embedder, and write a page with the answer: swap.html.",
    )
    _add_data(verb)
    _add_parts(verb)
    verb.add_argument(
        "--far", metavar="X,Y,…", default="1e-2", help="false accept rates; the first decides"
    )
    verb.add_argument(
        "--keep-gallery",
        action="store_true",
        help="leave the first image of every pair as --from aligned it: nothing is enrolled anew",
    )
    verb.add_argument("--resamples", type=int, default=1000, help="bootstrap resamples")
    verb.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="replace a top-level key of the study, the value in TOML: seed=7",
    )
    verb.add_argument(
        "--out", type=Path, metavar="FOLDER", help="the run folder; runs/swap_FROM_TO by default"
    )
    verb.add_argument("--workers", type=int, metavar="N", help="all processors by default")
    verb.add_argument(
        "--format",
        metavar="A,B,…",
        default="csv",
        help="what to write besides the page: html, md, csv, svg, png; pdf, latex",
    )
    verb.set_defaults(verb=_swap)


def _add_data(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--images", required=True, metavar="FOLDER", help="where the images lie")
    verb.add_argument(
        "--pairs",
        metavar="FILE",
        help="CSV, TSV or Parquet with the columns first, second (images) and same (1 or 0), and "
        "if need be fold, first_subject and second_subject; any other file is read as LFW's",
    )
    verb.add_argument(
        "--dataset", metavar="NAME", help="read them as this data set instead (list datasets)"
    )
    verb.add_argument(
        "--data-root", metavar="FOLDER", help="what ${ALIGN_EVAL_DATA} stands for in paths"
    )


def _add_parts(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--from", required=True, dest="from_", metavar="MODEL", help="in use (see 'list models')"
    )
    verb.add_argument(
        "--to",
        required=True,
        action="append",
        metavar="MODEL",
        help="the candidate; may be repeated. NAME=MODEL gives it another name",
    )
    verb.add_argument(
        "--embedder", required=True, metavar="FILE|NAME", help="an ONNX file, or 'list embedders'"
    )
    verb.add_argument(
        "--boxes",
        metavar="DETECTOR",
        help="who finds the faces (see 'list detectors'), or 'dataset'; --from by default, if it "
        "is a detector",
    )
    verb.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="WHOSE.KEY=VALUE",
        help="an option of from, to, boxes, embedder, pipeline or dataset, or of an aligner by "
        "its name, the value in TOML: from.path=yunet.onnx; may be repeated",
    )


def _swap(options: argparse.Namespace) -> int:
    from align_eval import swap_app

    if options.workers is not None and options.workers < 1:
        raise ConfigError(f"--workers wants at least 1, got {options.workers}")
    page, _ = swap_app.swap(
        options.out or swap_app.default_folder(options.from_, options.to),
        data_root=options.data_root,
        workers=options.workers,
        formats=names(options.format) or (),
        progress=ProgressLines(sys.stderr),
        images=options.images,
        pairs=options.pairs,
        from_=options.from_,
        to=options.to,
        embedder=options.embedder,
        boxes=options.boxes,
        dataset=options.dataset,
        options=_tables(options.option),
        fars=names(options.far) or (),
        keep_gallery=options.keep_gallery,
        resamples=options.resamples,
        settings=toml_table("--set", options.set),
    )
    print(page)
    return 0


def _tables(texts: list[str]) -> dict[str, dict[str, Any]]:
    """Options by whose they are.

    >>> _tables(["from.path=a.onnx", "tiny.2.size=7"])
    {'from': {'path': 'a.onnx'}, 'tiny.2': {'size': 7}}
    """
    tables: dict[str, dict[str, Any]] = {}
    for key, value in assignments("--option", texts):
        whose, point, option = key.rpartition(".")
        if not (point and whose and option):
            raise ConfigError(f"--option wants WHOSE.KEY=VALUE, got {key + '=' + value!r}")
        tables.setdefault(whose, {}).update(toml_table("--option", [f"{option}={value}"]))
    return tables
