"""The verb ``verify``."""

import argparse
from pathlib import Path
from typing import Any

from align_eval._run_options import names, written
from align_eval.errors import ConfigError


def add_verify_verb(verbs: Any) -> None:
    """Add the verb to the command line's parser."""
    verb = verbs.add_parser(
        "verify",
        help="report on scores alone: ROC, EER, TAR at several FARs",
        description="Report on score files: a table with a label or subjects for each score "
        "(CSV, Parquet), a genuine and an impostor file, or bob's four and five columns. Several "
        "systems are compared with the first, in pairs where their trials are the same.",
    )
    verb.add_argument(
        "files", nargs="+", metavar="FILE", help="tables or bob files; or GENUINE IMPOSTOR, by twos"
    )
    verb.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="for the report")
    verb.add_argument("--name", metavar="A,B,…", help="of the systems, in order")
    _add_reading(verb)
    verb.add_argument("--far", metavar="X,Y,…", help="at which FAR the TAR is given: 1e-2,1e-3")
    verb.add_argument("--metrics", metavar="A,B,…", help="instead of the usual (list metrics)")
    verb.add_argument("--resamples", type=int, default=1000, metavar="N", help="of the bootstrap")
    verb.add_argument("--confidence", type=float, default=0.95, metavar="X", help="of intervals")
    verb.add_argument("--seed", type=int, default=0, metavar="N", help="of the bootstrap")
    verb.add_argument("--title", default="", metavar="TEXT", help="of the report")
    verb.add_argument(
        "--format",
        metavar="A,B,…",
        default="html,md,csv",
        help="html, md, csv, svg, png; pdf, latex",
    )
    verb.set_defaults(verb=_verify)


def _add_reading(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--from",
        dest="form",
        default="auto",
        metavar="FORM",
        help="table, bob4, bob5 or pyeer; by default what the content looks like",
    )
    verb.add_argument(
        "--missing",
        default="refuse",
        metavar="POLICY",
        help="on scores that are missing or NaN: refuse, or reject (a failure to acquire)",
    )
    verb.add_argument("--distance", action="store_true", help="a smaller score is more alike")


def _verify(options: argparse.Namespace) -> int:
    from align_eval import verify_app
    from align_eval.score_files import Reading

    verify_app.verify(
        options.files,
        options.out,
        names=names(options.name) or (),
        reading=Reading(options.form, options.missing, options.distance),
        metrics=names(options.metrics) or (),
        fars=_rates(options.far),
        resamples=options.resamples,
        confidence=options.confidence,
        seed=options.seed,
        title=options.title,
        formats=names(options.format) or (),
    )
    print(written(options.out))
    return 0


def _rates(text: str | None) -> tuple[float, ...]:
    """Rates between commas.

    >>> _rates("1e-2, 0.001"), _rates(None)
    ((0.01, 0.001), ())
    """
    try:
        return tuple(float(word) for word in names(text) or ())
    except ValueError:
        raise ConfigError(f"--far wants numbers, got {text!r}") from None
