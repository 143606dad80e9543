"""Faces and crops drawn with ellipses, and odd images: what `align_eval.checks` shows to objects.

They need no data. They are no benchmark: they only look enough like faces to be handled as such.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from align_eval.dataset import Dataset
from align_eval.faces import Box, Face, Modality
from align_eval.image import Image, to_gray
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named


def drawn_faces(count: int = 3, side: int = 160) -> list[Face]:
    """Faces drawn with ellipses: RGB, about half of the image, each a little different, boxed."""
    return [_drawn_face(number, side) for number in range(count)]


def drawn_crops(size: tuple[int, int], count: int = 4) -> list[Image]:
    """RGB crops of drawn faces, (height, width, 3) for a (width, height)."""
    return [_drawing(number, size) for number in range(count)]


def warm(crop: Image) -> Image:
    """A drawing as a thermal camera might give it: (height, width) uint16, in a narrow band."""
    return to_gray(crop).astype(np.uint16) * 8 + 29000


def learning_crops(size: tuple[int, int], seed: int = 0, subjects: int = 8) -> list[Face]:
    """Crops to learn to verify from: drawn people, two visible and two thermal shots of each.

    The visible and the thermal face of one instant share the attribute ``pair``.
    """
    faces = []
    for subject in range(subjects):
        drawing = _drawing(subject, size).astype(np.float64)
        for shot in range(2):
            noise = np.random.default_rng([seed, subject, shot]).normal(0, 6, drawing.shape)
            crop = np.clip(drawing + noise, 0, 255).astype(np.uint8)
            name = f"{seed}-{subject}-{shot}"
            for modality, image in ((Modality.VISIBLE, crop), (Modality.THERMAL, warm(crop))):
                face = Face(f"{name}-{modality}", f"{seed}-{subject}", modality, image.copy)
                faces.append(replace(face, attributes={"pair": name}).with_image(image))
    return faces


def _drawn_face(number: int, side: int) -> Face:
    image = np.full((side, side + 20, 3), 90, np.uint8)
    inner = side // 2
    left, top = 30 + 5 * number, 25 + 3 * number
    image[top : top + inner, left : left + inner] = _drawing(number, (inner, inner))
    blank = Face(f"drawn-{number}", f"subject-{number}", Modality.VISIBLE, image.copy)
    return blank.with_image(image).with_box(Box(left - 0.5, top - 0.5, inner, inner))


def _drawing(number: int, size: tuple[int, int]) -> Image:
    """A face that fills a crop: skin, eyes, nose and mouth as ellipses in fractions of the crop."""
    width, height = size
    y, x = np.mgrid[:height, :width] + 0.5
    x, y = x / width, y / height
    image = np.full((height, width, 3), 90, np.uint8)
    wide = 0.012 * number
    for cx, cy, rx, ry, colour in (
        (0.5, 0.5, 0.42, 0.55, (224, 180 - 9 * number, 150)),
        (0.32 - wide, 0.4, 0.09, 0.045, (40, 30, 30)),
        (0.68 + wide, 0.4, 0.09, 0.045, (40, 30, 30)),
        (0.5, 0.6 + wide, 0.06, 0.05, (180, 130, 110)),
        (0.5, 0.78, 0.17 + wide, 0.04, (150, 50, 60)),
    ):
        image[((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1] = colour
    return image


def odd_images() -> Iterator[Image]:
    """Black, tiny, flat, very flat-shaped, 16-bit, gray and non-contiguous images."""
    drawing = _drawing(0, (64, 80))
    yield np.zeros((90, 120, 3), np.uint8)
    yield np.zeros((1, 1, 3), np.uint8)
    yield np.full((1, 1), 7, np.uint8)
    yield np.full((3, 200), 255, np.uint8)
    yield drawing[..., 1].astype(np.uint16) * 200
    yield np.full((40, 40), 30000, np.uint16)
    yield np.ascontiguousarray(drawing[..., 0])
    yield drawing[:, ::-1]


def odd_faces() -> Iterator[Face]:
    """Each odd image with no box, a fitting one, ones partly and wholly outside, an empty one."""
    for number, image in enumerate(odd_images()):
        height, width = image.shape[:2]
        boxes = (
            None,
            Box(0, 0, width, height),
            Box(-width / 2, -height / 3, width, height),
            Box(width / 2, height / 2, 3 * width, 3 * height),
            Box(10 * width, 10 * height, 20, 20),
            Box(width / 2, height / 2, 0, 0),
        )
        for place, box in enumerate(boxes):
            face = Face(f"odd-{number}-{place}", "odd", Modality.VISIBLE, image.copy, box)
            yield face.with_image(image)


def with_truth(faces: Sequence[Face]) -> Dataset:
    """A data set of drawn faces, with the five points of the drawing in each box as truth."""
    fractions = np.array([[0.32, 0.4], [0.68, 0.4], [0.5, 0.6], [0.35, 0.78], [0.65, 0.78]])
    five, truth = scheme_named("five"), {}
    for face in faces:
        box = face.box or Box(0, 0, 100, 100)
        truth[face.id] = Landmarks(np.array(box[:2]) + fractions * box[2:], five)
    return Dataset("drawn", tuple(faces), truth=truth)


def learning_set(subjects: int = 6) -> Dataset:
    """A data set to learn from: drawn people, a visible and a thermal face each, 68 points."""
    *people, tested = drawn_faces(subjects + 1)
    training: list[Face] = []
    truth: dict[str, Landmarks] = {}
    for face in people:
        box = face.box or Box(0, 0, 100, 100)
        other = replace(face, id=f"{face.id}-thermal", modality=Modality.THERMAL)
        points = Landmarks(np.array(box[:2]) + _outline() * box[2:], scheme_named("ibug68"))
        training += [face, other.with_image(warm(face.load()))]
        truth |= {face.id: points, other.id: points}
    return Dataset("drawn", (tested,), truth=truth, training=tuple(training))


def _outline() -> NDArray[np.float64]:
    """(68, 2) the iBUG points of a drawing, in fractions of its box."""
    brow, ridge = np.linspace(-0.1, 0.1, 5), np.linspace(0.42, 0.58, 4)
    parts = [
        _arc((0.5, 0.45), (0.42, 0.5), np.linspace(np.pi, 0, 17)),
        *(np.stack([x + brow, 0.3 + 4 * brow**2], axis=1) for x in (0.32, 0.68)),
        np.stack([np.full(4, 0.5), ridge], axis=1),
        np.stack([np.linspace(0.44, 0.56, 5), np.full(5, 0.65)], axis=1),
        *(_arc((x, 0.4), (0.09, 0.045), np.pi + np.arange(6) * np.pi / 3) for x in (0.32, 0.68)),
        _arc((0.5, 0.78), (0.17, 0.06), np.pi + np.arange(12) * np.pi / 6),
        _arc((0.5, 0.78), (0.12, 0.03), np.pi + np.arange(8) * np.pi / 4),
    ]
    return np.concatenate(parts)


def _arc(
    centre: tuple[float, float], radii: tuple[float, float], angles: NDArray[np.float64]
) -> NDArray[np.float64]:
    x, y = centre[0] + radii[0] * np.cos(angles), centre[1] + radii[1] * np.sin(angles)
    return np.stack([x, y], axis=1)
