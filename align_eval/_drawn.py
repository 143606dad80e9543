"""Faces and crops drawn with ellipses, and odd images: what `align_eval.checks` shows to objects.

They need no data. They are no benchmark: they only look enough like faces to be handled as such.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from align_eval.dataset import Dataset
from align_eval.faces import Box, Face, Modality
from align_eval.image import Image
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named


def drawn_faces(count: int = 3, side: int = 160) -> list[Face]:
    """Faces drawn with ellipses: RGB, about half of the image, each a little different, boxed."""
    return [_drawn_face(number, side) for number in range(count)]


def drawn_crops(size: tuple[int, int], count: int = 4) -> list[Image]:
    """RGB crops of drawn faces, (height, width, 3) for a (width, height)."""
    return [_drawing(number, size) for number in range(count)]


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
