"""What a landmark model gets, and what a verification pipeline gets."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from align_eval.image import Image
from align_eval.similarity import Affine


class Modality(StrEnum):
    """What a camera saw."""

    VISIBLE = "visible"
    THERMAL = "thermal"


class Box(NamedTuple):
    """A face box in pixels; ``(x, y)`` is its upper left corner, pixel centres are integers."""

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the box, (x, y)."""
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def area(self) -> float:
        """Square pixels."""
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class Face:
    """One face in one image. The truth about it lives in the data set, not here.

    Parameters
    ----------
    id : str
        Unique within the data set.
    subject : str
        Whose face it is.
    modality : Modality
        Visible or thermal.
    load : callable
        Reads the image: RGB uint8 (H, W, 3), or gray uint8 or uint16 (H, W). It raises
        `ImageError` where the image cannot be read. Picklable, so that faces can be sent to
        worker processes.
    box : Box, optional
        Where the face is, if the data set or a detector says so.
    attributes : mapping
        Whatever else is known: variation, session, range, split, …
    """

    id: str
    subject: str
    modality: Modality
    load: Callable[[], Image]
    box: Box | None = None
    attributes: dict[str, str | float] = field(default_factory=dict)

    def with_box(self, box: Box | None) -> "Face":
        """The same face with another box."""
        return replace(self, box=box)

    def with_image(self, image: Image) -> "Face":
        """The same face with its image already read."""
        return replace(self, load=_Loaded(image))


@dataclass(frozen=True, slots=True, eq=False)
class _Loaded:
    image: Image

    def __call__(self) -> Image:
        return self.image


@dataclass(frozen=True, slots=True, eq=False)
class AlignedFace:
    """A crop in template coordinates, and the transform (image → template) that made it."""

    image: Image
    transform: Affine
