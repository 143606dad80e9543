"""Which faces a report shows with the points that aligners put on them, and their crops."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np
from numpy.typing import NDArray

from align_eval.dataset import Dataset
from align_eval.errors import ImageError
from align_eval.faces import Box, Face
from align_eval.image import Image, shrink, to_uint8
from align_eval.locating import Located
from align_eval.result import TRUTH, Overlay

MARGIN = 1.5
"""A crop's side, in sides of the face box."""
LONGEST_SIDE = 224
_FARTHEST = 2.0  # a crop's largest side, in sides of its image

_Key = tuple[str, str, int]


@dataclass(frozen=True)
class _Pick:
    """A face that may be shown: whose it is, in which variation, and whether something hides it."""

    key: _Key
    face: str
    kind: tuple[str, bool]

    @property
    def subject(self) -> str:
        return self.key[0]

    @property
    def variation(self) -> str:
        return self.key[1]


def gallery_faces(datasets: Mapping[str, Dataset], count: int) -> dict[str, tuple[str, ...]]:
    """Up to `count` faces of each data set, spread over subjects and variations.

    Faces with ``occluded`` > 0 take turns with the others, and thermal ones with visible ones in
    a data set that holds both. Data sets of the same subjects whose faces have the attribute
    ``pair`` show the same subjects in the same variations, as far as all of them have these.

    Parameters
    ----------
    datasets : mapping
        Name → data set.
    count : int
        At most how many faces of each; 0 for none.

    Returns
    -------
    dict of str to tuple of str
        Name → face ids, in the order in which they are shown.
    """
    picks = {name: _picks(dataset) for name, dataset in datasets.items()}
    chosen = {}
    for names in _groups(datasets):
        shared = set.intersection(*({pick.key for pick in picks[name]} for name in names))
        place = {pick.key: number for number, pick in enumerate(picks[names[0]])}
        hidden = {pick.key for name in names for pick in picks[name] if pick.kind[1]}
        for name in names:
            own = [pick for pick in picks[name] if pick.key in shared or not shared]
            own.sort(key=lambda pick: place.get(pick.key, 0))
            same = [_Pick(p.key, p.face, (p.kind[0], p.key in hidden)) for p in own]
            chosen[name] = tuple(_spread(same, count))
    return {name: chosen[name] for name in datasets}


def _groups(datasets: Mapping[str, Dataset]) -> list[list[str]]:
    """Data sets of pairs with the same subjects together, every other one alone."""
    groups: dict[object, list[str]] = {}
    for name, dataset in datasets.items():
        paired = all("pair" in face.attributes for face in dataset.faces)
        people = frozenset(face.subject for face in dataset.faces)
        groups.setdefault(people if paired else name, []).append(name)
    return list(groups.values())


def _picks(dataset: Dataset) -> list[_Pick]:
    """Every tested face, numbered among those of its subject, variation and spectrum."""
    seen: Counter[tuple[str, str, str]] = Counter()
    found = []
    for face in dataset.faces:
        subject, variation, modality = face.subject, _variation(face), str(face.modality)
        number = seen[subject, variation, modality]
        seen[subject, variation, modality] += 1
        hidden = face.attributes.get("occluded", 0)
        kind = (modality, isinstance(hidden, int | float) and hidden > 0)
        found.append(_Pick((subject, variation, number), face.id, kind))
    return found


def _variation(face: Face) -> str:
    return str(face.attributes.get("variation", ""))


