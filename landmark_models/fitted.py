"""A landmark model that is trained within a study, on the study's own training subjects."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from align_eval.dataset import Dataset
from align_eval.errors import ConfigError, DataError, LandmarkError, UnknownNameError
from align_eval.faces import Face
from align_eval.landmarks import Landmarks, LandmarkScheme
from landmark_models.onnx_description import Description
from landmark_models.train.options import task_options
from landmark_models.train.store import SIDE, joined, store_of

if TYPE_CHECKING:
    from landmark_models.train.balance import Balance
    from landmark_models.train.store import Store
    from landmark_models.trained import TrainedModel

SPECTRA = {"both": (False, True), "visible": (False,), "thermal": (True,)}
_OWN = {"weights", "name", "workers", "keys"}
_SIZES = ("parameters", "file MB", "GMACs")


class FittedModel:
    """One of the trainable models, fitted to the training faces of all data sets of a study.

    It needs the extra ``train``. What it has learned is run with ONNX Runtime, as shipped weights
    are.

    Parameters
    ----------
    task : str
        Which model, see `landmark_models.train.TASKS`.
    config : str
        ``"compact"`` or ``"paper"``.
    spectra : {"both", "visible", "thermal"}
        Which faces it learns from.
    epochs : float
        Factor on the configuration's epochs, which are made for 15,000 faces; few faces want
        more.
    holdout : float
        Share of the subjects that it chooses its best weights by, where the data set names no
        validation subjects.
    device : str
        ``"cpu"`` or ``"cuda"``.
    options : mapping, optional
        What else the model's task takes: ``{"variant": "NOBB"}``.
    balance : {"none", "online", "full"}, optional
        How faces are chosen, see `landmark_models.train.balance`; as the task says by default.
    learns_from : sequence of str, optional
        The study's data sets whose training faces it learns from; all by default.
    runtime : mapping, optional
        What the model takes once it is trained, as `landmark_models.trained.TrainedModel` does:
        ``{"flip_average": true}``.
    name : str
        As it is called in results.
    seed : int
        Of weights, order, augmentation and holdout.
    workers : int
        Threads.
    progress : callable, optional
        Called with (stage, done, total) while it learns.
    training_folder : str or Path, optional
        Where its training is kept, so that one that was stopped goes on; a run has a folder for
        each. Without it, nothing is kept.

    Raises
    ------
    UnknownNameError
        An unknown spectrum.
    ConfigError
        A number out of range, or an option that has a parameter of its own.
    """

    box_policy = "needed"

    def __init__(
        self,
        task: str,
        config: str = "compact",
        spectra: str = "both",
        epochs: float = 1.0,
        holdout: float = 0.1,
        device: str = "cpu",
        options: Mapping[str, Any] | None = None,
        balance: "Balance | None" = None,
        learns_from: Sequence[str] | None = None,
        runtime: Mapping[str, Any] | None = None,
        *,
        name: str = "fitted",
        seed: int = 0,
        workers: int = 1,
        progress: Callable[[str, int, int], None] | None = None,
        training_folder: str | Path | None = None,
    ) -> None:
        if spectra not in SPECTRA:
            raise UnknownNameError("spectra", spectra, SPECTRA)
        if not epochs > 0 or not 0 < holdout < 1:
            raise ConfigError(
                f"landmark model {name!r} wants epochs > 0 and a holdout in (0, 1), got "
                f"{epochs:g} and {holdout:g}"
            )
        self.name = name
        self._task, self._config, self._spectra = task, config, spectra
        self._options = task_options(config, options or {})
        self._balance = balance
        self._learns_from = None if learns_from is None else tuple(learns_from)
        self._runtime = dict(runtime or {})
        self._epochs, self._holdout, self._device = epochs, holdout, device
        self._seed, self._workers, self._progress = seed, workers, progress
        self._folder = training_folder
        self._model: TrainedModel | None = None
        self._learned: dict[str, Any] = {}

    @property
    def scheme(self) -> LandmarkScheme:
        """That of the trained model."""
        return self._fitted.scheme

    @property
    def provenance(self) -> dict[str, Any]:
        """What it has learned from, for how long, and what came of it."""
        return self._learned

    def locate(self, faces: Sequence[Face]) -> list[Landmarks | None]:
        """The landmarks of each face; None without a usable box."""
        return self._fitted.locate(faces)

    @property
    def _fitted(self) -> "TrainedModel":
        if self._model is None:
            raise LandmarkError(f"landmark model {self.name!r} has not been fitted yet")
        return self._model

    def fit(self, datasets: Mapping[str, Dataset]) -> None:
        """Learn from the training faces of the data sets, and be ready to locate.

        Raises
        ------
        MissingExtraError
            No torch.
        UnknownNameError
            No such task, option of it, key of `runtime`, or data set to learn from.
        DataError
            No faces of the wanted spectra, or of one subject only.
        ConfigError
            The folder holds another training.
        """
        from landmark_models import CATALOG
        from landmark_models.train import TASKS

        task = TASKS.build(self._task, self._options)
        _check_runtime(self._runtime, CATALOG.get(self._task))
        from landmark_models.train.loop import Settings
        from landmark_models.train.make import Origin, make

        settings = Settings(
            self._seed,
            self._device,
            threads=self._workers,
            epochs=self._epochs,
            balance=self._balance,
        )
        store, validation = self._stores(datasets, getattr(task, "side", SIDE))
        with self._kept() as folder:
            origin = Origin("fitted within a study", {})
            card = make(task, store, validation, settings, folder, origin, progress=self._tell)
            options = {**self._runtime, "weights": str(card)}
            self._model = CATALOG.build(self._task, options, name=self.name, workers=self._workers)
        learned, told = self._fitted.card, self._fitted.provenance
        self._learned = {
            "architecture": f"{self._config} of {learned.parameters} numbers",
            **{key: told[key] for key in _SIZES if key in told},
            "trained on": f"{len(store)} faces of {len(set(store.subjects))} subjects",
            "validated on": f"{len(validation)} faces of {len(set(validation.subjects))} subjects",
            "training seconds": learned.training["seconds"],
            **{
                f"validation NME, {spectrum}": found["nme"]
                for spectrum, found in learned.errors.items()
            },
        }

    @contextmanager
    def _kept(self) -> Iterator[Path]:
        if self._folder is not None:
            yield Path(self._folder)
            return
        with TemporaryDirectory(prefix="align-eval-") as folder:
            yield Path(folder)

    def _tell(self, stage: str, done: int, total: int) -> None:
        if self._progress is not None:
            self._progress(f"{self.name} learns: {stage}", done, total)

    def _sources(self, datasets: Mapping[str, Dataset]) -> tuple[str, ...]:
        """The names of the data sets to learn from."""
        named = tuple(datasets) if self._learns_from is None else self._learns_from
        for name in named:
            if name not in datasets:
                raise UnknownNameError("data set to learn from", name, datasets)
        return named

    def _stores(self, datasets: Mapping[str, Dataset], side: int = SIDE) -> "tuple[Store, Store]":
        """Faces to learn from and to choose by, `side` pixels wide; no subject is in both."""
        parts, chosen = [], set()
        for name in self._sources(datasets):
            dataset = datasets[name]
            faces = dataset.training
            if faces:
                prefix, truth = f"{name}/", dataset.truth
                parts.append(
                    store_of(faces, truth, prefix=prefix, workers=self._workers, side=side)
                )
            chosen |= {f.subject for f in faces if f.attributes.get("split") == "validation"}
        both = joined(parts)
        both = both.only(np.isin(both.thermal, SPECTRA[self._spectra]))
        people = [name.split("/", 1)[1] for name in both.subjects]
        kept = np.isin(people, sorted(chosen or _held_out(people, self._holdout, self._seed)))
        if kept.all() or not kept.any():
            raise DataError(
                f"landmark model {self.name!r} wants {self._spectra} training faces of at least "
                f"two subjects, got {len(both)} faces of {len(set(people))}"
            )
        return both.only(~kept), both.only(kept)


def _check_runtime(runtime: Mapping[str, Any], model: Callable[..., Any]) -> None:
    """Refuse a key that the model does not take before it is trained, not when it is made."""
    described = {part.name for part in fields(Description)}
    known = {"box_from", *described, *inspect.signature(model).parameters} - _OWN
    for key in runtime:
        if key not in known:
            raise UnknownNameError("key of runtime", key, known)


def _held_out(people: Sequence[str], share: float, seed: int) -> set[str]:
    """Some of the subjects, at least one; which they are depends on names and seed alone."""
    names = sorted(set(people))
    count = max(1, round(share * len(names)))
    return set(np.random.default_rng(seed).permutation(names)[:count].tolist())
