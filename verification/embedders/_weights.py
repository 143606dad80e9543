"""Weight files: found or refused, and named by their digest."""

from hashlib import file_digest
from pathlib import Path

from align_eval.errors import ConfigError


def weights_file(path: str | Path, needed_by: str) -> Path:
    """The path of a file that exists.

    Raises
    ------
    ConfigError
        There is no such file.
    """
    found = Path(path).expanduser()
    if not found.is_file():
        raise ConfigError(f"{needed_by}: there is no weights file {str(found)!r}")
    return found


def sha256(path: Path) -> str:
    """The SHA-256 digest of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
