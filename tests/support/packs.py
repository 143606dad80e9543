"""insightface's packs with stand-ins of its networks: their inputs and outputs, no training."""

import json

import numpy as np
from cards import model
from standins import detector, landmarks106, matrix, saved

STRIDE = 32
CELLS = 20
"""Of the coarsest map of a detector that looks at 640 × 640 pixels, across and down."""


def recogniser(path, *, side=112, width=512, batch="N", scaling=False):
    """A row of `width` numbers from the means of squares of 8 pixels, as ArcFace gives them.

    If scaling, it says by its nodes' names that it takes pixels as they are.
    """
    pool = "<kernel_shape = [8, 8], strides = [8, 8]>"
    first = "less = Sub(data, mean)  scaled = Mul(less, factor)" if scaling else ""
    text = f"""
        tiny (float[{batch},3,{side},{side}] data) => (float[{batch},{width}] row) {{
            {first}
            means = AveragePool{pool}({"scaled" if scaling else "data"})
            flat = Flatten(means)
            row = MatMul(flat, matrix)
        }}"""
    constants = {"matrix": matrix(3 * (side // 8) ** 2, width)}
    if scaling:
        constants |= {"mean": np.float32([127.5]), "factor": np.float32([1 / 127.5])}
    made = model(text, **constants)
    for node in made.graph.node:
        node.name = f"{node.op_type}_0"
    return saved(made, path)


def genderage(path):
    """Two numbers for the sex and one for the age from the means of four squares."""
    text = """
        tiny (float[N,3,96,96] data) => (float[N,3] fc1) {
            means = AveragePool<kernel_shape = [48, 48], strides = [48, 48]>(data)
            flat = Flatten(means)
            fc1 = MatMul(flat, matrix)
        }"""
    return saved(model(text, matrix=matrix(12, 3)), path)


def pack(folder, find=detector):
    """A folder with the five networks of insightface's buffalo packs, by their names: the folder.

    `find` makes the detector, given its path.
    """
    folder.mkdir(parents=True, exist_ok=True)
    find(folder / "det_10g.onnx")
    landmarks106(folder / "2d106det.onnx")
    landmarks106(folder / "1k3d68.onnx", 3309)
    genderage(folder / "genderage.onnx")
    recogniser(folder / "w600k_r50.onnx")
    return folder


def manifest(folder, **tasks):
    """Write a manifest as insightface's packs have it since version 2."""
    table = {"manifest_version": 2, "model_id": "made", "license": "MODEL.LICENSE", "tasks": tasks}
    (folder / "manifest.json").write_text(json.dumps(table))


def placed(path, boxes, fives, scale=1.0):
    """SCRFD's outputs for the same faces whatever it sees, in an image of `scale` times its own.

    Parameters
    ----------
    path : Path
    boxes : (N, 4) array
        Left, top, right and lower edges in the detector's 640 × 640 pixels times `scale`.
    fives : (N, 5, 2) array
        Key points in the same pixels.
    scale : float
    """
    outputs = {}
    for stride in (8, 16, STRIDE):
        rows = 2 * (640 // stride) ** 2
        for kind, width in (("score", 1), ("bbox", 4), ("kps", 10)):
            outputs[f"{kind}_{stride}"] = np.zeros((rows, width), np.float32)
    for number, (box, five) in enumerate(zip(boxes, fives, strict=True)):
        left, top, right, bottom = np.asarray(box) / scale
        column, row = int((left + right) / 2 // STRIDE), int((top + bottom) / 2 // STRIDE)
        x, y, at = STRIDE * column, STRIDE * row, 2 * (CELLS * row + column)
        outputs["score_32"][at] = 0.9 - 0.01 * number
        outputs["bbox_32"][at] = np.array([x - left, y - top, right - x, bottom - y]) / STRIDE
        outputs["kps_32"][at] = (np.asarray(five) / scale - (x, y)).ravel() / STRIDE
    order = [f"{kind}_{stride}" for kind in ("score", "bbox", "kps") for stride in (8, 16, STRIDE)]
    results = ", ".join(f"float[M,{outputs[name].shape[1]}] {name}" for name in order)
    lines = "\n".join(f"{name} = Identity(made_{name})" for name in order)
    text = f"tiny (float[1,3,H,W] image) => ({results}) {{ {lines} }}"
    return saved(model(text, **{f"made_{name}": outputs[name] for name in order}), path)
