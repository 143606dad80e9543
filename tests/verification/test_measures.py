import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from align_eval.errors import UnknownNameError
from verification import measures
from verification.measures import checked, compare, pooled, unit

few = settings(max_examples=25, deadline=None)
numbers = st.floats(-100, 100, width=32)
rows = arrays(np.float32, st.tuples(st.integers(1, 9), st.integers(1, 5)), elements=numbers)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@few
@given(rows, st.integers(0, 99))
def test_the_euclidean_score_is_minus_the_distance_of_each_pair(a, seed):
    b = noise(*a.shape, seed=seed)
    direct = [-np.linalg.norm(x.astype(float) - y.astype(float)) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(compare(a, b, "euclidean"), direct, rtol=1e-12)


@few
@given(rows)
def test_a_row_is_at_distance_zero_from_itself_and_the_order_does_not_matter(a):
    b = a[::-1]
    assert (compare(a, a, "euclidean") == 0).all()
    for measure in ("cosine", "euclidean"):
        assert (compare(a, b, measure) == compare(b, a, measure)).all()


@pytest.mark.parametrize("measure", ["cosine", "euclidean"])
def test_taking_rows_a_few_at_a_time_changes_no_score(measure, monkeypatch):
    a, b = noise(101, 16), noise(101, 16, seed=1)
    whole = compare(a, b, measure)
    monkeypatch.setattr(measures, "_CHUNK_BYTES", 8 * 16 * 7)
    assert (compare(a, b, measure) == whole).all()


def test_comparing_makes_nothing_that_is_large_beside_its_arguments():
    import tracemalloc

    a = np.ones((200_000, 128), dtype=np.float32)
    tracemalloc.start()
    compare(a, a, "euclidean")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * len(a) + 4 * measures._CHUNK_BYTES < a.nbytes


def test_rows_that_do_not_pair_are_refused():
    with pytest.raises(ValueError, match="cannot compare"):
        compare(noise(2, 3), noise(3, 3), "cosine")


def test_no_trials_give_no_scores():
    assert compare(noise(0, 4), noise(0, 4), "euclidean").shape == (0,)


@few
@given(rows)
def test_unit_rows_have_length_one_or_are_zero_and_their_cosine_is_at_most_one(a):
    made = unit(a)
    length = np.linalg.norm(made.astype(float), axis=1)
    zero = ~a.any(axis=1)
    np.testing.assert_allclose(length[~zero], 1, atol=1e-6)
    assert made.dtype == np.float32
    assert (length[zero] == 0).all()
    assert (abs(compare(made, made[::-1], "cosine")) <= 1 + 1e-6).all()


@pytest.mark.parametrize("measure", ["cosine", "euclidean"])
def test_pooled_rows_come_in_order_of_first_appearance(measure):
    a = unit(noise(4, 8))
    made = pooled(a, ["zoe", "ann", "zoe", "bo"], measure)
    mean = (a[0].astype(float) + a[2]) / 2
    expected = mean / np.linalg.norm(mean) if measure == "cosine" else mean
    np.testing.assert_allclose(made[0], expected, atol=1e-7)
    assert (made[1:] == a[[1, 3]]).all()


@pytest.mark.parametrize("measure", ["cosine", "euclidean"])
def test_a_reference_of_one_face_keeps_its_row_to_the_bit(measure):
    a = unit(noise(1000, 6))  # normalising again would move some in the last place
    assert pooled(a, [f"{i}" for i in range(1000)], measure).tobytes() == a.tobytes()


def test_opposite_rows_pool_to_a_row_without_direction():
    made = pooled(np.array([[1, 0], [-1, 0]], np.float32), ["a", "a"], "cosine")
    assert made.tolist() == [[0, 0]]


def test_pooling_nothing_gives_no_rows():
    assert pooled(noise(0, 5), [], "cosine").shape == (0, 5)


def test_pooling_wants_a_name_for_each_row():
    with pytest.raises(ValueError, match="3 embeddings want as many names, got 2"):
        pooled(noise(3, 2), ["a", "b"], "cosine")


def test_an_unknown_score_answers_with_the_nearest():
    with pytest.raises(UnknownNameError, match=r"Did you mean 'euclidean'\?"):
        checked("euclidian")
