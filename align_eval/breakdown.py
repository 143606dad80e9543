"""Landmark errors by parts of a data set: by variation, range or session."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from align_eval.dataset import Dataset
from align_eval.errors import ConfigError, UnknownNameError
from align_eval.landmark_error import nme
from align_eval.parts import Parts, divided
from align_eval.result import PART_COLUMNS

MOST_PARTS = 100


def check_attributes(attributes: Sequence[str], datasets: Iterable[Dataset]) -> None:
    """Refuse attributes that faces cannot be divided by, before anything is run.

    Raises
    ------
    UnknownNameError
        No face of any data set has the attribute.
    ConfigError
        It has more than `MOST_PARTS` values that are no numbers, as a file's name has.
    """
    every = list(datasets)
    known = {name for dataset in every for face in dataset.faces for name in face.attributes}
    for attribute in attributes:
        if attribute not in known:
            raise UnknownNameError("face attribute to break down by", attribute, known)
        for dataset in every:
            count = len(divided(dataset.faces, attribute).order)
            if count > MOST_PARTS:
                raise ConfigError(
                    f"{attribute!r} divides data set {dataset.name!r} into {count} parts: a "
                    f"breakdown wants at most {MOST_PARTS}"
                )


def part_rows(
    dataset: Dataset, attributes: Sequence[str], face_errors: pd.DataFrame
) -> pd.DataFrame:
    """The mean error of every part of a data set, for each aligner, normaliser and point group.

    Parameters
    ----------
    dataset : Dataset
        Whose faces have attributes.
    attributes : sequence of str
        By which they are divided; see `check_attributes`.
    face_errors : DataFrame
        `align_eval.result.FACE_ERROR_COLUMNS` without the data set, of all aligners.

    Returns
    -------
    DataFrame
        `align_eval.result.PART_COLUMNS` without the data set; parts as `align_eval.parts.divided`
        has them. An attribute that no face of the data set has is one row, of the aligner
        ``"*"``, that says so.
    """
    rows: list[tuple[object, ...]] = []
    for attribute in attributes if len(face_errors) else ():
        parts = divided(dataset.faces, attribute)
        if not parts.given:
            note = f"no face of the data set has the attribute {attribute!r}"
            rows.append(("*", "", "", attribute, "", np.nan, 0, 0, note))
        else:
            rows += _rows(attribute, parts, face_errors)
    return pd.DataFrame(rows, columns=list(PART_COLUMNS[1:]))


def _rows(
    attribute: str, divided_into: Parts, face_errors: pd.DataFrame
) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    keys = ["aligner", "normaliser", "group"]
    for names, own in face_errors.groupby(keys, sort=False):
        errors = own["error"].to_numpy(dtype=float)
        parts = own["face"].map(divided_into.of).to_numpy(dtype=object)
        for part in divided_into.order:
            chosen = errors[(parts == part) & ~np.isnan(errors)]
            missed = int(np.isinf(chosen).sum())
            note = "" if len(chosen) > missed else _no_face(part, parts, len(chosen))
            rows.append((*names, attribute, part, nme(chosen), len(chosen), missed, note))
    return rows


def _no_face(part: str, parts: NDArray[np.object_], known: int) -> str:
    if known:
        return "every face was missed"
    return "no face has such points" if part in parts else "no face has landmarks to compare"
