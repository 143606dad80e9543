"""Landmark models that this package has trained: an ONNX file and its card, and no torch."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from align_eval.errors import ConfigError, UnknownNameError
from align_eval.faces import Box, Face
from align_eval.landmarks import Landmarks
from align_eval.weights import sha256
from landmark_models.boxes import LANDMARK_BOXES, landmark_box
from landmark_models.card import read_card
from landmark_models.onnx_model import OnnxModel, merged
from landmark_models.packaged import card_path, checked_file


class TrainedModel(OnnxModel):
    """A landmark model that ``align-eval train`` has made.

    Parameters
    ----------
    weights : str, optional
        The name of packaged weights, the path of a card (``.json``), or a folder that holds one
        card. By default the model's own packaged weights.
    box_from : {"landmarks", "yunet", "dlib-hog"}
        Whose boxes the faces bring. The models were trained on boxes of the landmarks; a
        detector's are brought to that, see `landmark_models.boxes.landmark_box`.
    name : str, optional
        As it is called in results; the weights' name by default.
    workers : int
        Threads of ONNX Runtime, unless the key ``threads`` says otherwise.
    **keys
        Keys of `landmark_models.onnx_description`; they overrule those of the card. Faces run one
        by one unless ``batch_size`` is given here.

    Raises
    ------
    ConfigError
        No such weights (it says how to train them), a card that cannot be used, or an ONNX file
        that is missing or is not the one that the card means.
    """

    weights: ClassVar[str | None] = None
    implied: ClassVar[Mapping[str, Any]] = {}
    """Keys of the description that the architecture fixes and a card need not repeat."""
    own_sizes: ClassVar[bool] = False
    """Whether every face has a crop of its own size, so that faces cannot share a batch."""

    def __init__(
        self,
        weights: str | None = None,
        *,
        box_from: str = "landmarks",
        name: str | None = None,
        workers: int = 1,
        **keys: Any,
    ) -> None:
        label = f"landmark model {name or self.weights or type(self).__name__!r}"
        source = weights or self.weights
        if source is None:
            raise ConfigError(f"{label} wants the option weights: a card (.json) or its folder")
        if box_from not in LANDMARK_BOXES:
            raise UnknownNameError("box_from", box_from, LANDMARK_BOXES)
        self._box_from = box_from
        place = card_path(source, label)
        self.card = read_card(place)
        self._card_digest = sha256(place)
        path = checked_file(self.card, place.parent, self.card.model)
        self._megabytes = round(path.stat().st_size / 1e6, 3)
        described = merged(merged(self.implied, self.card.description), keys)
        # A batch changes the last bits of a face's points, and on a CPU it gains nothing.
        described["batch_size"] = 1 if self.own_sizes else keys.get("batch_size", 1)
        super().__init__(str(path), name=name or self.card.name, workers=workers, **described)
        own = {"weights": weights, "box_from": box_from, "name": name, "workers": workers}
        self._options = {**own, **keys}

    def locate(self, faces: Sequence[Face]) -> list[Landmarks | None]:
        """The landmarks of each face.

        None without a box that overlaps the image, or where the model's output is not finite.
        """
        return super().locate([face.with_box(self._landmark_box(face.box)) for face in faces])

    def _landmark_box(self, box: Box | None) -> Box | None:
        return None if box is None else landmark_box(box, self._box_from)

    @property
    def provenance(self) -> dict[str, str | int | float]:
        """The card's file and digest, which pin the weights, what they were trained on, and how
        large the model is.
        """
        gmacs = self.card.architecture.get("gmacs")
        return {
            **super().provenance,
            "weights": f"{self.card.name}.json",
            "sha256": self._card_digest,
            "file": self.card.model,
            "architecture": f"{self.card.architecture['config']} of {self.card.parameters} numbers",
            "trained on": self.card.trained_on,
            "parameters": self.card.parameters,
            "file MB": self._megabytes,
            **({} if gmacs is None else {"GMACs": gmacs}),
        }
