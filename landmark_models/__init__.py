"""Landmark models and face detectors, one file each; a new one is one file and one line here."""

from align_eval.catalog import Catalog, Entry

CATALOG = Catalog(
    "landmark model",
    {
        "ground_truth": Entry("align_eval.dataset:GroundTruth", "the data set's own landmarks"),
        "dlib68": Entry(
            "landmark_models.dlib_models:Dlib68", "dlib's regression trees, 68 points", "dlib"
        ),
        "dlib5": Entry(
            "landmark_models.dlib_models:Dlib5",
            "dlib's regression trees, eye corners and nose base",
            "dlib",
        ),
        "yunet": Entry("landmark_models.yunet:YuNet", "the YuNet detector's own five points"),
        "onnx": Entry(
            "landmark_models.onnx_model:OnnxModel", "any ONNX model that a few keys describe"
        ),
        "box": Entry("landmark_models.box:BoxTemplate", "mean points of a face box: the control"),
    },
    group="align_eval.landmark_models",
)

DETECTORS = Catalog(
    "detector",
    {
        "yunet": Entry("landmark_models.yunet:YuNet", "YuNet through OpenCV"),
        "dlib-hog": Entry(
            "landmark_models.dlib_models:DlibHog", "dlib's frontal HOG detector", "dlib"
        ),
    },
)
