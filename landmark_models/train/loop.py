"""The training loop of every landmark model.

A training is a pure function of its task, data, settings and thread count: the samples of step k
of a stage derive from (seed, stage, k), so that one that was stopped goes on as if it had not been.
Where batches are balanced by the faces' losses, the faces of step k are chosen by the losses that
are known after step k − `AHEAD`, since samples are made that much ahead. Each stage knows no loss
at its beginning: another stage's losses are in other units.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from align_eval.errors import ConfigError, DataError, UnknownNameError
from landmark_models.train.ahead import ahead
from landmark_models.train.balance import BALANCES, Balance
from landmark_models.train.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from landmark_models.train.choosing import ByLoss, Faces, InOrder
from landmark_models.train.device import computes_in_bf16, device_of, laid_out
from landmark_models.train.log import Errors, Log
from landmark_models.train.optimising import freeze, optimiser_of, rate_of, train_mode
from landmark_models.train.store import Store
from landmark_models.train.task import Batch, Loss, Stage, Task, as_loss

Progress = Callable[[str, int, int], None]
_CHECK_BATCH = 64
AHEAD = 4
"""How many steps before it is trained on a batch is begun to be made."""
_AS_MADE = ""


@dataclass(frozen=True)
class Settings:
    """How a training runs; what it learns is the task's affair.

    Parameters
    ----------
    seed : int
        Of weights, order and augmentation.
    device : str
        torch's name: ``"cpu"``, ``"cuda"``.
    bf16 : bool, optional
        Forward passes of training in bfloat16. By default where the device computes in it.
    threads : int
        Of torch on the CPU.
    epochs : float
        Factor on every stage's number of epochs, for trials.
    checkpoint_seconds : float
        How often a checkpoint is written.
    balance : {"none", "online", "full"}, optional
        How faces are chosen in every stage, see `landmark_models.train.balance`; by default, as
        the task's stages say.

    Raises
    ------
    UnknownNameError
        Another way to choose faces.
    """

    seed: int = 0
    device: str = "cpu"
    bf16: bool | None = None
    threads: int = 2
    epochs: float = 1.0
    checkpoint_seconds: float = 60.0
    balance: Balance | None = None

    def __post_init__(self) -> None:
        if self.balance is not None and self.balance not in BALANCES:
            raise UnknownNameError("balance", self.balance, BALANCES)


@dataclass(frozen=True)
class Trained:
    """What a training has come to.

    Parameters
    ----------
    network : nn.Module
        With the weights of the last stage's best validation, on the CPU, in evaluation mode.
    errors : dict of str to dict
        Spectrum → ``{"error", "n"}`` on the validation faces, in the last stage's measure.
    stages : tuple of dict
        Each stage's name, steps, best error and seconds.
    seconds : float
        Of all stages, of every run that contributed; without stages, of making the network.
    """

    network: nn.Module
    errors: dict[str, dict[str, float]]
    stages: tuple[dict[str, Any], ...]
    seconds: float


def train(
    task: Task,
    store: Store,
    validation: Store,
    settings: Settings,
    folder: Path,
    progress: Progress | None = None,
) -> Trained:
    """Train a model; a stopped training in the same folder goes on.

    Parameters
    ----------
    task : Task
        The model.
    store, validation : Store
        Faces to learn from, and faces of other subjects to choose by.
    settings : Settings
        How.
    folder : Path
        For the checkpoint ``checkpoint.pt`` and the log ``log.csv``.
    progress : callable, optional
        Called with (stage, steps done, steps in all).

    Raises
    ------
    DataError
        A subject who is in both stores.
    ConfigError
        A device that is not there, a checkpoint of another training, a loss that cannot be
        balanced by, or one that is no number any more.
    """
    shared = sorted(set(store.subjects) & set(validation.subjects))
    if shared:
        raise DataError(f"subject {shared[0]!r} is both trained on and validated on")
    run = _Run(task, store, validation, settings, folder, progress)
    for number, stage in enumerate(run.stages):
        run.stage(number, stage)
    return run.finished()


def stages_of(task: Task, settings: Settings) -> tuple[Stage, ...]:
    """A task's stages as the settings have them."""
    if settings.balance is None:
        return tuple(task.stages)
    return tuple(replace(stage, balance=settings.balance) for stage in task.stages)


