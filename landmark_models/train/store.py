"""Training faces in memory: gray crops round the face, and what is known of them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import DataError, ImageError
from align_eval.faces import Box, Face, Modality
from align_eval.image import prefetch, to_gray
from align_eval.landmarks import Landmarks, LandmarkScheme
from landmark_models.boxes import square
from landmark_models.crops import cut

SIDE = 192
MARGIN = 2.0
FLAT = 2.0
"""A crop whose gray values spread less than this shows nothing."""
EXPRESSIONS = ("neutral", "happy", "angry", "sad", "surprised", "eyes closed", "mouth open")
_ACRONYMS = ("NN", "EH", "EA", "ES", "ESp", "AEC", "AOM")


@dataclass(frozen=True, eq=False)
class Store:
    """Square crops, `MARGIN` times as wide as the longer side of the points' box.

    Parameters
    ----------
    images : (N, S, S) uint8
        Gray; S is `SIDE` unless a task wants more (`store_of`).
    points : (N, P, 2) float32
        Landmarks in crop pixels.
    thermal : (N,) bool
        Which spectrum.
    expression : (N,) int64
        Position in `EXPRESSIONS`, or −1 where the data set does not say. A variation that is no
        expression (a pose, a light, an occlusion) counts as neutral.
    ids, subjects : tuple of str
        Of the faces.
    scheme : LandmarkScheme
        What the points mean.
    left_out : mapping
        Why faces were left out → how many.
    """

    images: NDArray[np.uint8]
    points: NDArray[np.float32]
    thermal: NDArray[np.bool_]
    expression: NDArray[np.int64]
    ids: tuple[str, ...]
    subjects: tuple[str, ...]
    scheme: LandmarkScheme
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.images)

    def only(self, keep: NDArray[np.bool_]) -> "Store":
        """Some of the faces, (N,) bool."""
        chosen = np.flatnonzero(keep)
        return Store(
            self.images[chosen],
            self.points[chosen],
            self.thermal[chosen],
            self.expression[chosen],
            tuple(self.ids[i] for i in chosen),
            tuple(self.subjects[i] for i in chosen),
            self.scheme,
            self.left_out,
        )


def store_of(
    faces: Sequence[Face],
    truth: Mapping[str, Landmarks],
    *,
    prefix: str = "",
    workers: int = 2,
    side: int = SIDE,
) -> Store:
    """Read faces and cut them out.

    A face without complete landmarks, one that cannot be read, and one that shows nothing (a
    visible face in the dark) are left out and counted.

    Parameters
    ----------
    faces : sequence of Face
        Their own boxes are not used.
    truth : mapping
        Face id → landmarks, all of one scheme.
    prefix : str
        Set before ids and subjects, so that data sets can be joined.
    workers : int
        Threads that read.
    side : int
        Of the crops in pixels.

    Raises
    ------
    DataError
        No face that can be used, or landmarks of several schemes.
    """
    left_out: Counter[str] = Counter()
    known = [face for face in faces if _complete(truth.get(face.id))]
    left_out["no complete landmarks"] = len(faces) - len(known)
    schemes = {truth[face.id].scheme for face in known}
    if len(schemes) != 1:
        raise DataError(
            f"training wants faces with landmarks of one scheme, got {len(known)} faces with "
            f"{', '.join(sorted(scheme.name for scheme in schemes)) or 'none'}"
        )
    crops, points, kept = [], [], []
    for face, crop, marks in _crops(known, truth, workers, left_out, side):
        crops.append(crop)
        points.append(marks)
        kept.append(face)
    if not kept:
        raise DataError(f"none of {len(faces)} training faces can be used: {dict(left_out)}")
    return Store(
        np.stack(crops),
        np.stack(points),
        np.array([face.modality is Modality.THERMAL for face in kept]),
        np.array([_expression(face) for face in kept], dtype=np.int64),
        tuple(prefix + face.id for face in kept),
        tuple(prefix + face.subject for face in kept),
        schemes.pop(),
        {reason: count for reason, count in left_out.items() if count},
    )


def _crops(
    faces: Sequence[Face],
    truth: Mapping[str, Landmarks],
    workers: int,
    left_out: Counter[str],
    side: int,
) -> Iterator[tuple[Face, NDArray[np.uint8], NDArray[np.float32]]]:
    """Each face that can be used, its crop, and its landmarks in it; the others are counted."""
    with closing(prefetch(faces, lambda face: face.load(), workers, 4 * workers)) as images:
        for face, image in images:
            if isinstance(image, ImageError):
                left_out["cannot be read"] += 1
                continue
            if isinstance(image, BaseException):
                raise image
            marks = truth[face.id].points
            area = square(bounding(marks), "max", MARGIN)
            crop, back = cut(to_gray(image), area, (side, side), "replicate")
            if crop.std() < FLAT:
                left_out["shows nothing"] += 1
                continue
            yield face, crop, back.inverse(marks).astype(np.float32)


def joined(stores: Sequence[Store]) -> Store:
    """Several stores as one.

    Raises
    ------
    DataError
        Another scheme, or an id twice.
    """
    first = stores[0]
    ids = tuple(name for store in stores for name in store.ids)
    if any(store.scheme != first.scheme for store in stores):
        names = sorted({store.scheme.name for store in stores})
        raise DataError(f"training sets of one scheme can be joined, got {', '.join(names)}")
    if len(set(ids)) < len(ids):
        raise DataError("training sets that share ids cannot be joined")
    left_out: Counter[str] = Counter()
    for store in stores:
        left_out.update(store.left_out)
    return Store(
        np.concatenate([store.images for store in stores]),
        np.concatenate([store.points for store in stores]),
        np.concatenate([store.thermal for store in stores]),
        np.concatenate([store.expression for store in stores]),
        ids,
        tuple(name for store in stores for name in store.subjects),
        first.scheme,
        dict(left_out),
    )


def bounding(points: NDArray[np.floating]) -> Box:
    """The box B of DMSL: the smallest upright box round (P, 2) points.

    Examples
    --------
    >>> bounding(np.array([[1.0, 5.0], [4.0, 2.0]]))
    Box(x=1.0, y=2.0, width=3.0, height=3.0)
    """
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return Box(left, top, right - left, bottom - top)


def _complete(landmarks: Landmarks | None) -> bool:
    return landmarks is not None and bool(np.isfinite(landmarks.points).all())


def _expression(face: Face) -> int:
    acronym = face.attributes.get("variation")
    if acronym is None:
        return -1
    return _ACRONYMS.index(str(acronym)) if acronym in _ACRONYMS else 0
