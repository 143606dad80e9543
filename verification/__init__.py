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
        "templates": Entry(
            "verification.templates:TemplatePipeline",
            "an embedding network, its rows pooled over the images of a template as for IJB",
        ),
        "adapted": Entry(
            "verification.adapted:AdaptedPipeline",
            "an embedding network, its rows centred by spectrum and whitened within subjects",
        ),
        "dpm_pls": Entry(
            "verification.thermal:dpm_pls",
            "descriptors of filtered crops, mapped between spectra, one regression a reference",
        ),
        "dpm_cosine": Entry(
            "verification.thermal:dpm_cosine", "the same, compared by their cosine"
        ),
        "dog_pls": Entry("verification.thermal:dog_pls", "descriptors not mapped, by regression"),
        "dog_cosine": Entry("verification.thermal:dog_cosine", "descriptors not mapped, by cosine"),
    },
    group="align_eval.pipelines",
)
