"""Pooling equals the published evaluation read loop by loop, whatever its switches are."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ijb_lists import published_features, published_templates

import verification.templates
from align_eval.checks import check_pipeline, require
from align_eval.errors import ConfigError, UnknownNameError
from align_eval.faces import Face, Modality
from align_eval.verifying import TemplatePooling
from verification.templates import TemplatePipeline, pool_templates

law = settings(max_examples=40, deadline=None)
FLIPS = {"none": "F0", "sum": "add", "concat": "concat"}


@st.composite
def images(draw):
    """Templates, media, two features an image and detector scores, of up to 30 images."""
    count = draw(st.integers(1, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    templates, media = rng.integers(0, 6, count), rng.integers(0, 4, count)
    features = rng.normal(size=(2, count, 5)).astype(np.float32)
    return templates, media, features, rng.uniform(0.1, 1, count)


@law
@given(images(), st.sampled_from(list(FLIPS)), st.booleans(), st.booleans(), st.integers(1, 40))
def test_every_switch_gives_the_rows_of_the_published_loops(drawn, flip, keep, weigh, block):
    templates, media, (one, mirrored), scores = drawn
    features = {"none": one, "sum": one + mirrored, "concat": np.hstack([one, mirrored])}[flip]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verification.templates, "_BYTES", 8 * features.shape[1] * block)
        found = pool_templates(
            features,
            templates,
            media,
            detector_scores=scores if weigh else None,
            keep_norm=keep,
        )
    expected = published_templates(
        np.array([
            published_features(a, b, n1=keep, d1=weigh, flip=FLIPS[flip], detector=score)
            for a, b, score in zip(one, mirrored, scores, strict=True)
        ]),
        templates.tolist(),
        media.tolist(),
    )  # fmt: skip
    assert found.names.tolist() == list(dict.fromkeys(templates.tolist()))
    for name, row in zip(found.names.tolist(), found.rows, strict=True):
        np.testing.assert_allclose(row, expected[name], atol=2e-6)
    assert found.ok.all()
    assert not found.failed.any()


@law
@given(images(), st.integers(0, 2**16))
def test_an_image_without_features_is_as_if_it_were_not_listed(drawn, seed):
    templates, media, (features, _), scores = drawn
    there = np.random.default_rng(seed).random(len(templates)) < 0.6
    features[~there] = np.nan
    found = pool_templates(features, templates, media, detector_scores=scores, acquired=there)
    only = pool_templates(
        features[there], templates[there], media[there], detector_scores=scores[there]
    )
    rows = dict(zip(only.names.tolist(), only.rows, strict=True))
    for name, row, ok, failed in zip(*found, strict=True):
        assert failed == np.count_nonzero(~there & (templates == name))
        assert ok == (name in rows)
        assert np.array_equal(row, rows.get(name, np.zeros(5)))


@law
@given(images(), st.randoms())
def test_the_order_of_images_and_the_scale_of_weights_change_nothing(drawn, random):
    templates, media, (features, _), scores = drawn
    before = pool_templates(features, templates, media, detector_scores=scores)
    order = list(range(len(templates)))
    random.shuffle(order)
    after = pool_templates(
        features[order], templates[order], media[order], detector_scores=7 * scores[order]
    )
    place = {name: k for k, name in enumerate(after.names.tolist())}
    again = after.rows[[place[name] for name in before.names.tolist()]]
    np.testing.assert_allclose(again, before.rows, atol=1e-6)


def test_frames_of_one_film_count_as_one_photograph():
    features = np.array([[1, 0], [0, 1], [0, 1], [0, 1]], np.float32)
    film = pool_templates(features, [0] * 4, ["p", "f", "f", "f"]).rows
    photos = pool_templates(features, [0] * 4, ["p", "a", "b", "c"]).rows
    np.testing.assert_allclose(film, [[np.sqrt(0.5)] * 2], atol=1e-7)
    np.testing.assert_allclose(photos, [[1, 3] / np.sqrt(10)], atol=1e-7)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"templates": [1]}, "2 features want as many templates"),
        ({"media": [[1, 2]]}, "as many media"),
        ({"detector_scores": [1.0]}, "as many detector scores"),
        ({"acquired": [True] * 3}, "as many flags"),
    ],
)
def test_columns_of_another_length_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        pool_templates(np.eye(2), **({"templates": [1, 1], "media": [1, 2]} | change))


@dataclass
class Quadrants:
    """Mean colours of four quadrants: tells a crop from its mirror image."""

    name: str = "quadrants"
    template: str = "arcface112"
    size: tuple = (112, 112)

    def embed(self, crops):
        rows = [
            np.array([crop[i : i + 56, j : j + 56].mean() - 100 for i in (0, 56) for j in (0, 56)])
            for crop in crops
        ]
        return np.array(rows, np.float32).reshape(-1, 4)


def drawn_crops(count=5):
    return list(np.random.default_rng(3).integers(0, 255, (count, 112, 112, 3), np.uint8))


def faces_of(media, scores):
    return [
        Face(str(k), "Ann", Modality.VISIBLE, drawn_crops, attributes=known)
        for k, known in enumerate(
            {"media": m, "detector_score": s} for m, s in zip(media, scores, strict=True)
        )
    ]


@pytest.mark.parametrize("flip", FLIPS)
@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("weigh", [True, False])
def test_the_pipeline_makes_the_templates_of_the_published_evaluation(flip, keep, weigh):
    crops, names = drawn_crops(), ["a", "b", "a", "a", "b"]
    media, scores = ["x", "x", "y", "y", "z"], [0.9, 0.8, 0.7, 0.2, 0.5]
    model = Quadrants()
    with TemplatePipeline(model, flip=flip, keep_norm=keep, detector_weight=weigh) as made:
        assert isinstance(made, TemplatePooling)
        rows = made.pool_faces(made.features(crops), names, faces_of(media, scores))
    pairs = zip(model.embed(crops), model.embed([c[:, ::-1] for c in crops]), scores, strict=True)
    expected = published_templates(
        np.array([
            published_features(a, b, n1=keep, d1=weigh, flip=FLIPS[flip], detector=score)
            for a, b, score in pairs
        ]),
        names,
        media,
    )  # fmt: skip
    np.testing.assert_allclose(rows, [expected["a"], expected["b"]], atol=2e-6)


@pytest.mark.parametrize("flip", FLIPS)
def test_the_pipeline_keeps_the_contract_of_pipelines(flip):
    require(check_pipeline(TemplatePipeline(Quadrants(), flip=flip)))


def test_a_template_of_one_image_of_which_nothing_is_known_is_its_direction():
    made, crops = TemplatePipeline(Quadrants(), flip="none"), drawn_crops(3)
    rows = Quadrants().embed(crops)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    np.testing.assert_allclose(made.probe(crops), rows, atol=1e-6)
    np.testing.assert_allclose(made.enroll(crops, ["a", "b", "c"]), rows, atol=1e-6)


def test_a_face_without_detector_score_is_refused_unless_images_weigh_the_same():
    crops, face = drawn_crops(1), Face("f", "Ann", Modality.VISIBLE, drawn_crops)
    made = TemplatePipeline(Quadrants())
    with pytest.raises(ConfigError, match="face 'f' has none") as caught:
        made.pool_faces(made.features(crops), ["a"], [face])
    assert "\n" not in str(caught.value)
    plain = TemplatePipeline(Quadrants(), detector_weight=False)
    rows = plain.pool_faces(plain.features(crops), ["a"], [face])
    assert np.array_equal(rows, plain.probe(crops))


def test_what_a_template_is_made_of_is_in_the_provenance():
    made = TemplatePipeline(Quadrants(), flip="concat", keep_norm=False)
    assert made.name == "quadrants-templates"
    known = made.provenance
    assert (known["flip"], known["detector_weight"], known["keep_norm"]) == ("concat", 1, 0)
    with pytest.raises(UnknownNameError, match="unknown flip 'add'"):
        TemplatePipeline(Quadrants(), flip="add")
