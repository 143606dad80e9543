"""Names to objects, lazily.

A catalogue maps a short name to ``"package.module:Object"`` and the extra that brings what the
object needs. Wherever a name is accepted, a dotted path to an outside object is accepted too,
and packages can register names through an entry-point group.

>>> shelf = Catalog("codec", {"json": Entry("json:dumps", "writes JSON")})
>>> shelf.get("json")([1])
'[1]'
>>> shelf.get("string:capwords")("any object")
'Any Object'
>>> shelf.get("jsn")
Traceback (most recent call last):
    ...
align_eval.errors.UnknownNameError: unknown codec 'jsn'. Did you mean 'json'? Known: json.
"""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, NamedTuple

from align_eval.errors import ConfigError, MissingExtraError, UnknownNameError


class Entry(NamedTuple):
    """Where an object is, what it does in one line, and the extra that it needs."""

    path: str
    summary: str
    extra: str | None = None


@dataclass(frozen=True)
class Catalog:
    """A lazy table of named objects.

    Parameters
    ----------
    kind : str
        What the entries are, for messages: ``"landmark model"``.
    entries : mapping of str to Entry
        The built-in names.
    group : str, optional
        The entry-point group through which other packages add names.
    """

    kind: str
    entries: Mapping[str, Entry]
    group: str | None = None

    @cached_property
    def _all(self) -> dict[str, Entry]:
        found = dict(self.entries)
        if self.group:
            for point in entry_points(group=self.group):
                found.setdefault(point.name, Entry(point.value, f"from {point.value}"))
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, name: object) -> bool:
        return name in self._all

    def __getitem__(self, name: str) -> Entry:
        """The entry of a name or dotted path.

        Raises
        ------
        UnknownNameError
            A name that is neither.
        """
        if name in self._all:
            return self._all[name]
        if ":" in name:
            return Entry(name, "an outside object")
        raise UnknownNameError(self.kind, name, self._all)

    def get(self, name: str) -> Any:
        """The object itself.

        Raises
        ------
        UnknownNameError
            A name that no entry has and that is no dotted path.
        MissingExtraError
            An optional package that the object's module imports is not installed.
        ConfigError
            A dotted path that leads nowhere.
        """
        entry = self[name]
        return load_object(entry.path, f"{self.kind} {name!r}", entry.extra)

    def build(self, name: str, options: Mapping[str, Any] | None = None, /, **context: Any) -> Any:
        """Call the named object with a study's options.

        Parameters
        ----------
        name : str
            A name or dotted path.
        options : mapping, optional
            Keyword arguments written in the study; an unknown one is refused.
        **context
            Values that are passed on where the object has a parameter of that name and the
            study does not set it: ``workers``, ``seed``, ``progress``, …

        Raises
        ------
        ConfigError
            An option that the object does not take, a required one that is missing, or a value
            of a type or kind that it cannot use.
        """
        factory, given = self.get(name), dict(options or {})
        label = f"{self.kind} {name!r}"
        if not callable(factory):
            raise ConfigError(f"{label} is no class or function that a study can call")
        parameters = inspect.signature(factory).parameters
        kinds = {parameter.kind for parameter in parameters.values()}
        if inspect.Parameter.VAR_KEYWORD not in kinds:
            for option in given:
                if option not in parameters:
                    raise UnknownNameError(f"option of {label}", option, parameters)
        for key, value in context.items():
            if key in parameters:
                given.setdefault(key, value)
        try:
            inspect.signature(factory).bind(**given)
        except TypeError as error:
            raise ConfigError(f"{label}: {error}") from error
        return _made(label, factory, given)


def _made(label: str, factory: Any, given: Mapping[str, Any]) -> Any:
    try:
        return factory(**given)
    except (TypeError, ValueError, AttributeError) as error:
        options = ", ".join(f"{key} = {value!r}" for key, value in given.items()) or "no options"
        kind = type(error).__name__
        raise ConfigError(f"{label} cannot be made of {options}: {kind}: {error}") from error


def load_object(path: str, needed_by: str, extra: str | None = None) -> Any:
    """Import ``"package.module:Object"``.

    Raises
    ------
    MissingExtraError
        A package that `extra` brings is missing.
    ConfigError
        The path is malformed, or names no module or no object.
    """
    module_name, _, attribute = path.partition(":")
    if not module_name or not attribute:
        raise ConfigError(f"{needed_by}: {path!r} is not of the form 'package.module:Object'")
    try:
        found: Any = import_module(module_name)
    except ModuleNotFoundError as error:
        if extra and error.name and not f"{module_name}.".startswith(f"{error.name}."):
            raise MissingExtraError(error.name, extra, needed_by) from error
        raise ConfigError(f"{needed_by}: cannot import {module_name!r}: {error}") from error
    for part in attribute.split("."):
        try:
            found = getattr(found, part)
        except AttributeError as error:
            raise ConfigError(f"{needed_by}: {module_name!r} has no {attribute!r}") from error
    return found
