"""Weight cards: what trained weights are, as a JSON file beside their ONNX files.

::

    weights/dan.json     name, architecture, parameters, training, data, seed, commit, version,
                         errors, description, files, licence, storage
    weights/dan.onnx

The card pins its ONNX files by digest, so the card's own digest names the weights as a whole. Keys
are those of `Card`, and no others.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from align_eval.atomic import write_json
from align_eval.errors import ConfigError, UnknownNameError
from landmark_models.onnx_description import Description

_KEYS: Mapping[str, tuple[str, ...]] = {
    "architecture": ("class", "config", "sizes"),
    "training": ("command", "config", "stages", "seconds", "device", "epochs"),
    "data": ("sets", "faces", "subjects", "left_out"),
}
_ERROR = ("nme", "n", "normaliser")
_DIGEST = 64


@dataclass(frozen=True)
class Card:
    """What is known of trained weights.

    Parameters
    ----------
    name : str
        As the weights are called: ``"dan"``.
    architecture : mapping
        ``class`` (dotted path of the network), ``config`` (``"compact"``), and ``sizes``.
    parameters : int
        How many numbers the network has learnt.
    training : mapping
        ``command``, ``config`` (the settings), ``stages``, ``seconds``, ``device``, ``epochs``.
    data : mapping
        ``sets`` (the options of each data set, and in ``for`` what it was used for: training,
        if nothing is said), how many ``faces`` of how many ``subjects``, and
        ``left_out`` (reason → number of faces).
    seed : int
        Of weights, order and augmentation.
    commit, version : str
        Of the program that trained.
    errors : mapping
        Spectrum → ``nme``, ``n`` (faces) and ``normaliser``, and what else was measured; empty
        before anything was.
    description : mapping
        Keys of `landmark_models.onnx_description`, for the first file.
    files : mapping
        ONNX file → SHA-256. The first is the landmark model, others are parts of it.
    licence : str
        SPDX name.
    storage : {"float16", "float32"}
        How large weights are stored; computation is in float32.

    Raises
    ------
    ConfigError
        A value of another kind, a part without one of its keys, or a description that no model
        can have.
    """

    name: str
    architecture: Mapping[str, Any]
    parameters: int
    training: Mapping[str, Any]
    data: Mapping[str, Any]
    seed: int
    commit: str
    version: str
    errors: Mapping[str, Mapping[str, Any]]
    description: Mapping[str, Any]
    files: Mapping[str, str]
    licence: str = "Apache-2.0"
    storage: str = "float16"

    def __post_init__(self) -> None:
        for key in ("name", "commit", "version", "licence"):
            self._expect(key, str, "a text")
        for key in ("parameters", "seed"):
            self._expect(key, int, "a whole number")
        for key in ("architecture", "training", "data", "errors", "description", "files"):
            self._expect(key, Mapping, "a table")
        for key, wanted in _KEYS.items():
            self._complete(key, getattr(self, key), wanted)
        for spectrum, error in self.errors.items():
            self._complete(f"errors.{spectrum}", error, _ERROR)
        if self.storage not in ("float16", "float32"):
            raise UnknownNameError("storage of weights", str(self.storage), ("float16", "float32"))
        self._check_files()
        try:
            Description.from_keys(self.description)
        except ConfigError as error:
            raise ConfigError(f"weight card {self.name!r}: {error}") from error

    @property
    def model(self) -> str:
        """The file of the landmark model."""
        return next(iter(self.files))

    @property
    def trained_on(self) -> str:
        """The training data in one line."""
        sets = [one for one in self.data["sets"] if one.get("for", "training") == "training"]
        names = [str(one.get("name", "?")) for one in sets]
        count = f"{self.data['faces']} faces of {self.data['subjects']} subjects"
        return f"{count}: {', '.join(names)}"

    def part(self, ending: str) -> str:
        """The file whose name, without suffix, ends with ``-ending``.

        Raises
        ------
        ConfigError
            There is none.
        """
        for name in self.files:
            if name.endswith(f"-{ending}.onnx"):
                return name
        raise ConfigError(
            f"weight card {self.name!r} names no file *-{ending}.onnx, only {', '.join(self.files)}"
        )

    def _expect(self, key: str, kind: type, label: str) -> None:
        value = getattr(self, key)
        if not isinstance(value, kind) or isinstance(value, bool) or value == "":
            raise ConfigError(f"weight card {self.name!r}: {key} wants {label}, got {value!r}")

    def _complete(self, label: str, part: Any, wanted: tuple[str, ...]) -> None:
        given = part if isinstance(part, Mapping) else {}
        lacks = [key for key in wanted if key not in given]
        if lacks:
            raise ConfigError(f"weight card {self.name!r}: {label} lacks {', '.join(lacks)}")

    def _check_files(self) -> None:
        if not self.files:
            raise ConfigError(f"weight card {self.name!r}: files wants at least one ONNX file")
        for name, digest in self.files.items():
            if not name.endswith(".onnx") or Path(name).name != name:
                raise ConfigError(
                    f"weight card {self.name!r}: files wants names of ONNX files beside the card, "
                    f"got {name!r}"
                )
            if not isinstance(digest, str) or len(digest) != _DIGEST:
                raise ConfigError(
                    f"weight card {self.name!r}: {name} wants a SHA-256 of {_DIGEST} digits, "
                    f"got {digest!r}"
                )


def write_card(card: Card, folder: Path) -> Path:
    """Write ``<name>.json``; it is whole or not there.

    Raises
    ------
    DataError
        The folder cannot be written to.
    """
    return write_json(folder / f"{card.name}.json", asdict(card))


def read_card(path: Path) -> Card:
    """Read a card.

    Raises
    ------
    ConfigError
        No JSON object, a key that cards do not have, one that is missing, or a value that does
        not fit; see `Card`.
    """
    try:
        keys = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read the weight card {path.name}: {error}") from error
    if not isinstance(keys, dict):
        raise ConfigError(f"the weight card {path.name} wants an object of keys")
    names = [part.name for part in fields(Card)]
    for key in keys:
        if key not in names:
            raise UnknownNameError(f"key of the weight card {path.name}", key, names)
    lacks = [key for key in names if key not in keys]
    if lacks:
        raise ConfigError(f"the weight card {path.name} lacks {', '.join(lacks)}")
    return Card(**keys)
