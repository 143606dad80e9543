"""Composition for training: what ``align-eval train`` calls.

Like `align_eval.app` it knows every package. It needs the extra ``train`` (torch); what it writes
does not.
"""

import shlex
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import landmark_models
from align_eval import datasets
from align_eval._assignments import written
from align_eval.app import data_root_set
from align_eval.config import expand
from align_eval.dataset import Dataset
from align_eval.errors import ConfigError, MissingExtraError
from align_eval.executor import Progress, silent
from align_eval.study import Part
from landmark_models.train import TASKS
from landmark_models.train.balance import Balance
from landmark_models.train.data import TrainingData, read_data, stores
from landmark_models.train.options import task_options
from landmark_models.train.store import SIDE


def train(
    name: str,
    out: str | Path,
    *,
    config: str = "compact",
    options: Mapping[str, Any] | None = None,
    balance: Balance | None = None,
    data: str | Path = "synthetic",
    data_root: str | Path | None = None,
    seed: int = 0,
    epochs: float = 1.0,
    device: str = "cpu",
    workers: int = 1,
    progress: Progress = silent,
) -> Path:
    """Train a landmark model; a stopped training in the same folder goes on.

    Parameters
    ----------
    name : str
        One of `landmark_models.train.TASKS`.
    out : str or Path
        The folder for ONNX files, card, log and checkpoint.
    config : str
        ``"paper"`` or ``"compact"``.
    options : mapping, optional
        What else the model's task takes: ``{"variant": "NOBB"}``.
    balance : {"none", "online", "full"}, optional
        How faces are chosen, see `landmark_models.train.balance`; as the task says by default.
    data : str or Path
        Packaged training data or a TOML file, see `landmark_models.train.data`.
    data_root : str or Path, optional
        What ``${ALIGN_EVAL_DATA}`` stands for.
    seed : int
        Of weights, order and augmentation.
    epochs : float
        Factor on the number of epochs, for trials.
    device : str
        ``"cpu"`` or ``"cuda"``.
    workers : int
        Threads of torch and of readers, and processes that render.
    progress : callable, optional
        Called with (stage, done, total).

    Returns
    -------
    Path
        The weights' card.

    Raises
    ------
    AlignEvalError
        Anything that is wrong with names, data, device or folder, in one line.
    """
    described = read_data(data)
    _need_torch(f"training {name!r}")
    chosen = dict(options or {})
    task = TASKS.build(name, task_options(config, chosen))
    from landmark_models.train.loop import Settings
    from landmark_models.train.make import Origin, make
    from landmark_models.train.measuring import measured

    load = _loader(workers, progress)
    settings = Settings(seed=seed, device=device, threads=workers, epochs=epochs, balance=balance)
    with data_root_set(data_root):
        side = getattr(task, "side", SIDE)
        store, validation = stores(described, load, workers=workers, side=side)

        def measure(card: Path) -> Any:
            model = landmark_models.CATALOG.build(name, {"weights": str(card)}, workers=workers)
            tested = [load(part) for part in described.test]
            return measured(model, tested, seed=seed, workers=workers)

        return make(
            task,
            store,
            validation,
            settings,
            Path(out),
            Origin(
                _command(name, config, chosen, balance, data, seed, epochs, device),
                _told(described).to_config(),
                _commit(),
            ),
            measure=measure,
            progress=progress,
        )


def _loader(workers: int, progress: Progress) -> Callable[[Part], Dataset]:
    def load(part: Part) -> Dataset:
        progress(f"{part.name}: rendering or reading", 0, 1)
        dataset = datasets.CATALOG.build(part.model, expand(part.options), workers=workers)
        if not isinstance(dataset, Dataset):
            raise ConfigError(f"training data {part.name!r} gave a {type(dataset).__name__}")
        progress(f"{part.name}: rendering or reading", 1, 1)
        return dataset

    return load


def _told(data: TrainingData) -> TrainingData:
    """The data sets for the card: variables unexpanded, and nothing about this machine."""
    return TrainingData(data.title, *(tuple(map(_public, group)) for group in data.groups))


def _public(part: Part) -> Part:
    hidden = ("cache", "root")
    return replace(part, options={k: v for k, v in part.options.items() if k not in hidden})


def _command(
    name: str,
    config: str,
    options: Mapping[str, Any],
    balance: str | None,
    data: str | Path,
    seed: int,
    epochs: float,
    device: str,
) -> str:
    """The command that makes the same weights; a file of one's own is named without folders."""
    words = ["align-eval", "train", name, "--config", config]
    words += [word for text in written(options) for word in ("--option", text)]
    words += ["--balance", balance] if balance is not None else []
    words += ["--data", Path(data).name]
    words += ["--seed", str(seed)]
    words += ["--epochs", f"{epochs:g}"] if epochs != 1 else []
    words += ["--device", device] if device != "cpu" else []
    return shlex.join(words)


def _commit() -> str:
    """The commit of the source tree that this file is a part of, or ``unknown``."""
    # An installed copy may lie in the tree of somebody else's repository.
    if _git("ls-files", "--error-unmatch", Path(__file__).name) is None:
        return "unknown"
    return _git("describe", "--always", "--dirty") or "unknown"


def _git(*words: str) -> str | None:
    """What git says in this file's folder; None if it refuses, or is not there."""
    try:
        found = subprocess.run(  # noqa: S603  words of our own
            ["git", *words],  # noqa: S607
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()


def _need_torch(needed_by: str) -> None:
    for package in ("torch", "onnx", "onnxscript"):
        if find_spec(package) is None:
            raise MissingExtraError(package, "train", needed_by)
