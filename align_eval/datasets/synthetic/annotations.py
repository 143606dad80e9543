"""The geometry of synthetic faces beside that of the real ones of VIS-TH.

The real ones are the published hand annotations of EURECOM's VIS-TH: four corners of eyes and two
of the mouth for 50 people, twelve variations and both spectra, as dlib XML.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from align_eval.dataset import Dataset
from align_eval.datasets._thermal_marks import read_marks
from align_eval.datasets.vis_th import PATH, describe
from align_eval.errors import DataError, LandmarkError
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named

# What is measured, and in which unit.
MEASURES: Mapping[str, str] = {
    "roll": "degrees, clockwise",
    "eye to mouth": "between the middles of eyes and mouth, over the eye distance",
    "mouth width": "over the eye distance",
    "eye width": "mean of both eyes, over the eye distance",
    "scale": "eye distance over the mean of the set",
}


def geometry(landmarks: Landmarks) -> dict[str, float]:
    """The measures of one face, and its eye distance in pixels.

    Parameters
    ----------
    landmarks : Landmarks
        In a scheme that has the six points of ``visth6``. What needs a point that is NaN is NaN.

    Raises
    ------
    LandmarkError
        A scheme without them, or eyes in one place.

    Examples
    --------
    >>> six = [[0, 0], [4, 0], [8, 0], [12, 0], [3, 10], [9, 10]]
    >>> found = geometry(Landmarks(six, scheme_named("visth6")))
    >>> {name: round(value, 3) for name, value in found.items()}
    {'roll': 0.0, 'eye to mouth': 1.25, 'mouth width': 0.75, 'eye width': 0.5, 'eye distance': 8.0}
    """
    points = landmarks.to(scheme_named("visth6")).points
    left, right = points[0:2].mean(axis=0), points[2:4].mean(axis=0)
    across = right - left
    distance = float(np.linalg.norm(across))
    if distance == 0:
        raise LandmarkError("geometry wants two eyes in different places")
    down = points[4:6].mean(axis=0) - (left + right) / 2
    widths = np.linalg.norm(points[[1, 3, 5]] - points[[0, 2, 4]], axis=1) / distance
    return {
        "roll": float(np.degrees(np.arctan2(across[1], across[0]))),
        "eye to mouth": float(np.linalg.norm(down)) / distance,
        "mouth width": float(widths[2]),
        "eye width": float(widths[:2].mean()),
        "eye distance": distance,
    }


def real_geometry(root: str | Path) -> pd.DataFrame:
    """The measures of every annotated image of VIS-TH.

    Parameters
    ----------
    root : str or Path
        The folder of its XML files, one a person.

    Returns
    -------
    DataFrame
        ``subject``, ``variation``, ``spectrum`` (``thermal`` or ``visible``), and what `geometry`
        measures; NaN where a point is not marked (the mouth corners, in two images).

    Raises
    ------
    DataError
        See `align_eval.datasets._thermal_marks.read_marks`.
    """
    rows = []
    for mark in read_marks(Path(root), PATH, "vis_th"):
        subject, modality, attributes = describe(mark.name)
        row = {
            "subject": subject,
            "variation": attributes["variation"],
            "spectrum": str(modality),
        }
        if mark.landmarks is not None:
            rows.append({**row, **geometry(mark.landmarks)})
    return pd.DataFrame(rows)


def synthetic_geometry(dataset: Dataset) -> pd.DataFrame:
    """The measures of the true landmarks of a synthetic data set; columns as `real_geometry`."""
    rows = [
        {
            "subject": face.subject,
            "variation": face.attributes["variation"],
            "spectrum": str(face.modality),
            **geometry(dataset.truth[face.id]),
        }
        for face in dataset.faces
    ]
    return pd.DataFrame(rows)


def compare(real: pd.DataFrame, synthetic: pd.DataFrame, spectrum: str = "thermal") -> pd.DataFrame:
    """Mean and standard deviation of every measure, real beside synthetic.

    Parameters
    ----------
    real, synthetic : DataFrame
        From `real_geometry` and `synthetic_geometry`.
    spectrum : str
        Which images.

    Returns
    -------
    DataFrame
        ``variation`` (``all``, then each that both sets have), ``measure``, ``real_mean``,
        ``real_sd``, ``synthetic_mean``, ``synthetic_sd``, ``real_n``, ``synthetic_n``.

    Raises
    ------
    DataError
        The sets share no variation of that spectrum.
    """
    first, second = (scaled(table[table["spectrum"] == spectrum]) for table in (real, synthetic))
    shared = [
        name for name in dict.fromkeys(second["variation"]) if name in set(first["variation"])
    ]
    if not shared:
        raise DataError(f"real and synthetic annotations share no {spectrum} variation")
    first, second = (table[table["variation"].isin(shared)] for table in (first, second))
    rows = []
    for variation in ("all", *shared):
        one, other = (
            table if variation == "all" else table[table["variation"] == variation]
            for table in (first, second)
        )
        rows += [
            {
                "variation": variation,
                "measure": measure,
                "real_mean": one[measure].mean(),
                "real_sd": one[measure].std(),
                "synthetic_mean": other[measure].mean(),
                "synthetic_sd": other[measure].std(),
                "real_n": int(one[measure].count()),
                "synthetic_n": int(other[measure].count()),
            }
            for measure in MEASURES
        ]
    return pd.DataFrame(rows)


def scaled(table: pd.DataFrame) -> pd.DataFrame:
    """The table with the measure ``scale``, the eye distance over the table's mean."""
    return table.assign(scale=table["eye distance"] / table["eye distance"].mean())
