"""``KEY=VALUE`` of the command line, with values in TOML."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from align_eval.errors import ConfigError


def assignments(option: str, texts: Sequence[str]) -> list[tuple[str, str]]:
    """Names and values, the latter as they are written.

    Parameters
    ----------
    option : str
        Whose they are, for messages: ``"--set"``.
    texts : sequence of str
        As the command line gives them.

    Raises
    ------
    ConfigError
        One without a name, or without an equals sign.

    Examples
    --------
    >>> assignments("--data", ["near=/a", "far=/b=c"])
    [('near', '/a'), ('far', '/b=c')]
    """
    pairs = []
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise ConfigError(f"{option} wants NAME=VALUE, got {text!r}")
        pairs.append((key.strip(), value))
    return pairs


def toml_table(option: str, texts: Sequence[str]) -> dict[str, Any]:
    """Names and values, the latter read as TOML; what is no TOML is a text.

    Examples
    --------
    >>> toml_table("--set", ["seed=7", "boxes=dlib-hog", 'roles="all"', "sizes=[1, 2]"])
    {'seed': 7, 'boxes': 'dlib-hog', 'roles': 'all', 'sizes': [1, 2]}
    """
    return {key: _value(text) for key, text in assignments(option, texts)}


def written(table: Mapping[str, Any]) -> list[str]:
    """What `toml_table` reads as the table.

    Examples
    --------
    >>> written({"stack": "SSSD", "units": 2, "flip": True, "seed": "7"})
    ['stack=SSSD', 'units=2', 'flip=true', 'seed="7"']
    """
    return [f"{key}={_text(value)}" for key, value in table.items()]


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _text(value: Any) -> str:
    """Bare where that is the same, else quoted; JSON's escapes are TOML's."""
    if isinstance(value, str) and _value(value) == value:
        return value
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(key)} = {_quoted(part)}" for key, part in value.items())
        return "{" + ", ".join(pairs) + "}"
    return _quoted(value)


def _quoted(value: Any) -> str:
    if isinstance(value, Mapping):
        return _text(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_quoted, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool) else repr(value)
