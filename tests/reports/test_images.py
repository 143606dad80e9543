import struct

from reports.document import document
from reports.images import render_png, render_svg


def test_the_same_result_makes_the_same_svg(only_baseline):
    plate = document(only_baseline).plates[0]
    again = type(plate)(plate.name, plate.title, plate.caption, plate.alt, plate.draw)
    assert again.svg == plate.svg
    assert "dc:date" not in plate.svg


def test_text_in_svg_is_text(result, tmp_path):
    for path in render_svg(result, tmp_path):
        source = path.read_text("utf-8")
        assert "<text" in source
        if not path.name.startswith("scores"):
            assert "dlib68" in source


def test_png_are_a_thousand_pixels_wide(only_baseline, tmp_path):
    paths = render_png(only_baseline, tmp_path)
    assert len(paths) == 3
    for path in paths:
        width, _ = struct.unpack(">II", path.read_bytes()[16:24])
        assert width == 1000
