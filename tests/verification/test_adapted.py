import numpy as np
import pytest
from tiny import TINY

from align_eval.checks import check_pipeline, require
from align_eval.errors import ConfigError, ContractError, DataError
from align_eval.faces import Face, Modality
from align_eval.interfaces import Pipeline, SymmetricPipeline, Trainable
from verification import CATALOG
from verification.adapted import AdaptedPipeline
from verification.measures import unit

VISIBLE, THERMAL = Modality.VISIBLE, Modality.THERMAL


class Pixels:
    """An embedder whose row is the crop itself, less middle gray."""

    name, template, size = "pixels", "arcface112", (4, 2)

    def __init__(self):
        self.count, self.closed = 0, 0

    def embed(self, crops):
        rows = [np.asarray(crop, np.float32).ravel() - 120 for crop in crops]
        self.count += len(rows)
        return np.array(rows, np.float32).reshape(-1, 8)

    def close(self):
        self.closed += 1


def pipeline(embedder=None, **options):
    return AdaptedPipeline(embedder or Pixels(), template=TINY, **options)


def shots(subjects=12, each=4, seed=0, modalities=(VISIBLE, THERMAL)):
    """Faces with gray crops: heat adds a pattern of its own, and a nuisance varies in both."""
    rng = np.random.default_rng(99)
    nuisance, heat = rng.normal(size=(2, 8))
    faces, crops = [], []
    for who in range(subjects):
        own = np.random.default_rng([seed, who])
        place = own.normal(0, 12, 8)
        for shot in range(each):
            for modality in modalities:
                noise = own.normal(0, 3, 8) + own.normal(0, 14) * nuisance
                row = 120 + place + noise + (25 * heat if modality is THERMAL else 0)
                crops.append(np.clip(row, 0, 255).astype(np.uint8).reshape(2, 4))
                name = f"{seed}-{who}-{shot}"
                faces.append(Face(f"{name}-{modality}", f"{who}", modality, crops[-1].copy, None))
    return crops, faces


def fitted(made, subjects=12, each=4, references=VISIBLE, probes=THERMAL, **options):
    crops, faces = shots(subjects, each, **options)
    made.fit(iter(crops), faces, references=references, probes=probes)
    return made


def accuracy(made, seed=7):
    """Rank-1 rate of thermal probes against a visible gallery of people who were not learned."""
    crops, faces = shots(20, 4, seed)
    first = [f.modality is VISIBLE and f.id.split("-")[2] == "0" for f in faces]
    heat = [f.modality is THERMAL for f in faces]
    gallery = made.enroll(
        [c for c, keep in zip(crops, first, strict=True) if keep],
        [f.subject for f, keep in zip(faces, first, strict=True) if keep],
    )
    probes = made.probe([c for c, keep in zip(crops, heat, strict=True) if keep])
    owners = [int(f.subject) for f, keep in zip(faces, heat, strict=True) if keep]
    return np.mean(np.argmax(probes @ gallery.T, axis=1) == owners)


def test_it_keeps_the_contract_of_a_two_sided_pipeline_that_learns():
    made = pipeline()
    assert isinstance(made, Pipeline)
    assert isinstance(made, Trainable)
    assert not isinstance(made, SymmetricPipeline)
    require(check_pipeline(AdaptedPipeline(Blocks())))


class Blocks(Pixels):
    """An embedder of real crops: mean grays of blocks of 16 × 16 pixels."""

    size = (112, 112)

    def embed(self, crops):
        rows = []
        for crop in crops:
            gray = np.asarray(crop, np.float64)
            gray = gray.mean(axis=2) if gray.ndim == 3 else gray
            gray = gray / 65535 if crop.dtype == np.uint16 else gray / 255
            rows.append(gray.reshape(7, 16, 7, 16).mean(axis=(1, 3)).ravel() - 0.5)
        return np.array(rows, np.float32).reshape(-1, 49)


def test_it_tells_strangers_apart_across_spectra_better_than_centring_does():
    centred = accuracy(fitted(pipeline(shrinkage=1.0)))
    adapted = accuracy(fitted(pipeline()))
    assert centred < 0.6
    assert adapted > centred + 0.2


def test_a_row_is_the_centred_and_whitened_direction():
    made = fitted(pipeline(shrinkage=0.3))
    crops, faces = shots()
    rows = unit(Pixels().embed(crops)).astype(np.float64)
    heat = np.array([face.modality is THERMAL for face in faces])
    centres = rows[~heat].mean(axis=0), rows[heat].mean(axis=0)
    centred = np.where(heat[:, None], rows - centres[1], rows - centres[0])
    who = np.array([int(face.subject) for face in faces])
    mean = np.stack([centred[who == k].mean(axis=0) for k in range(12)])
    within = centred - mean[who]
    cov = within.T @ within / len(within)
    cov = 0.7 * cov + 0.3 * np.trace(cov) / 8 * np.eye(8)
    # The cosine under any whitening W with W Wᵀ = C⁻¹ is the same.
    a, b = rows[~heat][:5] - centres[0], rows[heat][:5] - centres[1]
    inverse = np.linalg.inv(cov)
    length = [np.sqrt(np.einsum("id,de,ie->i", x, inverse, x)) for x in (a, b)]
    expected = (a @ inverse @ b.T) / np.outer(*length)
    some = [crops[i] for i in np.flatnonzero(~heat)[:5]]
    others = [crops[i] for i in np.flatnonzero(heat)[:5]]
    references, probes = made.enroll(some, list("abcde")), made.probe(others)
    np.testing.assert_allclose(references @ probes.T, expected, atol=2e-6)


