"""Whether to swap, said from the numbers; the page holds what the answer rests on."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from align_eval.result import FAILURE_COLUMNS, Sample
from align_eval.timed import FACES, SECONDS, THREADS
from align_eval.turned import SHOWN, furthest
from reports.costs import costs
from reports.formatting import NBSP, p_value
from reports.swap import MOST_BYTES, NAMED, render, swap_document, swap_verdicts

TAR = "TAR@FAR=1e-2"
BETTER = {"EER": (-0.02, -0.03, -0.01), TAR: (0.05, 0.02, 0.08)}
WORSE = {name: tuple(-value for value in values) for name, values in BETTER.items()}
LEVEL = {"EER": (0.01, -0.01, 0.03), TAR: (-0.01, -0.03, 0.02)}


def timed(result, **ms):
    stages = {
        f"landmarks/drawn--{name}": {SECONDS: value / 10, FACES: 100, THREADS: 1}
        for name, value in ms.items()
    }
    stages["boxes/drawn--yunet"] = {"seconds": 3.5}
    return replace(result, provenance={**result.provenance, "stages": stages})


def with_rows(result, p=0.001, **outcomes):
    """The first pipeline's rows with these differences, and their p after Holm."""
    rows = result.rows[result.rows["pipeline"] == "dlib"].copy()
    for aligner, table in outcomes.items():
        for metric, (delta, *ends) in table.items():
            own = (rows["aligner"] == aligner) & (rows["metric"] == metric)
            values = [delta, min(ends), max(ends), p]
            rows.loc[own, ["delta", "delta_low", "delta_high", "p_holm"]] = values
    kept = rows["aligner"].isin(["yunet", *outcomes])
    return replace(result, rows=rows[kept])


def said(result):
    answers = swap_document(result).costs[0].verdicts
    return {verdict.aligner: verdict for verdict in answers}


@pytest.mark.parametrize(
    ("eer", "tar", "kind", "words"),
    [
        (BETTER, BETTER, "better", "pays: it is better than yunet"),
        (BETTER, LEVEL, "better", "pays: it is better than yunet"),
        (LEVEL, BETTER, "better", "pays: it is better than yunet"),
        (WORSE, LEVEL, "worse", "does not pay: it is worse than yunet"),
        (LEVEL, WORSE, "worse", "does not pay: it is worse than yunet"),
        (BETTER, WORSE, "different", f"is a trade: better than yunet in EER, worse in {TAR}"),
        (LEVEL, LEVEL, "level", "gives no reason to swap"),
    ],
)
def test_it_pays_where_something_is_better_and_nothing_worse(result, eer, tar, kind, words):
    verdict = said(with_rows(result, dlib68={"EER": eer["EER"], TAR: tar[TAR]}))["dlib68"]
    assert verdict.kind == kind
    assert verdict.rest.startswith(words)


@pytest.mark.parametrize(("p", "kind"), [(0.024, "better"), (0.026, "level")])
def test_either_of_two_metrics_may_decide_and_so_each_has_half_the_chance(result, p, kind):
    assert said(with_rows(result, p, dlib68=BETTER))["dlib68"].kind == kind


def test_one_metric_alone_has_all_of_it(result):
    alone = with_rows(result, 0.026, dlib68=BETTER)
    alone = replace(alone, rows=alone.rows[alone.rows["metric"] == "EER"])
    assert said(alone)["dlib68"].kind == "better"


def test_other_metrics_keep_their_p_and_the_result_its_rows(result):
    before = result.rows.copy(deep=True)
    table = swap_document(result).sections[0].table
    own = result.rows.query("pipeline == 'dlib' and aligner == 'box'").set_index("metric")
    box = next(row for row in table.rows if row.head == "box")
    shown = dict(zip([column.group for column in table.columns[1:]], box.cells, strict=True))
    assert p_value(own.loc["AUC", "p_holm"]) in shown["AUC, %"].details
    doubled = p_value(min(2 * own.loc["EER", "p_holm"], 1.0))
    assert doubled in shown["EER, %"].details
    pd.testing.assert_frame_equal(result.rows, before)


def test_the_sentence_has_differences_intervals_p_times_and_failures(result):
    one = timed(with_rows(result, 0.001, box=WORSE), yunet=1.6, box=32.4)
    verdict = said(one)["box"]
    text = verdict.sentence.replace(NBSP, " ")
    assert "ΔEER +2.0 points, 95 % interval +1.0 to +3.0, p = .002" in text
    assert f"Δ{TAR} −5.0 points, 95 % interval −8.0 to −2.0, p = .002" in text
    assert "It takes 32 ms a face instead of 1.6." in text
    assert "Not acquired: 1 instead of 2 of 240 faces." in text


def test_what_could_not_be_seen_is_said_where_nothing_was(result):
    text = said(with_rows(result, 0.4, dlib68=LEVEL))["dlib68"].also.replace(NBSP, " ")
    assert re.search(r"a difference below [\d.]+ points cannot be seen with 80 % power", text)


