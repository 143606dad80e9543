from dataclasses import replace

import pytest

from reports.times import duration, time_rows, time_table


@pytest.fixture(scope="module")
def rows(costed):
    return time_rows(costed)


def test_every_stage_is_counted_once(rows, costed):
    stages = costed.provenance["stages"]
    assert rows["stages"].sum() == len(stages)
    assert rows["seconds"].sum() == pytest.approx(sum(n["seconds"] for n in stages.values()))


def test_landmarks_are_by_aligner_pipelines_by_name_and_the_rest_by_data_set(rows):
    of = {kind: set(own["of"]) for kind, own in rows.groupby("kind")}
    assert of["landmarks"] == {"ground_truth", "dan", "mtcnn", "dlib68", "jitter2", "jitter5"}
    assert of["embeddings"] == of["scores"] == of["fit"] == {"dpm_pls", "dpm_cosine"}
    assert of["data"] == {"thermal", "visible"}


def test_the_table_says_what_took_most_and_sums_to_all(rows):
    table = time_table(rows)
    body = {row.head: [cell.text for cell in row.cells] for row in table.rows}
    assert body["reading the data"][:2] == [
        "2",
        "1\N{NO-BREAK SPACE}min\N{NO-BREAK SPACE}23\N{NO-BREAK SPACE}s",
    ]
    assert list(body)[-1] == "all"
    assert body["all"][2] == "100\N{NO-BREAK SPACE}%"
    assert body["landmarks"][3].endswith("s")
    assert "2 others" in body["landmarks"][3]
    assert {len(row.cells) + 1 for row in table.rows} == {len(table.columns)}


def test_notes_without_seconds_and_results_without_notes_have_no_times(costed):
    bare = {"stages": {"landmarks/thermal--dan": {"weights": "w"}, "odd": "text"}}
    for provenance in (bare, {}, {"stages": None}):
        found = time_rows(replace(costed, provenance=provenance))
        assert found.empty
        assert time_table(found) is None


def test_a_kind_that_has_no_words_yet_keeps_its_name(costed):
    notes = {"stages": {"warping/thermal--dpm_pls": {"seconds": 2}}}
    table = time_table(time_rows(replace(costed, provenance=notes)))
    assert [row.head for row in table.rows] == ["warping", "all"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(59.94, "59.9 s"), (59.96, "1 min 0 s"), (3599.7, "1 h 0 min")]
)
def test_a_time_is_carried_to_the_next_unit(seconds, text):
    assert duration(seconds).replace("\N{NO-BREAK SPACE}", " ") == text
