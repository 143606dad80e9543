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
