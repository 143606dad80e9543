"""Tables in LaTeX; where pdfLaTeX is, it sets them."""

import re
import shutil
import subprocess

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from align_eval.result import Result
from reports.document import document
from reports.latex import escaped, render, table, tables
from reports.tables import Cell, Column, Row, Table

_SET = re.compile(r"\\(?:[{}&%$#_]|[a-zA-Z]+(?:\{\})?)|\$(?:-|\\[a-z]+|\^\\circ|\^[23])\$")


def every_table(content):
    """The tables of a document, found by hand."""
    found = [content.datasets, *content.sensitivity, *content.ablation, *content.folds]
    found += [part.table for part in (*content.costs, *content.sections)]
    found += [*content.errors, *content.parts, *content.misalignments, *content.signals]
    return found + [one for one in (content.speed, content.published, content.times) if one]


@pytest.mark.parametrize("name", ["result", "asked", "costed"])
def test_every_table_of_the_document_has_a_file_of_its_own(name, request, tmp_path):
    result = request.getfixturevalue(name)
    found = dict(tables(document(result)))
    wanted = every_table(document(result))
    assert all(any(one is shown for one in found.values()) for shown in wanted)
    written = render(result, tmp_path)
    files = [path.relative_to(tmp_path).as_posix() for path in written]
    assert files == [f"tables/{name}.tex" for name in (*found, "all")]
    taken = re.findall(r"\\input\{([^}]*)\}$", written[-1].read_text("utf-8"), flags=re.MULTILINE)
    assert [f"{one}.tex" for one in taken] == files[:-1]


def test_a_table_is_a_float_with_caption_label_rules_and_notes(costed):
    shown = document(costed).costs[0].table
    source = table(shown, "costs-1")
    for part in (r"\toprule", r"\midrule", r"\bottomrule", r"\label{tab:costs-1}", r"\caption{"):
        assert source.count(part) == 1
    opened, closed = (re.findall(rf"\\{end}\{{(\w+)\}}", source) for end in ("begin", "end"))
    assert sorted(opened) == sorted(closed)
    for mark, text in shown.footnotes:
        assert rf"\textsuperscript{{{mark}}} {escaped(text)}" in source
    assert r"\textbf{$-$" in source


def test_every_row_has_a_cell_for_each_column(costed):
    for name, shown in tables(document(costed)):
        lines = table(shown, name).split(r"\toprule")[1].split(r"\bottomrule")[0].splitlines()
        rows = [line for line in lines if line.endswith(r"\\")]
        assert len(rows) > len(shown.rows)
        for row in rows:
            spans = [int(span) for span in re.findall(r"\\multicolumn\{(\d+)\}", row)]
            cells = len(re.findall(r"(?<!\\)&", row)) + 1
            assert cells - len(spans) + sum(spans) == len(shown.columns)


def test_values_stand_above_what_is_said_beneath_them():
    cells = Cell("−1.4", ("−2.3 to −0.6", "p = .01"), "a", "worse"), Cell("–")
    shown = Table("c", (Column("A"), Column("x", "G"), Column("y")), (Row("m", cells, "baseline"),))
    assert table(shown, "t").split("\\midrule\n")[1].split("\\bottomrule")[0].splitlines() == [
        r"m & \textbf{$-$1.4\textsuperscript{a}} & -- \\",
        r"\scriptsize baseline & \scriptsize $-$2.3 to $-$0.6 &  \\",
        r" & \scriptsize p = .01 &  \\",
    ]
    assert r" & \multicolumn{1}{c}{G} &  \\" in table(shown, "t")
    assert r"\cmidrule(lr){2-2}" in table(shown, "t")


def test_numbers_stand_right_words_left_and_long_ones_in_lines():
    cells = Cell("+1.2"), Cell("thermal"), Cell("word " * 20)
    shown = Table("c", tuple(map(Column, "abcd")), (Row("m", cells),))
    assert r"\begin{tabular}{lrlp{.4\linewidth}}" in table(shown, "t")


@given(st.text())
def test_no_text_is_a_command_and_all_of_it_is_there(words):
    source = escaped(words)
    assert len(source.splitlines()) <= 1
    rest = _SET.sub("", source).replace("{''}", "").replace("{``}", "").replace("{`}", "")
    assert not set("\\%$#&_^~") & set(rest.replace("~", ""))
    assert set(rest) & set("{}") <= set("{}" if "--" in words else "")
    letters = [one for one in words if one.isascii() and one.isalnum()]
    kept = _SET.sub("", source)
    assert [one for one in kept if one.isascii() and one.isalnum()] == letters


def test_a_document_without_results_has_its_data_sets(tmp_path):
    names = [path.name for path in render(Result({}, pd.DataFrame(), {}), tmp_path)]
    assert names == ["datasets.tex", "all.tex"]


@pytest.mark.skipif(
    shutil.which("pdflatex") is None, reason="no pdflatex: texlive-latex-recommended"
)
def test_pdflatex_sets_every_table_even_those_of_names_that_are_markup(hostile, costed, tmp_path):
    for name, result in (("hostile", hostile), ("costed", costed)):
        folder = tmp_path / name
        render(result, folder)
        preamble = r"\documentclass{article}\usepackage{booktabs,graphicx}"
        (folder / "paper.tex").write_text(
            preamble + r"\begin{document}\input{tables/all}\end{document}"
        )
        command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "paper.tex"]
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=300, check=False)
        log = done.stdout.decode("utf-8", "replace")
        assert done.returncode == 0, log[-2000:]
        assert "Overfull \\hbox" not in log
