"""``report.html``: one page that needs nothing else, not even a network.

Every text is escaped by the template. The page forbids itself all outside requests, and all
scripts but its own, which it names by digest: with it tables sort and figures open large, without
it everything is there to be read.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from align_eval.atomic import write_bytes
from align_eval.result import Result
from reports.document import NO_TEST, Document, document
from reports.estimators import ABOUT as ESTIMATORS
from reports.failure_policies import ABOUT as POLICIES
from reports.figures.style import INK, THEME, WIDTH, Look
from reports.formatting import count
from reports.metric_parts import ABOUT as METRIC_PARTS
from reports.misalignments import ABOUT as MISALIGNMENTS
from reports.plates import Plate
from reports.pngs import data_uri, packed
from reports.rejections import ABOUT as REJECTIONS
from reports.sensitivity_words import ABOUT as SENSITIVITY
from reports.signals import ABOUT
from reports.strips import LONGEST_SIDE, Strip, shrunk
from reports.turned import ABOUT as TURNED

CROP_BUDGET = 1_200_000  # bytes of PNG in the page; it stays below 4.5 MB with its figures
SIDES = (LONGEST_SIDE, 96, 80, 64)  # px of a crop
_GLYPHS = {
    "better": "▲",
    "worse": "▼",
    "different": "◆",
    "baseline": "●",
    "level": "≈",
    "described": "●",
    "held": "✓",
    "failed": "✗",
    "unknown": "?",
}


@dataclass(frozen=True)
class StripView:
    """A strip as the page shows it.

    Parameters
    ----------
    strip : Strip
        The faces that fit.
    crops : tuple
        For each aligner a data URI, or None, for each face.
    total : int
        How many faces the result has.
    """

    strip: Strip
    crops: tuple[tuple[str | None, ...], ...]
    total: int


def render(result: Result, out: Path) -> list[Path]:
    """Write ``report.html`` below `out`; it stays below 4.5 MB, see `CROP_BUDGET`."""
    return [write_bytes(out / "report.html", page(document(result)).encode())]


def page(content: Document) -> str:
    """The whole page as text."""
    text: str = (
        _environment()
        .get_template("report.html.j2")
        .render(
            doc=content,
            strips=strip_views(content.strips),
            glyphs=_GLYPHS,
            no_test=NO_TEST,
            about_claims=content.about_claims,
            about_estimators=ESTIMATORS,
            about_misalignments=MISALIGNMENTS,
            about_sensitivity=SENSITIVITY,
            about_signals=ABOUT,
            about_metric_parts=METRIC_PARTS,
            about_turned=TURNED,
            about_policies=POLICIES,
            about_rejections=REJECTIONS,
            policy=content_policy(),
            script=_safe(_template("report.js")),
            theme=list(THEME.items()),
            usual_width=WIDTH,
            swatch=lambda aligner: _swatch(content.looks.get(aligner)),
        )
    )
    return text


@cache
def content_policy() -> str:
    """What the page allows itself: its one script by digest, styles within it, pictures in it.

    Source: Content Security Policy Level 3, section 2.3.1 (hashes of inline scripts).
    """
    digest = hashlib.sha256(_template("report.js").encode()).digest()
    allowed = {
        "default-src": "'none'",
        "script-src": f"'sha256-{base64.b64encode(digest).decode()}'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{what} {source}" for what, source in allowed.items())


@cache
def _template(name: str) -> str:
    return files("reports").joinpath(f"templates/{name}").read_text(encoding="utf-8")


@cache
def _environment() -> Any:
    import jinja2

    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.DictLoader({"report.html.j2": _template("report.html.j2")}),
    )
    environment.filters.update(count=count, inline_svg=lambda plate: _safe(inline_svg(plate)))
    return environment


def _safe(markup: str) -> Any:
    from markupsafe import Markup

    return Markup(markup)  # noqa: S704 - the page's own script, and SVG with its texts escaped


def _swatch(look: Look | None) -> str:
    """The name of the page's colour for an aligner."""
    return THEME[look.colour if look else INK][0]


def inline_svg(plate: Plate) -> str:
    """A figure as an element of a page: it takes the page's type and colours.

    Ids get the figure's name, since a page must not have one twice.
    """
    source = plate.svg[plate.svg.index("<svg") :]
    source = re.sub(r"<metadata>.*?</metadata>|<style[^>]*>.*?</style>", "", source, flags=re.S)
    # texts hold no raw angle brackets, so that a match is a tag and never a reader's words
    return re.sub(r"<[^<>]*>", lambda match: _tag(match[0], plate), source).strip()


def _tag(tag: str, plate: Plate) -> str:
    prefix = f"{plate.name}-"
    if tag.startswith("<svg"):
        box = re.search(r'viewBox="[^"]*"', tag)
        return f'<svg {box[0] if box else ""} aria-hidden="true" focusable="false">'
    tag = re.sub(r'\bid="', f'id="{prefix}', tag)
    tag = re.sub(r'href="#', f'href="#{prefix}', tag).replace("xlink:href", "href")
    tag = tag.replace("url(#", f"url(#{prefix}")
    tag = re.sub(r"font-family: [^;\"]*;? ?", "", tag)
    return re.sub(r"#[0-9a-f]{6}\b", lambda match: _themed(match[0]), tag)


def _themed(colour: str) -> str:
    return f"var(--{THEME[colour][0]})" if colour in THEME else colour


def strip_views(every: Sequence[Strip], budget: int = CROP_BUDGET) -> list[StripView]:
    """The strips with their crops as data URIs, as large and many as the budget of each allows."""
    return [_strip_view(strip, budget // len(every)) for strip in every]


def _strip_view(strip: Strip, budget: int) -> StripView:
    """The crops as large as all of them fit; where they never do, the first faces."""
    for side in SIDES:
        columns = _columns(strip, side, budget)
        if len(columns) == len(strip.faces):
            break
    shown = [tuple(data_uri(data) if data else None for data in column) for column in columns]
    return StripView(strip.first(len(shown)), tuple(zip(*shown, strict=True)), len(strip.faces))


def _columns(strip: Strip, side: int, budget: int) -> list[list[bytes]]:
    """The crops of the first faces, as many as are within the budget."""
    columns: list[list[bytes]] = []
    for face in range(len(strip.faces)):
        columns.append(_column(strip, face, side))
        budget -= sum(map(len, columns[-1]))
        if budget < 0:
            return columns[:-1]
    return columns


def _column(strip: Strip, face: int, side: int) -> list[bytes]:
    """One face's crops as PNG; b"" where there is none."""
    samples = [row[face] for _, row in strip.rows]
    crops = [None if sample is None else sample.crop for sample in samples]
    return [b"" if crop is None else packed(shrunk(crop, side)) for crop in crops]
