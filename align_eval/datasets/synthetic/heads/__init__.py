"""Head models, one file each."""

from align_eval.catalog import Catalog, Entry

HEADS = Catalog(
    "head model",
    {
        "parametric": Entry(
            "align_eval.datasets.synthetic.heads.parametric:load", "made by code, no data file"
        ),
        "ict": Entry(
            "align_eval.datasets.synthetic.heads.ict:load",
            "ICT-FaceKit's morphable head, from its checkout or a compact .npz",
        ),
    },
)
