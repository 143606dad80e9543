"""dlib's XML is read as it is written, and what is no such file is one clear line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thermal_sets import document, image_lines

from align_eval.datasets._dlib_xml import read_dlib_xml
from align_eval.errors import DataError

FILE = "001/TH/TH_001_1_01_NN.bmp"
numbers = st.floats(-1e6, 1e6)
names = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8)


@pytest.fixture
def write(tmp_path):
    def written(text):
        path = tmp_path / "001.xml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_images_boxes_and_parts_come_in_the_files_order(write):
    first, second = read_dlib_xml(write(document(image_lines(FILE), image_lines("b.png", {}))))
    assert first.file == FILE
    assert tuple(first.boxes[0].box) == (50.25, 30.125, 60, 70.5)
    assert first.boxes[0].parts[0] == ("righteye_outer", 60, 55)
    assert len(first.boxes[0].parts) == 6
    assert second.boxes[0].parts == ()


def test_an_image_may_have_no_box_or_several_and_a_name_may_stand_twice(write):
    twice = image_lines("a.png", [("nose", (1, 2)), ("nose", (3, 4))])
    inner = '<box top="1" left="1" width="2" height="2"/>'
    several = f'<image file="b.png">{inner}{inner}</image><image file="c.png"/>'
    images = read_dlib_xml(write(document(twice, several)))
    assert [part.name for part in images[0].boxes[0].parts] == ["nose", "nose"]
    assert [len(image.boxes) for image in images] == [1, 2, 0]


@settings(max_examples=40)
@given(st.lists(st.tuples(names, st.tuples(numbers, numbers)), max_size=5))
def test_what_is_written_is_read(tmp_path_factory, points):
    path = tmp_path_factory.mktemp("xml") / "a.xml"
    path.write_text(document(image_lines("a.png", points)), encoding="utf-8")
    (image,) = read_dlib_xml(path)
    assert [(part.name, (part.x, part.y)) for part in image.boxes[0].parts] == points


BOMB = (
    '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)


@pytest.mark.parametrize(
    "head", [BOMB, '<!DOCTYPE d SYSTEM "file:///etc/hostname">', "<!DOCTYPE dataset>"]
)
def test_a_document_type_is_refused_before_anything_is_expanded(write, head):
    with pytest.raises(DataError, match="document type"):
        read_dlib_xml(write(document(image_lines("&c;" if head == BOMB else FILE), head=head)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no XML"),
        ("<dataset>", "no XML"),
        (document("<image/>"), "<image> wants 'file'"),
        (document('<box top="1" left="1" width="1" height="1"/>'), "outside an image"),
        (document('<image file="a"><part name="n" x="1" y="1"/></image>'), "outside a box"),
        (document('<image file="a"><box top="1" left="1" width="1"/></image>'), "'height'"),
        (document('<image file="a"><box top="1" left="1" width="0" height="1"/></image>'), "above"),
        (document(image_lines("a", [("n", ("far", 2))])), "finite number for 'x', got 'far'"),
        (document(image_lines("a", [("n", (1, "nan"))])), "finite number for 'y', got 'nan'"),
        (document(image_lines("a", [("", (1, 2))])), "<part> wants 'name'"),
    ],
)
def test_a_malformed_file_is_one_line_that_names_it(write, text, message):
    with pytest.raises(DataError, match=message) as caught:
        read_dlib_xml(write(text))
    assert str(caught.value).startswith("001.xml")
    assert "\n" not in str(caught.value)


def test_a_fault_is_named_with_its_line(write):
    with pytest.raises(DataError, match=r"001\.xml, line 3: "):
        read_dlib_xml(write("<dataset>\n<images>\n<image/></images></dataset>"))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match=r"gone\.xml: cannot be read"):
        read_dlib_xml(tmp_path / "gone.xml")
