"""Rendered people in both spectra, aligned by the truth, for pipelines that learn."""

from dataclasses import dataclass

import numpy as np
import pytest

from align_eval.alignment import align
from align_eval.datasets.synthetic.dataset import load
from align_eval.faces import Modality
from align_eval.templates import template


@dataclass(frozen=True)
class Rendered:
    """Faces with their crops, by part: training (both spectra), gallery and probes."""

    training: list
    gallery: list
    probes: list
    visible: list
    crops: dict

    def of(self, faces):
        return [self.crops[face.id] for face in faces]

    def learn(self, pipeline, faces=None, probes=Modality.THERMAL):
        faces = self.training if faces is None else faces
        pipeline.fit(iter(self.of(faces)), faces, references=Modality.VISIBLE, probes=probes)
        return pipeline

    def scores(self, pipeline, probes=None):
        """Genuine and impostor scores of every probe against every enrolled subject."""
        probes = self.probes if probes is None else probes
        owners = [face.subject for face in self.gallery]
        rows = pipeline.enroll(iter(self.of(self.gallery)), owners)
        table = rows @ pipeline.probe(iter(self.of(probes))).T
        same = np.array(list(dict.fromkeys(owners)))[:, None] == [face.subject for face in probes]
        return table[same], table[~same]


@pytest.fixture(scope="session")
def rendered():
    made = load(
        subjects=22, variations="NN EH AEC AOM", seed=41, protocol="thermal_to_visible", training=12
    )
    crops = {
        face.id: align(face.load(), made.truth[face.id], template("thermal110x150")).image
        for face in (*made.training, *made.faces)
    }
    gallery = [made.face(name) for names in made.trials.gallery.values() for name in names]
    visible = [f for f in made.faces if f.modality is Modality.VISIBLE and f not in gallery]
    probes = [made.face(name) for name in made.trials.probes]
    return Rendered(list(made.training), gallery, probes, visible, crops)
