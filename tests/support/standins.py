"""Stand-ins for networks whose weights are not ours: the same inputs and outputs, no training."""

import sys
from enum import IntEnum
from types import ModuleType

import numpy as np
from cards import model
from onnx import save

FIVE_IN_CELLS = np.array([[-2, -2], [2, -2], [0, 0], [-1.5, 2], [1.5, 2]], np.float32)
BOX_IN_CELLS = np.array([4, 5, 4, 5], np.float32)
MIDDLE_CELL = (10, 10)


def matrix(rows, columns):
    return np.random.default_rng(3).normal(size=(rows, columns)).astype(np.float32) / 8


def landmarks106(path, numbers=212, side=192):
    """Coordinates from the means of squares of 48 pixels, as insightface's 2d106det gives them."""
    text = f"""
        tiny (float[N,3,{side},{side}] data) => (float[N,{numbers}] fc1) {{
            means = AveragePool<kernel_shape = [48, 48], strides = [48, 48]>(data)
            row = Flatten(means)
            fc1 = MatMul(row, matrix)
        }}"""
    return saved(model(text, matrix=matrix(3 * (side // 48) ** 2, numbers)), path)


def normalised_by_itself(path):
    """The same, with insightface's mark of a network that takes pixels as they are."""
    text = """
        tiny (float[N,3,192,192] data) => (float[N,212] fc1) {
            less = Sub(data, mean)
            scaled = Mul(less, factor)
            means = AveragePool<kernel_shape = [48, 48], strides = [48, 48]>(scaled)
            row = Flatten(means)
            fc1 = MatMul(row, matrix)
        }"""
    made = model(
        text, matrix=matrix(48, 212), mean=np.float32([127.5]), factor=np.float32([1 / 128])
    )
    for node, name in zip(made.graph.node, ("Sub0", "Mul0", "Pool", "Row", "Dense"), strict=True):
        node.name = name
    return saved(made, path)


def detector(path, *, steady=False, key_points=True):
    """SCRFD's nine outputs.

    Each cell of 32 pixels whose mean red is bright is a face, with a box and five points round
    the cell's corner; or, if steady, the cell in the middle of 640 pixels, whatever is seen.
    """
    lines, names = [], {"score": [], "bbox": [], "kps": []}
    for stride in (8, 16, 32):
        pool = f"<kernel_shape = [{stride}, {stride}], strides = [{stride}, {stride}]>"
        seen = "brightness" if stride == 32 and not steady else "dark"
        lines.append(f"""
            pooled_{stride} = AveragePool{pool}({seen})
            column_{stride} = Reshape(pooled_{stride}, tall)
            other_{stride} = Mul(column_{stride}, zero)
            pair_{stride} = Concat<axis = 1>(column_{stride}, other_{stride})
            found_{stride} = Reshape(pair_{stride}, tall)
            none_{stride} = Mul(found_{stride}, zero)
            ones_{stride} = Add(none_{stride}, one)
            score_{stride} = Add(found_{stride}, {"sure" if steady and stride == 32 else "zero"})
            bbox_{stride} = MatMul(ones_{stride}, box)
            kps_{stride} = MatMul(ones_{stride}, five)""")
        for kind, made in names.items():
            made.append(f"{kind}_{stride}")
    kinds = list(names) if key_points else ["score", "bbox"]
    width = {"score": 1, "bbox": 4, "kps": 10}
    outputs = ", ".join(f"float[M,{width[k]}] {name}" for k in kinds for name in names[k])
    text = f"""
        tiny (float[1,3,H,W] image) => ({outputs}) {{
            red = Gather<axis = 1>(image, first)
            brightness = Relu(red)
            dark = Mul(brightness, zero)
            {"".join(lines)}
        }}"""
    sure = np.zeros((800, 1), np.float32)
    sure[2 * (20 * MIDDLE_CELL[1] + MIDDLE_CELL[0])] = 0.9
    made = model(
        text,
        first=np.array([0]),
        tall=np.array([-1, 1]),
        zero=np.float32([0]),
        one=np.float32([1]),
        sure=sure,
        box=BOX_IN_CELLS[None],
        five=FIVE_IN_CELLS.reshape(1, 10),
    )
    return saved(made, path)


def tfan(path, points=70, width=3):
    """x, y and a variance per point from the means of 49 squares."""
    text = f"""
        tiny (float[N,3,224,224] input) => (float[N,{points},{width}] output) {{
            means = AveragePool<kernel_shape = [32, 32], strides = [32, 32]>(input)
            row = Flatten(means)
            numbers = MatMul(row, matrix)
            output = Reshape(numbers, shape)
        }}"""
    shape = np.array([-1, points, width])
    return saved(model(text, matrix=matrix(147, points * width), shape=shape), path)


def saved(made, path):
    save(made, path)
    return str(path)


class LandmarksType(IntEnum):
    TWO_D = 1
    TWO_HALF_D = 2
    THREE_D = 3


class FaceAlignment:
    """face-alignment's class with its signatures; it marks 68 points on a circle in the box."""

    made: list = []  # noqa: RUF012 (what tests look at)

    def __init__(
        self,
        landmarks_type,
        network_size=4,
        device="cuda",
        dtype=None,
        flip_input=True,
        face_detector="sfd",
        face_detector_kwargs=None,
        verbose=False,
        compile=True,  # noqa: A002 (the package's own name)
        max_batch_size=1,
    ):
        if device == "nowhere":
            raise RuntimeError("no such device:\nnowhere")
        self.given = {
            "landmarks_type": landmarks_type,
            "device": device,
            "flip_input": flip_input,
            "face_detector": face_detector,
            "compile": compile,
        }
        self.made.append(self)

    def get_landmarks_from_image(
        self, image_or_path, detected_faces=None, return_bboxes=False, return_landmark_score=False
    ):
        assert image_or_path.dtype == np.uint8
        assert image_or_path.shape[2] == 3
        found, scores = [], []
        for left, top, right, bottom in detected_faces:
            turn = np.linspace(0, 2 * np.pi, 68, endpoint=False)
            radius = 0.5 + image_or_path[..., 0].mean() / 1000
            circle = np.stack([np.cos(turn), np.sin(turn)], axis=1) * radius
            size = np.array([right - left, bottom - top])
            found.append((np.array([left, top]) + size * (0.5 + circle)).astype(np.float32))
            scores.append(np.linspace(0.1, 0.9, 68, dtype=np.float32))
            image_or_path[:] = 0  # the package may scribble on what it is given
        return found, scores if return_landmark_score else None, None


WEIGHTS = "2DFAN4-11f355bf06.pth.tar"


def face_alignment(monkeypatch, hub):
    """Put the stand-in where ``import face_alignment`` finds it: the class."""
    package = ModuleType("face_alignment")
    package.api, package.utils = ModuleType("face_alignment.api"), ModuleType("utils")
    package.FaceAlignment = type("FaceAlignment", (FaceAlignment,), {"made": []})
    package.LandmarksType = LandmarksType
    package.api.models_urls = {"2DFAN-4": f"https://example.org/python-fan/{WEIGHTS}"}
    package.utils.get_dir = lambda: str(hub)
    parts = {"": package, ".api": package.api, ".utils": package.utils}
    for name, part in parts.items():
        monkeypatch.setitem(sys.modules, f"face_alignment{name}", part)
    return package.FaceAlignment


class Mesh:
    """OpenCV's network of MediaPipe's mesh, for a picture of two spots on black.

    The red spot is the image's left outer eye corner, the blue one the right; the other points
    lie round them as `SHAPE` says. It keeps the crops it saw.
    """

    def __init__(self, logit=8.0, outputs=1404):
        self.crops, self.logit, self.outputs = [], logit, outputs

    def getLayerNames(self):
        return ("first", "flag", "mesh")

    def getUnconnectedOutLayersNames(self):
        return ("mesh",)

    def setInput(self, blob):
        assert blob.shape == (1, 3, 192, 192)
        assert 0 <= blob.min() <= blob.max() <= 1
        self.crop = blob[0]
        self.crops.append(blob[0])

    def forward(self, name):
        if name == "flag":
            return np.full((1, 1, 1, 1), self.logit, np.float32)
        if self.outputs != 1404:
            return np.zeros((1, self.outputs), np.float32)
        left, right = centre(self.crop[0]), centre(self.crop[2])
        along = right - left
        across = np.array([-along[1], along[0]])
        points = left + SHAPE[:, :1] * along + SHAPE[:, 1:] * across
        return np.column_stack([points, np.zeros(468)]).astype(np.float32).reshape(1, 1404, 1, 1)


def centre(plane):
    """The middle of a plane's light, counted from the edge of the crop as MediaPipe counts."""
    total = plane.sum()
    if total == 0:
        return np.full(2, np.nan)
    sums = plane.sum(axis=0) @ np.arange(192), plane.sum(axis=1) @ np.arange(192)
    return np.array(sums) / total + 0.5


def _shape():
    shape = np.random.default_rng(5).uniform((-0.3, -0.6), (1.3, 1.4), (468, 2))
    shape[33], shape[263] = (0, 0), (1, 0)
    return shape


SHAPE = _shape()
