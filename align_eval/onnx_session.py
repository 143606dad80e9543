"""Opening ONNX files: one way for landmark models and embedders alike.

ONNX Runtime is imported when a session is opened, and not before; threads are explicit, telemetry
is off, and a provider that does not start is refused instead of being replaced in silence.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from align_eval.errors import ConfigError, UnknownNameError


def open_session(
    path: Path, label: str, *, threads: int, providers: str | Sequence[str] | None = None
) -> Any:
    """An ``onnxruntime.InferenceSession``.

    Parameters
    ----------
    path : Path
        The ONNX file.
    label : str
        What the session is for, in messages: ``"embedder 'onnx' (r50.onnx)"``.
    threads : int
        Threads of one run.
    providers : str or sequence of str, optional
        ONNX Runtime's execution providers in order of preference; the CPU by default. One that
        is not there is passed over only if a later one in the list is.

    Raises
    ------
    UnknownNameError
        A provider that ONNX Runtime has never heard of.
    ConfigError
        No wanted provider is there, the first usable one does not start, or the file is no
        model that ONNX Runtime can read.
    """
    runtime = _runtime()
    usable = _usable(runtime, providers, label)
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    try:
        session = runtime.InferenceSession(str(path), options, providers=usable)
    except Exception as error:
        raise ConfigError(f"{label} does not load: {first_line(error)}") from error
    session.disable_fallback()
    used = session.get_providers()[0]
    if used not in usable:
        raise ConfigError(
            f"{label}: ONNX Runtime could not start {usable[0]} and offers {used}; "
            "list that one too if it will do"
        )
    return session


def first_line(error: Exception) -> str:
    """The first line of an error of ONNX Runtime, which may have many."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _runtime() -> Any:
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    return onnxruntime


def _usable(runtime: Any, providers: str | Sequence[str] | None, label: str) -> list[str]:
    """The wanted providers that this ONNX Runtime has, in order; never an empty list."""
    wanted = [providers] if isinstance(providers, str) else list(providers or ())
    wanted = wanted or ["CPUExecutionProvider"]
    available = runtime.get_available_providers()
    for name in wanted:
        if name not in runtime.get_all_providers():
            raise UnknownNameError(f"provider of {label}", name, runtime.get_all_providers())
    usable = [name for name in wanted if name in available]
    if not usable:
        raise ConfigError(
            f"{label} wants {' or '.join(wanted)}, and ONNX Runtime has {', '.join(available)}"
        )
    return usable
