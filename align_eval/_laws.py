"""What a check is made of: a law, a test of it, and a finding."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from align_eval.errors import ContractError
from align_eval.image import Image


class Check(NamedTuple):
    """One law, whether it holds, and what was seen."""

    name: str
    ok: bool
    detail: str = ""


class Broken(Exception):  # noqa: N818 -- a finding, not an error of the program
    """A law does not hold."""


def require(checks: Sequence[Check]) -> None:
    """Raise if a law is broken.

    Raises
    ------
    ContractError
        Names every broken law.

    Examples
    --------
    >>> require([Check("is a duck", True), Check("quacks", False, "it barked")])
    Traceback (most recent call last):
        ...
    align_eval.errors.ContractError: quacks: it barked
    """
    broken = [f"{law.name}: {law.detail}" for law in checks if not law.ok]
    if broken:
        raise ContractError("; ".join(broken))


def law(name: str, test: Callable[[], Any]) -> Check:
    """Run a test; what it returns is the detail, what it raises is the finding."""
    try:
        detail = test()
    except Broken as finding:
        return Check(name, False, str(finding))
    except Exception as error:  # noqa: BLE001 -- whatever a foreign object raises is a finding
        return Check(name, False, f"raised {type(error).__name__}: {error}")
    return Check(name, True, detail if isinstance(detail, str) else "")


def expect(holds: bool, otherwise: str) -> None:
    """End a test with a finding unless something holds."""
    if not holds:
        raise Broken(otherwise)


def pixels_kept(images: Sequence[Image], call: Callable[[], Any]) -> None:
    """Expect a call to leave images as they were."""
    before = [image.copy() for image in images]
    call()
    for k, (was, now) in enumerate(zip(before, images, strict=True)):
        expect(np.array_equal(was, now), f"image {k} was changed")


def close(first: Any, second: Any, what: str) -> None:
    """Expect rows that agree within 1e-5 of the largest value."""
    size = float(np.abs(second).max(initial=1e-12))
    gap = float(np.abs(np.asarray(first) - second).max(initial=0.0)) / size
    expect(gap <= 1e-5, f"{what} give rows that differ by {gap:.1e} of the largest value")
