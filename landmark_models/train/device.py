"""Where a training computes, and in which numbers."""

from pathlib import Path

import torch
from torch import nn

from align_eval.errors import ConfigError


def device_of(name: str, threads: int) -> torch.device:
    """A device, ready: on the CPU, with this many threads.

    Raises
    ------
    ConfigError
        One that is not there.
    """
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ConfigError(f"torch knows no device {name!r}") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ConfigError("device 'cuda' is wanted, and torch finds none; use 'cpu'")
    if device.type == "cpu":
        torch.set_num_threads(threads)
    return device


def computes_in_bf16(device: torch.device) -> bool:
    """Whether bfloat16 pays on a device: its processor has instructions for it."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    flags = Path("/proc/cpuinfo")
    known = flags.read_text(encoding="utf-8") if flags.is_file() else ""
    return "AVX512" in torch.backends.cpu.get_cpu_capability() and "avx512_bf16" in known


def laid_out(network: nn.Module, layout: torch.memory_format) -> None:
    """Lay the weights of convolutions out, in place; torch's types leave this form out."""
    network.to(memory_format=layout)  # type: ignore[call-overload]
