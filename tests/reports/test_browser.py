"""The page as a person has it, in headless Chromium, with all that the page allows itself."""

import re
from functools import cache

import chromium
import pytest

from reports.document import document
from reports.html import page

ROWS = "[...document.querySelectorAll('#answer tbody tr')]"
NAMES = f"{ROWS}.map(row => row.cells[0].childNodes[1].textContent.trim())"
HEADS = "[...document.querySelectorAll('#answer th.sorts')]"
SMALL = """<table class="numbers"><thead><tr><th scope="col">name</th><th scope="col">value</th>
</tr></thead><tbody>{rows}</tbody></table>"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    path = chromium.executable()
    if path is None:
        pytest.skip("no Chromium: apt-get install chromium to run this test")
    started = chromium.Chromium(path, tmp_path_factory.mktemp("profile"))
    yield started
    started.close()


@cache
def markup_of(result):
    """The page of a result, made once: its crops take a second to pack."""
    return page(document(result))


@pytest.fixture
def show(browser, tmp_path):
    """Open a result's page, or a page as it is, in the browser."""

    def opened(content):
        path = tmp_path / "report.html"
        markup = content if isinstance(content, str) else markup_of(content)
        path.write_text(markup, encoding="utf-8")
        browser.resize(1440, 900)
        browser.open(path)
        return browser

    return opened


def quiet(browser):
    """Nothing in the console, and nothing asked for but the page."""
    return browser.complaints == [] and [url[-11:] for url in browser.requests] == ["report.html"]


@pytest.mark.parametrize("name", ["costed", "pictured"])
def test_the_page_logs_nothing_and_asks_for_nothing(name, show, request):
    browser = show(request.getfixturevalue(name))
    browser.evaluate("document.querySelectorAll('img').forEach(one => one.decode())")
    assert quiet(browser)
    tables = "table.numbers, table.words"
    many = f"[...document.querySelectorAll('{tables}')].filter(t => t.tBodies[0].rows.length > 1)"
    assert browser.evaluate(f"{many}.length") > 3
    assert browser.evaluate(f"{many}.every(one => one.querySelector('th.sorts > button'))")


def test_the_policy_of_the_page_lets_no_other_script_run(show, costed):
    markup = markup_of(costed)
    body = "<p onclick='document.title = 1'></p><script>document.title = 2</script>"
    browser = show(markup.replace("</main>", f"{body}</main>"))
    browser.evaluate("document.querySelector('main > p').click()")
    assert browser.evaluate("document.title") == document(costed).title
    assert len(browser.complaints) == 2
    assert all("Content Security Policy" in said for said in browser.complaints)
    assert browser.evaluate(f"{HEADS}.length") > 0


def test_names_that_are_markup_stay_words_while_tables_sort_and_figures_open(show, hostile):
    browser = show(hostile)
    before = browser.evaluate("document.title")
    browser.evaluate("document.querySelectorAll('th.sorts').forEach(head => head.click())")
    for button in range(browser.evaluate("document.querySelectorAll('figcaption button').length")):
        browser.evaluate(f"document.querySelectorAll('figcaption button')[{button}].click()")
        browser.evaluate("document.querySelector('#large button').click()")
    assert browser.evaluate("document.title") == before == "</title><script>alert(4)</script>"
    assert browser.evaluate("document.querySelectorAll('script').length") == 1
    assert "onerror=alert(1)" in browser.evaluate("document.querySelector('#answer').textContent")
    assert quiet(browser)


