"""Pictures of a report as PNG, packed as small as they get without a change to any pixel."""

import base64
import io

import numpy as np

from align_eval.image import Image, to_uint8

_URI = "data:image/png;base64,"


def packed(image: Image) -> bytes:
    """An image as the bytes of a PNG file of 8 bits: gray where it is, else RGB.

    Parameters
    ----------
    image : array
        RGB uint8 (H, W, 3), or gray uint8 or uint16 (H, W); 16 bits are stretched to 8.

    Examples
    --------
    >>> import numpy as np
    >>> gray = np.arange(64, dtype=np.uint8).reshape(8, 8)
    >>> len(packed(gray)) == len(packed(np.stack([gray] * 3, axis=2)))
    True
    """
    from PIL import Image as Pictures

    pixels = to_uint8(image)
    if pixels.ndim == 3 and (pixels == pixels[:, :, :1]).all():
        pixels = pixels[:, :, 0]
    buffer = io.BytesIO()
    Pictures.fromarray(np.ascontiguousarray(pixels)).save(buffer, format="png")
    return buffer.getvalue()


def data_uri(png: bytes) -> str:
    """The bytes of a PNG file as an address that holds them.

    >>> data_uri(b"abc")
    'data:image/png;base64,YWJj'
    """
    return f"{_URI}{base64.b64encode(png).decode()}"


def repacked(uri: str) -> str:
    """An opaque PNG in an address packed anew; what else there is stays as it is."""
    from PIL import Image as Pictures

    if not uri.startswith(_URI):
        return uri
    given = io.BytesIO(base64.b64decode(uri.removeprefix(_URI)))
    with Pictures.open(given) as opened:
        pixels = np.asarray(opened.convert("RGBA"))
    return data_uri(packed(pixels[:, :, :3])) if (pixels[:, :, 3] == 255).all() else uri
