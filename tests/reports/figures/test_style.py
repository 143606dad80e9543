import sys

import matplotlib as mpl
import numpy as np
import pytest

from reports.figures.style import (
    INK,
    MUTED,
    PAPER,
    THEME,
    axes_within,
    charted,
    house_style,
    legend_above,
    looks,
    new_figure,
    svg,
)

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
DEFICIENCIES = {
    "none": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}


def linear(colour):
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(first, second):
    light, dark = sorted(
        (linear(c) @ [0.2126, 0.7152, 0.0722] for c in (first, second)), reverse=True
    )
    return (light + 0.05) / (dark + 0.05)


def lab(rgb):
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(np.clip(xyz @ rgb / [0.9505, 1.0, 1.089], 1e-6, None))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_the_baseline_is_ink_and_every_other_aligner_has_its_own_look():
    found = looks([f"a{i}" for i in range(32)] + ["base"], "base")
    assert found["base"].colour == INK
    assert len({(look.colour, str(look.dash)) for look in found.values()}) == 33
    assert len({look.colour for look in list(found.values())[:8]}) == 8


def test_yardsticks_are_gray_lines_of_their_own_and_take_no_hue_from_a_model():
    found = looks(["base", "moved2", "a", "moved5", "b"], "base", {"moved2": 0.02, "moved5": 0.05})
    assert found["moved2"].colour == found["moved5"].colour == MUTED
    assert found["moved2"].dash != found["moved5"].dash
    assert found["moved2"].marker != found["moved5"].marker
    alone = looks(["base", "a", "b"], "base")
    assert {name: found[name] for name in alone} == alone


def test_an_aligners_look_does_not_depend_on_where_the_baseline_stands():
    assert looks(["base", "a", "b"], "base")["b"] == looks(["a", "b", "base"], "base")["b"]


def test_lines_stand_out_from_light_and_dark_paper():
    dark_paper = THEME[PAPER][1]
    for light, (name, dark) in THEME.items():
        if name.startswith("hue") or name in ("ink", "muted"):
            least = 4.5 if name in ("ink", "muted") else 3.0
            assert contrast(light, PAPER) >= least, name
            assert contrast(dark, dark_paper) >= least, name


@pytest.mark.parametrize("side", [0, 1])
def test_no_two_hues_look_alike(side):
    seen = [
        lab(linear(pair[side]))
        for light, (name, dark) in THEME.items()
        if name.startswith(("hue", "muted"))
        for pair in [(light, dark)]
    ]
    gaps = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    assert min(gaps) > 20


@pytest.mark.parametrize("eye", DEFICIENCIES)
@pytest.mark.parametrize("side", [0, 1])
def test_the_first_four_colours_differ_to_every_eye(eye, side):
    pairs = [(light, dark) for light, (name, dark) in THEME.items() if name.startswith("hue")][:4]
    seen = [lab(np.clip(DEFICIENCIES[eye] @ linear(pair[side]), 0, 1)) for pair in pairs]
    gaps = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    assert min(gaps) > 12


def test_axes_have_the_margins_that_they_are_given():
    figure = new_figure(200, 400)
    assert np.allclose(
        axes_within(figure, 40, 20, 60, 30).get_position().extents * (400, 200, 400, 200),
        (40, 20, 340, 170),
    )


@pytest.mark.parametrize("count", [1, 4, 12])
def test_a_legend_stands_above_its_axes_and_within_the_figure(count):
    names = [f"aligner {i}" for i in range(count)]
    with house_style():
        figure, ax = charted(names)
        for name in names:
            ax.plot([0, 1], label=name)
        legend_above(figure, ax)
        figure.draw_without_rendering()
    (legend,) = figure.legends
    box = legend.get_window_extent()
    assert legend.get_texts()[0].get_text() == names[0]
    assert box.y0 >= ax.get_window_extent().y1
    assert box.y1 <= figure.bbox.y1 + 1e-6
    assert box.x1 <= figure.bbox.x1


def test_drawing_leaves_matplotlibs_settings_and_pyplot_alone():
    before = dict(mpl.rcParams)
    loaded = "matplotlib.pyplot" in sys.modules

    def draw():
        figure = new_figure(100)
        figure.subplots().plot([1, 2])
        return figure

    svg(draw)
    assert dict(mpl.rcParams) == before
    assert ("matplotlib.pyplot" in sys.modules) == loaded


def test_settings_come_back_after_an_error():
    before = dict(mpl.rcParams)
    with pytest.raises(ZeroDivisionError), house_style():
        raise ZeroDivisionError
    assert dict(mpl.rcParams) == before


def test_names_are_never_mathematics_and_any_script_is_drawn():
    def draw():
        figure = new_figure(100)
        figure.subplots().set_title("$x^2$ 顔 <b>")
        return figure

    assert ">$x^2$ 顔 &lt;b&gt;</text>" in svg(draw)
