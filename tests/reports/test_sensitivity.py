"""Sentences, tables and figures of a sensitivity study."""

from dataclasses import replace
from math import inf, nan

import pandas as pd
import pytest

from align_eval.result import (
    BUDGET_COLUMNS,
    CONTRAST_COLUMNS,
    CURVE_COLUMNS,
    RANK_COLUMNS,
    REPLAY_COLUMNS,
    Result,
)
from reports.document import document
from reports.html import page
from reports.markdown import text
from reports.sensitivity_plates import sensitivity_plates
from reports.sensitivity_tables import sensitivity_tables
from reports.sensitivity_words import sensitivity_verdicts

NBSP = "\N{NO-BREAK SPACE}"


def frame(columns, rows):
    return pd.DataFrame(rows, columns=list(columns))


def curve(dataset, kind, level, delta, attribute="", part="", metric="EER", aligner=""):
    own = (dataset, "dpm", attribute, part, kind, aligner, level, metric)
    return (*own, 0.1 + delta, 0.05, 0.15, delta, delta - 0.005, delta + 0.005, 0.001, "")


def replay(dataset, kind, delta, difference=nan, half=0.004):
    ends = (difference, difference - half, difference + half)
    own = (dataset, "dpm", "dan", kind, 1.0, "EER")
    return (*own, delta, delta - half, delta + half, *ends)


def result(name="thermal", replayed=0.001):
    """One pipeline; `name` loses more than visible, and dan by its scale."""
    ways = ("jitter", "left_eye", "nose_tip", "shift_x", "scale")
    curves = [
        curve(one, kind, level, factor * level)
        for one, factor in ((name, 0.6), ("visible", 0.2))
        for kind in ways
        for level in (0.02, 0.05)
    ]
    curves += [curve(name, "jitter", 0.05, 0.07, "variation", "PU")]
    budgets = [
        (name, "dpm", "", "", "jitter", "", "EER", 0.01, 0.017, 0.011, 0.03, 0.05, ""),
        ("visible", "dpm", "", "", "jitter", "", "EER", 0.01, inf, 0.04, inf, 0.05, ""),
        (name, "dpm", "", "", "scale", "", "EER", 0.01, inf, inf, inf, 0.05, ""),
        ("visible", "dpm", "", "", "scale", "", "EER", 0.01, nan, nan, nan, 0.05, "why"),
    ]
    contrasts = [
        (name, "visible", "dpm", "jitter", "", 0.02, "EER", 0.008, -0.001, 0.02, 0.1, ""),
        (name, "visible", "dpm", "jitter", "", 0.05, "EER", 0.02, 0.012, 0.03, 0.01, ""),
    ]
    ranks = [
        (name, "dpm", "point", "left_eye", 0.05, "EER", 0.03, 0.02, 0.04, 0.0, 0.0, 0.0, 1.0),
        (name, "dpm", "point", "nose_tip", 0.05, "EER", 0.01, 0.0, 0.02, 0.02, 0.01, 0.03, 0.01),
        (name, "dpm", "direction", "scale", 0.05, "EER", 0.03, 0.02, 0.04, 0.0, 0.0, 0.0, 1.0),
        (name, "dpm", "direction", "shift_x", 0.05, "EER", 0.02, 0.0, 0.03, 0.01, -0.01, 0.03, 0.3),
    ]
    replays = [
        replay(name, "real", 0.02),
        replay(name, "replay", 0.02 + replayed, replayed),
        *(replay(name, part, 0.001) for part in ("shift", "rotation", "shape")),
        replay(name, "scale", 0.015),
    ]
    study = {
        "name": "s",
        "baseline": "truth",
        "confidence": 0.95,
        "aligners": [{"name": "truth", "model": "ground_truth"}, {"name": "dan", "model": "dan"}],
    }
    return Result(
        study,
        pd.DataFrame(),
        {},
        sensitivity=frame(CURVE_COLUMNS, curves),
        budgets=frame(BUDGET_COLUMNS, budgets),
        contrasts=frame(CONTRAST_COLUMNS, contrasts),
        ranks=frame(RANK_COLUMNS, ranks),
        replays=frame(REPLAY_COLUMNS, replays),
    )


def said(one):
    return {v.aligner: v.rest.replace(NBSP, " ") for v in sensitivity_verdicts(one)}


