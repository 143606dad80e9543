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
    assert len(set(re.findall('id="([^"]*)"', source))) == 3


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 900), st.integers(0, 900)), min_size=1))
def test_every_picture_is_where_it_was(placed):
    source = terse("".join(image(f"p{name}", x, y) for name, x, y in placed))
    found, first = [], {}
    for tag in re.findall("<[^>]*>", source):
        if tag.startswith("<image"):
            x, y = map(float, re.search(r"2 0 0 2 (\S+) (\S+)\)", tag).groups())
            name = re.search('data:(p.)"', tag)[1]
            first[re.search('id="([^"]*)"', tag)[1]] = (name, x, y)
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


def test_a_drawing_has_every_mark_within_a_hundredth_of_a_point():
    x = np.random.default_rng(0).random(50)

    def draw():
        figure = new_figure(200)
        figure.subplots().plot(x, x**2, ls="none", marker="o")
        return figure

    source = svg(draw)
    marks = re.findall(r'<use xlink:href="#\w+" x="([^"]*)" y="([^"]*)"/>', source)
    assert len(marks) == 50
    across = np.array(marks, dtype=float)[:, 0]
    line = np.polyfit(x, across, 1)
    assert np.abs(np.polyval(line, x) - across).max() < 0.011
