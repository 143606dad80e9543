import re

import numpy as np
from matplotlib.figure import Figure
from pictured import overlay, overlays

from align_eval.result import TRUTH
from reports.figures.points import PointsDisplay
from reports.figures.style import THEME, looks, svg
from reports.points import point_grids

LOOKS = looks(["yunet", "dlib68", "exact"], "exact")


def drawn(every):
    return PointsDisplay(point_grids(every)[0], LOOKS)


def test_every_point_is_drawn_on_its_pixel_of_the_picture():
    display = drawn(overlays())
    ax = display.plot(Figure().subplots())
    cells = [(row, column) for row in range(3) for column in range(3)]
    shown = [(row, column) for column, row in [(c, r) for r, c in cells] if (row, column) != (2, 1)]
    shown.sort(key=lambda cell: (cell[1], cell[0]))
    assert len(ax.lines) == len(ax.images) == len(shown) == 8
    for line, image, (row, column) in zip(ax.lines, ax.images, shown, strict=True):
        face, name = display.grid.faces[column], display.grid.rows[row]
        left, right, bottom, top = image.get_extent()
        unit = (right - left) / face.image.shape[1]
        pixels = (np.stack(line.get_data(), axis=1) - (left, top)) / unit - 0.5
        inside = ((face.points[name] >= -0.5) & (face.points[name] <= 191.5)).all(axis=1)
        assert np.allclose(pixels, face.points[name][inside])
        assert column < left < right < column + 1
        assert row < top < bottom < row + 1


def test_an_aligner_that_failed_says_so_in_its_cell():
    texts = [text.get_text() for text in drawn(overlays()).plot(Figure().subplots()).texts]
    assert texts.count("nothing\nfound") == 1
    assert {"NN", "OHM", "s00_0", "truth", "yunet", "dlib68"} <= set(texts)


def test_points_that_are_unknown_or_outside_are_not_drawn():
    one = overlay("warm", 0, True)
    points = np.array([[50.0, 50], [np.nan, np.nan], [-30, 50], [50, 900]])
    ax = drawn([one._replace(points={"yunet": points})]).plot(Figure().subplots())
    assert [len(line.get_xdata()) for line in ax.lines] == [1]


def test_a_face_is_in_the_file_once_and_referred_to_in_the_other_rows():
    source = svg(drawn(overlays()).figure)
    assert len(re.findall("<image ", source)) == 3
    again = re.findall(r'<use xlink:href="#(picture-\d)"', source)
    assert sorted(again) == ["picture-0"] * 2 + ["picture-1"] + ["picture-2"] * 2


def test_dots_keep_their_colours_where_the_page_is_dark():
    ax = drawn(overlays()).plot(Figure().subplots())
    colours = {line.get_markerfacecolor() for line in ax.lines}
    assert len(colours) == 3
    assert not colours & set(THEME)


def test_few_points_have_larger_dots_than_many():
    display = drawn([overlay("warm", 0, True)])
    lines = display.plot(Figure().subplots()).lines
    sizes = dict(zip(display.grid.rows, (line.get_markersize() for line in lines), strict=True))
    assert sizes[TRUTH] == sizes["yunet"] > sizes["dlib68"]
