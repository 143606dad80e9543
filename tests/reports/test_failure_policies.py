from dataclasses import replace

import pandas as pd
import pytest

from reports.document import document
from reports.failure_policies import fallbacks, policy_tables
from reports.html import page
from reports.markdown import text

CHAIN = {"name": "chain", "model": "fallback", "models": [{"model": "dlib68", "box_from": "yunet"}]}


@pytest.fixture(scope="module")
def both(result):
    """The policies reject and exclude, and dlib68 with a fallback."""
    excluded = result.rows.assign(policy="exclude", n_genuine=300)
    chained = result.rows[result.rows["aligner"] == "dlib68"].assign(aligner="chain", fta=1)
    chained["value"] += 0.01
    aligners = [*result.study["aligners"], CHAIN]
    notes = {"landmarks/drawn--chain": {"found by dlib68": 230, "found by box": 9}}
    return replace(
        result,
        rows=pd.concat([result.rows, chained, excluded], ignore_index=True),
        study={**result.study, "aligners": aligners, "policies": ["reject", "exclude"]},
        provenance={**result.provenance, "stages": notes},
    )


def value(result, aligner, policy):
    rows = result.rows
    own = rows[(rows["aligner"] == aligner) & (rows["policy"] == policy)]
    own = own[(own["pipeline"] == "dlib") & (own["metric"] == "TAR@FAR=1e-2")]
    return 100 * own["value"].item()


def test_the_three_ways_stand_beside_each_other(both):
    table = policy_tables(both)[0]
    assert "drawn, dlib: TAR@FAR=1e-2, %" in table.caption
    groups = [group for group, _ in table.groups if group]
    assert groups == ["reject", "exclude", "fallback"]
    rows = {row.head: [cell.text for cell in row.cells] for row in table.rows}
    own = rows["dlib68"]
    assert own[0] == "10"
    for place, who, policy in ((1, "dlib68", "reject"), (3, "dlib68", "exclude")):
        assert float(own[place]) == pytest.approx(value(both, who, policy), abs=0.1)
    assert own[4] == "300"
    assert float(own[5]) == pytest.approx(value(both, "chain", "reject"), abs=0.1)
    assert own[-1] == "1"
    assert rows["yunet"][5:] == ["–", "–", "–"]
    assert rows["chain"][3] == "–"


def test_who_found_how_many_faces_is_said(both):
    notes = [words for _, words in policy_tables(both)[0].footnotes]
    assert "Faces of chain found: 230 by dlib68 and 9 by box." in notes


def test_one_policy_alone_makes_no_table(result):
    assert policy_tables(result) == []
    assert "GFRR" not in page(document(result))


def test_without_a_fallback_there_is_no_such_column(both):
    alone = replace(both, study={**both.study, "aligners": both.study["aligners"][:-1]})
    table = policy_tables(alone)[0]
    assert [group for group, _ in table.groups if group] == ["reject", "exclude"]


def test_the_formulas_are_said(both):
    for made in (page(document(both)), text(document(both))):
        assert "FTE + (1 − FTE) · FTA + (1 − FTE) · (1 − FTA) · FNMR" in made


def test_a_model_of_other_options_is_not_the_first_of_a_fallback():
    wide = {"name": "wide", "model": "box", "layout": "dlib-hog"}
    chain = {"name": "both", "model": "fallback", "models": [{"model": "box"}, "dan"]}
    assert fallbacks({"aligners": [wide, chain]}) == {}
    assert fallbacks({"aligners": [wide, "box", chain]}) == {"box": "both"}
    assert fallbacks({}) == {}
