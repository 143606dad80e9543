"""From faces to weights that can be used: train, export, prove, measure, and write the card."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from align_eval.errors import ConfigError
from align_eval.weights import sha256
from landmark_models.card import Card, write_card
from landmark_models.nets.cost import cost
from landmark_models.nets.layers import parameter_count
from landmark_models.train.export import export
from landmark_models.train.loop import Progress, Settings, Trained, stages_of, train
from landmark_models.train.measuring import Errors
from landmark_models.train.store import Store
from landmark_models.train.task import Exported, Task

Measure = Callable[[Path], Errors]


@dataclass(frozen=True)
class Origin:
    """What a card says of where weights come from.

    Parameters
    ----------
    command : str
        That made them.
    data : mapping
        The data sets, see `landmark_models.train.data.TrainingData.to_config`.
    commit : str
        Of the program.
    """

    command: str
    data: Mapping[str, Any]
    commit: str = "unknown"


def make(
    task: Task,
    store: Store,
    validation: Store,
    settings: Settings,
    folder: Path,
    origin: Origin,
    *,
    measure: Measure | None = None,
    progress: Progress | None = None,
) -> Path:
    """Train a model and write its weights.

    Parameters
    ----------
    task, store, validation, settings
        See `landmark_models.train.loop.train`.
    folder : Path
        For ``checkpoint.pt``, ``log.csv``, the ONNX files and the card.
    origin : Origin
        For the card.
    measure : callable, optional
        Given a card's path, the errors that the card shall name; by default those of the last
        stage on the validation faces.
    progress : callable, optional
        Called with (stage, done, total).

    Returns
    -------
    Path
        The card.

    Raises
    ------
    ContractError
        The ONNX file does not say what the network says.
    """
    trained = train(task, store, validation, settings, folder, progress)
    exported = list(task.exported(trained.network))
    files = [export(one, folder) for one in exported]
    card = Card(
        name=exported[0].name,
        architecture=_architecture(task, trained.network, exported[0]),
        parameters=parameter_count(trained.network),
        training=_training(task, trained, settings, origin),
        data=_data(store, origin),
        seed=settings.seed,
        commit=origin.commit,
        version=_version(),
        errors=_validated(trained),
        description=dict(exported[0].about),
        files={file.name: sha256(file) for file in files},
    )
    path = write_card(card, folder)
    if measure is not None:
        path = write_card(Card(**{**asdict(card), "errors": measure(path)}), folder)
    return path


def _architecture(task: Task, network: nn.Module, exported: Exported) -> dict[str, Any]:
    """Class and sizes, and 10⁹ multiply–adds a face where all layers are such as can be counted."""
    kind = type(network)
    sizes = getattr(network, "sizes", None)
    width, height = exported.size
    try:
        gmacs = cost(exported.module, (1, height, width)).gmacs
    except ConfigError:
        gmacs = None
    return {
        "class": f"{kind.__module__}:{kind.__qualname__}",
        "config": task.config,
        "sizes": asdict(sizes) if sizes is not None else {},
        **({} if gmacs is None else {"gmacs": _short(gmacs)}),
    }


def _training(task: Task, trained: Trained, settings: Settings, origin: Origin) -> dict[str, Any]:
    return {
        "command": origin.command,
        "config": {"bf16": settings.bf16, "threads": settings.threads},
        "stages": [
            {**asdict(stage), **{key: _short(value) for key, value in done.items()}}
            for stage, done in zip(stages_of(task, settings), trained.stages, strict=True)
        ],
        "seconds": round(trained.seconds, 1),
        "device": settings.device,
        "epochs": settings.epochs,
    }


def _data(store: Store, origin: Origin) -> dict[str, Any]:
    return {
        "sets": [
            {**table, "for": part}
            for part in ("training", "validation", "test")
            for table in origin.data.get(part, ())
        ],
        "faces": len(store),
        "subjects": len(set(store.subjects)),
        "thermal": int(np.count_nonzero(store.thermal)),
        "left_out": dict(store.left_out),
    }


def _validated(trained: Trained) -> dict[str, Any]:
    return {
        spectrum: {
            "nme": _short(found["error"]),
            "n": found["n"],
            "normaliser": "distance of the outer eye corners",
        }
        for spectrum, found in trained.errors.items()
    }


def _short(value: Any) -> Any:
    return round(value, 6) if isinstance(value, float) else value


def _version() -> str:
    try:
        return version("align-eval")
    except PackageNotFoundError:
        return "unknown"
