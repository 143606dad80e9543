"""The chart of the head: canonical places as azimuth and elevation seen from its middle.

Textures of a person are drawn once on this chart, in pixels, and looked up for every image. The
chart covers what a camera in front can see; places beyond its edges get the edge's values.
"""

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float32]

CENTRE = (0.0, 0.3, 1.3)
WIDTH, HEIGHT = 640, 400
PER_DEGREE = 2.56  # about 90 pixels an eye distance on the face
_ROW = 1024


def angles(canonical: NDArray[np.floating]) -> Values:
    """(M, 2) azimuth (right positive, 0 straight ahead) and elevation (down positive), degrees.

    >>> angles(np.array([[0.0, 1.6, 0.0], [1.3, 0.3, 0.0]])).round().astype(int).tolist()
    [[0, 45], [45, 0]]
    """
    x = canonical[:, 0] - np.float32(CENTRE[0])
    y = canonical[:, 1] - np.float32(CENTRE[1])
    ahead = np.float32(CENTRE[2]) - canonical[:, 2]
    both = np.stack([np.arctan2(x, ahead), np.arctan2(y, np.hypot(x, ahead))], axis=1)
    degrees: Values = np.degrees(both).astype(np.float32)
    return degrees


def pixels_of(degrees: ArrayLike) -> Values:
    """(…, 2) azimuth and elevation to chart pixels (x, y)."""
    middle = np.array([(WIDTH - 1) / 2, (HEIGHT - 1) / 2], dtype=np.float32)
    found: Values = np.asarray(degrees, dtype=np.float32) * np.float32(PER_DEGREE) + middle
    return found


def pixels(canonical: NDArray[np.floating]) -> Values:
    """(M, 2) chart pixels (x, y) of (M, 3) canonical places."""
    return pixels_of(angles(canonical))


def sample(texture: Values, canonical: NDArray[np.floating]) -> Values:
    """(M, K) values of an (HEIGHT, WIDTH, K ≤ 4) texture at (M, 3) canonical places."""
    return lookup(texture, pixels(canonical))


def lookup(texture: Values, places: Values, wrap: bool = False) -> Values:
    """(M, K) bilinear values of an (H, W, K ≤ 4) texture at (M, 2) pixels (x, y).

    Parameters
    ----------
    wrap : bool
        Whether the texture repeats for ever; otherwise its edges do.
    """
    count = len(places)
    rows = -(-max(count, 1) // _ROW)  # OpenCV refuses images wider than 32767
    padded = np.zeros((rows * _ROW, 2), dtype=np.float32)
    padded[:count] = places
    border = cv2.BORDER_WRAP if wrap else cv2.BORDER_REPLICATE
    grid = padded.reshape(rows, _ROW, 2)
    found = cv2.remap(texture, grid, None, cv2.INTER_LINEAR, borderMode=border)
    values: Values = found.reshape(rows * _ROW, -1)[:count]
    return values
