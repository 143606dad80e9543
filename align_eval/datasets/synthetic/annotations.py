"""The geometry of synthetic faces beside that of the real ones of VIS-TH.

The real ones are the published hand annotations of EURECOM's VIS-TH: four corners of eyes and two
of the mouth for 50 people, twelve variations and both spectra, as dlib XML.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np
import pandas as pd

from align_eval.dataset import Dataset
from align_eval.errors import DataError, LandmarkError
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from align_eval.schemes.visth6 import XML_PARTS

_FILE = re.compile(r"(?P<spectrum>TH|VIS)_(?P<subject>\d+)_\d+_\d+_(?P<variation>[A-Za-z]+)\.\w+$")
_UNMARKED = (float("nan"), float("nan"))
_SPECTRA = {"TH": "thermal", "VIS": "visible"}

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
        measures; NaN where a point is not marked (one mouth corner, in one image).

    Raises
    ------
    DataError
        No such files, XML that is damaged or brings a document type of its own, or names of
        another data set.
    """
    files = sorted(Path(root).glob("*.xml"))
    if not files:
        raise DataError(f"no XML annotations of VIS-TH in {root}")
    rows = [row for file in files for row in _rows(file)]
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


def _rows(file: Path) -> Iterable[dict[str, Any]]:
    for name, points in _images(file):
        known = _FILE.search(name)
        if known is None:
            raise DataError(f"{file.name}: {name!r} is no image's name of VIS-TH")
        scheme = scheme_named("visth6")
        marked = {XML_PARTS[part]: place for part, place in points.items() if part in XML_PARTS}
        landmarks = Landmarks([marked.get(point, _UNMARKED) for point in scheme.points], scheme)
        yield {
            "subject": known["subject"],
            "variation": known["variation"],
            "spectrum": _SPECTRA[known["spectrum"]],
            **geometry(landmarks),
        }


Annotated = tuple[str, dict[str, tuple[float, float]]]


def _images(file: Path) -> Sequence[Annotated]:
    """(image's name, part → place) of a dlib XML file; a document type is refused unread."""
    found: list[Annotated] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "image":
            found.append((attributes["file"], {}))
        elif tag == "part":
            found[-1][1][attributes["name"]] = float(attributes["x"]), float(attributes["y"])

    def refuse(*_: object) -> None:
        raise DataError(f"{file.name}: XML with a document type is not read")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(file.read_bytes(), True)
    except (OSError, expat.ExpatError, KeyError, ValueError, IndexError) as error:
        raise DataError(f"{file.name}: no annotations can be read: {error}") from error
    return found
