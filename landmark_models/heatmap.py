"""Sub-pixel heat maps on an aligned face: Earp et al., Sub-pixel face landmarks using heatmaps and
a bag of tricks, 2020.

Five points of another model place the face before the network sees it, so that it always looks at
an upright face of one size; its points are mapped back. The network is
`landmark_models.nets.heatmap`.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from align_eval.alignment import Template, estimate
from align_eval.errors import ConfigError, DegenerateFitError
from align_eval.faces import Box, Face
from align_eval.image import Image, to_gray
from align_eval.interfaces import LandmarkModel
from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from align_eval.similarity import Affine
from landmark_models.boxes import usable
from landmark_models.crops import turned
from landmark_models.trained import TrainedModel

SIZE = 192
PLACE = Template(
    "heatmap192",
    Landmarks(
        [[68.0, 59.5], [123.0, 59.5], [95.5, 85.5], [73.5, 118.5], [117.5, 118.5]],
        scheme_named("five"),
    ),
    (SIZE, SIZE),
    "chosen so that the 68 points of rendered faces keep clear of the border",
)
"""Where the five points of an aligned face lie in the network's input."""


class Heatmap(TrainedModel):
    """68 points from heat maps, each with its peak as its quality.

    None for a face without a box that overlaps the image, whose five points are not found or fix no
    place, or for which the model's output is not finite.

    Parameters
    ----------
    weights, box_from, name, workers, **keys
        As of `TrainedModel`. ``flip_average = true`` also runs the mirrored crop: twice the time.
    placed_by : str or mapping
        Who gives the five points: a landmark model of the catalogue by name, or a table of its
        ``name`` and options. ``"mtcnn"``, which is packaged, gets the face's box and `box_from`.

    Raises
    ------
    ConfigError
        As of `TrainedModel`, or a model in `placed_by` that cannot be made or that gives fewer
        than two of the five points.
    """

    weights = "heatmap"
    implied: ClassVar[Mapping[str, Any]] = {"input_size": SIZE, "colour": "gray", "output": "maps"}

    def __init__(
        self,
        weights: str | None = None,
        *,
        placed_by: str | Mapping[str, Any] = "mtcnn",
        box_from: str = "landmarks",
        name: str | None = None,
        workers: int = 1,
        **keys: Any,
    ) -> None:
        super().__init__(weights, box_from=box_from, name=name, workers=workers, **keys)
        self._placer = _placer(placed_by, box_from, workers)
        self._options = {**self._options, "placed_by": placed_by}

    @property
    def provenance(self) -> dict[str, Any]:
        """That of `TrainedModel`, and who placed the faces."""
        own = getattr(self._placer, "provenance", {})
        told = {f"placed by: {key}": value for key, value in own.items()}
        return {**super().provenance, "placed by": self._placer.name, **told}

    def _landmark_box(self, box: Box | None) -> Box | None:
        """As it is given: the model of the five points knows `box_from` itself."""
        return box

    def _cut(self, face: Face) -> tuple[Image, Affine] | None:
        image = face.load()
        if face.box is None or not usable(face.box, image.shape):
            return None
        (found,) = self._placer.locate([face.with_image(image)])
        if found is None:
            return None
        try:
            place = estimate(found, PLACE)
        except DegenerateFitError:
            return None
        return turned(to_gray(image), place, self._size, "replicate")


def _placer(given: str | Mapping[str, Any], box_from: str, workers: int) -> LandmarkModel:
    from landmark_models import CATALOG

    options = {"name": given} if isinstance(given, str) else dict(given)
    if "name" not in options:
        raise ConfigError("placed_by wants the name of a landmark model, or a table with its name")
    name = str(options.pop("name"))
    model = CATALOG.build(name, options, workers=workers, box_from=box_from)
    shared, _ = model.scheme.conversion(PLACE.landmarks.scheme)
    if len(shared) < 2:
        raise ConfigError(
            f"placed_by wants a model of at least two of the five points, {name!r} gives "
            f"{len(shared)}"
        )
    return cast(LandmarkModel, model)
