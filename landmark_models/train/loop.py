"""The training loop of every landmark model.

A training is a pure function of its task, data, settings and thread count: the samples of step k
of a stage derive from (seed, stage, k), so that one that was stopped goes on as if it had not been.
"""

import csv
import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from align_eval.errors import ConfigError, DataError
from landmark_models.train.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from landmark_models.train.store import Store
from landmark_models.train.task import Batch, Stage, Task

Progress = Callable[[str, int, int], None]
LOG_COLUMNS = (
    "stage", "epoch", "step", "loss", "visible", "thermal", "error", "best", "rate", "seconds",
)  # fmt: skip
_CHECK_BATCH = 64
_AHEAD = 4


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
    """

    seed: int = 0
    device: str = "cpu"
    bf16: bool | None = None
    threads: int = 2
    epochs: float = 1.0
    checkpoint_seconds: float = 60.0


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
        Of all stages, of every run that contributed.
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
        A device that is not there, or a checkpoint of another training.
    """
    shared = sorted(set(store.subjects) & set(validation.subjects))
    if shared:
        raise DataError(f"subject {shared[0]!r} is both trained on and validated on")
    run = _Run(task, store, validation, settings, folder, progress)
    for number, stage in enumerate(task.stages):
        run.stage(number, stage)
    return run.finished()


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
        self.device = _device(settings)
        torch.manual_seed(settings.seed)
        self.network = task.network(store).to(self.device)
        if self.device.type == "cpu":
            _laid_out(self.network, torch.channels_last)
        bf16 = settings.bf16 if settings.bf16 is not None else computes_in_bf16(self.device)
        self.bf16 = bf16
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "checkpoint.pt"
        self.state = load_checkpoint(self.path, self._identity()) or Checkpoint.new(
            self._identity()
        )
        self.log = _Log(folder / "log.csv", resume=self.state.step > 0 or self.state.stage > 0)

    def _identity(self) -> dict[str, Any]:
        """What a checkpoint must have in common with this training to be gone on with."""
        return {
            "task": self.task.name,
            "config": self.task.config,
            "stages": [repr(stage) for stage in self.task.stages],
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
        learning = _freeze(self.network, stage.trained)
        optimiser = _optimiser(stage, learning)
        if self.state.network is not None:
            self.network.load_state_dict(self.state.network)
        if self.state.step and self.state.optimiser is not None:
            optimiser.load_state_dict(self.state.optimiser)
        began = saved = time.monotonic()
        before = self.state.stage_seconds
        sums: list[float] = []
        for step, batch in self._batches(number, stage, steps):
            rate = _rate(stage, step, steps)
            for group in optimiser.param_groups:
                group["lr"] = rate
            sums.append(self._step(stage, batch, optimiser, learning))
            self.state.step = step + 1
            last = step + 1 == steps
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

    def _batches(self, number: int, stage: Stage, steps: int) -> Iterator[tuple[int, Batch]]:
        """Samples made in threads, a little ahead; each face comes once in an epoch."""
        per_epoch = max(1, len(self.store) // stage.batch)

        def made(step: int) -> Batch:
            chosen = self._chosen(number, stage, step, per_epoch)
            rng = np.random.default_rng([self.settings.seed, 1, number, step])
            return self.task.sample(self.store, chosen, stage.name, rng)

        with ThreadPoolExecutor(1) as pool:
            first = self.state.step
            waiting = [pool.submit(made, k) for k in range(first, min(first + _AHEAD, steps))]
            try:
                for step in range(first, steps):
                    batch = waiting.pop(0).result()
                    if step + _AHEAD < steps:
                        waiting.append(pool.submit(made, step + _AHEAD))
                    yield step, batch
            finally:
                for future in waiting:
                    future.cancel()

    def _chosen(self, number: int, stage: Stage, step: int, per_epoch: int) -> NDArray[np.intp]:
        epoch, place = divmod(step, per_epoch)
        rng = np.random.default_rng([self.settings.seed, 0, number, epoch])
        order = rng.permutation(len(self.store))
        return order[place * stage.batch : (place + 1) * stage.batch]

    def _step(
        self,
        stage: Stage,
        batch: Batch,
        optimiser: torch.optim.Optimizer,
        learning: Sequence[nn.Parameter],
    ) -> float:
        _train_mode(self.network, stage.trained)
        moved = self._moved(batch)
        with self._precision():
            loss = self.task.loss(self.network, moved, stage.name)
        if not torch.isfinite(loss):
            raise ConfigError(
                f"training {self.task.name!r} has diverged in stage {stage.name!r}, step "
                f"{self.state.step}: its loss is {loss.item()}"
            )
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(learning, 5.0)
        optimiser.step()
        return loss.item()

    def _precision(self) -> Any:
        return torch.autocast(self.device.type, torch.bfloat16) if self.bf16 else nullcontext()

    def _moved(self, batch: Batch) -> Batch:
        return {key: value.to(self.device, non_blocking=True) for key, value in batch.items()}

    def _judge(self, stage: Stage, epoch: float, loss: float, rate: float) -> None:
        found = self._errors(stage)
        mean = float(np.mean([spectrum["error"] for spectrum in found.values()]))
        better = mean < self.state.best
        if better:
            self.state.best, self.state.waited = mean, 0
            self.state.best_network = {
                name: value.detach().clone() for name, value in self.network.state_dict().items()
            }
            self.state.errors = found
        else:
            self.state.waited += 1
        self.log.write(
            stage.name,
            f"{epoch:.3f}",
            self.state.step,
            f"{loss:.6g}",
            *(f"{found[s]['error']:.6g}" if s in found else "" for s in ("visible", "thermal")),
            f"{mean:.6g}",
            f"{self.state.best:.6g}",
            f"{rate:.4g}",
            f"{self.state.stage_seconds:.1f}",
        )

    @torch.no_grad()
    def _errors(self, stage: Stage) -> dict[str, dict[str, float]]:
        """The mean error of each spectrum; the same jitter of the boxes every time."""
        self.network.eval()
        errors = []
        for start in range(0, len(self.validation), _CHECK_BATCH):
            chosen = np.arange(start, min(start + _CHECK_BATCH, len(self.validation)))
            rng = np.random.default_rng([self.settings.seed, 2, start])
            batch = self._moved(self.task.check(self.validation, chosen, stage.name, rng))
            errors.append(self.task.error(self.network, batch, stage.name).float().cpu())
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
        if self.state.network is not None:
            self.network.load_state_dict(self.state.network)
        network = self.network.to("cpu").eval()
        _laid_out(network, torch.contiguous_format)
        stages = tuple(self.state.stages)
        return Trained(network, self.state.errors, stages, sum(s["seconds"] for s in stages))


class _Log:
    """``log.csv``: a row for each validation. A training that goes on adds to it."""

    def __init__(self, path: Path, *, resume: bool) -> None:
        self._path = path
        if not (resume and path.is_file()):
            with path.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerow(LOG_COLUMNS)

    def write(self, *values: Any) -> None:
        with self._path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(values)


def _laid_out(network: nn.Module, layout: torch.memory_format) -> None:
    """Lay the weights of convolutions out, in place; torch's types leave this form out."""
    network.to(memory_format=layout)  # type: ignore[call-overload]


def computes_in_bf16(device: torch.device) -> bool:
    """Whether bfloat16 pays on a device: its processor has instructions for it."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    flags = Path("/proc/cpuinfo")
    known = flags.read_text(encoding="utf-8") if flags.is_file() else ""
    return "AVX512" in torch.backends.cpu.get_cpu_capability() and "avx512_bf16" in known


def _device(settings: Settings) -> torch.device:
    try:
        device = torch.device(settings.device)
    except RuntimeError as error:
        raise ConfigError(f"torch knows no device {settings.device!r}") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ConfigError("device 'cuda' is wanted, and torch finds none; use 'cpu'")
    if device.type == "cpu":
        torch.set_num_threads(settings.threads)
    return device


def _freeze(network: nn.Module, trained: Sequence[str]) -> list[nn.Parameter]:
    """Let only the named submodules learn; all of them if none is named."""
    chosen = [network.get_submodule(name) for name in trained] or [network]
    network.requires_grad_(False)
    for module in chosen:
        module.requires_grad_(True)
    return [parameter for parameter in network.parameters() if parameter.requires_grad]


def _train_mode(network: nn.Module, trained: Sequence[str]) -> None:
    """Frozen parts stay in evaluation mode, so that batch statistics do not move either."""
    network.train(not trained)
    for name in trained:
        network.get_submodule(name).train()


def _optimiser(stage: Stage, learning: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
    if stage.optimiser == "sgd":
        return torch.optim.SGD(learning, stage.rate, momentum=0.9, weight_decay=stage.weight_decay)
    kind = torch.optim.AdamW if stage.optimiser == "adamw" else torch.optim.Adam
    return kind(learning, stage.rate, weight_decay=stage.weight_decay)


def _rate(stage: Stage, step: int, steps: int) -> float:
    warm = max(1, round(stage.warmup * steps))
    if step < warm:
        return stage.rate * (step + 1) / warm
    if stage.schedule == "constant":
        return stage.rate
    return stage.rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))
