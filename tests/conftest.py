"""What every test may use."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How fast a machine draws examples says nothing of the code: speed is for benchmarks.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def data_root():
    """The folder of development data, or a skip that says why."""
    root = os.environ.get("ALIGN_EVAL_DATA")
    if not root or not Path(root).is_dir():
        pytest.skip("set ALIGN_EVAL_DATA to the development data to run this test")
    return Path(root)
