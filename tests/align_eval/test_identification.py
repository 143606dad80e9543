"""Ranks, DIR and TPIR equal a search of one probe after the other, ties and failures included."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import align_eval.identification
from align_eval._weighted import Ranked, Weighted
from align_eval.dataset import Trials
from align_eval.errors import MetricError, UnknownNameError
from align_eval.identification import search
from align_eval.metrics import parse_metric
from align_eval.resample import compare
from align_eval.scores import Scores

law = settings(max_examples=30, deadline=None)
SCORE = st.sampled_from([-np.inf, -1.0, 0.0, 0.25, 0.5, 0.5, 1.0])


@st.composite
def searched(draw, several=True, strangers=1):
    """Scores of probes against references, of which a subject may have several."""
    owners = draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=6, unique=not several))
    probes = draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=7))
    probes += [owners[0], *"z" * strangers]
    table = draw(
        st.lists(st.lists(SCORE, min_size=len(owners), max_size=len(owners)),
                 min_size=len(probes), max_size=len(probes))
    )  # fmt: skip
    return crossed(owners, probes, table)


def crossed(owners, probes, table):
    """A row of `table` for each probe."""
    references = {f"r{k}": (f"r{k}",) for k in range(len(owners))}
    names = [f"p{k}" for k in range(len(probes))]
    subjects = dict(zip([*references, *names], [*owners, *probes], strict=True))
    trials = Trials.cross(references, names, subjects)
    return Scores(trials, np.array(table)[trials.probe_index, trials.reference_index])


def one_by_one(scores):
    """(rank of the mate or None, its score, the highest of others, mated) for each probe."""
    trials = scores.trials
    for name, subject in zip(trials.probes, trials.probe_subjects, strict=True):
        best = {}
        for i, j, score in zip(
            trials.reference_index, trials.probe_index, scores.values, strict=True
        ):
            if trials.probes[j] == name:
                owner = trials.reference_subjects[i]
                best[owner] = max(best.get(owner, -np.inf), score)
        mated, mate = subject in best, best.pop(subject, -np.inf)
        rank = 1 + sum(score >= mate for score in best.values()) if mate > -np.inf else None
        yield rank, mate, max(best.values(), default=-np.inf), mated


def rank_rate(scores, k):
    hits = [rank is not None and rank <= k for rank, *_, mated in one_by_one(scores) if mated]
    return np.mean(hits)


def detection_rate(scores, k, target):
    """The largest DIR over all thresholds whose FPIR is at most the target."""
    found = list(one_by_one(scores))
    tops = np.array([top for *_, top, mated in found if not mated])
    mates = [(rank, mate) for rank, mate, _, mated in found if mated]
    best = 0.0
    for threshold in [np.inf, *(s for s in scores.values if s > -np.inf)]:
        if np.mean(tops >= threshold) <= target:
            hits = [r is not None and r <= k and mate >= threshold for r, mate in mates]
            best = max(best, np.mean(hits))
    return best


@law
@given(searched(), st.integers(1, 5), st.integers(1, 9))
def test_rank_k_is_the_share_of_mates_that_a_plain_search_finds_so_early(scores, k, block):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(align_eval.identification, "_TRIALS", block)
        assert parse_metric(f"rank-{k}").value(scores) == rank_rate(scores, k)
        found = search(scores)
    for (rank, mate, top, mated), *ours in zip(
        one_by_one(scores), found.rank, found.mate, found.top, found.mated, strict=True
    ):
        assert ours == [rank or 0, mate, top, mated]


@law
@given(searched(), st.sampled_from([0.0, 0.1, 1 / 3, 0.5, 1.0]), st.sampled_from([1, 2, 9]))
def test_dir_at_fpir_is_the_largest_of_all_thresholds(scores, target, k):
    prefix = "" if k == 1 else f"rank-{k} "
    found = parse_metric(f"{prefix}DIR@FPIR={target!r}").value(scores)
    assert found == pytest.approx(detection_rate(scores, k, target), abs=1e-12)


@law
@given(searched(strangers=3), st.sampled_from([0.0, 0.2, 0.5, 1.0]))
def test_open_set_rates_keep_their_order(scores, target):
    dir_, second, tpir, rank = (
        parse_metric(name).value(scores)
        for name in (
            f"DIR@FPIR={target}",
            f"rank-2 DIR@FPIR={target}",
            f"TPIR@FPIR={target}",
            "rank-1",
        )
    )
    assert dir_ <= second <= tpir
    assert dir_ <= rank
    assert tpir == pytest.approx(detection_rate(scores, 99, target), abs=1e-12)


@law
@given(searched(several=False), st.randoms())
def test_the_order_of_trials_changes_nothing(scores, random):
    order = list(range(len(scores.trials)))
    random.shuffle(order)
    t = scores.trials
    shuffled = Trials(
        t.references, t.probes, t.reference_subjects, t.probe_subjects,
        t.reference_index[order], t.probe_index[order],
    )  # fmt: skip
    other = Scores(shuffled, scores.values[order])
    for name in ("rank-1", "rank-2", "DIR@FPIR=0.5", "TPIR@FPIR=0.5"):
        assert parse_metric(name).value(other) == parse_metric(name).value(scores)


def two_galleries(seed=0, probes=24):
    """Trials of two galleries of three subjects each; every probe is searched in both."""
    rng = np.random.default_rng(seed)
    owners = [f"s{k}" for k in range(6)]
    people = [owners[k % 6] for k in range(probes)]
    one = crossed(owners, people, rng.normal(size=(probes, 6)))
    trials = one.trials
    fold = trials.reference_index // 3
    folded = Trials(
        trials.references, trials.probes, trials.reference_subjects, trials.probe_subjects,
        trials.reference_index, trials.probe_index, fold, trials.gallery,
    )  # fmt: skip
    return Scores(folded, one.values + 1.0 * trials.genuine)


@pytest.mark.parametrize("name", ["rank-1", "rank-2", "DIR@FPIR=0.25", "TPIR@FPIR=0.25"])
def test_over_galleries_is_the_mean_of_what_each_gallery_gives_alone(name):
    scores = two_galleries()
    alone = [parse_metric(name).value(scores.only(scores.trials.fold == k)) for k in (0, 1)]
    found = parse_metric(f"{name} over galleries").measure(scores)
    assert found.value == np.mean(alone)
    assert found.note.startswith("gallery 1: ")
    assert "; gallery 2: " in found.note
    assert len(set(alone)) == 2


def test_a_union_of_galleries_is_another_search_than_either():
    scores = two_galleries()
    whole = parse_metric("rank-1").value(scores)
    assert whole < parse_metric("rank-1 over galleries").value(scores)
    with pytest.raises(MetricError, match="FPIR wants probes without a mate"):
        parse_metric("DIR@FPIR=0.1").value(scores)


@pytest.mark.parametrize(
    "name",
    ["rank-2", "rank-2 over galleries", "DIR@FPIR=0.25 over galleries"],
)
def test_resamples_repeat_the_probes_of_a_subject_and_leave_the_gallery(name):
    scores = two_galleries(probes=18)
    ranked = Ranked.of(scores)
    rng = np.random.default_rng(1)
    weights = rng.integers(0, 3, (5, 6))
    weights[0] = 1
    drawn = parse_metric(name).resampler(ranked)(Weighted(ranked, weights))
    number = {subject: k for k, subject in enumerate(sorted(set(scores.trials.probe_subjects)))}
    for values, row in zip(weights, drawn, strict=True):
        repeated = copies(scores, [values[number[s]] for s in scores.trials.probe_subjects])
        assert row == pytest.approx(parse_metric(name).measure(repeated).value, nan_ok=True)
    assert drawn[0] == pytest.approx(parse_metric(name).value(scores))


def copies(scores, times):
    """The same scores with every probe as often as `times` says, under other names."""
    t = scores.trials
    pairs = [
        (k, copy) for k, probe in enumerate(t.probe_index) for copy in range(times[probe])
    ]  # fmt: skip
    names = sorted({(int(t.probe_index[k]), copy) for k, copy in pairs})
    place = {name: i for i, name in enumerate(names)}
    chosen = np.array([k for k, _ in pairs])
    trials = Trials(
        t.references,
        tuple(f"{t.probes[i]} {copy}" for i, copy in names),
        t.reference_subjects,
        tuple(t.probe_subjects[i] for i, _ in names),
        t.reference_index[chosen],
        np.array([place[int(t.probe_index[k]), copy] for k, copy in pairs]),
        t.fold[chosen],
    )
    return Scores(trials, scores.values[chosen])


def test_aligners_are_compared_with_intervals():
    one, other = two_galleries(0), two_galleries(1)
    table = compare(
        {"a": one, "b": Scores(one.trials, other.values)},
        "a",
        ["rank-1 over galleries", "DIR@FPIR=0.25 over galleries"],
        resamples=60,
    ).set_index(["aligner", "metric"])
    row = table.loc["b", "rank-1 over galleries"]
    assert row["low"] <= row["value"] <= row["high"]
    assert row["delta_low"] <= row["delta"] <= row["delta_high"]
    assert np.isfinite(table["low"].astype(float)).all()


def test_few_searches_without_a_mate_are_called_insufficient():
    scores = crossed("ab", "abz", [[0.9, 0.1], [0.2, 0.8], [0.5, 0.4]])
    value, note, resolved = parse_metric("DIR@FPIR=1e-2").measure(scores)
    assert value == 1.0
    assert not resolved
    assert "resolve no FPIR below 1; achieved FPIR 0" in note
    assert note.startswith("2 probes with a mate, 1 without, 2 references")


def test_a_probe_template_need_not_meet_the_reference_that_holds_one_of_its_images():
    owners = ("a", "b")
    gallery = {"A": ("a0", "a1"), "B": ("b0",)}
    probes = {"P": ("a1", "a2"), "Q": ("b1",)}
    first, second = np.array([1, 0, 1]), np.array([0, 1, 1])
    trials = Trials(("A", "B"), ("P", "Q"), owners, owners, first, second,
                    gallery=gallery, probe_faces=probes)  # fmt: skip
    assert search(Scores(trials, [0.1, 0.2, 0.3])).mated.tolist() == [False, True]
    fewer = trials.only(np.array([True, True, False]))
    with pytest.raises(MetricError, match="a pair is missing"):
        search(Scores(fewer, [0.1, 0.2]))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("rank-0", "a rank is at least 1"),
        ("DIR@FPIR", "wants a value, such as DIR@FPIR=1e-2"),
        ("TPIR@FPIR= over galleries", "wants a value, such as TPIR@FPIR=1e-2"),
        ("DIR@FPIR=2", "between 0 and 1"),
        ("rank-5 TPIR@FPIR=0.1", "TPIR@FPIR is at any rank"),
    ],
)
def test_a_malformed_name_is_refused(name, message):
    with pytest.raises(MetricError, match=message):
        parse_metric(name)


@pytest.mark.parametrize("name", ["over galleries", "EER over galleries", "rank-5=3", "rank"])
def test_another_name_is_unknown(name):
    with pytest.raises(UnknownNameError):
        parse_metric(name)


@pytest.mark.parametrize(
    ("given_name", "canonical"),
    [
        ("rank-05", "rank-5"),
        ("rank-01", "rank-1"),
        ("rank-1 DIR@FPIR = 0.010", "DIR@FPIR=1e-2"),
        (" rank-5 DIR@FPIR=.1  over galleries ", "rank-5 DIR@FPIR=1e-1 over galleries"),
        ("TPIR@FPIR=1E-3", "TPIR@FPIR=1e-3"),
    ],
)
def test_spellings_of_a_metric_are_one_metric(given_name, canonical):
    assert parse_metric(given_name) == parse_metric(canonical)
    assert parse_metric(canonical).name == canonical
    assert parse_metric(canonical).higher_is_better


def test_a_mean_over_galleries_wants_folds():
    scores = crossed("ab", "abz", [[0.9, 0.1], [0.2, 0.8], [0.5, 0.4]])
    with pytest.raises(MetricError, match="wants trials with folds, one a gallery"):
        parse_metric("rank-1 over galleries").value(scores)
