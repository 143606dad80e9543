"""What a training task is made from."""

from collections.abc import Mapping
from typing import Any

from align_eval.errors import ConfigError


def task_options(config: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration's name and a task's other options as one table.

    Raises
    ------
    ConfigError
        The name is among the options too.

    Examples
    --------
    >>> task_options("compact", {"variant": "NOBB"})
    {'config': 'compact', 'variant': 'NOBB'}
    """
    if "config" in options:
        raise ConfigError(
            f"options want no config {options['config']!r}: the configuration is named beside "
            f"them, {config!r}"
        )
    return {"config": config, **options}
