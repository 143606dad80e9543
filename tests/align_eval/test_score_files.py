"""Score files in their published forms, well and badly formed; written by hand or by us."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyeer.eer_info import get_eer_stats
from scored import people, scores_of, trials_of

from align_eval.dataset import Trials
from align_eval.errors import ConfigError, DataError, UnknownNameError
from align_eval.metrics import parse_metric
from align_eval.resample import same_trials
from align_eval.score_files import FORMS, Reading, read_systems
from align_eval.score_writers import WRITERS, write_scores
from align_eval.scores import Scores

REJECT = Reading(missing="reject")


@pytest.fixture
def put(tmp_path):
    def write(text, name="x.txt"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def only(path, **how):
    (found,) = read_systems([path], reading=Reading(**how))
    return found


def values(found):
    return found.scores.values.tolist()  # noqa: PD011 - no DataFrame


def refused(path, **how):
    with pytest.raises(DataError) as caught:
        read_systems([path], reading=Reading(**how))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_four_columns_of_bob_are_trials_of_subjects(put):
    found = only(put("ann bo bo/1 0.5\nbo bo bo/1 0.7\n"))
    assert found.name == "x"
    assert found.subjects_known
    assert values(found) == [0.5, 0.7]
    trials = found.scores.trials
    assert trials.genuine.tolist() == [False, True]
    assert (trials.references, trials.probes) == (("ann", "bo"), ("bo/1",))


def test_five_columns_of_bob_name_the_reference(put):
    trials = only(put("ann m1 bo p1 0.5\nann m2 ann p2 0.7\n")).scores.trials
    assert trials.references == ("m1", "m2")
    assert trials.reference_subjects == ("ann", "ann")


@pytest.mark.parametrize(
    "text",
    [
        "a b p  0.5\n b b\tq 0.7 \n",
        "# remark\na b p 0.5\n\n# another\nb b q 0.7",
        "a b p 0.5\r\nb b q 0.7\r\n",
    ],
)
def test_blanks_remarks_and_line_ends_do_not_matter(put, text):
    assert values(only(put(text))) == [0.5, 0.7]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a b p 0.5\n\nb b 0.7\n", "x.txt, line 3: wants 4 columns, got 3"),
        ("a b p 0.5\nb b q r 0.7\n", "x.txt, line 2: wants 4 columns, got 5"),
        ("# ha\na b p 0.5\nb b q high\n", "x.txt, line 3: a score wants a number, got 'high'"),
        ("a b p 0.5\n\nb b q nan\n", "x.txt, line 3: the score is missing or NaN"),
        ("a b p 0.5\nb b q inf\n", "x.txt, line 2: the score is inf"),
        ("a a p 0.5\na b p 0.5\n", "the probe 'p' belongs to two subjects, 'a' and 'b'"),
        ("a b c d e 0.5\n", "x.txt, line 1: wants at most 5 columns or a header, got 6"),
        ("a\xff b p 0.5\n".encode("latin-1") + b"b b q x\n", "line 1: is no UTF-8 text"),
        ("", "x.txt holds no scores"),
        ("# nothing\n\n", "x.txt holds no scores"),
        ("0.5\n0.3\n", "x.txt has scores alone: it wants a second file"),
    ],
)
def test_a_malformed_text_is_refused_by_line(put, text, message):
    assert message in refused(put(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("genuine,score\n1,0.5\n1,2,3\n", "x.csv, line 3: wants 2 cells, got 3"),
        ("genuine,score\n1,0.5\n\n0,\n", "x.csv, line 4: the score is missing or NaN"),
        ("genuine,score\n1,0.5\n,2\n", "x.csv, line 3: the genuine is empty"),
        ("genuine,score\n1,0.5\nperhaps,2\n", "x.csv, line 3: a label wants 0 or 1"),
        ('genuine,score\n"1",0.5\n0,"a,b"\n', "x.csv, line 3: a score wants a number, got 'a,b'"),
        ("genuine,value\n1,0.5\n", "x.csv: wants a column 'score'; has genuine, value"),
        ("score\n1\n", "x.csv: wants a column 'genuine', 'label' or 'same', or"),
        ("score,score\n1,2\n", "x.csv: the column 'score' stands there twice"),
        ("genuine,score\n", "x.csv holds no scores"),
        (
            "reference_subject,probe_subject,label,score\na,b,1,0.5\n",
            "x.csv: a trial of the subjects 'a' and 'b' is labelled genuine",
        ),
    ],
)
def test_a_malformed_table_is_refused_by_line(put, text, message):
    assert message in refused(put(text, "x.csv"), form="table")


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    assert "cannot be read: No such file" in refused(tmp_path / "no.csv")
    assert "cannot be read: No such file" in refused(tmp_path / "no.parquet")


def test_what_is_no_parquet_is_one_line(put):
    assert "x.parquet: " in refused(put("hello", "x.parquet"))


@pytest.mark.parametrize("column", ["genuine", "label", "same", "Label"])
@pytest.mark.parametrize("words", [("1", "0"), ("true", "False"), ("genuine", "impostor")])
@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_labels_make_trials_of_unknown_subjects(put, column, words, between):
    lines = [between.join(pair) for pair in ((column, "score"), (words[0], "2"), (words[1], "1"))]
    found = only(put("\n".join(lines), "x.csv"))
    assert not found.subjects_known
    assert found.scores.trials.genuine.tolist() == [True, False]
    assert values(found) == [2.0, 1.0]


def test_a_mark_of_byte_order_before_the_header_does_not_matter(put):
    assert values(only(put(b"\xef\xbb\xbfscore,same\n1,1\n2,0\n", "x.csv"))) == [1, 2]


def test_names_with_commas_are_quoted(put):
    text = 'reference_subject,probe_subject,score\n"Lee, Ann",bo,1\n"Lee, Ann","Lee, Ann",2\n'
    assert only(put(text, "x.csv")).scores.trials.reference_subjects == ("Lee, Ann",)


def test_bobs_csv_is_read_by_its_own_names(put):
    header = "probe_subject_id,probe_key,bio_ref_subject_id,bio_ref_reference_id,gender,score"
    found = only(put(f"{header}\nann,p1,bo,r1,f,0.25\nann,p1,ann,r2,f,0.75\n", "x.csv"))
    assert found.subjects_known
    assert found.scores.trials.references == ("r1", "r2")
    assert found.scores.trials.genuine.tolist() == [False, True]


def test_a_column_system_makes_several(put):
    text = "genuine,score,system,fold\n1,3,b,two\n0,1,b,one\n1,2,a,one\n0,0,a,two\n"
    one, two = read_systems([put(text, "x.csv")])
    assert (one.name, two.name) == ("b", "a")
    assert values(one) == [3, 1]
    assert one.scores.trials.fold.tolist() == [1, 0]


def test_two_files_of_scores_are_genuine_and_impostor(put):
    files = [put("0.9\n0.8\n", "dan_genuine.txt"), put("0.5\n", "dan_impostor.txt")]
    (found,) = read_systems(files)
    assert (found.name, found.subjects_known) == ("dan", False)
    assert found.scores.genuine.tolist() == [0.9, 0.8]
    assert found.scores.impostor.tolist() == [0.5]


def test_pyeers_score_is_the_last_word_of_a_line(put):
    files = [put("a b 0.9\nc d 0.8\n", "g.txt"), put("a c 0.5\n", "i.txt")]
    assert read_systems(files)[0].scores.genuine.tolist() == [0.9, 0.8]
    four = [put("a b c 0.9\n", "g.txt"), put("a b c 0.5\n", "i.txt")]
    assert read_systems(four, reading=Reading(form="pyeer"))[0].scores.impostor.tolist() == [0.5]


def test_distances_change_their_sign(put):
    path = put("a a p 0.25\na b q 3\na a r inf\n")
    assert values(only(path, distance=True)) == [-0.25, -3, -np.inf]
    assert "line 1: the score is -inf" in refused(put("a a p -inf\n", "y.txt"), distance=True)


def test_missing_scores_are_failures_where_that_is_said(put):
    found = only(put("a a p nan\na b q 0.5\na a r -inf\n"), missing="reject")
    assert found.scores.failed.tolist() == [True, False, True]


def test_names_are_given_in_order_and_apart(put):
    files = [put("genuine,score\n1,1\n0,0\n", f"{name}.csv") for name in "ab"]
    assert [one.name for one in read_systems(files, ["x", "y"])] == ["x", "y"]
    with pytest.raises(ConfigError, match="2 systems want as many names, got 1"):
        read_systems(files, ["x"])
    with pytest.raises(DataError, match="two systems are named 'a'"):
        read_systems([files[0], files[0]])


def test_an_unknown_form_or_policy_answers_with_what_there_is():
    with pytest.raises(UnknownNameError, match="Did you mean 'bob4'"):
        Reading(form="bob 4")
    with pytest.raises(UnknownNameError, match="refuse"):
        Reading(missing="drop")
    assert set(FORMS) >= {"auto", "table"}


@pytest.mark.parametrize("form", [*WRITERS])
def test_what_is_written_is_read_again(tmp_path, form):
    scores = scores_of(trials_of(people(6)), failures=0.1)
    assert scores.failed.any()
    files = write_scores(scores, tmp_path / "a--b", form)
    (found,) = read_systems(files, reading=REJECT)
    assert found.name == "a--b"
    if form == "pyeer":
        assert not found.subjects_known
        assert np.array_equal(found.scores.genuine, scores.genuine)
        assert np.array_equal(found.scores.impostor, scores.impostor)
        return
    assert np.array_equal(found.scores.values, scores.values)
    trials, again = scores.trials, found.scores.trials
    assert found.subjects_known
    assert np.array_equal(again.genuine, trials.genuine)
    assert [again.probes[i] for i in again.probe_index] == [
        trials.probes[i] for i in trials.probe_index
    ]
    if form in ("csv", "parquet"):
        assert same_trials(again, trials)
    elif form != "bob4":
        assert again.same_pairs(trials)


NAME = st.text("abcxyzÄß,\"'é-/.0123456789", min_size=1, max_size=6)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(NAME, min_size=3, max_size=6, unique=True),
    st.lists(st.floats(-1e300, 1e300), min_size=4, max_size=4),
    st.sampled_from(["csv", "parquet", "bob5", "bob-csv"]),
)
def test_any_names_and_scores_survive(tmp_path, names, numbers, form):
    owners = {name: str(i // 2) for i, name in enumerate(names)}
    trials = Trials.pairs([names[0]] * 4, [names[1], names[2]] * 2, owners)
    scores = Scores(trials, numbers)
    (found,) = read_systems(write_scores(scores, tmp_path / "x", form))
    assert np.array_equal(found.scores.values, scores.values)
    assert found.scores.trials.same_pairs(trials)


def test_names_with_blanks_are_refused_where_columns_stand_between_blanks(tmp_path):
    trials = Trials.pairs(["a", "a"], ["b", "c"], {"a": "Ann Lee", "b": "Ann Lee", "c": "Bo"})
    scores = Scores(trials, [1.0, 0.0])
    with pytest.raises(
        DataError, match="cannot hold the reference subject 'Ann Lee' of x: use bob-csv"
    ):
        write_scores(scores, tmp_path / "x", "bob5")
    (found,) = read_systems(write_scores(scores, tmp_path / "x", "bob-csv"))
    assert found.scores.trials.reference_subjects == ("Ann Lee",)
    with pytest.raises(UnknownNameError, match="Did you mean 'bob5'"):
        write_scores(scores, tmp_path / "x", "bob")


def test_bobs_own_reading_splits_our_files_the_same_way(tmp_path):
    # bob.bio.base.score.load: split_csv_scores, and split_four_column of the words of a line
    scores = scores_of(trials_of(people(5)))
    (path,) = write_scores(scores, tmp_path / "x", "bob-csv")
    table = pd.read_csv(path)
    genuine = table[table.probe_subject_id == table.bio_ref_subject_id]
    assert np.array_equal(genuine["score"], scores.genuine)
    (path,) = write_scores(scores, tmp_path / "x", "bob4")
    lines = [line.split() for line in path.read_text().splitlines()]
    assert [float(line[-1]) for line in lines if line[0] != line[1]] == scores.impostor.tolist()


def test_pyeer_says_the_same_of_the_files_that_we_write_for_it(tmp_path):
    scores = scores_of(trials_of(people(12)))
    sides = [
        [float(line.strip().split(" ")[-1]) for line in Path(path).read_text().splitlines()]
        for path in write_scores(scores, tmp_path / "x", "pyeer")
    ]
    stats = get_eer_stats(*sides)
    assert parse_metric("d'").value(scores) == pytest.approx(stats.decidability)
    assert parse_metric("EER").value(scores) == pytest.approx(stats.eer, abs=0.02)
