"""The report on scores alone: ``report.html``, ``report.md``, tables and figures.

The same formats as a run's (`reports.CATALOG`), of what `reports.verify_content` says.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from align_eval.atomic import write_bytes
from align_eval.curves import Roc
from align_eval.errors import UnknownNameError
from align_eval.result import ROW_COLUMNS
from align_eval.score_study import Verification
from reports import latex, markdown
from reports.csv_tables import roc_table
from reports.formatting import slug
from reports.html import page
from reports.pdfs import pdf
from reports.plates import Plate
from reports.verify_content import ScoreReport, score_report


def _html(found: Verification, content: ScoreReport, out: Path) -> list[Path]:
    return [write_bytes(out / "report.html", page(content).encode())]


def _markdown(found: Verification, content: ScoreReport, out: Path) -> list[Path]:
    text = markdown.text(content).encode()
    return [write_bytes(out / "report.md", text), *_svg(found, content, out)]


def _svg(found: Verification, content: ScoreReport, out: Path) -> list[Path]:
    return _figures(content, out, ".svg", lambda plate: plate.svg.encode())


def _png(found: Verification, content: ScoreReport, out: Path) -> list[Path]:
    return _figures(content, out, ".png", lambda plate: plate.png)


def _pdf(found: Verification, content: ScoreReport, out: Path) -> list[Path]:
    return _figures(content, out, ".pdf", lambda plate: pdf(plate.draw))


def _figures(
    content: ScoreReport, out: Path, ending: str, drawn: Callable[[Plate], bytes]
) -> list[Path]:
    folder = out / "figures"
    return [write_bytes(folder / f"{one.name}{ending}", drawn(one)) for one in content.plates]


def _latex(found: Verification, content: ScoreReport, out: Path) -> list[Path]:
    tables = {f"results-{i}": one.table for i, one in enumerate(content.sections, start=1)}
    tables["trials"] = content.datasets
    return [
        write_bytes(out / "tables" / f"{name}.tex", latex.table(shown, name).encode())
        for name, shown in tables.items()
    ]


def _csv(found: Verification, content: ScoreReport, out: Path) -> list[Path]:
    rows = found.result.rows.reindex(columns=list(ROW_COLUMNS))
    rows = rows.rename(columns={"aligner": "system", "fta": "without_score", "n_faces": "n_trials"})
    tables = {
        "results": rows.drop(columns=["pipeline"]),
        "thresholds": found.thresholds,
        "failures": pd.DataFrame(
            [(one.aligner, *line) for one in content.failures for line in one.faces],
            columns=["system", "trials", "subject", "reason"],
        ).drop(columns=["subject"]),
    }
    for key, scores in found.result.scores.items():
        if len(scores.genuine) and len(scores.impostor):
            tables[slug("roc", key.dataset, key.aligner)] = roc_table(Roc.of(scores))
    return [
        write_bytes(
            out / "tables" / f"{name}.csv",
            frame.to_csv(index=False, lineterminator="\n").encode(),
        )
        for name, frame in tables.items()
    ]


FORMATS: Mapping[str, Callable[[Verification, ScoreReport, Path], list[Path]]] = {
    "html": _html,
    "md": _markdown,
    "csv": _csv,
    "svg": _svg,
    "png": _png,
    "pdf": _pdf,
    "latex": _latex,
}
"""What the report on scores is written as; see `reports.CATALOG`."""


def render(found: Verification, formats: Sequence[str], out: Path) -> list[Path]:
    """Write the report on scores.

    Parameters
    ----------
    found : Verification
        What the scores say.
    formats : sequence of str
        Of `FORMATS`.
    out : Path
        A folder.

    Raises
    ------
    UnknownNameError
        No such format.
    """
    for name in formats:
        if name not in FORMATS:
            raise UnknownNameError("report format", name, FORMATS)
    content = score_report(found)
    written = [path for name in formats for path in FORMATS[name](found, content, out)]
    return list(dict.fromkeys(written))
