"""The laws of what turns crops into rows and scores: embedders and verification pipelines."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from align_eval._drawn import drawn_crops, learning_crops, warm
from align_eval._laws import Check, close, expect, law, pixels_kept
from align_eval.errors import AlignEvalError
from align_eval.faces import Face, Modality
from align_eval.image import Image, to_gray

_SUBJECTS = ("ann", "bob", "ann", "cy")


def pipeline_laws(pipeline: Any) -> list[Check]:
    """The laws of a pipeline that is ready for use, on visible crops."""
    crops = drawn_crops(pipeline.template.size)
    return _laws(pipeline, crops, crops)


def learning_laws(pipeline: Any) -> list[Check]:
    """The laws of a pipeline that learns first: thermal probes and visible references."""
    crops = drawn_crops(pipeline.template.size)
    probes, training = [warm(crop) for crop in crops], learning_crops(pipeline.template.size)
    learned = law("it learns", lambda: _learns(pipeline, training))
    if not learned.ok:
        return [learned]
    return [
        learned,
        *_laws(pipeline, crops, probes),
        law("learning again forgets", lambda: _forgets(pipeline, training, crops, probes)),
        law(
            "it learns from one modality, too, or says that it cannot",
            lambda: _learns_alone(pipeline, training, crops),
        ),
    ]


def _laws(pipeline: Any, crops: list[Image], probes: list[Image]) -> list[Check]:
    laws = [law("names are enrolled in order of appearance", lambda: _enrols(pipeline, crops))]
    laws += row_laws(pipeline.probe, probes)
    laws.append(law("trials have scores", lambda: _scored(pipeline, crops, probes)))
    if hasattr(pipeline, "embed"):
        laws.append(law("a face has one embedding", lambda: _symmetric(pipeline, crops)))
    return laws


def row_laws(embed: Callable[..., Any], crops: list[Image]) -> list[Check]:
    """The laws of rows, each of which is made of one crop."""
    return [
        law("crops stay as they were", lambda: pixels_kept(crops, lambda: embed(crops))),
        law(
            "rows are float32 and finite, one per crop",
            lambda: _rows(embed(iter(crops)), len(crops)),
        ),
        law(
            "gray crops are taken",
            lambda: _rows(embed([to_gray(crop) for crop in crops]), len(crops)),
        ),
        law("a row depends on its crop alone", lambda: _alone(embed, crops)),
        law("no crops give no rows", lambda: expect(len(embed([])) == 0, "rows for no crops")),
    ]


def _rows(rows: Any, count: int) -> None:
    expect(isinstance(rows, np.ndarray), f"got {type(rows).__name__}, wanted an array")
    expect(rows.ndim == 2 and len(rows) == count, f"shape {rows.shape}, wanted ({count}, D)")
    expect(rows.dtype == np.float32, f"dtype {rows.dtype}, wanted float32")
    expect(bool(np.isfinite(rows).all()), "a row is not finite")


def _alone(embed: Callable[..., Any], crops: list[Image]) -> None:
    together = embed(crops)
    for k, crop in enumerate(crops):
        close(embed([crop])[0], together[k], f"crop {k} alone")
    close(embed(crops[::-1])[::-1], together, "crops in another order")


def _enrols(pipeline: Any, crops: list[Image]) -> None:
    names = tuple(dict.fromkeys(_SUBJECTS))
    rows = pipeline.enroll(iter(crops), list(_SUBJECTS))
    _rows(rows, len(names))
    order = [3, 0, 1, 2]
    again = pipeline.enroll([crops[i] for i in order], [_SUBJECTS[i] for i in order])
    seen = tuple(dict.fromkeys(_SUBJECTS[i] for i in order))
    close(again[[seen.index(name) for name in names]], rows, "crops in another order")


def _learns(
    pipeline: Any,
    faces: Sequence[Face],
    references: Modality = Modality.VISIBLE,
    probes: Modality = Modality.THERMAL,
) -> None:
    images = [face.load() for face in faces]
    pixels_kept(
        images,
        lambda: pipeline.fit(iter(images), list(faces), references=references, probes=probes),
    )


def _forgets(
    pipeline: Any, training: Sequence[Face], crops: list[Image], probes: list[Image]
) -> None:
    def rows() -> tuple[Any, Any]:
        return pipeline.enroll(crops, list(_SUBJECTS)), pipeline.probe(probes)

    first = rows()
    before = _values(pipeline, *first)
    _learns(pipeline, learning_crops(pipeline.template.size, seed=1))
    close(_values(pipeline, *first), before, "other things learned, for the same rows,")
    _learns(pipeline, training)
    for side, old, new in zip(("references", "probes"), first, rows(), strict=True):
        expect(old.shape == new.shape, f"{side} have other rows after learning the same again")
        close(new, old, f"{side} after learning the same again")


def _learns_alone(pipeline: Any, training: Sequence[Face], crops: list[Image]) -> str:
    seen = [face for face in training if face.modality is Modality.VISIBLE]
    try:
        _learns(pipeline, seen, probes=Modality.VISIBLE)
    except AlignEvalError as error:
        return f"it cannot: {error}"
    _scored(pipeline, crops, crops)
    return ""


def _scored(pipeline: Any, crops: list[Image], probes: list[Image]) -> None:
    values = _values(pipeline, pipeline.enroll(crops, list(_SUBJECTS)), pipeline.probe(probes))
    expect(values.shape == (2,), f"score has shape {values.shape}, wanted one for each trial")
    expect(bool(np.isfinite(values).all()), "a score is not finite")


def _values(pipeline: Any, references: Any, probes: Any) -> NDArray[Any]:
    """The scores of two trials: the pipeline's own, or dot products."""
    first, second = references[[0, 1]], probes[[0, 0]]
    if hasattr(pipeline, "score"):
        values: NDArray[Any] = np.asarray(pipeline.score(first, second))
        return values
    same = first.shape[1] == second.shape[1]
    expect(same, f"no dot product of {first.shape[1]} and {second.shape[1]} numbers")
    dots: NDArray[Any] = np.einsum("ij,ij->i", first, second)
    return dots


def _symmetric(pipeline: Any, crops: list[Image]) -> None:
    rows = pipeline.embed(crops)
    close(pipeline.probe(crops), rows, "probe and embed")
    pooled = pipeline.pool(rows, list(_SUBJECTS))
    close(pooled, pipeline.enroll(crops, list(_SUBJECTS)), "pool and enroll")
