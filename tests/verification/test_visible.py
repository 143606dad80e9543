import numpy as np
import pytest
from tiny import TINY

from align_eval.errors import ConfigError, ContractError, UnknownNameError
from align_eval.interfaces import Pipeline, SymmetricPipeline, Trainable
from align_eval.templates import template
from verification import CATALOG
from verification.visible import EmbeddingPipeline


class Pixels:
    """An embedder whose row is the crop itself."""

    name, template, size = "pixels", "tiny", (4, 2)

    def __init__(self, *, gain: float = 1.0, workers: int = 1):
        self.gain, self.workers, self.closed = gain, workers, 0

    def embed(self, crops):
        rows = [self.gain * np.asarray(crop, np.float32).ravel() for crop in crops]
        return np.array(rows, dtype=np.float32).reshape(-1, 24)

    @property
    def provenance(self):
        return {"weights": "none"}

    def close(self):
        self.closed += 1


class Broken(Pixels):
    """An embedder that reads its crops and gives what it is told to."""

    def __init__(self, rows):
        super().__init__()
        self.rows = rows

    def embed(self, crops):
        list(crops)
        return self.rows


HERE = f"{__name__}:Pixels"


def pixels(**options):
    return EmbeddingPipeline(Pixels(), template=TINY, **options)


def crops(count, seed=0):
    return list(np.random.default_rng(seed).integers(1, 256, (count, 2, 4, 3), dtype=np.uint8))


def test_it_keeps_the_protocol_of_a_symmetric_pipeline_that_learns_nothing():
    made = pixels()
    assert isinstance(made, SymmetricPipeline)
    assert isinstance(made, Pipeline)
    assert not isinstance(made, Trainable)


def test_cosine_rows_have_unit_length_and_the_dot_product_is_the_score():
    made = pixels()
    rows = made.probe(crops(6))
    flat = np.stack([crop.ravel() for crop in crops(6)]).astype(float)
    expected = flat / np.linalg.norm(flat, axis=1, keepdims=True)
    np.testing.assert_allclose(rows, expected, atol=1e-7)
    np.testing.assert_allclose(made.score(rows, rows[::-1]), (rows * rows[::-1]).sum(1), atol=1e-6)


def test_euclidean_rows_stay_as_the_embedder_gives_them():
    made = pixels(score="euclidean")
    rows = made.probe(crops(3))
    assert (rows == np.stack([crop.ravel() for crop in crops(3)])).all()
    expected = -np.linalg.norm(rows[:1].astype(float) - rows[1:2], axis=1)
    np.testing.assert_allclose(made.score(rows[:1], rows[1:2]), expected, rtol=1e-12)


def test_flip_averages_the_rows_of_a_crop_and_its_mirror_image():
    (crop,) = crops(1)
    row = pixels(score="euclidean", flip=True).probe([crop])
    expected = (crop.astype(np.float32) + crop[:, ::-1].astype(np.float32)) / 2
    assert (row == expected.reshape(1, -1)).all()


@pytest.mark.parametrize("score", ["cosine", "euclidean"])
def test_flip_gives_a_crop_and_its_mirror_image_the_same_row(score):
    some = crops(5)
    made = pixels(score=score, flip=True)
    assert (made.probe(some) == made.probe([crop[:, ::-1] for crop in some])).all()


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("score", ["cosine", "euclidean"])
def test_one_crop_has_the_row_that_it_has_in_a_batch(score, flip):
    def made():
        return pixels(score=score, flip=flip)

    single = [made().probe([crop]) for crop in crops(5)]
    assert (made().probe(iter(crops(5))) == np.concatenate(single)).all()


def test_enrolling_gives_the_pooled_rows_in_order_of_first_appearance():
    made, some, names = pixels(score="euclidean"), crops(4), ["zoe", "ann", "zoe", "bo"]
    rows = made.enroll(some, names)
    flat = np.stack([crop.ravel() for crop in some]).astype(np.float32)
    assert (rows == [(flat[0] + flat[2]) / 2, flat[1], flat[3]]).all()
    assert (rows == made.pool(made.embed(some), names)).all()


@pytest.mark.parametrize("flip", [False, True])
def test_crops_stream_through(flip):
    read, ahead = [], []

    class Counting(Pixels):
        def embed(self, crops):
            rows = []
            for crop in crops:
                rows.append(super().embed([crop]))
                ahead.append(len(read) - len(rows) / (1 + flip))
            return np.concatenate(rows)

    def source():
        for crop in crops(6):
            read.append(crop)
            yield crop

    made = EmbeddingPipeline(Counting(), template=TINY, flip=flip)
    assert len(made.probe(source())) == 6
    assert max(ahead) < 1


