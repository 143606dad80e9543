"""How large faces are in an image: the distances of published data sets."""

from collections.abc import Mapping
from dataclasses import dataclass

from align_eval.errors import ConfigError, UnknownNameError

SIZES = (32, 2048)


@dataclass(frozen=True)
class View:
    """The resolution of an image pair.

    Parameters
    ----------
    size : int
        Side of the square images in pixels.
    eye_distance : float
        Distance between the eyes of the mean, frontal head in pixels.

    Raises
    ------
    ConfigError
        A size out of range, or a face that is larger than the image or a speck in it.
    """

    size: int
    eye_distance: float

    def __post_init__(self) -> None:
        low, high = SIZES
        if isinstance(self.size, bool) or not low <= self.size <= high:
            raise ConfigError(f"synthetic faces want a size from {low} to {high}, got {self.size}")
        if not self.size / 20 <= self.eye_distance <= self.size / 2:
            raise ConfigError(
                f"images of {self.size} px want an eye distance from {self.size / 20:g} to "
                f"{self.size / 2:g} px, got {self.eye_distance:g}"
            )


# Eye distances on thermal images: R1 to R3 of the ARL Polarimetric Thermal Face Dataset at 2.5, 5
# and 7.5 m (Poster et al., CVPRW 2019), and the median of VIS-TH's published annotations.
RANGES: Mapping[str, View] = {
    "R1": View(416, 87.0),
    "R2": View(224, 44.0),
    "R3": View(160, 31.0),
    "VIS-TH": View(128, 26.0),
}
DEFAULT_SIZE = 256
_FILLING = 1 / 4  # the eye distance over the image's side, if no range says otherwise


def view_of(range_name: str = "", size: int = 0, eye_distance: float = 0.0) -> View:
    """The resolution that options describe.

    Parameters
    ----------
    range_name : str
        A key of `RANGES`, or ``""``.
    size : int
        Pixels; 0 for the range's own, or 256.
    eye_distance : float
        Pixels; 0 for the range's own, or a quarter of the size.

    Raises
    ------
    UnknownNameError
        An unknown range.
    ConfigError
        See `View`.

    Examples
    --------
    >>> view_of(), view_of("R2")
    (View(size=256, eye_distance=64.0), View(size=224, eye_distance=44.0))
    """
    if range_name and range_name not in RANGES:
        raise UnknownNameError("range", range_name, RANGES)
    if range_name:
        own = RANGES[range_name]
        return View(size or own.size, eye_distance or own.eye_distance)
    side = size or DEFAULT_SIZE
    return View(side, eye_distance or side * _FILLING)
