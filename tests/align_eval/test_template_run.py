"""A whole run on IJB: from its lists to scores and rates, with any aligner."""

import numpy as np
import pytest
from ijb_lists import Ijb, published_features, published_scores, published_templates
from ijb_parts import Blocks

from align_eval.alignment import align
from align_eval.catalog import Catalog, Entry
from align_eval.datasets.ijb import load
from align_eval.executor import Catalogs, Executor
from align_eval.fingerprint import TRIALS, changed, fingerprint
from align_eval.image import read_image
from align_eval.landmarks import Landmarks
from align_eval.metrics import parse_metric
from align_eval.result import Key
from align_eval.schemes import scheme_named
from align_eval.store import load_scores, save_scores
from align_eval.study import Study
from align_eval.templates import template
from landmark_models import CATALOG as LANDMARK_MODELS

FIVE = scheme_named("five")


def run(made, path, *, protocol="1:1", metrics=("EER",), misses=(), **options):
    """The scores of the truth and of a blind aligner, and the rows."""
    catalogs = Catalogs(
        datasets=Catalog("data set", {"ijb": Entry("align_eval.datasets.ijb:load", "")}),
        detectors=Catalog("detector", {}),
        landmark_models=Catalog(
            "aligner",
            {
                "ground_truth": LANDMARK_MODELS["ground_truth"],
                "blind": Entry("ijb_parts:Blind", ""),
            },
        ),
        pipelines=Catalog("pipeline", {"blocks": Entry("ijb_parts:blocks", "")}),
    )
    study = Study.from_config(
        {
            "name": "ijb",
            "datasets": [{"name": "ijb", "root": made.write(), "protocol": protocol}],
            "aligners": ["ground_truth", {"name": "blind", "misses": list(misses)}],
            "pipelines": [{"name": "blocks", **options}],
            "metrics": list(metrics),
            "breakdown": ["media"],
            "resamples": 20,
        }
    )
    result = Executor(study, path, catalogs).run()
    return result, {a: result.scores[Key("ijb", "blocks", a)] for a in ("ground_truth", "blind")}


def published(made, misses=(), *, n1=True, d1=True, flip="add"):
    """template → row, as the published evaluation makes them of the files themselves."""
    names = np.loadtxt(made.path("face_tid_mid.txt"), dtype=str)
    points = np.loadtxt(made.path("name_5pts_score.txt"), dtype=str)
    rows, kept = [], [k for k, (name, *_) in enumerate(names) if name not in misses]
    for k in kept:
        image = read_image(made.folder / "loose_crop" / names[k, 0])
        marks = Landmarks(points[k, 1:11].astype(float).reshape(5, 2), FIVE)
        crop = align(image, marks, template("arcface112")).image
        one, mirrored = Blocks().embed([crop, crop[:, ::-1]])
        detector = float(points[k, -1])
        rows.append(published_features(one, mirrored, n1=n1, d1=d1, flip=flip, detector=detector))
    ids = names[kept][:, 1:].astype(int)
    return published_templates(np.array(rows), ids[:, 0].tolist(), ids[:, 1].tolist())


@pytest.mark.parametrize(
    ("options", "switches"),
    [
        ({}, {}),
        ({"flip": "concat", "keep_norm": False}, {"flip": "concat", "n1": False}),
        ({"flip": "none", "detector_weight": False}, {"flip": "F0", "d1": False}),
    ],
)
def test_a_run_gives_the_scores_of_the_published_evaluation(tmp_path, options, switches):
    made = Ijb(tmp_path / "data")
    misses = [name for name, template, _ in made.rows if template == 2][:2]
    result, scores = run(made, tmp_path / "run", misses=misses, **options)
    for aligner, missed in (("ground_truth", []), ("blind", misses)):
        rows = published(made, missed, **switches)
        expected = published_scores(rows, made.pairs)
        np.testing.assert_allclose(scores[aligner].values, expected, atol=1e-5)
        assert scores[aligner].trials.genuine.tolist() == [bool(pair[2]) for pair in made.pairs]
    counts = result.rows.set_index("aligner")
    assert counts["fta"].to_dict() == {"ground_truth": 0, "blind": 2}
    assert set(counts["n_faces"]) == {len(made.rows)}


def test_a_template_of_which_no_image_is_aligned_fails_in_all_its_trials(tmp_path):
    made = Ijb(tmp_path / "data")
    lost = made.probes[0]
    misses = [name for name, template, _ in made.rows if template == lost]
    result, scores = run(made, tmp_path / "run", misses=misses)
    failed = [probe == lost for _, probe, _ in made.pairs]
    assert scores["blind"].failed.tolist() == failed
    assert not scores["ground_truth"].failed.any()
    assert result.rows.set_index("aligner").loc["blind", "fta"] == len(misses)
    failures = result.failures.query("aligner == 'blind'")
    assert set(failures["face"]) == set(misses)


def test_a_search_in_two_galleries_has_the_rates_of_its_scores(tmp_path):
    made = Ijb(tmp_path / "data", subjects=6)
    names = ["rank-1 over galleries", "DIR@FPIR=1e-1 over galleries", "rank-1", "EER"]
    result, scores = run(made, tmp_path / "run", protocol="1:N", metrics=names)
    found = result.rows.set_index(["aligner", "metric"])["value"]
    rows = published(made)
    for name in names:
        assert found["blind", name] == parse_metric(name).value(scores["blind"])
    hits = []
    for gallery in made.galleries:
        best = {p: max(gallery, key=lambda r, p=p: rows[r] @ rows[p]) for p in made.probes}
        mated = [p for p in made.probes if made.owner[p] in {made.owner[r] for r in gallery}]
        hits.append(np.mean([made.owner[best[p]] == made.owner[p] for p in mated]))
    assert found["ground_truth", "rank-1 over galleries"] == np.mean(hits)


def test_a_run_resumes_and_its_scores_survive_the_folder(tmp_path):
    made = Ijb(tmp_path / "data")
    first, _ = run(made, tmp_path / "run")
    second, scores = run(made, tmp_path / "run")
    assert first.rows.equals(second.rows)
    save_scores(tmp_path / "again.parquet", scores["blind"])
    again = load_scores(tmp_path / "again.parquet")
    assert again.trials.same_pairs(scores["blind"].trials)
    assert np.array_equal(again.values, scores["blind"].values)
    assert np.array_equal(again.trials.genuine, scores["blind"].trials.genuine)


def test_an_image_that_moves_to_another_probe_is_another_data_set(tmp_path):
    made = Ijb(tmp_path)
    before = fingerprint(load(made.write()))
    name, template, media = made.rows[3]
    made.rows[3] = (name, template + 1, media)
    after = fingerprint(load(made.write()))
    assert changed(before, after) == (name, TRIALS)
