"""Reading studies: packaged ones by name, others from a TOML file, with overrides."""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from align_eval.errors import ConfigError, UnknownNameError
from align_eval.study import Study

_VARIABLE = re.compile(r"\$\{(\w+)\}")


def packaged_studies() -> dict[str, str]:
    """The names of the packaged studies and their titles."""
    found = {}
    for resource in sorted(files("align_eval.studies").iterdir(), key=lambda item: item.name):
        if resource.name.endswith(".toml"):
            config = tomllib.loads(resource.read_text(encoding="utf-8"))
            found[resource.name.removesuffix(".toml")] = str(config.get("title", ""))
    return found


def read_study(
    source: str | Path,
    *,
    data: Mapping[str, str] | None = None,
    aligners: Sequence[str] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Study:
    """A study from a packaged name or a TOML file.

    Parameters
    ----------
    source : str or Path
        ``"lfw_aligners"``, or a path that ends in ``.toml``.
    data : mapping, optional
        Data set name → root folder, replacing what the study says.
    aligners : sequence of str, optional
        See `Study.with_aligners`.
    settings : mapping, optional
        Top-level keys to replace: ``{"seed": 7}``.

    Raises
    ------
    ConfigError
        No such study or file, or one that cannot be used.
    """
    config = {**_read(source), **(settings or {})}
    study = Study.from_config(config)
    if data:
        study = _with_roots(study, data)
    return study if aligners is None else study.with_aligners(aligners)


def _read(source: str | Path) -> dict[str, Any]:
    packaged = packaged_studies()
    if str(source) in packaged:
        text = files("align_eval.studies").joinpath(f"{source}.toml").read_text(encoding="utf-8")
    elif Path(source).suffix == ".toml":
        try:
            text = Path(source).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"cannot read the study {str(source)!r}: {error}") from error
    else:
        raise UnknownNameError("study", str(source), packaged)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"study {str(source)!r} is not valid TOML: {error}") from error


def _with_roots(study: Study, data: Mapping[str, str]) -> Study:
    config = study.to_config()
    tables = {table["name"]: table for table in config["datasets"]}
    for name, root in data.items():
        if name not in tables:
            raise UnknownNameError(f"data set of study {study.name!r}", name, tables)
        tables[name]["root"] = str(root)
    return Study.from_config(config)


def expand(value: Any, variables: Mapping[str, str] | None = None) -> Any:
    """Replace ``${NAME}`` in strings, however deep, by the environment's value.

    Raises
    ------
    ConfigError
        A variable that is not set.

    Examples
    --------
    >>> expand({"root": ["${A}/lfw", 3]}, {"A": "/data"})
    {'root': ['/data/lfw', 3]}
    """
    known = os.environ if variables is None else variables
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: _value(match[1], known), value)
    if isinstance(value, Mapping):
        return {key: expand(item, known) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [expand(item, known) for item in value]
    return value


def _value(name: str, known: Mapping[str, str]) -> str:
    if name not in known:
        raise ConfigError(
            f"the study needs the variable {name}, which is not set"
            + (
                ": name the data folder with --data-root"
                if name == "ALIGN_EVAL_DATA"
                else " in the environment"
            )
        )
    return known[name]


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys in which two study documents differ, dotted.

    >>> differences({"a": 1, "b": [{"name": "x", "k": 1}]}, {"a": 1, "b": [{"name": "x", "k": 2}]})
    ('b.x.k',)
    """
    first, second = _flat(old), _flat(new)
    keys = [*first, *(key for key in second if key not in first)]
    missing = object()
    return tuple(key for key in keys if first.get(key, missing) != second.get(key, missing))


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    if isinstance(value, Mapping):
        items = {str(key): item for key, item in value.items()}
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        items = {str(item.get("name", i)): item for i, item in enumerate(value)}
    else:
        return {prefix: value}
    flat: dict[str, Any] = {}
    for key, item in items.items():
        flat.update(_flat(item, f"{prefix}.{key}" if prefix else key))
    return flat
