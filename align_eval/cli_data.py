"""The command line's verbs for data sets."""

import argparse
import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from align_eval._assignments import toml_table
from align_eval._run_options import EXIT_FINDINGS

if TYPE_CHECKING:
    from align_eval.datasets.inventory import Count, Inventory

_SHOWN = 20


def add_data_verbs(verbs: Any) -> None:
    """Add ``data check`` to an argparse subparser group."""
    data = verbs.add_parser("data", help="look through the folder of a data set")
    kinds = data.add_subparsers(required=True, metavar="VERB")
    check = kinds.add_parser(
        "check",
        help="what is in the folder, what should be, and what is wrong",
        description="Print the expected layout, the counts beside the published numbers, and "
        "every problem by name. Exit code 0 if all is well, 1 with findings, 2 if the data "
        "cannot be used at all.",
    )
    check.add_argument("name", metavar="NAME", help="see 'list datasets'; or PACKAGE.MODULE:load")
    check.add_argument("root", metavar="ROOT", help="the data set's folder")
    check.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="an option of the loader, the value in TOML: subset=train; may be repeated",
    )
    check.add_argument(
        "--csv",
        type=Path,
        metavar="FILE",
        help=f"write all problems there, and print the first {_SHOWN} only",
    )
    check.set_defaults(verb=_check)


def _check(options: argparse.Namespace) -> int:
    from align_eval import data_app
    from align_eval.atomic import write_bytes

    found = data_app.check_data(options.name, options.root, toml_table("--option", options.option))
    if options.csv:
        write_bytes(options.csv, _table(found).encode("utf-8", "backslashreplace"))
    page = "\n".join(_page(found, _SHOWN if options.csv else None))
    # File names may hold what no output can show.
    print(page.encode("utf-8", "backslashreplace").decode())
    return 0 if found.ok else EXIT_FINDINGS


def _page(found: "Inventory", shown: int | None) -> list[str]:
    """The lines of the page, with the first problems only, or all."""
    layout = found.layout.splitlines() or ["the loader does not say"]
    lines = ["layout expected:", *(f"  {line}" for line in layout)]
    lines += ["found:", *(f"  {_counted(count)}" for count in found.counts)]
    if not found.problems:
        return [*lines, "problems: none"]
    lines += [f"problems: {len(found.problems)}"]
    lines += [f"  {name}: {reason}" for name, reason in found.problems[:shown]]
    left = len(found.problems[shown:]) if shown else 0
    return [*lines, f"  … and {left} more"] if left else lines


def _counted(count: "Count") -> str:
    if count.expected is None:
        return f"      {count.found} {count.what}"
    return f"{'ok  ' if count.ok else 'FAIL'}  {count.found} of {count.expected} {count.what}"


def _table(found: "Inventory") -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("name", "problem"))
    rows.writerows(found.problems)
    return text.getvalue()
