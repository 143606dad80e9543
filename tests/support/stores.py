"""Small made-up training stores."""

import numpy as np

from align_eval.dataset import Dataset
from align_eval.faces import Face, Modality
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from landmark_models.train.store import SIDE, Store, bounding


def made_shape(rng):
    """(68, 2) a rough face with its box 96 px high in a crop of `SIDE` pixels."""
    scheme = scheme_named("ibug68")
    layout = {"jaw": (0, 1), "brows": (0, -0.8), "nose": (0, 0), "eyes": (0, -0.4)}
    points = rng.uniform(-0.15, 0.15, (68, 2))
    for name, at in {**layout, "mouth": (0, 0.5)}.items():
        points[list(scheme.groups[name])] += at
    angle = np.linspace(np.pi, 0, 17)
    points[:17] = np.stack([np.cos(angle), np.sin(angle) - 0.05], axis=1)
    points[36:42, 0] -= 0.45
    points[42:48, 0] += 0.45
    points[17:22, 0] -= 0.45
    points[22:27, 0] += 0.45
    points = points * 40 + rng.uniform(-1, 1, (68, 2))
    points -= (points.min(axis=0) + points.max(axis=0)) / 2
    points *= 48 / np.abs(points).max()
    return (points + (SIDE - 1) / 2).astype(np.float32)


def made_store(count, seed=0, subjects=None):
    """Faces that are dark but for a bright spot on each landmark; every other one is thermal."""
    rng = np.random.default_rng(seed)
    points = np.stack([made_shape(rng) for _ in range(count)])
    images = np.full((count, SIDE, SIDE), 20, np.uint8)
    for image, shape in zip(images, points, strict=True):
        for x, y in np.rint(shape).astype(int):
            image[y - 3 : y + 4, x - 3 : x + 4] = 230
    names = [f"s{k}" for k in range(count)] if subjects is None else subjects
    return Store(
        images,
        points,
        np.arange(count) % 2 == 1,
        np.arange(count) % 7,
        tuple(f"{seed}-{k}" for k in range(count)),
        tuple(f"{seed}-{name}" for name in names),
        scheme_named("ibug68"),
    )


class Pixels:
    """A picklable way to load an image that is there already."""

    def __init__(self, image):
        self.image = image

    def __call__(self):
        return self.image


def made_dataset(subjects, splits=None, thermal=None):
    """A face for each subject; the first is tested, the others are trained on."""
    source, ibug = made_store(len(subjects)), scheme_named("ibug68")
    faces, truth = [], {}
    for k, subject in enumerate(subjects):
        warm = k % 2 if thermal is None else thermal
        attributes = {"split": "training" if splits is None else splits[k]}
        faces.append(
            Face(
                f"f{k}",
                subject,
                Modality.THERMAL if warm else Modality.VISIBLE,
                Pixels(source.images[k]),
                bounding(source.points[k]),
                attributes,
            )
        )
        truth[f"f{k}"] = Landmarks(source.points[k], ibug)
    return Dataset("made up", (faces[0],), None, truth, tuple(faces[1:]))
