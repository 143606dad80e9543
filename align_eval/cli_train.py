"""The command line's verb for training."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from align_eval._assignments import toml_table
from align_eval._progress import ProgressLines
from align_eval.errors import ConfigError


def add_train_verb(verbs: Any) -> None:
    """Add ``train`` to an argparse subparser group."""
    train = verbs.add_parser(
        "train",
        help="train a landmark model and export it to ONNX (needs torch: align-eval[train])",
        description="Train a landmark model, or go on with a stopped training.",
    )
    train.add_argument("name", metavar="NAME", help="see 'list trainable'")
    train.add_argument("--config", default="compact", help="compact or paper")
    train.add_argument(
        "--data", default="synthetic", metavar="NAME|FILE", help="see 'list training-data'"
    )
    train.add_argument(
        "--data-root", metavar="FOLDER", help="what ${ALIGN_EVAL_DATA} stands for in the data"
    )
    train.add_argument("--out", type=Path, metavar="FOLDER", help="weights/NAME by default")
    train.add_argument("--seed", type=int, default=0)
    train.add_argument(
        "--epochs", type=float, default=1.0, metavar="FACTOR", help="on every stage's length"
    )
    train.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="an option of the model's own, the value in TOML: variant=NOBB; may be repeated",
    )
    train.add_argument(
        "--balance",
        metavar="none|online|full",
        help="choose faces by their losses: never, as they are trained on, or all of them anew "
        "every tenth of an epoch; as the model says by default",
    )
    train.add_argument("--device", default="cpu", help="cpu or cuda")
    train.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N")
    train.set_defaults(verb=_train)


def _train(options: argparse.Namespace) -> int:
    from align_eval import train_app

    if options.workers < 1:
        raise ConfigError(f"--workers wants at least 1, got {options.workers}")
    if not options.epochs > 0:
        raise ConfigError(f"--epochs wants a positive factor, got {options.epochs:g}")
    card = train_app.train(
        options.name,
        options.out or Path("weights") / options.name,
        config=options.config,
        options=toml_table("--option", options.option),
        balance=options.balance,
        data=options.data,
        data_root=options.data_root,
        seed=options.seed,
        epochs=options.epochs,
        device=options.device,
        workers=options.workers,
        progress=ProgressLines(sys.stderr),
    )
    print(card)
    return 0
