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
        "insightface_106": Entry(
            "landmark_models.insightface_models:Insightface106",
            "insightface's 2d106det, 106 points",
            "insightface",
        ),
        "insightface_kps": Entry(
            "landmark_models.insightface_models:InsightfaceDetector",
            "the five points of insightface's detectors",
            "insightface",
        ),
        "mediapipe_mesh": Entry(
            "landmark_models.mediapipe_mesh:MediapipeMesh", "MediaPipe's face mesh, 468 points"
        ),
        "fan": Entry(
            "landmark_models.face_alignment_fan:Fan", "FAN of face-alignment, 68 points", "fan"
        ),
        "tfan": Entry("landmark_models.tfan:Tfan", "T-FAKE's thermal landmarker, 70 points"),
        "dmsl": Entry(
            "landmark_models.dmsl:Dmsl", "Deep Multi-Spectral Learning (WIFS 2020), 68 points"
        ),
        "chu": Entry("landmark_models.chu:Chu", "Chu and Liu's multi-task U-Net, 68 points"),
        "dan": Entry("landmark_models.dan:Dan", "Deep Alignment Network, two stages, 68 points"),
        "mtcnn": Entry("landmark_models.mtcnn:Mtcnn", "MTCNN's third stage on a box, five points"),
        "pbc": Entry("landmark_models.pbc:Pbc", "Patch-based classifier, five points"),
        "heatmap": Entry(
            "landmark_models.heatmap:Heatmap", "sub-pixel heat maps on an aligned face, 68 points"
        ),
        "ccnn": Entry("landmark_models.ccnn:Ccnn", "cascaded heat maps and regression, 68 points"),
        "validated": Entry(
            "landmark_models.validated:Validated", "68 points that each say how far off they are"
        ),
        "aam": Entry("landmark_models.aam:Aam", "active appearance model, 68 points"),
        "fitted": Entry(
            "landmark_models.fitted:FittedModel",
            "a trainable model, trained within the study on its training subjects",
            "train",
        ),
        "box": Entry("landmark_models.box:BoxTemplate", "mean points of a face box: the control"),
        "perturbed": Entry(
            "landmark_models.perturbed:PerturbedTruth",
            "the true five points, moved by noise of a given size",
        ),
        "fallback": Entry(
            "landmark_models.fallback:Fallback", "several models, each where those before failed"
        ),
    },
    group="align_eval.landmark_models",
)

DETECTORS = Catalog(
    "detector",
    {
        "mtcnn": Entry("landmark_models.mtcnn_detector:MtcnnDetector", "MTCNN's whole cascade"),
        "yunet": Entry("landmark_models.yunet:YuNet", "YuNet through OpenCV"),
        "insightface": Entry(
            "landmark_models.insightface_models:InsightfaceDetector",
            "SCRFD through insightface",
            "insightface",
        ),
        "dlib-hog": Entry(
            "landmark_models.dlib_models:DlibHog", "dlib's frontal HOG detector", "dlib"
        ),
    },
)