@pytest.mark.parametrize("flip", [False, True])
def test_a_crop_is_embedded_once_while_the_pipeline_is_open(flip):
    embedded = []

    class Noting(Pixels):
        def embed(self, crops):
            held = list(crops)
            embedded.extend(held)
            return super().embed(held)

    made, some = EmbeddingPipeline(Noting(), template=TINY, flip=flip), crops(5)
    first = made.probe(some)
    again = made.enroll([*some[::-1], *some], [*"edcba", *"abcde"])
    assert len(embedded) == 5 * (1 + flip)
    assert again == pytest.approx(first[::-1], abs=1e-6)
    assert (made.probe(some[2:3]) == first[2]).all()


def test_the_embedder_comes_from_a_name_a_table_or_an_object():
    by_name = EmbeddingPipeline(HERE, embedder_options={"gain": 2.0}, template=TINY, workers=3)
    table = {"name": HERE, "gain": 2.0}
    by_table = CATALOG.build("embedding", {"embedder": table, "template": TINY}, workers=3)
    for made in (by_name, by_table):
        assert (made.embedder.gain, made.embedder.workers, made.name) == (2.0, 3, "pixels")
    assert pixels(name="mine").name == "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"embedder": "dlip"}, r"unknown embedder 'dlip'. Did you mean 'dlib'\?"),
        ({"embedder": {"gain": 2.0}}, "table wants a name, got gain"),
        ({"embedder": {}}, "table wants a name, got nothing"),
        ({"embedder": {"name": HERE, "gian": 2.0}}, "Did you mean 'gain'"),
        (
            {"embedder": {"name": HERE, "gain": 2.0}, "embedder_options": {"gain": 1.0}},
            "option 'gain' is given twice",
        ),
        ({"embedder": Pixels(), "embedder_options": {"gain": 1.0}}, "is built already"),
        ({"embedder": Pixels(), "template": "arcface112"}, r"112 × 112, and .* wants 4 × 2"),
        ({"embedder": Pixels(), "template": TINY, "score": "cosin"}, "Did you mean 'cosine'"),
        ({"embedder": "onnx"}, "missing a required argument: 'path'"),
    ],
)
def test_arguments_that_do_not_fit_are_named_in_one_line(arguments, message):
    with pytest.raises(ConfigError, match=message) as error:
        EmbeddingPipeline(**arguments)
    assert "\n" not in str(error.value)


def test_an_embedder_of_the_wrong_size_for_the_template_answers_with_both_sizes():
    pytest.importorskip("dlib")
    with pytest.raises(ConfigError, match=r"'arcface112' makes crops of 112 × 112, and .* 150"):
        EmbeddingPipeline("dlib", template="arcface112")


def test_an_object_that_is_no_embedder_is_refused():
    with pytest.raises(ContractError, match="lacks one of: name, template, size, embed"):
        EmbeddingPipeline("string:Formatter")


def test_the_template_is_the_embedders_own_unless_one_is_given():
    class Dlib(Pixels):
        template, size = "dlib150", (150, 150)

    assert EmbeddingPipeline(Dlib()).template.name == "dlib150"
    layout = template("arcface112").landmarks.points * (150 / 112)
    table = {"name": "scaled", "size": [150, 150], "scheme": "five", "points": layout}
    assert EmbeddingPipeline(Dlib(), template=table).template.name == "scaled"
    with pytest.raises(UnknownNameError, match="unknown template 'tiny'"):
        EmbeddingPipeline(Pixels())


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_row_that_is_not_finite_is_refused_by_its_number(bad):
    rows = np.ones((3, 2), np.float32)
    rows[1, 1] = bad
    with pytest.raises(ContractError, match="not finite, number 1"):
        EmbeddingPipeline(Broken(rows), template=TINY).probe(crops(3))


@pytest.mark.parametrize(("shape", "flip"), [((4,), False), ((2, 2, 2), False), ((3, 2), True)])
def test_rows_of_another_shape_are_refused(shape, flip):
    made = EmbeddingPipeline(Broken(np.ones(shape, np.float32)), template=TINY, flip=flip)
    with pytest.raises(ContractError, match="'pixels'"):
        made.probe(crops(2))


def test_provenance_holds_the_embedders_and_how_its_rows_are_used():
    assert pixels(flip=True).provenance == {
        "embedder": "pixels",
        "template": "tiny",
        "score": "cosine",
        "flip": 1,
        "weights": "none",
    }


def test_leaving_the_context_closes_the_embedder():
    with pixels() as made:
        assert made.embedder.closed == 0
    assert made.embedder.closed == 1


def test_an_embedder_without_provenance_or_close_will_do():
    class Bare:
        name, template, size = "bare", "arcface112", (112, 112)

        def embed(self, crops):
            return np.ones((len(list(crops)), 2), np.float32)

    with EmbeddingPipeline(Bare()) as made:
        assert made.probe(crops(1)).shape == (1, 2)
        assert made.provenance["embedder"] == "bare"
