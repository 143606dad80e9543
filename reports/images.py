"""The figures as files: SVG with its text as text, and PNG for slides and documents."""

from pathlib import Path

from align_eval.atomic import write_bytes
from align_eval.result import Result
from reports.document import document


def render_svg(result: Result, out: Path) -> list[Path]:
    """Write ``figures/*.svg`` below `out`; the same result makes the same bytes."""
    return [
        write_bytes(out / "figures" / f"{plate.name}.svg", plate.svg.encode())
        for plate in document(result).plates
    ]


def render_png(result: Result, out: Path) -> list[Path]:
    """Write ``figures/*.png`` at 200 dpi below `out`."""
    return [
        write_bytes(out / "figures" / f"{plate.name}.png", plate.png)
        for plate in document(result).plates
    ]
