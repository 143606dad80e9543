import numpy as np
import pytest

from align_eval.datasets.synthetic.dataset import load
from align_eval.datasets.synthetic.quality import COLUMNS, DETECTED, quality
from align_eval.errors import ContractError
from align_eval.interfaces import Detection
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from align_eval.templates import template


class Finder:
    """Finds the middle of colour images, and nothing in thermal ones."""

    name = "finder"

    def detect(self, image):
        from align_eval.faces import Box

        if image.ndim == 2:
            return []
        return [Detection(Box(16.0, 16.0, 32.0, 40.0), 1.0)]


class Shifted:
    """The truth, three pixels to the right and four down."""

    name, scheme = "shifted", scheme_named("ibug68")

    def __init__(self, truth):
        self.truth = truth

    def locate(self, faces):
        return [Landmarks(self.truth[f.id].points + [3, 4], self.scheme) for f in faces]


class Colours:
    """Crops as small pictures, compared by their distance."""

    name, template = "colours", template("arcface112")

    def embed(self, crops):
        rows = [
            np.resize(c[::14, ::14].astype(np.float32), 64 * (c.ndim == 3) * 3 or 64) for c in crops
        ]
        return np.stack(rows)

    def pool(self, embeddings, references):
        return embeddings

    def enroll(self, crops, references):
        return self.embed(crops)

    def probe(self, crops):
        return self.embed(crops)

    def score(self, references, probes):
        return -np.linalg.norm(references - probes, axis=1)


@pytest.fixture(scope="module")
def dataset():
    return load(subjects=3, size=64, variations="NN EH PL", protocol="none", seed=2)


def test_the_table_counts_detections_and_measures_what_was_found(dataset):
    told = []
    table = quality(
        dataset, "parametric", Finder(), Shifted(dataset.truth), Colours(),
        progress=lambda *step: told.append(step),
    )  # fmt: skip
    assert list(table.columns) == list(COLUMNS)
    rows = table.set_index(["spectrum", "measure", "variation"])
    assert rows.loc[("visible", "detected", "all"), "value"] == 1
    assert rows.loc[("thermal", "detected", "all"), "value"] == 0
    assert np.isnan(rows.loc[("thermal", "NME", "all"), "value"])
    errors = []
    for face in dataset.faces:
        if face.modality == "visible":
            points = dataset.truth[face.id].points
            errors.append(5 / np.linalg.norm(points[45] - points[36]))
    assert rows.loc[("visible", "NME", "all"), "value"] == pytest.approx(np.mean(errors))
    assert rows.loc[("visible", "NME", "all"), "n"] == 9
    eer = rows.loc[("visible", "EER", "clear")]
    assert 0 <= eer["value"] < 0.5
    assert "9 genuine, 27 impostor" in eer["note"]
    assert {variation for _, measure, variation in rows.index if measure == "detected"} == {
        "all", "NN", "EH", "PL",
    }  # fmt: skip
    assert ("thermal embedding", 9, 9) in told


def test_the_list_of_detected_variations_has_neutral_lit_and_four_turns():
    assert {"NN", "EH", "AOM", "LR", "PL", "PR", "PU", "PD"} == set(DETECTED)


def test_a_landmark_model_of_another_scheme_is_refused(dataset):
    model = Shifted(dataset.truth)
    model.scheme = scheme_named("five")
    with pytest.raises(ContractError, match="ibug68"):
        quality(dataset, "parametric", Finder(), model, Colours())
