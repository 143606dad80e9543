"""What the verbs that run a study have in common on the command line."""

import argparse
import sys
from pathlib import Path
from typing import Any

from align_eval._assignments import assignments, toml_table
from align_eval._progress import ProgressLines
from align_eval.errors import ConfigError

EXIT_FINDINGS = 1
"""The exit code of a verb that looked through something and found faults."""


def add_study_options(parser: argparse.ArgumentParser) -> None:
    """Add the study, and where it is run."""
    parser.add_argument("study", help="a packaged study (see 'list studies') or a TOML file")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="the run folder")
    parser.add_argument(
        "--data-root", metavar="FOLDER", help="what ${ALIGN_EVAL_DATA} stands for in the study"
    )
    parser.add_argument(
        "--data",
        action="append",
        default=[],
        metavar="NAME=FOLDER",
        help="where a data set lies; may be repeated",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="replace a top-level key of the study, the value in TOML: seed=7",
    )
    parser.add_argument("--workers", type=int, metavar="N", help="all processors by default")
    add_formats(parser)


def add_formats(parser: argparse.ArgumentParser) -> None:
    """Add the formats of reports."""
    parser.add_argument(
        "--format",
        metavar="A,B,…",
        default="html,md,csv,svg,png",
        help="html, md, csv, svg, png; pdf, latex",
    )


def study_settings(options: argparse.Namespace) -> dict[str, Any]:
    """What `align_eval.app.run` wants of `add_study_options`, but for study and folder.

    Raises
    ------
    ConfigError
        Fewer than one worker, or an assignment that is none.
    """
    if options.workers is not None and options.workers < 1:
        raise ConfigError(f"--workers wants at least 1, got {options.workers}")
    return {
        "data_root": options.data_root,
        "data": dict(assignments("--data", options.data)),
        "settings": toml_table("--set", options.set),
        "workers": options.workers,
        "formats": names(options.format) or (),
        "progress": ProgressLines(sys.stderr),
    }


def names(text: str | None) -> list[str] | None:
    """Names between commas; None for None.

    >>> names("a, b,"), names(""), names(None)
    (['a', 'b'], [], None)
    """
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


def written(out: Path) -> Path:
    """What a run has to show: its page, or its folder where that was not asked for."""
    page = out / "report.html"
    return page if page.exists() else out
