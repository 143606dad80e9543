import base64
import hashlib
import re
import time
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from align_eval.result import Result, Sample
from reports.document import document
from reports.html import inline_svg, page, render, strip_views
from reports.strips import strips
from reports.tables import Cell, Column, Row, Table

VOID = {"meta", "img", "br", "link", "input", "hr"}


class Reader(HTMLParser):
    """Collects tags, attributes and texts, and checks that elements are closed in order."""

    def __init__(self, markup):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.texts, self.open = [], [], [], []
        self.within = []  # the element that each text stands in
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)
        self.within.append(self.open[-1] if self.open else "")

    @property
    def scripts(self):
        return [
            text for text, within in zip(self.texts, self.within, strict=True) if within == "script"
        ]

    def values(self, name):
        return [value for _, given, value in self.attributes if given == name]


@pytest.fixture(scope="module")
def markup(result):
    return page(document(result))


@pytest.fixture(scope="module")
def read(markup):
    return Reader(markup)


def test_every_element_is_closed(read):
    assert read.open == []


def test_the_answer_comes_before_everything_else(markup):
    order = [markup.index(f'id="{name}"') for name in ("answer", "compared", "results", "errors")]
    order += [markup.index(f'id="{name}"') for name in ("faces", "failures", "provenance")]
    assert order == sorted(order)


def test_the_page_asks_for_nothing_outside_itself(read):
    assert not {"link", "iframe", "object", "embed", "base"} & set(read.tags)
    references = [*read.values("src"), *read.values("href"), *read.values("xlink:href")]
    assert references
    assert all(re.match(r"#|data:image/png;base64,", value) for value in references)
    assert "default-src 'none'" in " ".join(read.values("content"))
    assert ("script", "src") not in [(tag, name) for tag, name, _ in read.attributes]
    assert "http" not in "".join(read.scripts)


def test_the_policy_names_the_digest_of_the_only_script_and_allows_no_other(read):
    (script,) = read.scripts
    (policy,) = [value for value in read.values("content") if "default-src" in value]
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert allowed["script-src"] == f"'sha256-{digest}'"
    assert allowed["default-src"] == allowed["base-uri"] == allowed["form-action"] == "'none'"


