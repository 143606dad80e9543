"""Weight files: found or refused in one line, and named by their digest."""

import hashlib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from align_eval.errors import ConfigError, MissingExtraError


def weights_file(path: str | Path | None, needed_by: str, kind: str = "an ONNX file") -> Path:
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
        raise ConfigError(f"{needed_by}: there is no weights file {str(path)!r}; path wants {kind}")
    return found


def packaged_weights(package: str, name: str, extra: str, needed_by: str) -> Path:
    """A weight file that an installed package carries; the package itself is not imported.

    Parameters
    ----------
    package : str
        The import name of the package.
    name : str
        The file, relative to the package's folder.
    extra : str
        Which extra of align-eval brings the package.
    needed_by : str
        For the message.

    Raises
    ------
    MissingExtraError
        The package, or the file in it, is not there.
    """
    spec = find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder) / name
        if path.is_file():
            return path
    raise MissingExtraError(package, extra, needed_by)


def sha256(path: Path) -> str:
    """The file's SHA-256 in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def replaced(options: Any, name: str, *digests: str) -> Path | None:
    """The file called `name` that some option names, if it is none of `digests` any more.

    Parameters
    ----------
    options : mapping
        A study's options, however deep.
    name, *digests : str
        ``weights`` and ``sha256`` of a model's provenance; several models may have files of one
        name.
    """
    if isinstance(options, Mapping):
        options = list(options.values())
    if isinstance(options, list | tuple):
        found = (replaced(option, name, *digests) for option in options)
        return next((path for path in found if path), None)
    path = Path(options).expanduser() if isinstance(options, str) else None
    if path is None or path.name != name or not path.is_file() or sha256(path) in digests:
        return None
    return path
