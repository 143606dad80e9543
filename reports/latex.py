r"""``tables/*.tex``: every table of the report for a paper, one ``booktabs`` tabular each.

A file is a whole float, with caption, label and notes, that ``\input`` takes as it is; what is
wider than the line is scaled to it. ``tables/all.tex`` takes them all, and says how.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path

from align_eval.atomic import write_bytes
from align_eval.result import Result
from reports.document import Document, document
from reports.formatting import MISSING
from reports.tables import Cell, Row, Table

_KINDS = {"sections": "results"}  # parts of a document whose tables have another name
_LONG = 45  # letters of a cell from which on its column is broken into lines
_WIDTH = r"p{.4\linewidth}"
_NUMBER = re.compile(r"[<>]?\s*[+−-]?(?:\d|\.\d|∞)")
_GREEK = (
    *(r"$\alpha$", r"$\beta$", r"$\gamma$", r"$\delta$", r"$\epsilon$", r"$\theta$"),
    *(r"$\lambda$", r"$\mu$", r"$\rho$", r"$\sigma$", r"$\tau$"),
    *(r"$\phi$", r"$\chi$", r"$\psi$", r"$\omega$"),
)
_SIGNS = {
    "\\": r"\textbackslash{}",
    **{sign: rf"\{sign}" for sign in "{}&%$#_"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "{''}",
    "`": "{`}",
    "−": "$-$",
    "‑": "-",
    "–": "--",
    "—": "---",
    "’": "'",
    "‘": "`",
    "”": "{''}",
    "“": "{``}",
    "…": r"\dots{}",
    "\N{NO-BREAK SPACE}": "~",
    "°": r"$^\circ$",
    "²": "$^2$",
    "³": "$^3$",
    "±": r"$\pm$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "√": r"$\surd$",
    "∞": r"$\infty$",
    "≈": r"$\approx$",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "→": r"$\to$",
    "µ": r"$\mu$",
    "Δ": r"$\Delta$",
    "Σ": r"$\Sigma$",
    **dict(zip("αβγδεθλμρστφχψω", _GREEK, strict=True)),
}
_BLANKS = dict.fromkeys((*range(32), *range(127, 160), 0x2028, 0x2029), " ")  # controls, lines
_USE = r"""% Made by align-eval. In the preamble: \usepackage{booktabs,graphicx}
% In the text: \input{tables/NAME} where the table goes, and Table~\ref{tab:NAME}.
"""


def render(result: Result, out: Path) -> list[Path]:
    r"""Write ``tables/*.tex`` below `out`: one of each table, and ``all.tex``, which takes all."""
    every = list(tables(document(result)))
    sources = {name: _USE.replace("NAME", name) + table(shown, name) for name, shown in every}
    sources["all"] = _USE + "".join(
        f"\n% {' '.join(shown.caption.split())}\n\\input{{tables/{name}}}\n\\clearpage\n"
        for name, shown in every
    )
    return [
        write_bytes(out / "tables" / f"{name}.tex", source.encode())
        for name, source in sources.items()
    ]


def tables(content: Document) -> Iterator[tuple[str, Table]]:
    """Every table of a document with its name: the part it belongs to, numbered if of several."""
    for part in fields(content):
        kind, value = _KINDS.get(part.name, part.name), getattr(content, part.name)
        if isinstance(value, Table):
            yield kind, value
        elif isinstance(value, tuple):
            shown = (
                one if isinstance(one, Table) else getattr(one, "table", None) for one in value
            )
            own = [one for one in shown if isinstance(one, Table)]
            yield from ((f"{kind}-{number}", one) for number, one in enumerate(own, 1))


def escaped(words: str) -> str:
    r"""Text in which nothing is a command, on one line.

    Signs of mathematics become commands; every other letter stays as it is: pdfLaTeX sets those
    of Latin script, XeLaTeX and LuaLaTeX all that their font has.

    >>> print(escaped("dog_pls: 5 % \\input{x}"))
    dog\_pls: 5 \% \textbackslash{}input\{x\}
    >>> print(escaped("Δ −1.4"))
    $\Delta$ $-$1.4
    """
    return re.sub("-{2,}|.", lambda found: _sign(found[0]), words.translate(_BLANKS))


def _sign(found: str) -> str:
    """A sign, or hyphens in a row, which are no dash."""
    return "{}".join(found) if found[0] == "-" else _SIGNS.get(found, found)


def table(shown: Table, name: str) -> str:
    """A table as a float: caption, label, the tabular, and its footnotes."""
    lines = [
        r"\begin{table}[tbp]",
        r"\centering",
        rf"\caption{{{escaped(shown.caption)}}}",
        rf"\label{{tab:{name}}}",
        r"\par\smallskip",
        rf"\sbox0{{\small\begin{{tabular}}{{{_layout(shown)}}}",
        r"\toprule",
        *_heads(shown),
        r"\midrule",
        *_body(shown.rows),
        r"\bottomrule",
        r"\end{tabular}}%",
        r"\ifdim\wd0>\linewidth\resizebox{\linewidth}{!}{\usebox0}\else\usebox0\fi",
        *_notes(shown.footnotes),
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _layout(shown: Table) -> str:
    """How each column stands: numbers right, words left, and long ones in lines."""
    columns = zip(*(row.cells for row in shown.rows), strict=True)
    found = "".join(_alignment([cell.text for cell in column]) for column in columns)
    return "l" + (found or "r" * (len(shown.columns) - 1))


def _alignment(texts: Sequence[str]) -> str:
    known = [text for text in texts if text not in ("", MISSING)]
    if max(map(len, known), default=0) > _LONG:
        return _WIDTH
    return "r" if 2 * sum(map(bool, map(_NUMBER.match, known))) >= len(known) else "l"


def _heads(shown: Table) -> list[str]:
    lower = [_marked(column.head, column.mark) for column in shown.columns]
    if not shown.groups:
        return [_line(lower)]
    upper, rules, first = [], [], 1
    for group, span in shown.groups:
        upper.append(rf"\multicolumn{{{span}}}{{c}}{{{escaped(group)}}}" if group else "")
        if group:
            rules.append(rf"\cmidrule(lr){{{first}-{first + span - 1}}}")
        first += span
    return [_line(upper), "".join(rules), _line(lower)]


def _body(rows: Sequence[Row]) -> list[str]:
    """Values, and in small lines beneath them what a cell says besides."""
    lines = []
    for number, row in enumerate(rows):
        head = Cell(row.head, (row.note,) if row.note else (), row.mark)
        cells = (head, *row.cells)
        deep = max(len(cell.details) for cell in cells)
        if number and (deep or rows[number - 1].note):
            lines.append(r"\addlinespace")
        lines.append(_line([_value(cell) for cell in cells]))
        for i in range(deep):
            beneath = [cell.details[i] if i < len(cell.details) else "" for cell in cells]
            lines.append(_line([said and rf"\scriptsize {escaped(said)}" for said in beneath]))
    return lines


def _value(cell: Cell) -> str:
    """What a page colours is bold here."""
    text = _marked(cell.text, cell.mark)
    return rf"\textbf{{{text}}}" if cell.tone else text


def _marked(text: str, mark: str) -> str:
    return escaped(text) + (rf"\textsuperscript{{{escaped(mark)}}}" if mark else "")


def _line(cells: Sequence[str]) -> str:
    return rf"{' & '.join(cells)} \\"


def _notes(footnotes: Sequence[tuple[str, str]]) -> list[str]:
    said = [rf"\textsuperscript{{{escaped(mark)}}} {escaped(text)}\par" for mark, text in footnotes]
    small = [r"\par\smallskip", r"\begin{minipage}{\linewidth}\footnotesize"]
    return [*small, *said, r"\end{minipage}"] if said else []
