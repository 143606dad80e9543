"""Composition for the synthetic benchmark: writing it, and measuring how real it looks.

Like `align_eval.app` it knows every package: what judges the faces are models of
`landmark_models` and `verification`, trained on photographs.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

import landmark_models
import verification
from align_eval.datasets.synthetic import annotations, dataset, quality, writing
from align_eval.datasets.synthetic.recipe import recipe_of
from align_eval.datasets.synthetic.sheet import contact_sheet
from align_eval.executor import Progress, silent
from align_eval.image import write_png
from reports.figures.geometry import GeometryDisplay


def synth(
    out: str | Path,
    *,
    sheet: int = 5,
    workers: int = 1,
    progress: Progress = silent,
    **options: Any,
) -> Path:
    """Write a synthetic set: images, a manifest, landmarks, masks, parameters, a contact sheet.

    Parameters
    ----------
    out : str or Path
        A new or empty folder. It can be read as a data set ``manifest``.
    sheet : int
        How many people the contact sheet ``sheet.png`` shows; 0 for none.
    workers : int
        Processes; their number changes no byte.
    progress : callable, optional
        Called with (stage, done, total).
    **options
        See `align_eval.datasets.synthetic.recipe.recipe_of`.

    Returns
    -------
    Path
        The folder.
    """
    recipe = recipe_of(**options)
    folder = writing.write(
        out,
        recipe,
        workers=workers,
        progress=lambda done, total: progress("rendering people", done, total),
    )
    if sheet > 0:
        write_png(folder / "sheet.png", contact_sheet(recipe, recipe.members[:sheet]))
    return folder


def synth_quality(
    heads: Sequence[tuple[str, str]] = (("parametric", ""),),
    *,
    subjects: int = 100,
    seed: int = 0,
    spectra: str = "both",
    workers: int = 1,
    progress: Progress = silent,
) -> pd.DataFrame:
    """What models trained on photographs make of synthetic people.

    dlib's HOG detector, its 68-point predictor on the detected faces, and its embedding on faces
    aligned by the truth; see `align_eval.datasets.synthetic.quality.quality`.

    Parameters
    ----------
    heads : sequence of (name, path)
        Head models; the path is that of the file that ``ict`` reads.
    subjects, seed, spectra
        See `align_eval.datasets.synthetic.dataset.load`.
    workers : int
        Processes that render and embed.
    progress : callable, optional
        Called with (stage, done, total).
    """
    detector = landmark_models.DETECTORS.build("dlib-hog")
    model = landmark_models.CATALOG.build("dlib68")
    tables = []
    for head, path in heads:
        with (
            tempfile.TemporaryDirectory() as cache,
            verification.CATALOG.build("embedding", {"embedder": "dlib"}, workers=workers) as judge,
        ):
            progress(f"{head}: rendering", 0, 1)
            faces = dataset.load(
                head=head,
                head_path=path,
                subjects=subjects,
                seed=seed,
                spectra=spectra,
                variations="clear",
                protocol="none",
                cache=cache,
                workers=workers,
            )
            progress(f"{head}: rendering", 1, 1)
            tables.append(
                quality.quality(
                    faces, head, detector, model, judge, workers=workers, progress=progress
                )
            )
    return pd.concat(tables, ignore_index=True)


def synth_geometry(
    root: str | Path,
    out: str | Path,
    *,
    head: str = "parametric",
    head_path: str = "",
    subjects: int = 50,
    seed: int = 0,
) -> pd.DataFrame:
    """The eye and mouth geometry of the synthetic set beside the real VIS-TH annotations.

    Parameters
    ----------
    root : str or Path
        The folder of the annotations' XML files.
    out : str or Path
        Where the plot is written, an SVG or PNG file.
    head, head_path, subjects, seed
        See `align_eval.datasets.synthetic.dataset.load`.
    """
    made = dataset.load(
        head=head,
        head_path=head_path,
        subjects=subjects,
        seed=seed,
        spectra="thermal",
        range="VIS-TH",
        protocol="none",
    )
    real, synthetic = annotations.real_geometry(root), annotations.synthetic_geometry(made)
    sets = {"VIS-TH": real[real["spectrum"] == "thermal"], f"synthetic, {head}": synthetic}
    values = {
        measure: {
            name: annotations.scaled(table)[measure].to_numpy(dtype=float)
            for name, table in sets.items()
        }
        for measure in annotations.MEASURES
    }
    GeometryDisplay(values, annotations.MEASURES).write(Path(out))
    return annotations.compare(real, synthetic)