def test_of_one_spectrum_both_sides_have_the_same_map_and_the_other_is_not_looked_at():
    embedder = Pixels()
    made = fitted(pipeline(embedder), probes=VISIBLE)
    assert embedder.count == 12 * 4
    assert made.provenance["training crops"] == 12 * 4
    crops, _ = shots(5, 1, seed=3, modalities=(VISIBLE,))
    assert (made.enroll(crops, list("abcde")) == made.probe(crops)).all()
    seen = [pair for pair in zip(*shots(), strict=True) if pair[1].modality is VISIBLE]
    alone = pipeline()
    alone.fit(*map(list, zip(*seen, strict=True)), references=VISIBLE, probes=VISIBLE)
    assert (alone.probe(crops) == made.probe(crops)).all()


def test_references_may_be_thermal_and_probes_visible():
    made = fitted(pipeline(shrinkage=0.5), references=THERMAL, probes=VISIBLE)
    other = fitted(pipeline(shrinkage=0.5))
    crops, _ = shots(5, 1, seed=3, modalities=(VISIBLE,))
    np.testing.assert_allclose(made.probe(crops), other.enroll(crops, list("abcde")), atol=1e-6)


def test_learning_again_forgets():
    made = fitted(fitted(pipeline(), seed=5), seed=6)
    crops, _ = shots(5, 1, seed=3)
    assert (made.probe(crops) == fitted(pipeline(), seed=6).probe(crops)).all()
    assert (made.probe(crops) != fitted(pipeline(), seed=5).probe(crops)).any()


def test_the_order_of_training_faces_changes_no_more_than_rounding():
    crops, faces = shots()
    order = np.random.default_rng(1).permutation(len(faces))
    mixed = pipeline()
    mixed.fit(
        [crops[i] for i in order], [faces[i] for i in order], references=VISIBLE, probes=THERMAL
    )
    some, _ = shots(5, 1, seed=3)
    a, b = mixed, fitted(pipeline())
    scores = [m.enroll(some, [str(k) for k in range(10)]) @ m.probe(some).T for m in (a, b)]
    np.testing.assert_allclose(*scores, atol=1e-5)


def test_several_crops_of_a_reference_become_one_row_of_unit_length():
    made = fitted(pipeline())
    crops, _ = shots(3, 2, seed=3, modalities=(VISIBLE,))
    rows = made.enroll(crops, list("aabbcc"))
    assert rows.shape == (3, 8)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)


def test_what_was_learned_is_in_the_provenance():
    made = pipeline()
    assert "shrinkage" not in made.provenance
    crops, faces = shots()
    alone = [f.subject == "3" and f.modality is THERMAL for f in faces]
    keep = [i for i, drop in enumerate(alone) if not drop]
    made.fit([crops[i] for i in keep], [faces[i] for i in keep], references=VISIBLE, probes=THERMAL)
    about = made.provenance
    assert (about["training subjects"], about["training crops"]) == (11, 88)
    assert 0 < about["shrinkage"] <= 1
    assert about["embedder"] == "pixels"
    assert about["score"] == "cosine"
    assert all(isinstance(value, str | int | float) for value in about.values())
    assert fitted(pipeline(shrinkage=0.25)).provenance["shrinkage"] == 0.25


def test_without_subjects_of_both_spectra_there_is_nothing_to_learn():
    with pytest.raises(DataError, match="got none among 48 crops"):
        fitted(pipeline(), modalities=(VISIBLE,))
    with pytest.raises(DataError, match="got none among 0 crops"):
        fitted(pipeline(), subjects=0)
    with pytest.raises(DataError, match="at least 4 training subjects"):
        fitted(pipeline(), subjects=3)
    assert fitted(pipeline(shrinkage=0.5), subjects=3).provenance["training subjects"] == 3


def test_before_it_has_learned_and_after_it_failed_to_it_says_so():
    made = fitted(pipeline())
    with pytest.raises(DataError):
        fitted(made, subjects=0)
    crops, _ = shots(1, 1)
    for use in (made.probe, lambda some: made.enroll(some, ["a", "b"])):
        with pytest.raises(ContractError, match="'pixels-adapted' has not been fitted"):
            use(crops)


@pytest.mark.parametrize("shrinkage", [0, -0.1, 1.1, np.nan])
def test_a_shrinkage_out_of_range_is_refused(shrinkage):
    with pytest.raises(ConfigError, match=r"a number in \(0, 1\]"):
        pipeline(shrinkage=shrinkage)


def test_it_is_built_from_the_catalogue_and_closes_its_embedder():
    options = {"embedder": f"{__name__}:Pixels", "template": TINY}
    with CATALOG.build("adapted", options, name="mine", workers=1) as made:
        assert (made.name, made.template.name) == ("mine", "tiny")
        embedder = made._plain.embedder
    assert embedder.closed == 1


def test_a_crop_too_few_is_an_error():
    crops, faces = shots()
    with pytest.raises(ValueError, match="longer than"):
        pipeline().fit(crops[:-1], faces, references=VISIBLE, probes=THERMAL)
