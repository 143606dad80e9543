"""Batches made in a thread while earlier ones are trained on."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

_Job = TypeVar("_Job")
_Made = TypeVar("_Made")


def ahead(make: Callable[[_Job], _Made], jobs: Iterable[_Job], count: int) -> Iterator[_Made]:
    """What is made of each job, in order.

    Parameters
    ----------
    make : callable
        Runs in one thread of its own.
    jobs : iterable
        Is asked for a job, in the caller's thread, just before the result of the one that comes
        `count` places before it is given.
    count : int
        Jobs that are waiting or done while a result is in use.

    Examples
    --------
    >>> jobs = iter(range(5))
    >>> results = ahead(str, jobs, 2)
    >>> next(results), next(jobs)
    ('0', 3)
    """
    waiting: deque[Future[_Made]] = deque()
    coming = iter(jobs)
    with ThreadPoolExecutor(1) as pool:
        waiting.extend(pool.submit(make, job) for job in islice(coming, count))
        try:
            while waiting:
                made = waiting.popleft().result()
                waiting.extend(pool.submit(make, job) for job in islice(coming, 1))
                yield made
        finally:
            for future in waiting:
                future.cancel()
