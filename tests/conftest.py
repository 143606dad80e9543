"""What every test may use."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_root():
    """The folder of development data, or a skip that says why."""
    root = os.environ.get("ALIGN_EVAL_DATA")
    if not root or not Path(root).is_dir():
        pytest.skip("set ALIGN_EVAL_DATA to the development data to run this test")
    return Path(root)
