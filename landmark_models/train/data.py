"""Which faces a training learns from, chooses by, and is measured on."""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from align_eval.dataset import Dataset
from align_eval.errors import ConfigError, UnknownNameError
from align_eval.study import Part
from landmark_models.train.store import SIDE, Store, joined, store_of

PARTS = ("training", "validation", "test")
Loader = Callable[[Part], Dataset]


@dataclass(frozen=True)
class TrainingData:
    """Data sets by what they are for.

    Parameters
    ----------
    title : str
        In a line.
    training, validation, test : tuple of Part
        Data sets as in a study; people of one are in no other.
    """

    title: str
    training: tuple[Part, ...]
    validation: tuple[Part, ...]
    test: tuple[Part, ...]

    @property
    def groups(self) -> tuple[tuple[Part, ...], tuple[Part, ...], tuple[Part, ...]]:
        """The three in the order of `PARTS`."""
        return self.training, self.validation, self.test

    def to_config(self) -> dict[str, Any]:
        """As a TOML document."""
        tables = [[part.to_config() for part in group] for group in self.groups]
        return {"title": self.title, **dict(zip(PARTS, tables, strict=True))}


def packaged_data() -> dict[str, str]:
    """The names of the packaged descriptions, and their titles."""
    folder = files("landmark_models.train.recipes")
    return {
        item.name.removesuffix(".toml"): str(_parsed(item.name, item.read_text("utf-8"))["title"])
        for item in sorted(folder.iterdir(), key=lambda item: item.name)
        if item.name.endswith(".toml")
    }


def read_data(source: str | Path) -> TrainingData:
    """A packaged description by name, or a TOML file.

    The file has the tables ``[[training]]``, ``[[validation]]`` and ``[[test]]``, each a data set
    as in a study.

    Raises
    ------
    ConfigError
        No such name or file, an unknown key, or a part without a data set.
    """
    names = packaged_data()
    if str(source) in names:
        text = (files("landmark_models.train.recipes") / f"{source}.toml").read_text("utf-8")
    elif Path(source).suffix == ".toml":
        try:
            text = Path(source).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"cannot read the training data {str(source)!r}: {error}") from error
    else:
        raise UnknownNameError("training data (or TOML file)", str(source), names)
    config = _parsed(str(source), text)
    for key in config:
        if key not in ("title", *PARTS):
            raise UnknownNameError("key of training data", key, ("title", *PARTS))
    parts = {name: _parts(source, name, config.get(name)) for name in PARTS}
    named = [part.name for group in parts.values() for part in group]
    twice = next((name for name in named if named.count(name) > 1), None)
    if twice is not None:
        raise ConfigError(f"training data {str(source)!r} names the data set {twice!r} twice")
    return TrainingData(str(config.get("title", "")), **parts)


def stores(
    data: TrainingData, load: Loader, *, workers: int = 1, side: int = SIDE
) -> tuple[Store, Store]:
    """The faces to learn from and those to choose by, in memory.

    Parameters
    ----------
    data : TrainingData
        The data sets.
    load : callable
        Makes a data set of a part.
    workers : int
        Threads that read.
    side : int
        Of the crops in pixels.

    Raises
    ------
    DataError
        See `store_of` and `joined`.
    """
    training = _joined(data.training, load, workers, side)
    return training, _joined(data.validation, load, workers, side)


def _joined(parts: Sequence[Part], load: Loader, workers: int, side: int) -> Store:
    made = []
    for part in parts:
        dataset = load(part)
        faces = (*dataset.training, *dataset.faces)
        prefix = f"{part.name}/"
        made.append(store_of(faces, dataset.truth, prefix=prefix, workers=workers, side=side))
    return joined(made)


def _parsed(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"training data {name!r} is no valid TOML: {error}") from error


def _parts(source: str | Path, name: str, tables: Any) -> tuple[Part, ...]:
    if not isinstance(tables, list) or not tables:
        raise ConfigError(f"training data {str(source)!r} want at least one [[{name}]]")
    return tuple(Part.from_config(table, f"data set of {name}") for table in tables)
