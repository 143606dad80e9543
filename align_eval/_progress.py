"""Progress for people who wait: a bar on a terminal, plain lines elsewhere."""

import time
from typing import TextIO


class ProgressLines:
    """Progress as a bar on a terminal, as plain lines elsewhere.

    Parameters
    ----------
    stream : TextIO
        Where to write; usually stderr.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._stage = ""
        self._start = 0.0
        self._last = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that `done` of `total` steps of a stage are done."""
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._start, self._last = stage, now, 0.0
        finished = done >= total
        pause = 0.1 if self._live else 15.0
        if not finished and now - self._last < pause:
            return
        if not self._live and done == 0:
            self._last = now
            return
        self._last = now
        self._write(stage, done, total, now - self._start, finished)

    def _write(self, stage: str, done: int, total: int, seconds: float, finished: bool) -> None:
        count = f"{done}/{total}" if total > 1 else ("done" if finished else "…")
        if not self._live:
            self._stream.write(f"{stage}: {count}, {seconds:.1f} s\n")
        else:
            width = 24
            filled = width * done // max(total, 1)
            bar = "█" * filled + "·" * (width - filled)
            self._stream.write(f"\r\x1b[2K{bar} {stage}: {count}, {seconds:.1f} s")
            self._stream.write("\n" if finished else "")
        self._stream.flush()
