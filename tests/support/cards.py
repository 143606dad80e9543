"""Weight cards of made-up models, and ONNX files in onnx's own notation."""

import numpy as np
from onnx import numpy_helper, save
from onnx.parser import parse_model

from align_eval.weights import sha256
from landmark_models.card import Card, write_card

ZEROS = "0" * 64
BRIGHTEST = """
    brightest (float[N,1,H,W] images) => (float[N,5,2] points, float[N,5] quality) {
        flat = Flatten(images)
        best = ArgMax<axis = 1, keepdims = 1>(flat)
        high = ReduceMax<keepdims = 1>(flat, one)
        shape = Shape<start = 3>(images)
        x = Mod(best, shape)
        y = Div(best, shape)
        pair = Concat<axis = 1>(x, y)
        real = Cast<to = 1>(pair)
        lone = Unsqueeze(real, one)
        five = Constant<value_ints = [1, 5, 1]>()
        points = Tile(lone, five)
        row = Constant<value_ints = [1, 5]>()
        quality = Tile(high, row)
    }"""


def card(**keys):
    made = {
        "name": "tiny",
        "architecture": {"class": "nets.tiny:Tiny", "config": "compact", "sizes": {"points": 5}},
        "parameters": 12,
        "training": {
            "command": "align-eval train tiny",
            "config": {"bf16": False},
            "stages": [{"name": "all", "best": 0.03}],
            "seconds": 1.5,
            "device": "cpu",
            "epochs": 1.0,
        },
        "data": {
            "sets": [
                {"name": "drawn", "model": "synthetic", "for": "training"},
                {"name": "others", "model": "synthetic", "for": "test"},
            ],
            "faces": 40,
            "subjects": 4,
            "left_out": {},
        },
        "seed": 0,
        "commit": "abc123",
        "version": "0.1",
        "errors": {"thermal": {"nme": 0.031, "n": 20, "normaliser": "ion"}},
        "description": {"scheme": "five"},
        "files": {"tiny.onnx": ZEROS},
    }
    return Card(**{**made, **keys})


def model(graph, **constants):
    """An ONNX model of a graph as text, with constants that the text names."""
    made = parse_model(f'<ir_version: 8, opset_import: ["" : 18]> {graph}')
    made.graph.initializer.extend(numpy_helper.from_array(v, k) for k, v in constants.items())
    return made


def shipped(folder, models, **keys):
    """Write ONNX files and the card that names them: its path."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, made in models.items():
        save(made, folder / name)
    digests = {name: sha256(folder / name) for name in models}
    return write_card(card(files=digests, **keys), folder)


def brightest():
    """Any gray image → five points at its brightest pixel, and its brightness as quality."""
    return model(BRIGHTEST, one=np.array([1]))
