"""The figures as PDF, for a paper: vectors, with the letters of their type in the file."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from align_eval.atomic import write_bytes
from align_eval.result import Result
from reports.document import document
from reports.figures.style import house_style

_TRUETYPE = 42  # PDF's Type 42: text can be searched; publishers refuse matplotlib's own Type 3


def render(result: Result, out: Path) -> list[Path]:
    """Write ``figures/*.pdf`` below `out`; the same result makes the same bytes."""
    return [
        write_bytes(out / "figures" / f"{plate.name}.pdf", pdf(plate.draw))
        for plate in document(result).plates
    ]


def pdf(draw: Callable[[], Any]) -> bytes:
    """The drawing as PDF, without a date, so that it has the same bytes every time."""
    import matplotlib as mpl

    buffer = io.BytesIO()
    with house_style(), mpl.rc_context({"pdf.fonttype": _TRUETYPE}):
        metadata = {"CreationDate": None, "Creator": "align-eval"}
        draw().savefig(buffer, format="pdf", metadata=metadata)
    return buffer.getvalue()