def test_a_head_sorts_by_number_up_then_down_and_then_as_it_was(show, costed):
    browser = show(costed)
    table = document(costed).costs[0].table
    given = browser.evaluate(NAMES)
    assert given == [row.head for row in table.rows]
    cells = {row.head: row.cells[1].text for row in table.rows}
    changes = {n: float(t.replace("−", "-")) for n, t in cells.items() if not t.startswith("EER")}
    assert len(changes) == len(given) - 1  # the baseline has its own value, and no difference
    (last,) = set(given) - set(changes)
    up, down = (sorted(changes, key=changes.get, reverse=turn) for turn in (False, True))
    assert browser.evaluate(f"{HEADS}[2].textContent").startswith("ΔEER")
    for state, wanted in (("ascending", up), ("descending", down)):
        browser.evaluate(f"{HEADS}[2].firstChild.click()")
        assert browser.evaluate(f"{HEADS}[2].getAttribute('aria-sort')") == state
        assert browser.evaluate(NAMES) == [*wanted, last]
    browser.evaluate(f"{HEADS}[2].firstChild.click()")
    assert browser.evaluate(NAMES) == given
    assert browser.evaluate("document.querySelector('[aria-sort]')") is None


def test_rows_keep_their_colours_marks_and_notes_when_sorted(show, costed):
    browser = show(costed)
    given = browser.evaluate(f"{ROWS}.map(row => row.outerHTML)")
    browser.evaluate(f"{HEADS}[0].click()")
    turned = browser.evaluate(f"{ROWS}.map(row => row.outerHTML)")
    assert turned != given
    assert sorted(turned) == sorted(given)
    assert browser.evaluate(NAMES) == sorted(browser.evaluate(NAMES))
    assert sum('class="baseline"' in row for row in turned) == 1


def test_enter_and_space_sort_where_tab_leads(show, costed):
    browser = show(costed)
    browser.evaluate("document.querySelector('#answer .scroll').focus()")
    browser.press("Tab")
    assert browser.evaluate(f"document.activeElement.parentElement === {HEADS}[0]")
    for key, state in (("Enter", "ascending"), (" ", "descending")):
        browser.press(key)
        assert browser.evaluate(f"{HEADS}[0].ariaSort") == state


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("10 9 −3 +2 – ∞ .5", "−3 .5 +2 9 10 ∞ –"),
        ("1,200 – 90 −∞", "−∞ 90 1,200 –"),
        ("5.0_% 12.0_% −1.5_% –", "−1.5_% 5.0_% 12.0_% –"),
        (">_5 5 <_5 4.9", "4.9 <_5 5 >_5"),
        ("1_h_2_min 8.1_s 2_min_1_s", "8.1_s 2_min_1_s 1_h_2_min"),
        ("3.1_±_0.2 2.9_±_0.9 11.0_±_0.1", "2.9_±_0.9 3.1_±_0.2 11.0_±_0.1"),
        ("b – a B 10", "10 B a b –"),
        ("EER_3_% 2 1", "1 2 EER_3_%"),
    ],
)
def test_numbers_are_read_as_they_are_printed(show, given, wanted):
    texts = [text.replace("_", "\N{NO-BREAK SPACE}") for text in given.split()]
    small = "<small>0 to 99</small>"
    rows = "".join(
        f'<tr><th scope="row">r</th><td>{text.replace("<", "&lt;")}<sup>a</sup>{small}</td></tr>'
        for text in texts
    )
    markup = page_of(SMALL.format(rows=rows))
    browser = show(markup)
    browser.evaluate("document.querySelectorAll('th.sorts')[1].click()")
    cells = "[...document.querySelectorAll('td')].map(one => one.firstChild.textContent)"
    found = [text.replace("\N{NO-BREAK SPACE}", "_") for text in browser.evaluate(cells)]
    assert found == wanted.split()


def page_of(table):
    """A page of the report's script and one table."""
    from reports import html

    dialog = '<dialog id="large"><p></p><button></button><div class="stage"></div><p></p></dialog>'
    script = html._template("report.js")
    return f'<meta charset="utf-8">{table}{dialog}<script>{script}</script>'


