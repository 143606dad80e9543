"""The verb ``scores``."""

import argparse
from pathlib import Path
from typing import Any


def add_scores_verb(verbs: Any) -> None:
    """Add the verb to the command line's parser."""
    verb = verbs.add_parser(
        "scores",
        help="write a finished run's scores as files of other tools",
        description="Write the scores of a finished run, a file for each data set, pipeline and "
        "aligner: bob's four or five columns, bob's CSV, pyeer's two files, CSV or Parquet.",
    )
    verb.add_argument("run", type=Path, metavar="RUN", help="a run folder")
    verb.add_argument(
        "--to", required=True, metavar="FORM", help="bob4, bob5, bob-csv, pyeer, csv or parquet"
    )
    verb.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="for the files")
    verb.set_defaults(verb=_scores)


def _scores(options: argparse.Namespace) -> int:
    from align_eval import verify_app

    for path in verify_app.export_scores(options.run, options.to, options.out):
        print(path)
    return 0
