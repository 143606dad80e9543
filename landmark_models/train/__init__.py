"""Training of landmark models: torch, and nothing that runs a trained model."""

from align_eval.catalog import Catalog, Entry

TASKS = Catalog(
    "trainable landmark model",
    {
        "dmsl": Entry(
            "landmark_models.train.tasks.dmsl:DmslTask", "Deep Multi-Spectral Learning", "train"
        ),
        "chu": Entry(
            "landmark_models.train.tasks.chu:ChuTask", "Chu and Liu's multi-task U-Net", "train"
        ),
        "dan": Entry(
            "landmark_models.train.tasks.dan:DanTask", "Deep Alignment Network, two stages", "train"
        ),
        "mtcnn": Entry(
            "landmark_models.train.tasks.mtcnn:MtcnnTask",
            "Multi-task cascade, three stages",
            "train",
        ),
        "pbc": Entry("landmark_models.train.tasks.pbc:PbcTask", "Patch-based classifier", "train"),
        "heatmap": Entry(
            "landmark_models.train.tasks.heatmap:HeatmapTask", "Sub-pixel heat maps", "train"
        ),
        "ccnn": Entry(
            "landmark_models.train.tasks.ccnn:CcnnTask",
            "Cascaded heat maps and regression",
            "train",
        ),
        "validated": Entry(
            "landmark_models.train.tasks.validated:ValidatedTask",
            "Residual network with a validation signal",
            "train",
        ),
        "aam": Entry("landmark_models.train.tasks.aam:AamTask", "Active appearance model", "train"),
    },
)
