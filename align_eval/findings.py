"""What accumulates over the data sets of a study while it runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from align_eval.result import (
    DISCARD_COLUMNS,
    ERROR_COLUMNS,
    FACE_ERROR_COLUMNS,
    FOLD_COLUMNS,
    METRIC_PART_COLUMNS,
    MISALIGNMENT_COLUMNS,
    PART_COLUMNS,
    REJECTION_COLUMNS,
    REJECTION_CURVE_COLUMNS,
    ROW_COLUMNS,
    SIGNAL_BIN_COLUMNS,
    SIGNAL_COLUMNS,
    TURN_COLUMNS,
    TURN_COUNT_COLUMNS,
    Key,
    Overlay,
    Sample,
)

TABLES: Mapping[str, Sequence[str]] = {
    "rows": ROW_COLUMNS,
    "landmark_errors": ERROR_COLUMNS,
    "face_errors": FACE_ERROR_COLUMNS,
    "error_parts": PART_COLUMNS,
    "folds": FOLD_COLUMNS,
    "discards": DISCARD_COLUMNS,
    "signals": SIGNAL_COLUMNS,
    "signal_bins": SIGNAL_BIN_COLUMNS,
    "misalignments": MISALIGNMENT_COLUMNS,
    "metric_parts": METRIC_PART_COLUMNS,
    "turned": TURN_COLUMNS,
    "turned_counts": TURN_COUNT_COLUMNS,
    "rejections": REJECTION_COLUMNS,
    "rejection_curves": REJECTION_CURVE_COLUMNS,
}
"""Those of `align_eval.result.Result` that data sets add to, with their columns."""


@dataclass
class Findings:
    """Tables by name, failures, crops, overlays, and where the scores lie."""

    parts: dict[str, list[pd.DataFrame]] = field(
        default_factory=lambda: {name: [] for name in TABLES}
    )
    failures: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    turned_samples: list[Sample] = field(default_factory=list)
    overlays: list[Overlay] = field(default_factory=list)
    scores: dict[Key, Path] = field(default_factory=dict)

    def add(self, name: str, table: pd.DataFrame, **labels: str) -> None:
        """Some rows of one of `TABLES`, with columns that are the same in all of them."""
        self.parts[name].append(table.assign(**labels))

    def tables(self) -> dict[str, pd.DataFrame]:
        """Each of `TABLES`, whole."""
        return {name: stacked(self.parts[name], columns) for name, columns in TABLES.items()}


def stacked(frames: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """The rows of all frames, with these columns; none is no frame."""
    full = [frame for frame in frames if len(frame)]
    if not full:
        return pd.DataFrame(columns=list(columns))
    return pd.concat(full, ignore_index=True)[list(columns)]
