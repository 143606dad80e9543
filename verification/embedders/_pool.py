"""A process pool for native code that keeps the GIL, fed from a stream, answering in order."""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import parent_process
from multiprocessing.context import SpawnContext, SpawnProcess
from threading import Thread
from types import ModuleType
from typing import Any, TypeVar, cast

from align_eval.errors import AlignEvalError

Task = TypeVar("Task")
Answer = TypeVar("Answer")

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class _Process(SpawnProcess):
    """A fresh interpreter that imports what its task needs, and nothing else.

    Python's own spawned process runs the caller's main script once more, so that a script
    without ``if __name__ == "__main__"`` starts itself over and one read from standard input
    fails. Our tasks live in modules, so the child is told of an empty main module. Thread counts
    must be in its environment before numerical libraries load.
    """

    def start(self) -> None:
        main, before = sys.modules["__main__"], dict(os.environ)
        sys.modules["__main__"] = ModuleType("__main__")
        os.environ.update(_ONE_THREAD)
        try:
            super().start()
        finally:
            sys.modules["__main__"] = main
            for name in _ONE_THREAD:
                os.environ.pop(name)
                if name in before:
                    os.environ[name] = before[name]


class _Context(SpawnContext):
    Process = _Process


class OrderedPool:
    """Worker processes, started when there is work, that answer in the order of the tasks.

    Parameters
    ----------
    workers : int
        Processes, each of one thread.
    needed_by : str
        Who wants it, for messages.
    initialiser : callable
        Called once in every process with `arguments`; importable from a module.
    arguments : tuple
        Picklable.
    """

    def __init__(
        self,
        workers: int,
        needed_by: str,
        initialiser: Callable[..., object],
        arguments: tuple[Any, ...],
    ) -> None:
        self._workers, self._needed_by = workers, needed_by
        self._initialiser, self._arguments = initialiser, arguments
        self._executor: ProcessPoolExecutor | None = None

    @property
    def in_flight(self) -> int:
        """How many tasks are read ahead of the answer that is waited for: two per process."""
        return 2 * self._workers

    def map(self, function: Callable[[Task], Answer], tasks: Iterable[Task]) -> Iterator[Answer]:
        """``function(task)`` for each task, in order, never more than `in_flight` at once.

        Raises
        ------
        AlignEvalError
            A process died.
        """
        waiting: deque[Future[Answer]] = deque()
        try:
            for task in tasks:
                waiting.append(self._running().submit(function, task))
                if len(waiting) == self.in_flight:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            self.close()
            raise AlignEvalError(
                f"a worker process of {self._needed_by} died, perhaps for want of memory; "
                "workers = 1 runs it in this process"
            ) from error
        finally:
            for future in waiting:
                future.cancel()

    def close(self) -> None:
        """End the processes; the next `map` starts new ones."""
        executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=True, cancel_futures=True)

    def _running(self) -> ProcessPoolExecutor:
        if self._executor is None:
            self._executor = ProcessPoolExecutor(
                self._workers,
                mp_context=cast(Any, _Context()),
                initializer=_begin,
                initargs=(self._initialiser, self._arguments),
            )
        return self._executor


def _begin(initialiser: Callable[..., object], arguments: tuple[Any, ...]) -> None:
    """Start a worker that ends with its parent, also when that is killed and cannot say so."""
    Thread(target=_end_with_parent, daemon=True).start()
    initialiser(*arguments)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
