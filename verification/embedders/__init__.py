"""Embedders: one crop in, one vector out. They keep `align_eval.interfaces.Embedder`.

An embedder may also say which ``score`` its vectors are made for (``"cosine"``, the default, or
``"euclidean"``), give its ``provenance``, and have a ``close()``.
"""

from align_eval.catalog import Catalog, Entry

EMBEDDERS = Catalog(
    "embedder",
    {
        "dlib": Entry(
            "verification.embedders.dlib_embedder:DlibEmbedder",
            "dlib's 128-d ResNet on a 150 × 150 chip, Euclidean",
            "dlib",
        ),
        "onnx": Entry(
            "verification.embedders.onnx_embedder:OnnxEmbedder",
            "an ArcFace-type network from an ONNX file, cosine",
        ),
        "insightface": Entry(
            "verification.embedders.insightface_embedder:InsightfaceEmbedder",
            "the recogniser of an insightface pack or file, run by insightface, cosine",
            "insightface",
        ),
    },
)
