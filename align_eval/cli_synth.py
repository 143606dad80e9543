"""The command line's verbs for the synthetic benchmark."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from align_eval._progress import ProgressLines


def add_synth_verbs(verbs: Any) -> None:
    """Add ``synth``, ``synth-quality`` and ``synth-geometry`` to an argparse subparser group."""
    synth = verbs.add_parser("synth", help="write paired visible and thermal faces, with truth")
    synth.add_argument("out", type=Path, metavar="FOLDER", help="new or empty")
    _add_people(synth, subjects=20)
    synth.add_argument("--first-subject", type=int, default=0, help="number of the first person")
    synth.add_argument("--sessions", type=int, default=1)
    synth.add_argument("--variations", default="all", metavar="A,B,…", help="all, lit, clear, or")
    synth.add_argument("--spectra", default="both", help="visible, thermal or both")
    synth.add_argument("--range", default="", help="R1, R2, R3 or VIS-TH; 256 px by default")
    synth.add_argument("--size", type=int, default=0, metavar="PX")
    synth.add_argument("--spread", default="vis_th", help="vis_th, training or still")
    synth.add_argument("--sheet", type=int, default=5, help="people on the contact sheet")
    synth.set_defaults(verb=_synth)
    quality = verbs.add_parser(
        "synth-quality", help="what models trained on photographs make of synthetic faces"
    )
    _add_people(quality, subjects=100)
    quality.add_argument("--spectra", default="both", help="visible, thermal or both")
    quality.add_argument("--csv", type=Path, metavar="FILE", help="write the table there")
    quality.set_defaults(verb=_quality)
    geometry = verbs.add_parser(
        "synth-geometry", help="synthetic eye and mouth geometry beside VIS-TH's annotations"
    )
    geometry.add_argument("annotations", type=Path, metavar="FOLDER", help="VIS-TH's XML files")
    geometry.add_argument("--out", type=Path, required=True, metavar="FILE", help=".svg or .png")
    _add_people(geometry, subjects=50)
    geometry.set_defaults(verb=_geometry)


def _add_people(parser: argparse.ArgumentParser, subjects: int) -> None:
    parser.add_argument("--subjects", type=int, default=subjects, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--head", default="parametric", help="parametric or ict")
    parser.add_argument("--head-path", default="", metavar="FILE", help="what 'ict' reads")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N")


def _synth(options: argparse.Namespace) -> int:
    from align_eval import synth_app

    variations: Any = options.variations.split(",")
    folder = synth_app.synth(
        options.out,
        sheet=options.sheet,
        workers=options.workers,
        progress=ProgressLines(sys.stderr),
        head=options.head,
        head_path=options.head_path,
        subjects=options.subjects,
        first_subject=options.first_subject,
        sessions=options.sessions,
        variations=variations[0] if len(variations) == 1 else variations,
        spectra=options.spectra,
        range_name=options.range,
        size=options.size,
        spread=options.spread,
        seed=options.seed,
    )
    print(folder)
    return 0


def _quality(options: argparse.Namespace) -> int:
    from align_eval import synth_app
    from align_eval.atomic import write_bytes

    table = synth_app.synth_quality(
        [(options.head, options.head_path)],
        subjects=options.subjects,
        seed=options.seed,
        spectra=options.spectra,
        workers=options.workers,
        progress=ProgressLines(sys.stderr),
    )
    if options.csv:
        write_bytes(options.csv, table.to_csv(index=False).encode())
    print(table.to_string(index=False, float_format="{:.4f}".format, na_rep="–"))
    return 0


def _geometry(options: argparse.Namespace) -> int:
    from align_eval import synth_app

    table = synth_app.synth_geometry(
        options.annotations,
        options.out,
        head=options.head,
        head_path=options.head_path,
        subjects=options.subjects,
        seed=options.seed,
    )
    print(table.to_string(index=False, float_format="{:.3f}".format, na_rep="–"))
    print(options.out)
    return 0
