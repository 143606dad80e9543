"""What is learned from training faces, and from no one else."""

import numpy as np
import pytest

from align_eval.errors import DataError
from align_eval.faces import Face, Modality
from verification.features.dense import DenseDescriptor
from verification.features.mapping import PerceptualMapping, Schedule
from verification.features.space import SharedSpace, paired

VISIBLE, THERMAL = Modality.VISIBLE, Modality.THERMAL


def face(name, subject, modality, **attributes):
    return Face(name, subject, modality, lambda: None, None, attributes)


def space(mapped=True, **changes):
    mapping = PerceptualMapping(Schedule(hidden=(100,), steps=800)) if mapped else None
    dense = DenseDescriptor((110, 150), step=16)
    return SharedSpace(dense, mapping, **{"dimensions": 16, **changes})


def learned(made, rendered, probes=THERMAL, **changes):
    faces = changes.get("faces", rendered.training)
    background = made.fit(rendered.of(faces), faces, VISIBLE, probes)
    return made, background


def test_features_have_unit_length_and_no_common_part(rendered):
    made, background = learned(space(), rendered)
    rows = [
        made.references(rendered.of(rendered.gallery)),
        made.probes(rendered.of(rendered.probes)),
    ]
    for some in (*rows, background):
        assert some.dtype == np.float32
        assert np.allclose(np.linalg.norm(some, axis=1), 1, atol=1e-5)
    assert len(background) == sum(f.modality is THERMAL for f in rendered.training)
    assert np.linalg.norm(background.mean(axis=0)) < 0.1
    assert rows[0].shape[1] == rows[1].shape[1] == background.shape[1]


def test_mapping_brings_the_spectra_nearer(rendered):
    """The mean cosine of both images of one instant, of people who were not trained on."""
    instants = {f.attributes["pair"]: f for f in rendered.visible}
    both = [(instants[f.attributes["pair"]], f) for f in rendered.probes]
    near = {}
    for mapped in (False, True):
        made, _ = learned(space(mapped, dimensions=32), rendered)
        first, second = (rendered.of(side) for side in zip(*both, strict=True))
        near[mapped] = float((made.references(first) * made.probes(second)).sum(axis=1).mean())
    assert near[True] > near[False]


def test_one_spectrum_is_not_mapped(rendered):
    made, background = learned(space(), rendered, VISIBLE)
    assert made.provenance["training_pairs"] == 0
    assert "mse" not in made.provenance
    some = rendered.of(rendered.gallery)
    assert np.array_equal(made.references(some), made.probes(some))
    assert len(background) == sum(f.modality is VISIBLE for f in rendered.training)


def test_it_forgets_what_it_learned_before(rendered):
    half = [f for f in rendered.training if f.subject < "s016"]
    twice, _ = learned(space(), rendered, VISIBLE)
    learned(twice, rendered, faces=half)
    fresh, _ = learned(space(), rendered, faces=half)
    some = rendered.of(rendered.gallery)
    assert np.array_equal(twice.references(some), fresh.references(some))
    assert twice.provenance == fresh.provenance


def test_pairs_are_those_of_one_instant():
    faces = [
        face("a", "s", VISIBLE, pair="1"),
        face("b", "s", THERMAL, pair="1"),
        face("c", "s", THERMAL, pair="2"),
        face("d", "s", VISIBLE, pair="1", mirrored=1),
        face("e", "s", THERMAL, pair="1", mirrored=1),
    ]
    assert paired(faces, [0, 3], [1, 2, 4]) == [(0, 1), (3, 4)]


def test_without_instants_pairs_are_those_of_one_subject():
    faces = [face("a", "s", VISIBLE), face("b", "s", THERMAL), face("c", "t", THERMAL)]
    faces += [face("d", "t", VISIBLE)]
    assert paired(faces, [0, 3], [1, 2]) == [(0, 1), (3, 2)]


def test_nothing_to_pair_is_refused():
    faces = [face("a", "s", VISIBLE), face("b", "t", THERMAL)]
    with pytest.raises(DataError, match="no training subject was seen in both spectra"):
        paired(faces, [0], [1])


def test_a_missing_spectrum_is_refused(rendered):
    faces = [f for f in rendered.training if f.modality is VISIBLE]
    with pytest.raises(DataError, match=f"none of the {len(faces)} training faces is thermal"):
        learned(space(), rendered, faces=faces)
