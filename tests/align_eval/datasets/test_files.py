"""Every loader stays inside its root and says what is wrong with a file."""

import pytest

from align_eval.datasets._files import image_problems, inside, lines_of, root_folder, visible_face
from align_eval.errors import DataError


def test_the_root_must_be_a_folder_that_holds_something(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="wants a root folder"):
        root_folder("", "lfw")
    for name, message in [
        ("gone", "does not exist"),
        ("file", "is no folder"),
        ("empty", "is empty"),
    ]:
        with pytest.raises(DataError, match=message) as caught:
            root_folder(str(tmp_path / name), "lfw")
        assert "'lfw'" in str(caught.value)


@pytest.mark.parametrize("path", ["../secret.png", "a/../../secret.png", "/etc/hostname", ".."])
def test_a_path_that_climbs_out_is_refused(tmp_path, path):
    root = tmp_path / "root"
    root.mkdir()
    with pytest.raises(DataError, match=r"list.txt, line 3: .*leads out of the root"):
        inside(root.resolve(), path, "list.txt, line 3")


def test_a_path_that_turns_back_inside_is_refused_too(tmp_path):
    with pytest.raises(DataError, match="leads out"):
        inside(tmp_path.resolve(), "a/../b.png", "here")


def test_a_link_that_leads_out_is_refused_and_one_that_stays_is_not(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside.png").write_text("x")
    (root / "own.png").write_text("x")
    (root / "out").symlink_to(tmp_path / "outside.png")
    (root / "in").symlink_to(root / "own.png")
    assert inside(root.resolve(), "in", "here") == root.resolve() / "in"
    with pytest.raises(DataError, match="leads out"):
        inside(root.resolve(), "out", "here")


def test_a_root_that_is_a_link_itself_is_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    root = root_folder(str(tmp_path / "link"), "lfw")
    assert inside(root, "a", "here").read_text() == "x"


def test_lines_are_numbered_as_in_the_file(tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes("\ufeffone\r\n\r\nth\u2028ree\n".encode())
    assert list(lines_of(path)) == [
        ("list.txt, line 1", "one"),
        ("list.txt, line 3", "th\u2028ree"),
    ]


def test_a_list_that_is_missing_or_no_text_is_refused(tmp_path):
    (tmp_path / "latin").write_bytes("Jos\xe9".encode("latin-1"))
    with pytest.raises(DataError, match=r"no UTF-8 text \(byte 3\)"):
        list(lines_of(tmp_path / "latin"))
    with pytest.raises(DataError, match="No such file"):
        list(lines_of(tmp_path / "gone"))


def test_missing_and_empty_images_are_problems_and_others_are_not(tmp_path):
    (tmp_path / "zero.png").touch()
    (tmp_path / "some.png").write_text("not decoded here")
    faces = tuple(visible_face(n, n, tmp_path / f"{n}.png") for n in ("zero", "some", "gone"))
    assert image_problems(faces) == (
        ("zero", "the image is empty (0 bytes): zero.png"),
        ("gone", "the image is missing: gone.png"),
    )
