"""Rows of two spectra in one space: centred by spectrum, whitened by what varies within a person.

Within-class covariance normalisation: Hatch, Kajarekar and Stolcke, "Within-class covariance
normalization for SVM-based speaker recognition", Interspeech 2006. A person's deviations are taken
from the mean over both spectra, so that what a spectrum does to a person in particular counts as
variation within it, and is scaled down like every other. The covariance is shrunk to a multiple of
the identity, since rows have more numbers than there are people to learn from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import DataError
from verification.measures import unit

FloatArray = NDArray[np.float64]

SHRINKAGES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05)
"""What is tried; 1 leaves nothing but the centring."""
PARTS = 5
_FEWEST = 4  # subjects to choose by: two in either of two parts


@dataclass(frozen=True, eq=False)
class Side:
    """One side's training rows: those of the references, or of the probes.

    Parameters
    ----------
    rows : (N, D) float64
        A row for each crop.
    subjects : (N,) int
        Whose it is.
    faces : (N,) int
        Which face it is; a face may be on both sides.
    """

    rows: FloatArray
    subjects: NDArray[np.intp]
    faces: NDArray[np.intp]

    def only(self, keep: NDArray[np.bool_]) -> "Side":
        """A subset of the rows, (N,) bool."""
        return Side(self.rows[keep], self.subjects[keep], self.faces[keep])


@dataclass(frozen=True, eq=False)
class Spread:
    """Where either side's rows lie, and how those of one subject vary.

    Parameters
    ----------
    centres : pair of (D,) float64
        The means of the references' and of the probes' rows.
    axes : (D, D) float64
        Eigenvectors of the covariance within subjects, as columns.
    variances : (D,) float64
        Its eigenvalues.
    """

    centres: tuple[FloatArray, FloatArray]
    axes: FloatArray
    variances: FloatArray

    @classmethod
    def of(cls, references: Side, probes: Side) -> "Spread":
        """Estimated from training rows; a face on both sides counts once.

        Raises
        ------
        DataError
            No subject's rows differ.
        """
        centres = references.rows.mean(axis=0), probes.rows.mean(axis=0)
        rows = np.concatenate([references.rows - centres[0], probes.rows - centres[1]])
        subjects = np.concatenate([references.subjects, probes.subjects])
        once = np.unique(np.concatenate([references.faces, probes.faces]), return_index=True)[1]
        within = _deviations(rows[once], subjects[once])
        variances, axes = np.linalg.eigh(within.T @ within / len(within))
        variances = variances.clip(min=0.0)
        if not variances.sum() > 0:
            raise DataError("within-class normalisation wants crops of a subject that differ")
        return cls(centres, axes, variances)

    def transform(self, shrinkage: float) -> FloatArray:
        """(D, D) what whitens centred rows: ``rows @ transform``.

        Parameters
        ----------
        shrinkage : float
            In (0, 1]: the covariance becomes ``(1 − s) C + s (tr C / D) I``.
        """
        shrunk = (1 - shrinkage) * self.variances + shrinkage * self.variances.mean()
        whitening: FloatArray = self.axes / np.sqrt(shrunk)
        return whitening


def _deviations(rows: FloatArray, subjects: NDArray[np.intp]) -> FloatArray:
    """Rows less their subject's mean."""
    numbers = np.unique(subjects, return_inverse=True)[1]
    total = np.zeros((numbers.max() + 1, rows.shape[1]))
    np.add.at(total, numbers, rows)
    deviations: FloatArray = rows - (total / np.bincount(numbers)[:, None])[numbers]
    return deviations


def best_shrinkage(references: Side, probes: Side) -> float:
    """The value of `SHRINKAGES` that tells subjects apart best who were not learned from.

    Subjects are dealt into `PARTS` parts, or fewer if these would have less than two. For each
    part, the covariance is estimated from the others, and every reference row of the part meets
    every probe row of it, but that of the same face. What counts is d′ of the cosines, as
    `align_eval.metrics` has it, averaged over parts; at a tie, the larger shrinkage.

    Raises
    ------
    DataError
        Fewer than four subjects.
    """
    members = np.unique(references.subjects)
    if len(members) < _FEWEST:
        raise DataError(
            f"choosing a shrinkage wants at least {_FEWEST} training subjects with crops on both "
            f"sides, got {len(members)}"
        )
    count = min(PARTS, len(members) // 2)
    scores = [_separations(references, probes, members[k::count]) for k in range(count)]
    return SHRINKAGES[int(np.argmax(np.mean(scores, axis=0)))]


def _separations(references: Side, probes: Side, held: NDArray[np.intp]) -> FloatArray:
    """d′ on held-out subjects, for each of `SHRINKAGES`."""
    out = [np.isin(side.subjects, held) for side in (references, probes)]
    spread = Spread.of(references.only(~out[0]), probes.only(~out[1]))
    first, second = references.only(out[0]), probes.only(out[1])
    genuine = first.subjects[:, None] == second.subjects[None]
    other = first.faces[:, None] != second.faces[None]
    found = []
    for shrinkage in SHRINKAGES:
        whiten = spread.transform(shrinkage)
        a = unit((first.rows - spread.centres[0]) @ whiten)
        b = unit((second.rows - spread.centres[1]) @ whiten)
        cosines = (a @ b.T).astype(np.float64)
        found.append(_separation(cosines[genuine & other], cosines[~genuine]))
    return np.array(found)


def _separation(genuine: FloatArray, impostor: FloatArray) -> float:
    spread = np.sqrt((genuine.var() + impostor.var()) / 2)
    return float((genuine.mean() - impostor.mean()) / max(spread, np.finfo(float).tiny))


def sides(
    rows: FloatArray, subjects: Sequence[str], on_reference: Sequence[bool], same: bool
) -> tuple[Side, Side]:
    """The two sides' training rows, of subjects with rows on both and at least two in all.

    Parameters
    ----------
    rows : (N, D) float64
        A row for each crop.
    subjects : sequence of N str
        Whose they are.
    on_reference : sequence of N bool
        Whether a crop has the references' spectrum; else it has the probes'.
    same : bool
        References and probes have the same spectrum: all rows are on both sides.

    Raises
    ------
    DataError
        No such subject.
    """
    first = np.array(on_reference, dtype=bool)
    second = first if same else ~first
    numbers = np.unique(np.array(subjects, dtype=object), return_inverse=True)[1].astype(np.intp)
    faces = np.arange(len(rows))
    counts = [np.bincount(numbers[side], minlength=len(rows)) for side in (first, second)]
    usable = (np.minimum(*counts) > 0) & (np.add(*counts) // (1 + same) > 1)
    keep = usable[numbers]
    if not keep.any():
        raise DataError(
            "within-class normalisation wants training subjects with crops of the references' and "
            f"of the probes' spectrum, and at least two of them; got none among {len(rows)} crops"
        )
    every = Side(rows, numbers, faces)
    return every.only(keep & first), every.only(keep & second)
