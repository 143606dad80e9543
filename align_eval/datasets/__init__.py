"""Data sets, one loader per file: ``load(root, **options) -> Dataset``."""

from align_eval.catalog import Catalog, Entry

CATALOG = Catalog(
    "data set",
    {
        "manifest": Entry(
            "align_eval.datasets.manifest:load",
            "any images, described by a CSV or Parquet table",
        ),
        "lfw": Entry(
            "align_eval.datasets.lfw:load",
            "Labeled Faces in the Wild, and sets laid out like it: View 1 and View 2 pairs",
        ),
        "frll": Entry(
            "align_eval.datasets.frll:load",
            "Face Research Lab London: neutral gallery, smiling probes",
        ),
        "pts_folder": Entry(
            "align_eval.datasets.pts_folder:load",
            "images with 300-W style .pts files beside them; landmarks only",
        ),
        "synthetic": Entry(
            "align_eval.datasets.synthetic.dataset:load",
            "rendered people, visible and thermal, with exact landmarks; needs no files",
        ),
    },
    group="align_eval.datasets",
)
