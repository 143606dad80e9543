"""What every report format keeps, whoever wrote it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from align_eval.dataset import Trials
from align_eval.errors import UnknownNameError
from align_eval.result import ROW_COLUMNS, Key, Result
from align_eval.scores import Scores
from reports import CATALOG


def small() -> Result:
    subjects = {f"{person}{i}": person for person in "abcd" for i in range(2)}
    faces = list(subjects)
    first, second = np.triu_indices(len(faces), 1)
    trials = Trials.pairs([faces[i] for i in first], [faces[j] for j in second], subjects)
    scores = {
        Key("set", "pipe", name): Scores(trials, trials.genuine + noise * np.sin(np.arange(28)))
        for name, noise in (("base", 0.6), ("other", 0.9))
    }
    blank = dict.fromkeys(ROW_COLUMNS, np.nan)
    rows = [
        {**blank, "dataset": "set", "pipeline": "pipe", "aligner": name, "policy": "reject"}
        | {"metric": "EER", "value": value, "low": value - 0.05, "high": value + 0.05}
        | {"delta": delta, "delta_low": delta - 0.02, "delta_high": delta + 0.02, "p": 0.01}
        | {"n_genuine": 4, "n_impostor": 24, "n_subjects": 4, "fta": 0, "n_faces": 8, "note": ""}
        for name, value, delta in (("base", 0.1, 0.0), ("other", 0.2, 0.1))
    ]
    return Result({"baseline": "base"}, pd.DataFrame(rows), scores)


@pytest.fixture(params=list(CATALOG))
def render(request):
    return CATALOG.get(request.param)


def contents(folder: Path) -> dict[Path, bytes]:
    return {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_it_returns_the_files_that_it_wrote_below_the_folder(render, tmp_path):
    paths = render(small(), tmp_path / "run")
    assert paths
    assert sorted(paths) == sorted(p for p in tmp_path.rglob("*") if p.is_file())
    assert all(path.stat().st_size for path in paths)


def test_the_same_result_makes_the_same_bytes(render, tmp_path):
    render(small(), tmp_path / "first")
    render(small(), tmp_path / "second")
    assert contents(tmp_path / "first") == contents(tmp_path / "second")


def test_writing_twice_replaces_what_was_there(render, tmp_path):
    paths = render(small(), tmp_path)
    before = contents(tmp_path)
    paths[0].write_text("stale")
    render(small(), tmp_path)
    assert contents(tmp_path) == before


def test_an_empty_result_is_rendered(render, tmp_path):
    assert all(path.is_file() for path in render(Result({}, pd.DataFrame(), {}), tmp_path))


def test_a_result_is_not_changed(render, tmp_path):
    result = small()
    before = result.rows.copy(deep=True)
    render(result, tmp_path)
    pd.testing.assert_frame_equal(result.rows, before)


def test_an_unknown_format_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'html'"):
        CATALOG.get("htm")
