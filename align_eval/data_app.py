"""Composition for data sets: what ``align-eval data check`` calls."""

import inspect
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from align_eval import datasets
from align_eval.catalog import Catalog, Entry
from align_eval.config import expand
from align_eval.dataset import Dataset
from align_eval.datasets.inventory import Inventory, inventory_of
from align_eval.errors import ConfigError, UnknownNameError

_T = TypeVar("_T")


def check_data(name: str, root: str | Path, options: Mapping[str, Any] | None = None) -> Inventory:
    """Look through a data set's folder: what is there, what should be, what is wrong.

    A loader's module that has ``inventory(root, **options)`` is asked; else what its ``load``
    gives is counted, under the module's ``LAYOUT`` if it has one.

    Parameters
    ----------
    name : str
        One of `align_eval.datasets.CATALOG`, or the dotted path of a loader.
    root : str or Path
        The folder.
    options : mapping, optional
        What a study would give the loader besides.

    Raises
    ------
    AlignEvalError
        An unknown name or option, or data that cannot be used at all, in one line.
    """
    given = expand(dict(options or {}))
    if "root" in given:
        raise ConfigError(f"data set {name!r}: its root is given already: {root}")
    load, path = datasets.CATALOG.get(name), datasets.CATALOG[name].path
    module = import_module(path.partition(":")[0])
    if hasattr(module, "inventory"):
        _refuse_unknown(name, load, given)
        asked = Catalog("data set", {name: Entry(f"{module.__name__}:inventory", "")})
        return _of_type(name, asked.build(name, {"root": str(root), **given}), Inventory)
    found = datasets.CATALOG.build(name, {"root": str(root), **given})
    return inventory_of(_of_type(name, found, Dataset), getattr(module, "LAYOUT", ""))


def _refuse_unknown(name: str, load: Any, given: Mapping[str, Any]) -> None:
    """Options are the loader's, also where an inventory hands on whatever it gets."""
    parameters = inspect.signature(load).parameters
    if inspect.Parameter.VAR_KEYWORD in {each.kind for each in parameters.values()}:
        return
    for option in given:
        if option not in parameters:
            raise UnknownNameError(f"option of data set {name!r}", option, parameters)


def _of_type(name: str, found: Any, wanted: type[_T]) -> _T:
    if not isinstance(found, wanted):
        raise ConfigError(
            f"data set {name!r} gave a {type(found).__name__}; wanted {wanted.__name__}"
        )
    return found
