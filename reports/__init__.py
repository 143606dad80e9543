"""What a study found, as files to read: one page, plain text, tables and figures.

Every format is a function ``render(result, out) -> list of paths`` that writes atomically below
the run folder `out` and returns what it wrote. This package is the only one that imports
matplotlib and jinja2, and it imports them when it draws.
"""

from align_eval.catalog import Catalog, Entry

CATALOG = Catalog(
    "report format",
    {
        "html": Entry("reports.html:render", "report.html: one page that needs nothing else"),
        "md": Entry("reports.markdown:render", "report.md, with its figures beside it"),
        "csv": Entry("reports.csv_tables:render", "tables/*.csv: results, errors, failures, ROC"),
        "svg": Entry("reports.images:render_svg", "figures/*.svg, text kept as text"),
        "png": Entry("reports.images:render_png", "figures/*.png at 200 dpi"),
        "pdf": Entry("reports.pdfs:render", "figures/*.pdf for a paper"),
        "latex": Entry("reports.latex:render", "tables/*.tex: a booktabs table each for a paper"),
    },
)

__all__ = ["CATALOG"]
