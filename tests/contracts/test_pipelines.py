"""Every pipeline of the catalogue keeps its contract, as `align_eval.checks` has it."""

import inspect

import pytest

from align_eval.checks import check_pipeline, require
from align_eval.interfaces import Trainable
from verification import CATALOG


@pytest.fixture(params=list(CATALOG))
def pipeline(request, network):
    """A pipeline with its defaults, and a small network where it wants one."""
    wanted = inspect.signature(CATALOG.get(request.param)).parameters
    options = {"embedder": {"name": "onnx", "path": network}} if "embedder" in wanted else {}
    options |= {"steps": 100} if "steps" in wanted else {}  # of training a mapping
    made = CATALOG.build(request.param, options, name=request.param, workers=1)
    yield made
    getattr(made, "close", lambda: None)()


def test_a_pipeline_keeps_its_contract(pipeline):
    findings = check_pipeline(pipeline)
    require(findings)
    assert any(law.name == "it learns" for law in findings) == isinstance(pipeline, Trainable)
