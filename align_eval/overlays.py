"""Faces with points as files of a run folder: an image a face, and a table of all points."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from align_eval.atomic import read_parquet, write_bytes, write_parquet
from align_eval.image import encode_png, read_image
from align_eval.result import Overlay

_COLUMNS = ["overlay", "aligner", "points"]


def save_overlays(folder: Path, overlays: Sequence[Overlay]) -> list[dict[str, Any]]:
    """Write ``overlays/*.png`` and ``overlays/points.parquet``, if there is anything to write.

    Returns
    -------
    list of dict
        What ``result.json`` says of each: data set, face, variation, and the image's file.
    """
    rows, table = [], []
    for number, overlay in enumerate(overlays):
        image = f"overlays/{number:03d}.png"
        write_bytes(folder / image, encode_png(overlay.image))
        shared = {"dataset": overlay.dataset, "face": overlay.face, "variation": overlay.variation}
        rows.append({**shared, "image": image})
        table += [
            (number, aligner, None if points is None else points.ravel())
            for aligner, points in overlay.points.items()
        ]
    if rows:
        write_parquet(_points_file(folder), pd.DataFrame(table, columns=_COLUMNS))
    return rows


def load_overlays(folder: Path, rows: Sequence[Mapping[str, Any]]) -> tuple[Overlay, ...]:
    """Read what `save_overlays` wrote.

    Parameters
    ----------
    folder : Path
        The run folder.
    rows : sequence of mapping
        What `save_overlays` gave; none in results of versions without overlays.

    Raises
    ------
    DataError
        A file is missing or damaged.
    """
    if not rows:
        return ()
    points: dict[int, dict[str, NDArray[np.float64] | None]] = {}
    table = read_parquet(_points_file(folder))[_COLUMNS]
    for number, aligner, flat in table.itertuples(index=False, name=None):
        found = None if flat is None else np.asarray(flat, dtype=np.float64).reshape(-1, 2)
        points.setdefault(int(number), {})[str(aligner)] = found
    return tuple(
        Overlay(
            row["dataset"],
            row["face"],
            read_image(folder / row["image"]),
            points.get(number, {}),
            row["variation"],
        )
        for number, row in enumerate(rows)
    )


def _points_file(folder: Path) -> Path:
    return folder / "overlays" / "points.parquet"
