import hashlib

import pytest

from align_eval.errors import ConfigError
from align_eval.weights import replaced, sha256, weights_file


def test_the_digest_is_that_of_the_file_s_bytes(tmp_path):
    path = tmp_path / "weights.bin"
    path.write_bytes(b"weights")
    assert sha256(weights_file(str(path), "a model")) == hashlib.sha256(b"weights").hexdigest()


def test_a_missing_file_or_a_folder_is_refused_in_one_line(tmp_path):
    for wrong in (str(tmp_path), str(tmp_path / "none.onnx"), "", None):
        with pytest.raises(ConfigError, match=r"a model.*path") as caught:
            weights_file(wrong, "a model")
        assert "\n" not in str(caught.value)


def test_only_the_named_file_with_another_content_counts_as_replaced(tmp_path):
    path = tmp_path / "net.onnx"
    path.write_bytes(b"weights")
    options = {"embedder": {"name": "onnx", "path": str(path)}, "sizes": [112, "net.onnx"]}
    digest = sha256(path)
    assert replaced(options, "net.onnx", digest) is None
    assert replaced(options, "other.onnx", "0") is None
    path.write_bytes(b"other weights")
    assert replaced(options, "net.onnx", digest) == path
    path.unlink()
    assert replaced(options, "net.onnx", digest) is None
