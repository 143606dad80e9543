"""The log of a training: ``log.csv``, a row for each validation."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LOG_COLUMNS = (
    "stage", "epoch", "step", "loss", "visible", "thermal", "error", "best", "rate", "seconds",
)  # fmt: skip
Errors = dict[str, dict[str, float]]
"""Spectrum → ``{"error", "n"}`` on the validation faces."""


class Log:
    """A new log, or one that a training that goes on adds to.

    Parameters
    ----------
    path : Path
        The file.
    resume : bool
        Whether to keep what it holds.
    """

    def __init__(self, path: Path, *, resume: bool) -> None:
        self._path = path
        if not (resume and path.is_file()):
            with path.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerow(LOG_COLUMNS)

    def write(self, stage: str, step: int, errors: Errors, values: Mapping[str, float]) -> None:
        """Add a row.

        Parameters
        ----------
        stage : str
            Its name.
        step : int
            How many are done.
        errors : dict
            Of each spectrum; one that there are no faces of is left empty.
        values : mapping
            The other columns; what is not given is left empty.
        """
        row: dict[str, Any] = {"stage": stage, "step": step}
        row |= {name: f"{value:{_FORMATS.get(name, '.6g')}}" for name, value in values.items()}
        row |= {spectrum: f"{found['error']:.6g}" for spectrum, found in errors.items()}
        with self._path.open("a", newline="", encoding="utf-8") as file:
            csv.DictWriter(file, LOG_COLUMNS).writerow(row)


_FORMATS = {"epoch": ".3f", "rate": ".4g", "seconds": ".1f"}