def test_the_sentences_are_made_of_the_numbers():
    words = said(result())
    assert words["Budget:"] == (
        "Every point off at random by 1.7 % (1.1 to 3.0) on thermal and more than 5 % on visible "
        "of the eye distance adds 1 point of EER."
    )
    assert words["Data sets:"] == (
        "Points off at random raise the EER on thermal more than on visible, by 0.8 points "
        "(−0.1 to 2.0) at 2 % and 2.0 points (1.2 to 3.0) at 5 %; beyond chance at 5 %."
    )
    assert words["Points:"] == (
        "On thermal, the costliest single point at σ = 5 % is left eye: 3.0 points of EER "
        "(2.0 to 4.0), more than nose tip beyond chance."
    )
    assert words["Directions:"] == (
        "On thermal, the costliest direction at σ = 5 % is scale: 3.0 points of EER "
        "(2.0 to 4.0); it cannot be told from shift x."
    )
    assert words["Models:"] == (
        "On thermal: dan costs 2.0 points of EER (1.6 to 2.4), through scale (1.5, 1.1 to 1.9)."
    )
    assert "for 1 of 1 model" in words["Replay:"]


def test_a_replay_that_misses_is_named():
    assert said(result(replayed=0.02))["Replay:"].endswith("for 0 of 1 model; not for dan.")


def test_a_rate_of_success_is_lost():
    one = result()
    renamed = {
        name: getattr(one, name).replace({"metric": {"EER": "TAR@FAR=1e-2"}})
        for name in ("sensitivity", "budgets", "contrasts", "ranks", "replays")
    }
    signs = {"contrasts": ("difference", "difference_low", "difference_high")}
    for name, (value, low, high) in signs.items():
        own = renamed[name]
        renamed[name] = own.assign(**{value: -own[value], low: -own[high], high: -own[low]})
    words = said(replace(one, **renamed))
    assert "costs 1 point of TAR@FAR=1e-2" in words["Budget:"]
    assert words["Data sets:"].startswith("Points off at random lower the TAR@FAR=1e-2 on thermal")
    assert "2.0 points (1.2 to 3.0) at 5 %" in words["Data sets:"]


def test_the_other_way_round_is_said_so():
    one = result()
    own = one.contrasts
    turned = own.assign(
        difference=-own["difference"],
        difference_low=-own["difference_high"],
        difference_high=-own["difference_low"],
    )
    words = said(replace(one, contrasts=turned))["Data sets:"]
    assert "on visible more than on thermal" in words
    assert "2.0 points (1.2 to 3.0) at 5 %; beyond chance at 5 %" in words


def test_a_difference_that_cannot_be_told_is_no_difference():
    one = result()
    lower = one.contrasts["difference"] - 0.1
    words = said(replace(one, contrasts=one.contrasts.assign(difference_low=lower)))["Data sets:"]
    assert words.startswith(
        "Whether points off at random raise the EER on thermal more than on visible cannot be told"
    )
    assert "2.0 points (−8.0 to 3.0) at 5 %" in words


def test_the_tables():
    budgets, ranks, replays, parts = sensitivity_tables(result())
    rows = {row.head: [cell.line for cell in row.cells] for row in budgets.rows}
    assert rows == {
        "jitter": ["1.7 (1.1 to 3.0)", "> 5 (4.0 to more than 5)"],
        "scale": ["> 5 (more than 5)", "–"],
    }
    assert [row.head for row in ranks.rows] == ["left eye", "nose tip", "scale", "shift x"]
    assert [cell.tone for cell in ranks.rows[1].cells] == ["", "better", "", ""]
    assert [cell.text for cell in replays.rows[0].cells[2:]] == [
        "+2.0",
        "+2.1",
        "+0.1",
        "+0.1",
        "+1.5",
        "+0.1",
    ]
    assert [row.head for row in parts.rows] == ["variation PU"]


def test_the_figures_are_drawn():
    plates = sensitivity_plates(result())
    assert [plate.name for plate in plates] == [
        "sensitivity_dpm--EER",
        "sensitivity-ranks_dpm",
        "sensitivity-models_dpm",
    ]
    for plate in plates:
        assert "<svg" in plate.svg
        assert "thermal" in plate.svg
        assert plate.alt


def test_the_report_answers_with_them_first():
    content = document(result())
    assert content.answers[0][1][0].aligner == "Budget:"
    html, markdown = page(content), text(content)
    assert 'href="#sensitivity"' in html
    assert html.index("The answer") < html.index("What moved landmarks cost")
    assert "## What moved landmarks cost" in markdown


def test_names_are_escaped():
    html = page(document(result("<img src=x onerror=alert(1)>")))
    assert "<img src=x" not in html
    assert "&lt;img src=x" in html


@pytest.mark.parametrize("empty", [True, False])
def test_a_study_without_sweeps_has_no_section(empty):
    one = Result({"baseline": "truth"}, pd.DataFrame(), {})
    content = document(one)
    assert (content.sensed, content.sensitivity, content.sensitivity_plates) == ((), (), ())
    assert "What moved landmarks cost" not in (page(content) if empty else text(content))
