"""What a landmark model costs, or gains, in face verification.

The names below are the public interface; they are loaded when they are first used.

>>> import align_eval
>>> align_eval.Similarity.make(scale=2.0)([[1, 1]]).tolist()
[[2.0, 2.0]]
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from align_eval.alignment import Template, align, estimate
    from align_eval.app import check, compare, listing, report, run
    from align_eval.curves import Roc
    from align_eval.dataset import Dataset, GroundTruth, Trials
    from align_eval.errors import AlignEvalError
    from align_eval.faces import AlignedFace, Box, Face, Modality
    from align_eval.landmarks import Landmarks, LandmarkScheme
    from align_eval.metrics import parse_metric
    from align_eval.result import Result
    from align_eval.schemes import scheme_named
    from align_eval.scores import Scores
    from align_eval.similarity import Affine, Similarity
    from align_eval.store import load_result
    from align_eval.study import Part, Study
    from align_eval.templates import template

_HOMES = {
    "align_eval.alignment": ("Template", "align", "estimate"),
    "align_eval.app": ("check", "compare", "listing", "report", "run"),
    "align_eval.curves": ("Roc",),
    "align_eval.dataset": ("Dataset", "GroundTruth", "Trials"),
    "align_eval.errors": ("AlignEvalError",),
    "align_eval.faces": ("AlignedFace", "Box", "Face", "Modality"),
    "align_eval.landmarks": ("LandmarkScheme", "Landmarks"),
    "align_eval.metrics": ("parse_metric",),
    "align_eval.result": ("Result",),
    "align_eval.schemes": ("scheme_named",),
    "align_eval.scores": ("Scores",),
    "align_eval.similarity": ("Affine", "Similarity"),
    "align_eval.store": ("load_result",),
    "align_eval.study": ("Part", "Study"),
    "align_eval.templates": ("template",),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Affine",
    "AlignEvalError",
    "AlignedFace",
    "Box",
    "Dataset",
    "Face",
    "GroundTruth",
    "LandmarkScheme",
    "Landmarks",
    "Modality",
    "Part",
    "Result",
    "Roc",
    "Scores",
    "Similarity",
    "Study",
    "Template",
    "Trials",
    "align",
    "check",
    "compare",
    "estimate",
    "listing",
    "load_result",
    "parse_metric",
    "report",
    "run",
    "scheme_named",
    "template",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'align_eval' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return __all__