def test_what_is_not_defined_says_why(result):
    rows = with_rows(result, dlib68=LEVEL).rows
    lost = rows.assign(delta=np.nan, delta_low=np.nan, delta_high=np.nan, note="too few")
    verdict = said(replace(result, rows=lost))["dlib68"]
    assert verdict.kind == "undefined"
    assert "ΔEER is not defined: too few" in verdict.rest


def test_the_table_has_times_beside_the_differences(result):
    shown = swap_document(timed(result, yunet=1.6, dlib68=2.13, box=0.012)).costs[0]
    assert [column.head for column in shown.table.columns[:3]] == [
        "Aligner",
        "ms a face",
        "Not acquired",
    ]
    times = {row.head: row.cells[0].text for row in shown.table.rows}
    assert times == {"yunet": "1.6", "dlib68": "2.1", "ghostone98": "–", "box": "0.01"}
    told = " ".join(shown.published).replace(NBSP, " ")
    assert "on one core" in told
    assert "the box of yunet, which took 3.5 s for 100 faces" in told


def test_the_candidates_come_in_the_order_of_their_cost(result):
    one = costs(result)[0]
    assert [verdict.aligner for verdict in swap_verdicts(one, {})] == list(one.models)


def turned(result, count=30):
    sides = [("genuine", "lost"), ("genuine", "won"), ("impostor", "lost"), ("impostor", "won")]
    rows = [
        {
            "dataset": "drawn",
            "pipeline": "dlib",
            "aligner": "box",
            "side": side,
            "outcome": outcome,
            "reference": f"<i>{side}{number}",
            "reference_face": f"<i>{side}{number}",
            "probe": f"{outcome}{number}",
            "baseline_score": 0.5,
            "score": 0.25,
            "baseline_error": np.nan,
            "error": np.nan,
            "threshold": 0.4,
        }
        for side, outcome in sides
        for number in range(count)
    ]
    return replace(result, turned=pd.DataFrame(rows))


def with_crops(result):
    """The same with the faces of the first pairs, as the baseline and `box` have them."""
    shown = pd.concat([furthest(result.turned, side) for side in ("genuine", "impostor")])
    samples = tuple(
        Sample("drawn", "dlib", who, face, noise(number), "")
        for number, face in enumerate({*shown["reference_face"], *shown["probe"]})
        for who in ("yunet", "box")
    )
    return replace(result, turned_samples=samples)


def noise(seed):
    return np.random.default_rng(seed).integers(0, 255, (112, 112, 3), dtype=np.uint8)


def test_changed_pairs_are_named_with_what_became_of_them(result):
    content = swap_document(turned(result))
    table = content.turned[-1]
    assert len(table.rows) == 40
    became = [row.cells[1].text for row in table.rows]
    assert list(dict.fromkeys(became)) == ["lost", "won", "let in", "kept out"]
    first = table.rows[0]
    assert [cell.text for cell in first.cells] == [
        "<i>genuine0 – lost0",
        "lost",
        "0.500",
        "0.250",
    ]


def page(result, folder):
    (path,) = render(result, folder)
    assert path.name == "swap.html"
    return path.read_text(encoding="utf-8")


def test_the_page_needs_nothing_else_and_starts_with_the_answer(result, tmp_path):
    text = page(result, tmp_path)
    assert text.index('id="answer"') < text.index('id="compared"') < text.index('id="results"')
    assert "default-src 'none'" in text.replace("&#39;", "'")
    assert not re.search(r'(src|href)="(https?:)?//', text)
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_names_that_would_be_markup_are_escaped(hostile, tmp_path):
    text = page(turned(hostile), tmp_path)
    for markup in ("<script>alert", "<img src=x", "<svg onload", "<iframe", "<i>genuine"):
        assert markup not in text


def test_the_page_stays_small_however_much_fails(result, tmp_path):
    failures = pd.DataFrame(
        [("drawn", who, f"face {i}", "s", "no face") for who in "ab" for i in range(20_000)],
        columns=list(FAILURE_COLUMNS),
    )
    text = page(replace(result, failures=failures), tmp_path)
    assert len(text.encode()) < MOST_BYTES
    assert text.count("<li>face ") == NAMED
    assert "drawn, a: 20,000 failures, the first 1,000 by name" in text


def test_pictures_take_what_is_left_of_the_page(result, tmp_path, monkeypatch):
    pictured = with_crops(turned(result))
    large = page(pictured, tmp_path)
    assert large.count("data:image/jpeg") == 2 * 4 * SHOWN
    assert "the 6 genuine trials moved furthest" in large
    assert "the 6 impostor trials moved furthest" in large
    assert "&lt;i&gt;impostor0 – lost0" in large
    assert "<small>let in</small>" in large
    bare = len(page(turned(result), tmp_path).encode())
    monkeypatch.setattr("reports.swap.MOST_BYTES", bare + 130_000)
    small = page(pictured, tmp_path)
    assert 0 < small.count("data:image/jpeg") < 2 * 4 * SHOWN
    assert len(small.encode()) < bare + 130_000
    monkeypatch.setattr("reports.swap.MOST_BYTES", bare)
    assert "data:image/jpeg" not in page(pictured, tmp_path)