def _spread(picks: Sequence[_Pick], count: int) -> list[str]:
    """Faces of each kind by turns: of the variation, then the subject, that was shown least."""
    kinds = sorted(dict.fromkeys(pick.kind for pick in picks), key=lambda kind: kind[1])
    left = {kind: [pick for pick in picks if pick.kind == kind] for kind in kinds}
    people = _ranks([pick.subject for pick in picks], count)
    each = -(-count // max(len(kinds), 1))
    variations = {kind: _ranks([pick.variation for pick in left[kind]], each) for kind in kinds}
    seen: Counter[str] = Counter()
    met: Counter[str] = Counter()

    def order(pick: _Pick) -> tuple[int, int, int, int]:
        first = seen[pick.variation], variations[pick.kind][pick.variation]
        return (*first, met[pick.subject], people[pick.subject])

    chosen: list[str] = []
    for kind in cycle(kinds):
        if len(chosen) == count or not any(left.values()):
            break
        if left[kind]:
            best = min(left[kind], key=order)
            left[kind].remove(best)
            seen[best.variation] += 1
            met[best.subject] += 1
            chosen.append(best.face)
    return chosen


def _ranks(items: Sequence[str], count: int) -> dict[str, int]:
    """In which order distinct items are shown: `count` evenly spaced ones, then the others."""
    every = list(dict.fromkeys(items))
    step = max(len(every) / max(count, 1), 1.0)
    spaced = [every[int(i * step)] for i in range(count) if int(i * step) < len(every)]
    return {item: rank for rank, item in enumerate(dict.fromkeys([*spaced, *every]))}


def take_overlays(
    name: str, dataset: Dataset, faces: Sequence[str], located: Mapping[str, Located]
) -> list[Overlay]:
    """The crops of some faces, and where every aligner puts its points in them.

    A face whose image cannot be read is left out; it is a failure to acquire already.

    Parameters
    ----------
    name : str
        The data set's name in the study.
    dataset : Dataset
        Where the faces are.
    faces : sequence of str
        Which faces.
    located : mapping
        Aligner → what it found.
    """
    overlays = []
    for number in faces:
        face = dataset.face(number)
        try:
            image = face.load()
        except ImageError:
            continue
        crop, corner, scale = cut(image, face.box)
        points: dict[str, NDArray[np.float64] | None] = {}
        if number in dataset.truth:
            points[TRUTH] = (dataset.truth[number].points - corner + 0.5) * scale - 0.5
        for aligner, state in located.items():
            marks = state.landmarks.get(number)
            found = None if marks is None else (marks.points - corner + 0.5) * scale - 0.5
            points[aligner] = found
        overlays.append(Overlay(name, number, crop, points, _variation(face)))
    return overlays


def cut(image: Image, box: Box | None) -> tuple[NDArray[np.uint8], NDArray[np.float64], float]:
    """A square round a face box, at most `LONGEST_SIDE` px wide; black outside the image.

    Parameters
    ----------
    image : Image
        Any depth; 16 bits are stretched over what the square holds of the image.
    box : Box, optional
        Enlarged by `MARGIN`. Without a box, or with one that is empty, beside the image or much
        larger than it, the whole image is taken.

    Returns
    -------
    crop : (S, S) or (S, S, 3) uint8
        Gray or RGB.
    corner : (2,) float64
        The image's pixel (x, y) in the square's upper left corner.
    scale : float
        Crop pixels per image pixel: a point p lies at ``(p - corner + 0.5) * scale - 0.5``.

    Examples
    --------
    >>> crop, corner, scale = cut(np.zeros((600, 800), np.uint8), Box(300, 200, 200, 160))
    >>> crop.shape, corner.tolist(), round(scale, 3)
    ((224, 224), [250.0, 130.0], 0.747)
    """
    height, width = image.shape[:2]
    left, top, side = _square(box, width, height)
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + side, width), min(top + side, height)
    inside = to_uint8(image[y0:y1, x0:x1])
    canvas = np.zeros((side, side, *inside.shape[2:]), np.uint8)
    canvas[y0 - top : y1 - top, x0 - left : x1 - left] = inside
    crop = shrink(canvas, LONGEST_SIDE)
    return crop, np.array([left, top], dtype=np.float64), len(crop) / side


def _square(box: Box | None, width: int, height: int) -> tuple[int, int, int]:
    """Left, top and side in whole pixels."""
    if box is not None and np.isfinite(box).all() and min(box.width, box.height) > 0:
        side = round(MARGIN * max(box.width, box.height))
        if 1 <= side <= _FARTHEST * max(width, height):
            left, top = (round(middle - side / 2 + 0.5) for middle in box.centre)
            if left < width and top < height and min(left, top) + side > 0:
                return left, top, side
    side = max(width, height)
    return (width - side) // 2, (height - side) // 2, side