@pytest.mark.parametrize("name", ["result", "asked", "pictured", "costed", "only_baseline"])
def test_headings_go_down_one_level_at_a_time_and_contents_name_every_section(name, request):
    markup = page(document(request.getfixturevalue(name)))
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", markup)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    sections = re.findall(r'<section id="([^"]*)"', markup)
    contents = markup[markup.index("<nav") : markup.index("</nav>")]
    assert ["answer", *re.findall(r'href="#([^"]*)"', contents)] == sections


def test_the_first_links_lead_past_the_head_to_the_content_and_to_the_results(markup):
    body = markup[markup.index("<body>") :]
    assert re.findall(r'href="#([^"]*)"', body)[:2] == ["content", "results"]
    assert '<main id="content" tabindex="-1">' in markup
    assert body.index("Skip to the content") < body.index("<header>")


def test_heads_without_a_group_keep_their_place_and_their_marks():
    columns = Column("a"), Column("low", "G", "x"), Column("high", "G"), Column("last", mark="y")
    cells = tuple(Cell(str(i)) for i in range(3))
    shown = Table("caption", columns, (Row("r", cells),), (("x", "of low"), ("y", "of last")))
    content = document(Result({}, pd.DataFrame(), {}))
    markup = page(replace(content, datasets=shown))
    table = markup[markup.index("<thead>") : markup.index("</thead>")]
    heads = re.findall(r'<th scope="col"(?: rowspan="2")?>(.*?)</th>', table)
    assert heads == ["a", "last<sup>y</sup>", "low<sup>x</sup>", "high"]


def test_styles_ask_for_nothing_outside_the_page(markup):
    assert "@import" not in markup
    assert set(re.findall(r"url\((.)", markup)) <= {"#"}


@pytest.mark.parametrize("name", ["result", "asked", "pictured", "costed"])
def test_ids_are_unique_and_every_reference_has_its_target(name, request):
    markup = page(document(request.getfixturevalue(name)))
    read = Reader(markup)
    assert read.open == []
    ids = read.values("id")
    assert len(set(ids)) == len(ids)
    wanted = [value[1:] for value in read.values("href") if value.startswith("#")]
    wanted += re.findall(r"url\(#([^)]+)\)", markup)
    wanted += read.values("aria-labelledby")
    assert set(wanted) <= set(ids)


def test_pictures_have_texts_and_tables_have_heads(read):
    assert read.tags.count("img") == len(read.values("alt"))
    assert all(read.values("alt"))
    assert read.tags.count("table") == read.tags.count("caption")
    scoped = [tag for tag, name, _ in read.attributes if name == "scope"]
    assert len(scoped) == read.tags.count("th")
    assert ("html", "lang", "en") in read.attributes
    assert {"main", "header", "footer", "nav"} <= set(read.tags)


def test_every_sentence_and_every_failure_is_on_the_page(result, read):
    text = " ".join(" ".join(read.texts).split())
    content = document(result)
    said = [verdict for _, verdicts in content.answers for verdict in verdicts]
    said += [verdict for section in content.sections for verdict in section.verdicts]
    for verdict in said:
        assert " ".join(verdict.rest.split()) in text
    for face, reason in result.failures[["face", "reason"]].itertuples(index=False):
        assert face in text
        assert reason in text


def test_long_lists_of_failures_are_folded_with_their_count_in_view(markup):
    assert re.findall(r"<summary>(.*?)</summary>", markup) == ["drawn, dlib68: 9 failures"]


def test_a_failed_cell_of_the_strip_says_why(markup):
    assert markup.count('<td class="failed">no face found</td>') == 4


def test_names_that_are_markup_do_nothing(hostile):
    read = Reader(page(document(hostile)))
    assert "iframe" not in read.tags
    assert read.scripts == Reader(page(document(Result({}, pd.DataFrame(), {})))).scripts
    assert not [name for _, name, _ in read.attributes if name.startswith("on")]
    assert read.open == []
    text = "".join(read.texts)
    for words in ("<script>alert(1)</script>", "<script>alert(2)</script>", "alert(4)", "<iframe"):
        assert words in text
    assert {src[:10] for src in read.values("src")} == {"data:image"}


def test_figures_of_names_that_are_markup_stay_figures(hostile):
    for plate in document(hostile).plates:
        read = Reader(inline_svg(plate))
        assert "script" not in read.tags
        assert not [name for _, name, _ in read.attributes if name.startswith("on")]


def test_a_figure_in_the_page_takes_its_colours_and_type_from_it(result):
    source = inline_svg(document(result).plates[0])
    assert "var(--ink)" in source
    assert "#1c2127" not in source
    assert "font-family" not in source
    assert "<style" not in source


def noisy(budget):
    """Ten faces of one aligner as the page shows them: pictures that no PNG makes smaller."""
    noise = np.random.default_rng(0).integers(0, 256, (112, 112, 3), dtype=np.uint8)
    (view,) = strip_views(
        strips([Sample("d", "p", "a", f"f{i}", noise) for i in range(10)]), budget
    )
    return view


def test_crops_are_made_smaller_until_all_faces_are_within_the_budget():
    large, small = noisy(2_000_000), noisy(200_000)
    for view, budget in ((large, 2_000_000), (small, 200_000)):
        assert [len(line) for line in view.crops] == [10]
        assert sum(len(uri) for uri in view.crops[0]) * 0.75 < budget
    assert len(small.crops[0][0]) < len(large.crops[0][0])


def test_where_even_small_crops_are_too_many_the_page_says_how_many_it_shows():
    view = noisy(50_000)
    shown = len(view.strip.faces)
    assert (0 < shown < 10, view.total) == (True, 10)
    assert [len(line) for line in view.crops] == [shown]


def test_the_page_is_written_whole_in_seconds_and_in_few_megabytes(result, tmp_path):
    started = time.perf_counter()
    (path,) = render(result, tmp_path)
    assert time.perf_counter() - started < 15  # 2 s on an idle machine
    assert path == tmp_path / "report.html"
    assert path.stat().st_size < 4_500_000
    assert [child.name for child in tmp_path.iterdir()] == ["report.html"]


def test_a_baseline_alone_makes_a_page(only_baseline):
    read = Reader(page(document(only_baseline)))
    assert "is the baseline" in "".join(read.texts)
    assert "None: every aligner found every face." in "".join(read.texts)


def test_claims_parts_and_published_figures_are_on_the_page_with_their_signs(asked):
    markup = page(document(asked))
    read = Reader(markup)
    text = " ".join(" ".join(read.texts).split())
    for one in document(asked).claims:
        for words in (one.claim, one.facts, one.rule):
            assert " ".join(words.split()) in text
    claims = markup[markup.index('id="claims"') : markup.index('id="compared"')]
    glyphs = re.findall(r'<li class="(\w+)"><span class="glyph" aria-hidden="true">(.)<', claims)
    assert glyphs == [("held", "✓"), ("failed", "✗"), ("unknown", "?")]
    assert "no face of the data set has the attribute 'range'." in text
    assert "measured on other data" in text
    assert "b" not in read.tags


def test_points_on_faces_are_wide_figures_with_each_face_once(pictured):
    markup = page(document(pictured))
    section = markup[markup.index('<section id="points"') : markup.index('<section id="faces"')]
    read = Reader(section)
    assert section.count('class="wide"') == 2
    assert read.tags.count("image") == 10
    pictures = [value for tag, name, value in read.attributes if (tag, name) == ("image", "href")]
    assert all(value.startswith("data:image/png;base64,") for value in pictures)
    labels = [value for value in read.values("aria-label") if value.startswith("Pictures of")]
    assert labels == [plate.alt for plate in document(pictured).point_plates]
    assert "nothing" in read.texts
    assert '<a href="#points">' in markup


def test_what_each_aligner_costs_stands_in_the_answer_and_the_rest_below(costed):
    markup = page(document(costed))
    first = markup[: markup.index("<nav")]
    lead, other = document(costed).costs
    assert lead.table.caption in first
    assert lead.published[0] in first
    assert 'id="costs_dpm_pls-title"' in first
    assert other.table.caption not in first
    rest = markup[markup.index('id="results"') :]
    for words in (other.heading, "The pipelines compared", "Over the folds", "Where the time went"):
        assert words in rest
    assert "Who aligned what" in markup
    assert markup.count("Aligned faces of ") == 2


def test_many_sentences_and_the_notes_of_stages_are_folded(costed):
    content = document(costed)
    longer = replace(content.sections[0], verdicts=content.sections[0].verdicts * 2)
    markup = page(replace(content, sections=(longer, *content.sections[1:])))
    assert re.findall(r"<summary>(.*?)</summary>", markup) == [
        "The folds of every other pipeline and data set",
        "Each aligner in a sentence",
        "thermal, dlib68: 14 failures",
        "Every stage with its time, weights and their digests",
    ]


def test_a_study_that_asks_for_none_of_them_has_no_place_for_them(markup):
    absent = ('id="claims"', 'href="#claims"', 'id="published"', "Errors by part")
    for name in (*absent, 'id="points"', 'href="#points"', 'class="wide"'):
        assert name not in markup
