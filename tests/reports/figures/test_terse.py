"""What is written in fewer bytes shows the same."""

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reports.figures.style import new_figure, svg
from reports.figures.terse import terse

USE = re.compile(r'<use xlink:href="#(picture-\d+)" transform="translate\((\S+) (\S+)\)"/>')


def image(name, x, y, scale="2 0 0 2"):
    return (
        f'<image xlink:href="data:{name}" id="{name}" width="4" height="4" '
        f'transform="matrix({scale} {x} {y})" style="image-rendering:pixelated"/>'
    )


def test_another_picture_or_another_size_is_no_repetition():
    source = terse(image("a", 0, 0) + image("b", 0, 0) + image("a", 0, 0, "3 0 0 3"))
    assert source.count("<image") == 3
    assert "<use" not in source


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 900), st.integers(0, 900)), min_size=1))
def test_every_picture_is_where_it_was(placed):
    source = terse("".join(image(f"p{name}", x, y) for name, x, y in placed))
    found, first = [], {}
    for tag in re.findall("<[^>]*>", source):
        if tag.startswith("<image"):
            x, y = map(float, re.search(r"2 0 0 2 (\S+) (\S+)\)", tag).groups())
            name = re.search('data:(p.)"', tag)[1]
            first[f"picture-{len(first)}"] = (name, x, y)
            found.append((name, x, y))
        else:
            number, x, y = USE.fullmatch(tag).groups()
            name, x0, y0 = first[number]
            found.append((name, x0 + float(x), y0 + float(y)))
    assert found == [(f"p{name}", x, y) for name, x, y in placed]


def test_marks_of_several_styles_keep_them():
    marks = "".join(f'<use xlink:href="#m" x="1.2345" y="2" style="fill: {c}"/>' for c in "ab")
    source = f'<g clip-path="url(#p)">{marks}</g>'
    assert terse(source) == source


def test_numbers_in_words_stay_as_they_are():
    source = '<text x="1.23456">d="0.12345"</text><path d="M 1 2" style="stroke-width: 1.23456"/>'
    assert terse(source) == source


def test_a_drawing_has_every_mark_within_a_hundredth_of_a_point(walked):
    x = np.random.default_rng(0).random(50)

    def draw():
        figure = new_figure(200)
        figure.subplots().plot(x, x**2, ls="none", marker="o")
        return figure

    source = svg(draw)
    (path,) = re.findall(r'<path d="([^"]*)" style="fill: none; marker: url', source)
    across = np.array(walked(path))[:, 0]
    assert len(across) == 50
    line = np.polyfit(x, across, 1)
    assert np.abs(np.polyval(line, x) - across).max() < 0.011


def test_ids_without_a_reference_and_groups_without_attributes_go():
    source = '<g id="a">\n  <g id="b" clip-path="url(#c)">\n <path id="c"/></g>\n</g>'
    assert terse(source) == '<g clip-path="url(#c)"><path id="c"/></g>'


def test_a_text_keeps_its_words_and_a_turned_one_its_turn():
    source = '<g id="t">\n<!-- a - b -->\n<text transform="rotate({} 1 2)">id="t" {}</text>\n</g>'
    words = 'd="M 1 2 L 3 4"'
    assert terse(source.format("-0", words)) == f'<text>id="t" {words}</text>'
    assert 'transform="rotate(-90 1 2)"' in terse(source.format("-90", words))


def test_few_marks_stay_marks():
    mark = '<use xlink:href="#m" x="1" y="2" style="fill: a"/>'
    assert terse(f'<g clip-path="url(#p)">{mark * 3}</g>').count("<use") == 3
    assert terse(f'<g clip-path="url(#p)">{mark * 4}</g>').count("<use") == 1


def test_a_repeat_without_pixels_refers_to_the_picture_of_its_size():
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)

    def draw():
        figure = new_figure(200)
        ax = figure.subplots()
        for left, right in ((0, 2), (3, 5), (6, 10)):
            ax.imshow(pixels, extent=(left, right, 0, 2), gid="face", interpolation="none")
        ax.set(xlim=(0, 12), ylim=(0, 3), aspect="auto")
        return figure

    source = svg(draw)
    assert len(re.findall('<image [^>]*width="8" height="8"', source)) == 2
    assert re.findall('<use xlink:href="#(picture-.)"', source) == ["picture-0"]