def test_a_figure_opens_large_and_escape_brings_it_and_the_focus_back(show, only_baseline):
    browser = show(only_baseline)
    button = "document.querySelector('figcaption button')"
    ids = "[...document.querySelectorAll('[id]')].map(one => one.id)"
    plate = "document.querySelector('.plate svg')"
    large = "document.querySelector('#large')"
    before, width = browser.evaluate(ids), browser.evaluate(f"{plate}.clientWidth")
    markup = browser.evaluate("document.querySelector('figure').outerHTML")
    for end in ("Escape", "Enter"):  # the button that has the focus closes
        browser.evaluate(f"{button}.focus()")
        browser.press("Enter")
        assert browser.evaluate(f"{large}.open")
        shown = browser.evaluate(f"{large}.querySelector('svg').clientWidth")
        assert shown > 1.2 * width
        inside = browser.evaluate(ids)
        assert sorted(inside) == sorted(before)
        assert len(set(inside)) == len(inside)
        browser.press(end)
        assert not browser.evaluate(f"{large}.open")
        assert browser.evaluate(f"document.activeElement === {button}")
        assert browser.evaluate(ids) == before
    kept = browser.evaluate("document.querySelector('figure').outerHTML")
    assert kept.replace(' style=""', "") == markup
    assert quiet(browser)


def test_a_click_on_a_figure_opens_it_with_its_title_and_caption(show, only_baseline):
    browser = show(only_baseline)
    plate = document(only_baseline).plates[0]
    browser.evaluate(
        "document.querySelector('figure .plate svg').dispatchEvent("
        "new MouseEvent('click', {bubbles: true}))"
    )
    said = browser.evaluate("[...document.querySelectorAll('#large p')].map(p => p.textContent)")
    assert said == [f"{plate.title}.", plate.caption]


@pytest.mark.parametrize("name", ["costed", "pictured"])
def test_only_boxes_scroll_sideways_never_the_page(name, show, request):
    browser = show(request.getfixturevalue(name))
    for width in (1440, 360):
        browser.resize(width, 900)
        assert browser.evaluate("document.documentElement.scrollWidth") <= width
        browser.evaluate("document.querySelector('figcaption button').click()")
        assert browser.evaluate("document.querySelector('#large').scrollWidth") <= width
        browser.evaluate("document.querySelector('#large button').click()")


def test_print_shows_what_is_folded_and_no_buttons(show, costed):
    browser = show(costed)
    folded = "document.querySelectorAll('details:not([open])').length"
    shown = "[...document.querySelectorAll('figcaption button, nav')].some(b => b.offsetHeight)"
    count = browser.evaluate(folded)
    assert count > 0
    assert browser.evaluate(shown)
    browser.evaluate("document.querySelector('figcaption button').click()")
    browser.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    browser.call("Emulation.setEmulatedMedia", media="print")
    assert browser.evaluate(folded) == 0
    assert not browser.evaluate(shown)
    assert browser.evaluate("document.querySelector('#large svg')") is None
    browser.evaluate("window.dispatchEvent(new Event('afterprint'))")
    browser.call("Emulation.setEmulatedMedia", media="")
    assert browser.evaluate(folded) == count


def test_dark_and_light_have_their_own_paper(show, only_baseline):
    browser = show(only_baseline)
    papers = []
    for scheme in ("light", "dark"):
        wanted = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.call("Emulation.setEmulatedMedia", features=wanted)
        papers.append(browser.evaluate("getComputedStyle(document.body).backgroundColor"))
    browser.call("Emulation.setEmulatedMedia", features=[])
    light, dark = (sum(map(int, re.findall(r"\d+", paper))) for paper in papers)
    assert light > 700 > 100 > dark


def test_without_its_script_the_page_is_whole_and_has_no_dead_buttons(show, costed):
    markup = re.sub(r"<script>.*</script>", "", markup_of(costed), flags=re.DOTALL)
    browser = show(markup)
    seen = "[...document.querySelectorAll('button')].filter(b => b.offsetHeight).length"
    assert browser.evaluate(seen) == 0
    text = browser.evaluate("document.querySelector('#answer thead').innerText")
    assert "ΔEER, points" in text
