"""TFAN, the landmarker of T-FAKE for thermal images: 70 or 478 points, from an ONNX file.

Flotho, Piening, Kukleva and Steidl, T-FAKE: Synthesizing Thermal Images for Facial Landmarking,
CVPR 2025. Its weights are published as a torch state of the class ``DMMv2`` in the package
thermal-face-alignment (a MobileNetV2 of timm and one linear layer; CC BY-NC-SA 4.0), which needs
torch, torchvision and timm. A study needs none of them: export the network once, where the package
is installed, from the file that it keeps (``~/.tfan/models/joint_converted.pt``)::

    import torch
    from tfan.core.models import DMMv2

    model = DMMv2(n_landmarks=70).eval()
    model.load_state_dict(torch.load("joint_converted.pt", weights_only=True))
    torch.onnx.export(model, (torch.zeros(1, 3, 224, 224),), "tfan70.onnx", external_data=False)

The signature of the file: input (B, 3, 224, 224), pixels normalised as for ImageNet, a thermal
image's one channel three times; output (B, points, 3): x and y as fractions of the crop's side,
and the variance that the network expects of them.

Checked against the package's code and with a network of that signature, not with its weights.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from align_eval.errors import UnknownNameError
from landmark_models.decode import Decoded, decode
from landmark_models.onnx_model import OnnxModel

_SCHEMES = ("tfake70", "mediapipe478")
_MEAN, _DEVIATION = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
_SIDE = 224


class Tfan(OnnxModel):
    """TFAN's points, with minus the variance of each as its quality.

    16-bit images are stretched to their darkest and brightest pixel, as the network was trained.

    Parameters
    ----------
    path : str
        The exported ONNX file.
    scheme : {"tfake70", "mediapipe478"}
        Which of the two published models it is.
    crop : mapping, optional
        Keys of a description's ``crop`` that overrule the package's own: a square of 1.25 times
        the longer side of a detector's box.
    providers : list of str
        ONNX Runtime's execution providers.
    workers : int
        Threads of ONNX Runtime.
    name : str
        As it is called in results.

    Raises
    ------
    ConfigError
        No file, or one whose input or output is another.
    """

    def __init__(
        self,
        path: str | None = None,
        *,
        scheme: str = "tfake70",
        crop: Mapping[str, Any] | None = None,
        providers: Sequence[str] = ("CPUExecutionProvider",),
        workers: int = 1,
        name: str = "tfan",
    ) -> None:
        if scheme not in _SCHEMES:
            raise UnknownNameError("scheme of TFAN", scheme, _SCHEMES)
        super().__init__(
            path,
            name=name,
            workers=workers,
            scheme=scheme,
            input_size=_SIDE,
            layout="NCHW",
            mean=_MEAN,
            scale=tuple(1 / one for one in _DEVIATION),
            crop={"side": "max", "scale": 1.25, **(crop or {})},
            order="xyz",
            providers=providers,
        )
        self._options = {
            "path": path,
            "scheme": scheme,
            "crop": crop,
            "providers": providers,
            "workers": workers,
            "name": name,
        }

    def _raw(self, pixels: NDArray[np.uint8]) -> Decoded:
        values = self._about.normalised(pixels).transpose(0, 3, 1, 2)
        feed = np.ascontiguousarray(values, dtype=self._dtype)
        (output,) = self._session.run([self._output], {self._input.name: feed})
        numbers = cast(NDArray[np.float32], np.asarray(output))
        points = decode(numbers, len(self.scheme), (_SIDE, _SIDE), "normalised", "xyz").points
        variance = numbers.reshape(len(points), len(self.scheme), 3)[..., 2]
        return Decoded(points, -variance.astype(np.float64))
