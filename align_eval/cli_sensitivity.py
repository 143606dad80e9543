"""The verb ``sensitivity``."""

import argparse
from typing import Any

from align_eval._run_options import add_study_options, names, study_settings, written
from align_eval.errors import ConfigError


def add_sensitivity_verb(verbs: Any) -> None:
    """Add the verb to the command line's parser."""
    verb = verbs.add_parser(
        "sensitivity",
        help="move a study's landmarks and draw what it costs",
        description="Move the landmarks of a study's baseline, replay the errors of its aligners, "
        "and draw what each costs verification. Levels are in eye distances.",
    )
    add_study_options(verb)
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
    verb.add_argument(
        "--by", metavar="A,B,…", help="attributes of the probes by which jitter's cost is given"
    )
    verb.add_argument("--pipelines", metavar="A,B,…", help="the study's first by default")
    verb.add_argument("--loss", type=float, metavar="X", help="of the alignment budget: 0.01")
    verb.set_defaults(verb=_sensitivity)


def _sensitivity(options: argparse.Namespace) -> int:
    from align_eval import sensitivity_app

    sensitivity_app.sensitivity(
        options.study,
        options.out,
        on=options.on,
        pipelines=names(options.pipelines),
        kinds=names(options.kinds),
        replay=names(options.replay),
        levels=_numbers("--levels", options.levels),
        stretch=_numbers("--stretch", options.stretch),
        repeats=options.repeats,
        loss=options.loss,
        by=names(options.by),
        **study_settings(options),
    )
    print(written(options.out))
    return 0


def _numbers(option: str, text: str | None) -> list[float] | None:
    try:
        return None if text is None else [float(word) for word in text.split(",") if word.strip()]
    except ValueError:
        raise ConfigError(f"{option} wants numbers, got {text!r}") from None
