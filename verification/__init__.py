"""Verification pipelines: what turns aligned crops into scores.

A pipeline keeps `align_eval.interfaces.Pipeline`. Another package adds one by a dotted path, or
through the entry-point group ``align_eval.pipelines``.
"""

from align_eval.catalog import Catalog, Entry

CATALOG = Catalog(
    "pipeline",
    {
        "embedding": Entry(
            "verification.visible:EmbeddingPipeline",
            "an embedding network (dlib, or any ArcFace-type ONNX file), cosine or Euclidean",
        ),
    },
    group="align_eval.pipelines",
)
