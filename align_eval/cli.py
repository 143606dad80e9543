"""The command line: one thin verb per call of `align_eval.app`; the only place that prints."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from align_eval._run_options import (
    EXIT_FINDINGS,
    add_formats,
    add_study_options,
    names,
    study_settings,
    written,
)
from align_eval.cli_data import add_data_verbs
from align_eval.cli_scores import add_scores_verb
from align_eval.cli_sensitivity import add_sensitivity_verb
from align_eval.cli_swap import add_swap_verb
from align_eval.cli_synth import add_synth_verbs
from align_eval.cli_train import add_train_verb
from align_eval.cli_verify import add_verify_verb
from align_eval.errors import AlignEvalError

_EXIT_KNOWN = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; ``sys.argv[1:]`` by default.

    Returns
    -------
    int
        0, or 1 where `check` found something, or 2 for a known error, told in one line.
    """
    options = _parser().parse_args(arguments)
    try:
        code: int = options.verb(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our lines, such as `head`, has enough: what is left has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ImportError as error:
        if not any(library in str(error) for library in ("libGL", "libxcb")):
            raise
        sys.stderr.write(
            f"align-eval: OpenCV does not load ({error}): "
            "on Debian or Ubuntu, apt-get install libgl1 libxcb1\n"
        )
        return _EXIT_KNOWN
    except AlignEvalError as error:
        sys.stderr.write(f"align-eval: {error}\n")
        return _EXIT_KNOWN
    except KeyboardInterrupt:
        sys.stderr.write("\nalign-eval: stopped; the same command goes on from here\n")
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="align-eval",
        description="What a landmark model costs, or gains, in face verification.",
    )
    parser.add_argument("--version", action="version", version=_version())
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    _add_run(verbs)
    _add_report(verbs)
    add_data_verbs(verbs)
    add_sensitivity_verb(verbs)
    add_swap_verb(verbs)
    add_synth_verbs(verbs)
    add_train_verb(verbs)
    add_verify_verb(verbs)
    add_scores_verb(verbs)
    compare = verbs.add_parser("compare", help="set two finished runs side by side")
    compare.add_argument("first", type=Path, metavar="RUN")
    compare.add_argument("second", type=Path, metavar="RUN")
    compare.add_argument("--resamples", type=int, default=1000, help="bootstrap resamples")
    compare.add_argument("--csv", type=Path, metavar="FILE", help="write the full table there")
    compare.set_defaults(verb=_compare)
    listing = verbs.add_parser("list", help="list what studies can name")
    listing.add_argument("kind", metavar="KIND", help="models, pipelines, datasets, metrics, …")
    listing.set_defaults(verb=_list)
    check = verbs.add_parser("check", help="check an object against the protocol it claims")
    check.add_argument("path", metavar="PACKAGE.MODULE:OBJECT")
    check.set_defaults(verb=_check)
    return parser


def _add_run(verbs: Any) -> None:
    run = verbs.add_parser(
        "run", help="run a study and write its report", description="Run, or go on with, a study."
    )
    add_study_options(run)
    run.add_argument("--aligners", metavar="A,B,…", help="only these, in this order")
    run.set_defaults(verb=_run)


def _add_report(verbs: Any) -> None:
    report = verbs.add_parser("report", help="write reports of a finished run")
    report.add_argument("run", type=Path, metavar="RUN", help="a run folder")
    report.add_argument("--out", type=Path, metavar="FOLDER", help="the run folder by default")
    add_formats(report)
    report.set_defaults(verb=_report)


def _run(options: argparse.Namespace) -> int:
    from align_eval import app

    app.run(options.study, options.out, aligners=names(options.aligners), **study_settings(options))
    print(written(options.out))
    return 0


def _report(options: argparse.Namespace) -> int:
    from align_eval import app

    for path in app.report(options.run, names(options.format) or (), out=options.out):
        print(path)
    return 0


def _compare(options: argparse.Namespace) -> int:
    from align_eval import app
    from align_eval.atomic import write_bytes

    table = app.compare(options.first, options.second, resamples=options.resamples)
    if options.csv:
        write_bytes(options.csv, table.to_csv(index=False).encode())
    print(table.to_string(index=False, float_format="{:.4f}".format, na_rep="–"))
    return 0


def _list(options: argparse.Namespace) -> int:
    from align_eval import app

    table = app.listing(options.kind)
    width = max(map(len, table), default=0)
    for name, summary in table.items():
        print(f"{name:<{width}}  {summary}".rstrip())
    return 0


def _check(options: argparse.Namespace) -> int:
    from align_eval import app

    findings = app.check(options.path)
    for finding in findings:
        print(f"{'ok  ' if finding.ok else 'FAIL'} {finding.name}: {finding.detail}".rstrip(": "))
    return 0 if all(finding.ok for finding in findings) else EXIT_FINDINGS


def _version() -> str:
    from importlib.metadata import version

    return f"align-eval {version('align-eval')}"