class _Run:
    def __init__(
        self,
        task: Task,
        store: Store,
        validation: Store,
        settings: Settings,
        folder: Path,
        progress: Progress | None,
    ) -> None:
        self.task, self.store, self.validation = task, store, validation
        self.settings, self.folder, self.progress = settings, folder, progress
        self.stages = stages_of(task, settings)
        self.device = device_of(settings.device, settings.threads)
        self.began = time.monotonic()
        torch.manual_seed(settings.seed)
        self.network = task.network(store).to(self.device)
        if self.device.type == "cpu":
            laid_out(self.network, torch.channels_last)
        bf16 = settings.bf16 if settings.bf16 is not None else computes_in_bf16(self.device)
        self.bf16 = bf16
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "checkpoint.pt"
        self.state = load_checkpoint(self.path, self._identity()) or Checkpoint.new(
            self._identity()
        )
        self.log = Log(folder / "log.csv", resume=self.state.step > 0 or self.state.stage > 0)

    def _identity(self) -> dict[str, Any]:
        """What a checkpoint must have in common with this training to be gone on with."""
        return {
            "task": self.task.name,
            "config": self.task.config,
            "options": _options(self.task),
            "stages": [repr(stage) for stage in self.stages],
            "seed": self.settings.seed,
            "epochs": self.settings.epochs,
            "faces": len(self.store),
            "first": self.store.ids[0],
            "last": self.store.ids[-1],
        }

    def stage(self, number: int, stage: Stage) -> None:
        """Run one stage, or what is left of it."""
        if number < self.state.stage:
            return
        per_epoch = max(1, len(self.store) // stage.batch)
        steps = max(1, round(stage.epochs * self.settings.epochs * per_epoch))
        learning = freeze(self.network, stage.trained)
        optimiser = optimiser_of(stage, learning)
        if self.state.network is not None:
            self.network.load_state_dict(self.state.network)
        if self.state.step and self.state.optimiser is not None:
            optimiser.load_state_dict(self.state.optimiser)
        began = saved = time.monotonic()
        before = self.state.stage_seconds
        sums: list[float] = []
        faces = self._faces(number, stage)
        for step, batch in self._batches(number, stage, steps, faces):
            rate = rate_of(stage, step, steps)
            for group in optimiser.param_groups:
                group["lr"] = rate
            loss = self._step(stage, batch, optimiser, learning)
            sums.append(loss.total.item())
            self.state.step = step + 1
            last = step + 1 == steps
            faces.trained(loss.faces, last=last)
            if last or (step + 1) % per_epoch == 0:
                self.state.stage_seconds = before + time.monotonic() - began
                self._judge(stage, (step + 1) / per_epoch, float(np.mean(sums)), rate)
                sums.clear()
                if self.state.waited > stage.patience > 0:
                    break
            if time.monotonic() - saved > self.settings.checkpoint_seconds:
                self.state.stage_seconds = before + time.monotonic() - began
                self._save(optimiser)
                saved = time.monotonic()
            if self.progress and (last or step % 10 == 9):
                self.progress(f"{self.task.name} {stage.name}", step + 1, steps)
        self.state.stage_seconds = before + time.monotonic() - began
        if self.state.best_network is not None:
            self.network.load_state_dict(self.state.best_network)
        self.state.close_stage(stage.name, self.network.state_dict())
        self._save(None)

    def _faces(self, number: int, stage: Stage) -> Faces:
        count, seed = len(self.store), self.settings.seed
        if stage.balance == "none":
            return InOrder(count, stage.batch, seed, number)
        measure = partial(self._losses, number, stage) if stage.balance == "full" else None
        return ByLoss(self.state, count, stage.batch, seed, number, measure)

    def _batches(
        self, number: int, stage: Stage, steps: int, faces: Faces
    ) -> Iterator[tuple[int, Batch]]:
        """Samples made in a thread, a little ahead."""

        def made(job: tuple[int, NDArray[np.intp]]) -> tuple[int, Batch]:
            step, chosen = job
            rng = np.random.default_rng([self.settings.seed, 1, number, step])
            return step, self.task.sample(self.store, chosen, stage.name, rng)

        jobs = ((step, faces.chosen(step)) for step in range(self.state.step, steps))
        yield from ahead(made, jobs, AHEAD)

    @torch.no_grad()
    def _losses(self, number: int, stage: Stage) -> NDArray[np.float64]:
        """(N,) the losses of all training faces, as the network stands, each in a new sample."""
        key = [self.settings.seed, 4, number, self.state.step]

        def made(start: int) -> Batch:
            chosen = np.arange(start, min(start + _CHECK_BATCH, len(self.store)))
            rng = np.random.default_rng([*key, start])
            return self.task.sample(self.store, chosen, stage.name, rng)

        self.network.eval()
        found = []
        for batch in ahead(made, range(0, len(self.store), _CHECK_BATCH), AHEAD):
            loss = self._loss(stage, batch)
            if loss.faces is not None:
                found.append(loss.faces.double().cpu())
        return torch.cat(found).numpy()

    def _step(
        self,
        stage: Stage,
        batch: Batch,
        optimiser: torch.optim.Optimizer,
        learning: Sequence[nn.Parameter],
    ) -> Loss:
        train_mode(self.network, stage.trained)
        loss = self._loss(stage, batch)
        optimiser.zero_grad(set_to_none=True)
        loss.total.backward()  # type: ignore[no-untyped-call]
        if stage.clip:
            nn.utils.clip_grad_norm_(learning, stage.clip)
        optimiser.step()
        return loss

    def _loss(self, stage: Stage, batch: Batch) -> Loss:
        moved = self._moved(batch)
        with self._precision():
            loss = as_loss(self.task.loss(self.network, moved, stage.name))
        if not torch.isfinite(loss.total):
            raise ConfigError(
                f"training {self.task.name!r} has diverged in stage {stage.name!r}, step "
                f"{self.state.step}: its loss is {loss.total.item()}"
            )
        if loss.faces is None and stage.balance != "none":
            raise ConfigError(
                f"balance {stage.balance!r} wants a loss of each face; stage {stage.name!r} of "
                f"{self.task.name!r} has one of whole batches"
            )
        return loss

    def _precision(self) -> Any:
        return torch.autocast(self.device.type, torch.bfloat16) if self.bf16 else nullcontext()

    def _moved(self, batch: Batch) -> Batch:
        return {key: value.to(self.device, non_blocking=True) for key, value in batch.items()}

    def _judge(self, stage: Stage, epoch: float, loss: float, rate: float) -> None:
        found = self._errors(stage.name)
        mean = _mean(found)
        better = mean < self.state.best
        if better:
            self.state.best, self.state.waited = mean, 0
            self.state.best_network = {
                name: value.detach().clone() for name, value in self.network.state_dict().items()
            }
            self.state.errors = found
        else:
            self.state.waited += 1
        values = {"epoch": epoch, "loss": loss, "rate": rate}
        self._write(stage.name, found, values)

    def _write(self, stage: str, found: Errors, values: dict[str, float]) -> None:
        state = self.state
        own = {"error": _mean(found), "best": state.best, "seconds": state.stage_seconds}
        self.log.write(stage, state.step, found, {**values, **own})

    @torch.no_grad()
    def _errors(self, stage: str) -> Errors:
        """The mean error of each spectrum; the same jitter of the boxes every time."""
        self.network.eval()
        errors = []
        for start in range(0, len(self.validation), _CHECK_BATCH):
            chosen = np.arange(start, min(start + _CHECK_BATCH, len(self.validation)))
            rng = np.random.default_rng([self.settings.seed, 2, start])
            batch = self._moved(self.task.check(self.validation, chosen, stage, rng))
            errors.append(self.task.error(self.network, batch, stage).float().cpu())
        every: Tensor = torch.cat(errors)
        found = {}
        for name, thermal in (("visible", False), ("thermal", True)):
            mask = torch.from_numpy(self.validation.thermal == thermal)
            if mask.any():
                found[name] = {"error": every[mask].mean().item(), "n": int(mask.sum())}
        return found

    def _save(self, optimiser: torch.optim.Optimizer | None) -> None:
        self.state.network = self.network.state_dict()
        self.state.optimiser = None if optimiser is None else optimiser.state_dict()
        save_checkpoint(self.path, self.state)

    def finished(self) -> Trained:
        """The trained network and its record."""
        if not self.stages:
            self._judge_as_made()
        if self.state.network is not None:
            self.network.load_state_dict(self.state.network)
        network = self.network.to("cpu").eval()
        laid_out(network, torch.contiguous_format)
        stages = tuple(self.state.stages)
        seconds = sum(s["seconds"] for s in stages) if stages else self.state.stage_seconds
        return Trained(network, self.state.errors, stages, seconds)

    def _judge_as_made(self) -> None:
        """Of a task that learns nothing by gradient, or nothing more."""
        self.state.errors = self._errors(_AS_MADE)
        self.state.best = _mean(self.state.errors)
        self.state.stage_seconds = time.monotonic() - self.began
        self._write(_AS_MADE, self.state.errors, {"epoch": 0.0})


def _mean(errors: Errors) -> float:
    return float(np.mean([spectrum["error"] for spectrum in errors.values()]))


def _options(task: Task) -> dict[str, str]:
    """What a task's options have made of it, as far as its stages do not tell."""
    return {
        name: repr(sorted(value) if isinstance(value, frozenset | set) else value)
        for name, value in sorted(vars(task).items())
        if _plain(value) or name == "sizes"
    }


def _plain(value: object) -> bool:
    if isinstance(value, list | tuple | frozenset | set):
        return all(map(_plain, value))
    return isinstance(value, str | int | float)
