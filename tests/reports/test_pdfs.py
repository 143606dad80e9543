import re

from reports.document import document
from reports.pdfs import pdf, render


def test_a_figure_of_every_plate_without_a_date_and_with_letters_that_can_be_searched(
    only_baseline, tmp_path
):
    paths = render(only_baseline, tmp_path)
    names = [plate.name for plate in document(only_baseline).plates]
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        f"figures/{name}.pdf" for name in names
    ]
    for path in paths:
        data = path.read_bytes()
        assert data.startswith(b"%PDF")
        assert b"CreationDate" not in data
        assert b"/Type3" not in data
        assert b"/CIDFontType2" in data


def test_a_drawing_is_as_large_as_in_svg(only_baseline):
    plate = document(only_baseline).plates[0]
    (box,) = re.findall(rb"/MediaBox \[ 0 0 (\S+) (\S+) \]", pdf(plate.draw))
    svg = re.search(r'viewBox="0 0 (\S+) (\S+)"', plate.svg)
    assert [float(side) for side in box] == [float(side) for side in svg.groups()]
