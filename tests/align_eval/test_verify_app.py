"""Score files to a report: the golden values, the comparison of systems, and the way back."""

import numpy as np
import pandas as pd
import pytest
from pyeer.eer_info import get_eer_stats
from scored import people, scores_of, trials_of

from align_eval.cli import main
from align_eval.errors import ConfigError, DataError, UnknownNameError
from align_eval.metrics import parse_metric
from align_eval.resample import compare
from align_eval.result import Key, Result
from align_eval.score_files import Reading, read_systems
from align_eval.score_study import grouped, usual_metrics, verify_scores
from align_eval.score_tables import SystemScores, scores_of_sides, unnamed_trials
from align_eval.score_writers import WRITERS, write_scores
from align_eval.scores import Scores
from align_eval.store import save_result, save_scores
from align_eval.verify_app import export_scores, verify

RNG = np.random.default_rng(0)
GOLDEN = {
    "A": ([0.9, 0.8, 0.7, 0.6, 0.4], [0.65, 0.5, 0.45, 0.3, 0.2, 0.1]),
    "B": ([0.9, 0.8, 0.8, 0.5, 0.5], [0.5, 0.5, 0.3, 0.2]),
    "C": (RNG.normal(2, 1, 300), RNG.normal(0, 1, 5000)),
    "D": (RNG.normal(3.2, 1, 50), RNG.normal(0, 1, 400)),
}
VALUES = {
    "A": {"EER": 0.18333, "TAR@FAR=1e-1": 0.6},
    "B": {"EER": 0.2, "TAR@FAR=1e-1": 0.6},
    "C": {"EER": 0.17, "TAR@FAR=1e-2": 0.3767, "TAR@FAR=1e-3": 0.1967},
    "D": {"EER": 0.06, "TAR@FAR=1e-2": 0.72},
}


def pair(folder, genuine, impostor, name="x"):
    """A genuine and an impostor file."""
    paths = [folder / f"{name}_{kind}.txt" for kind in ("genuine", "impostor")]
    for path, side in zip(paths, (genuine, impostor), strict=True):
        path.write_text("".join(f"{float(value)!r}\n" for value in side))
    return [str(path) for path in paths]


