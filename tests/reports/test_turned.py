from dataclasses import replace

import numpy as np
import pytest

from align_eval.result import Result, Sample
from align_eval.study import Part, Study
from align_eval.turned import furthest, turned_trials
from reports.document import document
from reports.html import page
from reports.markdown import text
from reports.turned import SHOWN, gallery, turned_tables

NAMES = ("yunet", "dlib68", "ghostone98", "box")
STUDY = Study(
    "drawn",
    datasets=(Part("drawn", "manifest"),),
    aligners=tuple(Part(name, name) for name in NAMES),
    pipelines=(Part("dlib", "embedding"),),
    baseline="yunet",
    metrics=("TAR@FAR=1e-2",),
    normalisers=("ion",),
)


def crop(seed, size=112):
    return np.random.default_rng(seed).integers(0, 255, (size, size, 3), dtype=np.uint8)


def with_turned(result: Result, same_roles=True, size=112) -> Result:
    scores = {name: result.scores["drawn", "dlib", name] for name in NAMES}
    found = turned_trials(STUDY, scores, result.face_errors.drop(columns="dataset"))
    where = {"dataset": "drawn", "pipeline": "dlib"}
    trials, counts = (table.assign(**where) for table in found)
    crops = {}
    for aligner, own in trials.groupby("aligner", sort=False):
        for row in furthest(own).itertuples():
            for who in ("yunet", aligner):
                for face in (row.reference_face, row.probe):
                    if same_roles or who == "yunet" or face == row.probe:
                        crops[who, face] = crop(len(crops), size)
    samples = tuple(
        Sample("drawn", "dlib", who, face, image, "") for (who, face), image in crops.items()
    )
    return replace(result, turned=trials, turned_counts=counts, turned_samples=samples)


@pytest.fixture(scope="module")
def turned(result):
    return with_turned(result)


def test_the_table_has_the_counts_of_every_aligner(turned):
    table = turned_tables(turned)[0]
    assert [row.head for row in table.rows] == list(NAMES[1:])
    counts = turned.turned_counts.query("aligner == 'box'").set_index("side")
    cells = [cell.text for cell in table.rows[2].cells]
    genuine, impostor = counts.loc["genuine"], counts.loc["impostor"]
    assert cells[:4] == [f"{genuine[key]:,}" for key in ("lost", "failed", "won", "n_trials")]
    assert cells[5:8] == [f"{impostor[key]:,}" for key in ("lost", "won", "n_trials")]
    assert table.rows[2].cells[4].tone == "worse"
    assert "yunet has at FAR=1e-2" in table.caption


def test_the_furthest_moved_pairs_stand_with_scores_margins_and_outcome(turned):
    group = gallery(turned).groups[-1]
    assert (group.aligner, len(group.pairs)) == ("box", SHOWN)
    own = turned.turned.query("aligner == 'box'")
    for pair, row in zip(group.pairs, furthest(own).itertuples(), strict=True):
        assert pair.heading == row.probe
        assert pair.words[0] == row.outcome
        before, after = (
            f"{value:.3f}".replace("-", "−") for value in (row.baseline_score, row.score)
        )
        assert pair.words[1] == f"score {before} → {after}"
        faces = (row.reference, row.reference, row.probe, row.probe)
        assert [sample.face for sample in pair.samples] == list(faces)
        assert [s.aligner for s in pair.samples] == ["yunet", "box", "yunet", "box"]


def test_a_gallery_that_all_share_is_shown_once(result):
    group = gallery(with_turned(result, same_roles=False)).groups[0]
    assert group.rows == ("reference", "probe, by yunet", "probe, by dlib68")
    assert all(sample.aligner == "yunet" for pair in group.pairs for sample in pair.samples[:1])


def test_yardsticks_are_counted_and_not_drawn(turned):
    aligners = [{"name": "box", "model": "perturbed", "sigma": 0.02}]
    shown = gallery(replace(turned, study={**turned.study, "aligners": aligners}))
    assert [group.aligner for group in shown.groups] == ["dlib68", "ghostone98"]


def test_the_pictures_stay_within_the_budget(turned):
    whole = gallery(turned)
    small = replace(whole, budget=60_000)
    for one in (whole, small):
        uris = [
            one.address(sample)
            for group in one.groups
            for pair in one.pairs(group)
            for sample in pair.samples
        ]
        assert all(uri.startswith("data:image/jpeg;base64,") for uri in uris)
        assert 0 < sum(map(len, uris)) <= one.budget
    assert len(small.pairs(small.groups[0])) < SHOWN
    nothing = replace(whole, budget=10)
    assert nothing.pairs(nothing.groups[0]) == ()


def test_the_page_and_the_text_show_them(turned):
    made = page(document(turned))
    assert 'href="#turned"' in made
    assert made.count("data:image/jpeg;base64,") == 3 * SHOWN * 4
    assert "## Trials won and lost" in text(document(turned))
    assert "error – → –" not in made


def test_a_failure_says_why_in_place_of_a_picture(turned):
    first = turned.turned_samples[0]
    lost = first._replace(crop=None, reason="no face found")
    samples = (lost, *turned.turned_samples[1:])
    assert "no face found" in page(document(replace(turned, turned_samples=samples)))


def test_names_that_would_be_markup_are_escaped(turned):
    evil = "<img src=x onerror=alert(6)>"
    names = {"box": evil}
    made = page(
        document(
            replace(
                turned,
                turned=turned.turned.assign(probe=evil).replace({"aligner": names}),
                turned_counts=turned.turned_counts.replace({"aligner": names}),
                turned_samples=tuple(
                    s._replace(face=evil, aligner=names.get(s.aligner, s.aligner))
                    for s in turned.turned_samples
                ),
            )
        )
    )
    assert evil not in made
    assert "&lt;img src=x onerror=alert(6)&gt;" in made


def test_a_result_without_them_has_no_such_part(result):
    assert not gallery(result)
    assert turned_tables(result) == []
    assert 'id="turned"' not in page(document(result))
