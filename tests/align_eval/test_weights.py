import hashlib

import pytest

from align_eval.errors import ConfigError
from align_eval.weights import sha256, weights_file


def test_the_digest_is_that_of_the_file_s_bytes(tmp_path):
    path = tmp_path / "weights.bin"
    path.write_bytes(b"weights")
    assert sha256(weights_file(str(path), "a model")) == hashlib.sha256(b"weights").hexdigest()


def test_a_missing_file_or_a_folder_is_refused_in_one_line(tmp_path):
    for wrong in (str(tmp_path), str(tmp_path / "none.onnx"), "", None):
        with pytest.raises(ConfigError, match=r"a model.*path") as caught:
            weights_file(wrong, "a model")
        assert "\n" not in str(caught.value)
