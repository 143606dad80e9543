"""Under which circumstances a run was made."""

import os
import platform
import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

_PACKAGES = (
    "align-eval",
    "numpy",
    "scipy",
    "opencv-python",
    "pandas",
    "scikit-learn",
    "onnxruntime",
    "onnxruntime-gpu",
    "dlib-bin",
    "insightface",
    "torch",
)


def environment(
    started: float, workers: int, seed: int, stages: Mapping[str, Any]
) -> dict[str, Any]:
    """The circumstances of a run, for ``provenance.json``.

    Parameters
    ----------
    started : float
        Seconds since the epoch.
    workers : int
        As given to the executor.
    seed : int
        The study's.
    stages : mapping
        Stage → seconds and what its maker says of itself (weights, digest, provider).

    Returns
    -------
    dict
        Versions, platform, UTC start, duration in seconds, and the stages. It names neither
        user, host nor folders.
    """
    return {
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(time.time() - started, 1),
        "seed": seed,
        "workers": workers,
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "packages": _versions(),
        "stages": dict(stages),
    }


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
