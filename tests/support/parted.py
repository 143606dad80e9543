"""A data set whose faces have attributes, some of them to train on, and a model that learns."""

from dataclasses import replace

import fakes
import numpy as np

from align_eval.catalog import Catalog, Entry
from align_eval.dataset import Dataset
from align_eval.landmarks import Landmarks

VARIATIONS = ("calm", "dark")


def load(subjects=6, trained=4, attribute="variation"):
    """`subjects` people who are tested, and `trained` more to learn from; two shots of each."""
    whole = fakes.load(subjects=subjects + trained, shots=2)
    faces = tuple(replace(face, attributes=_attributes(face, attribute)) for face in whole.faces)
    number = {face.id: int(face.id[1:].split("_")[0]) for face in faces}
    tested = tuple(face for face in faces if number[face.id] < subjects)
    training = tuple(face for face in faces if number[face.id] >= subjects)
    return Dataset("parted", tested, None, whole.truth, training)


def _attributes(face, attribute):
    shot = int(face.id.split("_")[1])
    return {attribute: VARIATIONS[shot], "session": shot, "angle": 1.5 * shot}


class MeanShape:
    """The mean place of every point in the box, learned from training faces."""

    scheme = fakes.FIVE
    fits = 0

    def __init__(self, name="mean"):
        self.name, self.provenance, self._mean = name, {"learned_from": 0}, None

    def fit(self, datasets):
        type(self).fits += 1
        shapes = [
            (data.truth[face.id].points - face.box[:2]) / face.box[2:]
            for data in datasets.values()
            for face in data.training
        ]
        self._mean = np.mean(shapes, axis=0)
        self.provenance = {"learned_from": len(shapes)}

    def locate(self, faces):
        return in_boxes(faces, self._mean)


def in_boxes(faces, shape):
    """A shape in fractions of the box, in each face's box."""
    return [Landmarks(np.array(f.box[:2]) + shape * np.array(f.box[2:]), fakes.FIVE) for f in faces]


class InBox:
    """The same place in every box, without learning."""

    scheme = fakes.FIVE

    def __init__(self, name="box"):
        self.name = name

    def locate(self, faces):
        return in_boxes(faces, (fakes.POINTS - (10, 20)) / 90)


def parted_catalogs():
    own = fakes.catalogs()
    models = {
        **own.landmark_models.entries,
        "mean": Entry("parted:MeanShape", "learns"),
        "box": Entry("parted:InBox", "in the box"),
    }
    return replace(
        own,
        datasets=Catalog("data set", {"parted": Entry("parted:load", "with attributes")}),
        landmark_models=Catalog("landmark model", models),
    )
