"""The verb ``sensitivity``."""

import argparse
import sys
from pathlib import Path
from typing import Any

from align_eval._assignments import assignments, toml_table
from align_eval._progress import ProgressLines
from align_eval.errors import ConfigError


def add_sensitivity_verb(verbs: Any) -> None:
    """Add the verb to the command line's parser."""
    verb = verbs.add_parser(
        "sensitivity",
        help="move a study's landmarks and draw what it costs",
        description="Move the landmarks of a study's baseline, replay the errors of its aligners, "
        "and draw what each costs verification. Levels are in eye distances.",
    )
    verb.add_argument("study", help="a packaged study (see 'list studies') or a TOML file")
    verb.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="the run folder")
    verb.add_argument(
        "--kinds", metavar="A,B,…", help="see 'list perturbations'; 'points' is each of the five"
    )
    verb.add_argument("--levels", metavar="X,Y,…", help="in eye distances: 0.01,0.02,0.05")
    verb.add_argument("--repeats", type=int, metavar="N", help="of every draw")
    verb.add_argument("--on", metavar="SIDE", help="whose landmarks: probes, gallery or both")
    verb.add_argument(
        "--replay", metavar="A,B,…", help="aligners whose errors are replayed; all by default"
    )
    verb.add_argument("--stretch", metavar="X,Y,…", help="factors of the errors replayed")
    verb.add_argument("--pipelines", metavar="A,B,…", help="the study's first by default")
    verb.add_argument("--loss", type=float, metavar="X", help="of the alignment budget: 0.01")
    verb.add_argument(
        "--data-root", metavar="FOLDER", help="what ${ALIGN_EVAL_DATA} stands for in the study"
    )
    verb.add_argument("--data", action="append", default=[], metavar="NAME=FOLDER")
    verb.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="replace a top-level key of the study, the value in TOML: seed=7",
    )
    verb.add_argument("--workers", type=int, metavar="N", help="all processors by default")
    verb.add_argument(
        "--format",
        metavar="A,B,…",
        default="html,md,csv,svg,png",
        help="html, md, csv, svg, png; pdf, latex",
    )
    verb.set_defaults(verb=_sensitivity)


def _sensitivity(options: argparse.Namespace) -> int:
    from align_eval import sensitivity_app

    if options.workers is not None and options.workers < 1:
        raise ConfigError(f"--workers wants at least 1, got {options.workers}")
    sensitivity_app.sensitivity(
        options.study,
        options.out,
        data_root=options.data_root,
        data=dict(assignments("--data", options.data)),
        settings=toml_table("--set", options.set),
        workers=options.workers,
        formats=_names(options.format) or (),
        progress=ProgressLines(sys.stderr),
        on=options.on,
        pipelines=_names(options.pipelines),
        kinds=_names(options.kinds),
        replay=_names(options.replay),
        levels=_numbers("--levels", options.levels),
        stretch=_numbers("--stretch", options.stretch),
        repeats=options.repeats,
        loss=options.loss,
    )
    written = options.out / "report.html"
    print(written if written.exists() else options.out)
    return 0


def _names(text: str | None) -> list[str] | None:
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


def _numbers(option: str, text: str | None) -> list[float] | None:
    try:
        return None if text is None else [float(word) for word in text.split(",") if word.strip()]
    except ValueError:
        raise ConfigError(f"{option} wants numbers, got {text!r}") from None
