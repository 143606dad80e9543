"""Weight files: found or refused in one line, and named by their digest."""

import hashlib
from pathlib import Path

from align_eval.errors import ConfigError


def weights_file(path: str | None, needed_by: str, kind: str = "an ONNX file") -> Path:
    """The file of a model's weights.

    Raises
    ------
    ConfigError
        No path, or no file there.

    Examples
    --------
    >>> weights_file(None, "landmark model 'yunet'")
    Traceback (most recent call last):
        ...
    align_eval.errors.ConfigError: landmark model 'yunet' wants the option path: an ONNX file
    """
    if not path:
        raise ConfigError(f"{needed_by} wants the option path: {kind}")
    found = Path(path).expanduser()
    if not found.is_file():
        raise ConfigError(f"{needed_by}: there is no file {path!r}; path wants {kind}")
    return found


def sha256(path: Path) -> str:
    """The file's SHA-256 in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
