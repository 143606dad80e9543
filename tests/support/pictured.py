"""Faces with points, for reports: gray and RGB, with and without truth, found and missed."""

import numpy as np

from align_eval.result import TRUTH, Overlay

SIDE = 200
FIVE = np.array([[70.0, 80], [130, 80], [100, 110], [75, 140], [125, 140]])


def picture(number, colour=False, side=SIDE):
    """A gradient, another one for each number."""
    y, x = np.mgrid[:side, :side]
    gray = ((x + (number + 1) * y) % 256).astype(np.uint8)
    return np.stack([gray, gray.T, gray // 2], axis=2) if colour else gray


def overlay(dataset, number, found, *, known=True, name="yunet", **fields):
    """A face with five true points and 68 points of one aligner, or None."""
    many = FIVE.mean(axis=0) + np.random.default_rng(number).normal(0, 30, (68, 2))
    points = {TRUTH: FIVE} if known else {}
    points |= {name: FIVE + 2, "dlib68": many if found else None, "exact": FIVE}
    image = picture(number, dataset == "seen")
    fields = {"face": f"s{number:02d}_0", "variation": ("NN", "OHM")[number % 2], **fields}
    return Overlay(dataset=dataset, image=image, points=points, **fields)


def overlays(faces=3):
    """Faces of each of two data sets, one of which lacks the truth."""
    warm = [overlay("warm", number, number != 1) for number in range(faces)]
    return (*warm, *(overlay("seen", number, True, known=False) for number in range(faces)))
