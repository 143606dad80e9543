import subprocess
import sys

import align_eval

PUBLIC = {
    "Affine", "AlignEvalError", "AlignedFace", "Box", "Dataset", "Face", "GroundTruth",
    "LandmarkScheme", "Landmarks", "Modality", "Part", "Result", "Roc", "Scores", "Similarity",
    "Study", "Template", "Trials", "align", "check", "compare", "estimate", "listing",
    "load_result", "parse_metric", "report", "run", "scheme_named", "template",
}  # fmt: skip


def test_the_public_names_are_frozen():
    assert set(align_eval.__all__) == PUBLIC


def test_every_public_name_loads_and_is_documented():
    for name in align_eval.__all__:
        assert getattr(align_eval, name).__doc__, name


def test_importing_the_core_brings_no_heavy_package():
    heavy = "torch onnxruntime matplotlib jinja2 insightface dlib sklearn"
    code = (
        "import sys, align_eval.executor, align_eval.datasets, align_eval.resample\n"
        f"print([m for m in '{heavy}'.split() if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
