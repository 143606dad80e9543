"""Another aligner before any recogniser that is a function of an aligned crop."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, Literal, TypeVar, get_args

import numpy as np

from align_eval.alignment import Template, align
from align_eval.errors import ImageError, LandmarkError, UnknownNameError
from align_eval.estimators import Estimator
from align_eval.faces import AlignedFace, Box, Face, Modality
from align_eval.image import Image
from align_eval.locating import locate
from align_eval.stacks._five import Model, landmark_model
from align_eval.templates import template as template_of
from landmark_models.insightface_pack import swapped

Colour = Literal["RGB", "BGR"]
Row = TypeVar("Row")


class Realigned(Generic[Row]):
    """image → landmarks → crop → ``embed(crop)``.

    Parameters
    ----------
    model : str, mapping or LandmarkModel
        See `align_eval.stacks.realign`. Its scheme needs at least two points in common with the
        template, not all five.
    embed : callable
        Of one crop, (H, W, 3) uint8; what it gives is what a call gives.
    template : str, mapping or Template
        What crops are aligned to (see `align_eval.templates.template`): the layout that `embed`
        was trained on.
    colour : {"RGB", "BGR"}
        The order of the stack's channels: images come and crops go in it. Whichever it is, the
        landmark model sees RGB.
    estimator : str or Estimator
        How the crop's transform is fitted (see `align_eval.estimators.Estimator`).
    modality : {"visible", "thermal"}
        What the camera saw, for landmark models that ask.
    **options
        Of a model given by name.

    Raises
    ------
    ConfigError
        A model, template or value that cannot be.

    Examples
    --------
    The mean colour of a crop as an embedding:

    >>> import numpy as np
    >>> stack = Realigned("box", lambda crop: crop.mean(axis=(0, 1)).round().tolist())
    >>> red = np.full((200, 200, 3), (250, 0, 0), np.uint8)
    >>> stack(red, Box(50, 50, 100, 100))
    [250.0, 0.0, 0.0]

    uniface's recognisers take a crop of 112 × 112 in BGR where they get no landmarks, so that
    whatever aligned it stays outside of them::

        from uniface import ArcFace
        stack = Realigned("yunet", ArcFace().get_embedding, colour="BGR", path="yunet.onnx")
        row = stack(cv2.imread("a.jpg"))

    deepface neither detects nor aligns where its detector is "skip"; it resizes the crop to what
    the network takes, and takes arrays in BGR::

        from deepface import DeepFace
        def embed(crop):
            found = DeepFace.represent(
                crop, model_name="Facenet512", detector_backend="skip", align=False
            )
            return found[0]["embedding"]
        stack = Realigned("dan", embed, "facenet160", colour="BGR")
        row = stack(cv2.imread("a.jpg"), box)
    """

    def __init__(
        self,
        model: Model,
        embed: Callable[[Image], Row],
        template: str | Mapping[str, Any] | Template = "arcface112",
        *,
        colour: Colour = "RGB",
        estimator: str | Estimator = "similarity",
        modality: str = "visible",
        **options: Any,
    ) -> None:
        if colour not in get_args(Colour):
            raise UnknownNameError("colour", str(colour), get_args(Colour))
        if modality not in list(Modality):
            raise UnknownNameError("modality", str(modality), list(Modality))
        self.model = landmark_model(model, options)
        self.template = template if isinstance(template, Template) else template_of(template)
        self._embed, self._colour, self._modality = embed, colour, Modality(modality)
        self._estimator = (
            estimator if isinstance(estimator, Estimator) else Estimator.parse(estimator)
        )

    def __call__(self, image: Image, box: Box | None = None) -> Row:
        """What `embed` gives for the aligned crop of a face.

        Parameters
        ----------
        image : Image
            In the stack's colour order; gray if the model and `embed` take gray.
        box : Box, optional
            Where the face is; models that find faces themselves do without.

        Raises
        ------
        LandmarkError
            The model finds no landmarks, or some that determine no alignment
            (`DegenerateFitError`). Nothing is embedded in their stead.
        ImageError
            Pixels of another type or shape.
        """
        return self._embed(self.align(image, box).image)

    def align(self, image: Image, box: Box | None = None) -> AlignedFace:
        """The crop that `embed` gets, in the stack's colour order, and its transform.

        Raises
        ------
        LandmarkError, ImageError
            As for a call.
        """
        seen = _checked(image)
        if self._colour == "BGR" and image.ndim == 3:
            seen = swapped(image)
        face = Face("image", "", self._modality, lambda: seen, box)
        boxless = {face.id: f"{self.model.name} wants a box, got none"}
        found = locate(self.model, [face], boxless, 1, lambda _: None)
        if face.id not in found.landmarks:
            raise LandmarkError(found.reasons[face.id])
        return align(image, found.landmarks[face.id], self.template, estimator=self._estimator)


def _checked(image: Image) -> Image:
    colour = image.ndim == 3 and image.shape[2] == 3 and image.dtype == np.uint8
    if not colour and (image.ndim != 2 or image.dtype not in (np.uint8, np.uint16)):
        raise ImageError(
            "a stack wants colour uint8 (H, W, 3) or gray uint8 or uint16 (H, W), got "
            f"{image.dtype} {image.shape}"
        )
    return image
