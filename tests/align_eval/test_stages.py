import hashlib

import pytest

from align_eval.errors import StudyChangedError
from align_eval.stages import Stages


class Maker:
    def __init__(self, **provenance):
        self.provenance = provenance


def done(path, made, maker=None, options=None):
    def compute():
        made.append(1)
        return "value", maker

    stages = Stages()
    value = stages.done(path, path.read_text, compute, path.write_text, options)
    return value, stages.notes


def test_a_stage_is_computed_once_and_its_note_is_read_again(tmp_path):
    path, made = tmp_path / "a--b.txt", []
    first = done(path, made, Maker(sigma=2))
    assert first[0] == "value"
    assert first[1][f"{tmp_path.name}/a--b"]["sigma"] == 2
    assert done(path, made) == first
    assert len(made) == 1


def test_a_stage_without_its_note_is_computed_again(tmp_path):
    path, made = tmp_path / "a.txt", []
    done(path, made)
    path.with_suffix(".json").unlink()
    done(path, made)
    assert len(made) == 2


def test_a_stage_made_with_other_weights_is_refused(tmp_path):
    weights = tmp_path / "w.onnx"
    weights.write_bytes(b"old")
    digest = hashlib.sha256(b"old").hexdigest()
    path, maker = tmp_path / "a.txt", Maker(weights="w.onnx", sha256=digest)
    options = {"path": str(weights)}
    done(path, [], maker, options)
    done(path, [], maker, options)
    weights.write_bytes(b"new")
    with pytest.raises(StudyChangedError, match=r"w\.onnx is not the file"):
        done(path, [], maker, options)


@pytest.mark.parametrize("changed", ["a", "b", "c"])
def test_a_stage_of_several_models_is_refused_when_the_weights_of_one_change(tmp_path, changed):
    provenance, options = {}, []
    for name in "abc":
        weights = tmp_path / name / "w.onnx"
        weights.parent.mkdir()
        weights.write_bytes(name.encode())
        provenance[f"{name} weights"] = "w.onnx"
        provenance[f"{name} sha256"] = hashlib.sha256(name.encode()).hexdigest()
        options.append({"path": str(weights)})
    path, maker = tmp_path / "stage.txt", Maker(**provenance)
    done(path, [], maker, {"models": options})
    done(path, [], maker, {"models": options})
    (tmp_path / changed / "w.onnx").write_bytes(b"new")
    with pytest.raises(StudyChangedError, match=rf"{changed}.w\.onnx is not the file"):
        done(path, [], maker, {"models": options})


def noted(note, maker=None, options=None):
    stages = Stages()
    value = stages.noted(note, lambda: ("value", maker), options)
    return value, stages.notes


def test_work_without_a_file_is_done_each_time_and_noted_once(tmp_path):
    note = tmp_path / "fit" / "a--b.json"
    first = noted(note, Maker(sigma=2))
    assert first[0] == "value"
    assert first[1]["fit/a--b"]["sigma"] == 2
    assert noted(note, Maker(sigma=3)) == first


def test_what_is_known_has_a_file_and_a_note_and_only_then_is_read(tmp_path):
    path = tmp_path / "a.txt"
    stages = Stages()
    assert not stages.known(path)
    path.write_text("value")
    assert not stages.known(path)
    assert stages.notes == {}
    done(path, [], Maker(sigma=2))
    assert stages.known(path)
    assert stages.notes[f"{tmp_path.name}/a"]["sigma"] == 2
    assert not stages.remembered(tmp_path / "b.json")


def test_what_was_learned_with_other_weights_is_refused(tmp_path):
    weights, note = tmp_path / "w.onnx", tmp_path / "fit" / "a.json"
    weights.write_bytes(b"old")
    maker = Maker(weights="w.onnx", sha256=hashlib.sha256(b"old").hexdigest())
    noted(note, maker, {"path": str(weights)})
    weights.write_bytes(b"new")
    with pytest.raises(StudyChangedError, match=r"w\.onnx is not the file that fit/a"):
        noted(note, maker, {"path": str(weights)})
