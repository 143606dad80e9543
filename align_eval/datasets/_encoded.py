"""Images that lie in a larger file, as the bytes of a JPEG or PNG."""

from dataclasses import dataclass

from align_eval.errors import ImageError
from align_eval.image import Image, decode_image


@dataclass(frozen=True, slots=True)
class EncodedImage:
    """A picklable way to decode an image later: what `Face.load` is for faces in a larger file.

    Parameters
    ----------
    data : bytes
        As a file of its own would hold.
    name : str
        How messages call it: ``"lfw.bin, image 12"``.
    size : tuple of int, optional
        The (width, height) that it must have.
    """

    data: bytes
    name: str
    size: tuple[int, int] | None = None

    def __call__(self) -> Image:
        """Decode it, as `align_eval.image.read_image` does.

        Raises
        ------
        ImageError
            No image that can be read, or one of another size.
        """
        try:
            image = decode_image(self.data)
        except ImageError as error:
            raise ImageError(f"{self.name}: {error}") from error.__cause__
        height, width = image.shape[:2]
        if self.size is not None and self.size != (width, height):
            wanted = " × ".join(map(str, self.size))
            raise ImageError(f"{self.name}: {width} × {height} pixels; the others have {wanted}")
        return image