def table(folder):
    return pd.read_csv(folder / "tables/results.csv").set_index(["system", "metric"])


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.parametrize("form", ["two files", "a table"])
def test_golden_scores_have_the_golden_values(tmp_path, capsys, name, form):
    genuine, impostor = GOLDEN[name]
    files = pair(tmp_path, genuine, impostor)
    if form == "a table":
        files = [str(tmp_path / "x.csv")]
        labels = np.repeat([1, 0], [len(genuine), len(impostor)])
        frame = pd.DataFrame({"label": labels, "score": np.r_[genuine, impostor]})
        frame.to_csv(files[0], index=False)
    arguments = ["verify", *files, "--out", str(tmp_path / "out"), "--format", "csv"]
    assert main([*arguments, "--resamples", "50"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "out")
    found = table(tmp_path / "out").loc["x"]
    for metric, value in VALUES[name].items():
        assert found.loc[metric, "value"] == pytest.approx(value, abs=5e-5)
    assert found["n_genuine"].eq(len(genuine)).all()
    assert found["n_impostor"].eq(len(impostor)).all()


def test_pyeer_finds_the_same_in_the_same_files(tmp_path):
    rng = np.random.default_rng(5)
    files = pair(tmp_path, rng.normal(1.5, 1, 1000), rng.normal(0, 1, 1000))
    verify(
        files,
        tmp_path / "out",
        resamples=20,
        formats=["csv"],
        metrics=("EER", "FNMR@FMR=1e-2", "FNMR@FMR=1e-3", "AUC", "d'"),
    )
    found = table(tmp_path / "out").loc["x", "value"]
    stats = get_eer_stats(*(np.loadtxt(file) for file in files))
    assert found["EER"] == pytest.approx(stats.eer)
    assert found["FNMR@FMR=1e-2"] == pytest.approx(stats.fmr100)
    assert found["FNMR@FMR=1e-3"] == pytest.approx(stats.fmr1000)
    assert found["d'"] == pytest.approx(stats.decidability)
    assert found["AUC"] == pytest.approx(stats.auc, abs=2e-3)  # pyeer leaves out the last threshold


def test_the_thresholds_are_where_each_far_is_kept(tmp_path):
    genuine, impostor = (np.asarray(side) for side in GOLDEN["C"])
    found = verify(pair(tmp_path, genuine, impostor), tmp_path, resamples=1, formats=())
    for row in found.thresholds.to_dict(orient="records"):
        assert row["achieved_far"] == np.mean(impostor >= row["threshold"]) <= row["far"]
        assert row["false_accepts"] == np.count_nonzero(impostor >= row["threshold"])
        assert row["tar"] == np.mean(genuine >= row["threshold"])
        lower = np.r_[genuine, impostor]
        lower = lower[lower < row["threshold"]].max()
        assert np.mean(impostor >= lower) > row["far"]


def test_what_impostors_do_not_resolve_has_a_value_and_no_interval(tmp_path):
    found = verify(pair(tmp_path, *GOLDEN["A"]), tmp_path / "out", formats=["md"])
    rows = found.result.rows.set_index("metric")
    assert rows.loc["TAR@FAR=1e-1", "note"].startswith("insufficient impostors: 6 trials")
    assert rows.loc["TAR@FAR=1e-1", ["low", "high"]].isna().all()
    assert rows.loc["EER", ["low", "high"]].notna().all()
    text = (tmp_path / "out/report.md").read_text()
    assert "6 trials resolve no FAR below 0.17" in text


def test_known_subjects_have_the_intervals_of_a_run(tmp_path):
    trials = trials_of(people(12))
    scores = {name: scores_of(trials, apart) for name, apart in (("first", 1.5), ("second", 1.0))}
    files = [write_scores(one, tmp_path / name, "bob5")[0] for name, one in scores.items()]
    found = verify(files, tmp_path, resamples=60, metrics=["EER"], formats=())
    wanted = compare(scores, "first", ["EER"], resamples=60)
    columns = ["aligner", "value", "low", "high", "delta", "delta_low", "delta_high", "p", "p_holm"]
    pd.testing.assert_frame_equal(found.result.rows[columns], wanted[columns])
    assert found.groups[0].subjects_known
    assert found.groups[0].by_name


def test_systems_over_other_trials_are_told_apart_and_not_compared(tmp_path):
    first, other = trials_of(people(8)), trials_of(people(7, "q"))
    files = [
        write_scores(scores_of(trials, seed=seed), tmp_path / name, "csv")[0]
        for name, trials, seed in (("a", first, 1), ("b", other, 2), ("c", first, 3))
    ]
    found = verify(files, tmp_path / "out", resamples=30, formats=["md"])
    assert [[one.name for one in group.systems] for group in found.groups] == [["a", "c"], ["b"]]
    rows = found.result.rows.set_index(["aligner", "metric"])
    assert rows.loc[("c", "EER"), "delta"] != 0
    assert rows.loc[("b", "EER"), "delta"] == 0
    text = (tmp_path / "out/report.md").read_text()
    assert "The trials of a and c" in text
    assert "Differences to b" not in text


def test_scores_in_another_order_are_paired_by_name(tmp_path):
    trials = trials_of(people(6))
    scores = scores_of(trials)
    (path,) = write_scores(scores, tmp_path / "a", "csv")
    frame = pd.read_csv(path)
    frame.sample(frac=1, random_state=1).to_csv(tmp_path / "b.csv", index=False)
    found = verify([path, tmp_path / "b.csv"], tmp_path, resamples=20, formats=())
    rows = found.result.rows[found.result.rows["aligner"] == "b"]
    assert (rows["delta"].dropna() == 0).all()
    assert len(rows["delta"].dropna()) >= 4


def test_the_usual_metrics_go_as_far_as_impostors_do():
    small, large = (
        grouped([SystemScores("x", scores_of_sides([1.0], np.zeros(size)), False)])
        for size in (50, 1_000_000)
    )
    assert usual_metrics(small)[:5] == ("EER", *(f"TAR@FAR=1e-{k}" for k in range(1, 5)))
    assert usual_metrics(large)[5:7] == ("TAR@FAR=1e-5", "TAR@FAR=1e-6")
    assert usual_metrics(small, [0.05]) == ("EER", "TAR@FAR=5e-2", "AUC", "d'")
    folded = unnamed_trials([True, False] * 10, np.arange(20) // 2)
    (group,) = grouped([SystemScores("x", Scores(folded, np.arange(20.0)), False)])
    assert usual_metrics([group])[-1] == "10-fold accuracy"


def test_failures_are_counted_and_said(tmp_path):
    files = pair(tmp_path, [1.0, 2.0, np.nan, 3.0], [0.0, 0.5, 1.5, np.nan, 0.2])
    arguments = ["verify", *files, "--out", str(tmp_path / "out")]
    assert main(arguments) == 2
    assert main([*arguments, "--missing", "reject", "--name", "dan"]) == 0
    found = table(tmp_path / "out").loc["dan"]
    assert (found["without_score"] == 2).all()
    assert found.loc["AUC", "value"] == parse_metric("AUC").value(
        scores_of_sides([1, 2, -np.inf, 3], [0, 0.5, 1.5, -np.inf, 0.2])
    )
    text = (tmp_path / "out/report.md").read_text()
    assert "dan: trials without a score" in text
    assert "1 of 4 without a score" in text


def test_distances_are_turned_round(tmp_path):
    files = pair(tmp_path, *(-np.asarray(side) for side in GOLDEN["A"]))
    reading = Reading(distance=True)
    found = verify(files, tmp_path / "out", reading=reading, resamples=10, formats=["md"])
    assert found.result.rows.set_index("metric").loc["EER", "value"] == pytest.approx(11 / 60)
    assert "distances, their signs changed" in (tmp_path / "out/report.md").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--format", "htm"], "Did you mean 'html'"),
        (["--metrics", "ERR"], "Did you mean 'EER'"),
        (["--far", "low"], "--far wants numbers, got 'low'"),
        (["--far", "2"], "wants a number between 0 and 1"),
        (["--resamples", "0"], "at least one resample"),
        (["--confidence", "1"], "between 0 and 1"),
        (["--name", "a,b"], "1 systems want as many names"),
        (["--from", "bob"], "unknown form of score file 'bob'"),
    ],
)
def test_a_wrong_option_is_one_line_and_exit_code_2(tmp_path, capsys, options, message):
    files = pair(tmp_path, *GOLDEN["A"])
    assert main(["verify", *files, "--out", str(tmp_path / "out"), *options]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_no_system_is_refused():
    with pytest.raises(ConfigError, match="at least one system"):
        verify_scores([])


@pytest.fixture
def run(tmp_path):
    """A finished run of two aligners, a few faces of which were not acquired."""
    folder, trials = tmp_path / "run", trials_of(people(6))
    scores = {
        Key("faces", "pca", name): scores_of(trials, seed=seed, failures=lost)
        for name, seed, lost in (("truth", 1, 0.0), ("dan", 2, 0.1))
    }
    for key, one in scores.items():
        save_scores(folder / "scores" / f"{'--'.join(key)}.parquet", one)
    save_result(folder, Result({"name": "x"}, pd.DataFrame(), scores))
    return folder, scores


@pytest.mark.parametrize("form", [*WRITERS])
def test_a_runs_scores_go_out_and_come_back_equal(tmp_path, capsys, run, form):
    folder, scores = run
    assert main(["scores", str(folder), "--to", form, "--out", str(tmp_path / "out")]) == 0
    files = capsys.readouterr().out.split()
    assert all(file.startswith(str(tmp_path / "out" / "faces--pca--")) for file in files)
    found = read_systems(files, reading=Reading(missing="reject"))
    assert [one.name for one in found] == ["faces--pca--truth", "faces--pca--dan"]
    for one, (_, wanted) in zip(found, scores.items(), strict=True):
        assert np.array_equal(np.sort(one.scores.genuine), np.sort(wanted.genuine))
        assert np.array_equal(np.sort(one.scores.impostor), np.sort(wanted.impostor))


def test_a_run_folders_own_scores_are_score_files(run):
    folder, scores = run
    files = [folder / "scores" / f"{'--'.join(key)}.parquet" for key in scores]
    found = read_systems(files, ["truth", "dan"])
    (group,) = grouped(found)
    assert group.subjects_known
    wanted = compare({k.aligner: one for k, one in scores.items()}, "truth", ["EER"], resamples=20)
    rows = verify_scores(found, metrics=["EER"], resamples=20).result.rows
    assert rows["delta_low"].equals(wanted["delta_low"])


def test_an_unknown_form_or_run_is_refused(tmp_path, run):
    with pytest.raises(UnknownNameError, match="Did you mean 'bob5'"):
        export_scores(run[0], "bob-5", tmp_path)
    with pytest.raises(DataError, match="holds no finished run"):
        export_scores(tmp_path / "none", "csv", tmp_path)
