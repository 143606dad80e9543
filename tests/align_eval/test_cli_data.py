"""``data check`` prints what is there, what should be, and every problem, with an exit code."""

import csv

import pytest
import small_sets

from align_eval.cli import main


@pytest.fixture
def checked(capsys):
    """(exit code, lines of stdout, stderr) of a check."""

    def check(*words):
        code = main(["data", "check", *map(str, words)])
        told = capsys.readouterr()
        return code, told.out.splitlines(), told.err

    return check


def test_all_is_well_with_exit_code_0(tmp_path, checked):
    small_sets.jd106(tmp_path)
    code, lines, _ = checked("jd106", tmp_path)
    assert code == 0
    assert lines[:2] == ["layout expected:", "  ROOT/"]
    assert lines[-5:] == [
        "found:",
        "        3 faces",
        "        3 subjects",
        "        3 faces with landmarks",
        "problems: none",
    ]


def test_counts_beside_the_published_numbers_are_findings_with_exit_code_1(tmp_path, checked):
    small_sets.jd106(tmp_path)
    code, lines, _ = checked("jd106", tmp_path, "--option", "subset=test")
    assert code == 1
    assert "FAIL  1 of 2000 faces" in [line.strip() for line in lines]


def test_every_problem_is_printed_by_name(tmp_path, checked):
    small_sets.sftl54(tmp_path)
    for path in (tmp_path / "gray" / "test" / "images").iterdir():
        path.unlink()
    code, lines, _ = checked("sftl54", tmp_path)
    assert code == 1
    assert lines[-3:] == [
        "problems: 2",
        "  test/119_1_2_8_144_102_1: the image is missing: 119_1_2_8_144_102_1.png",
        "  test/119_2_2_1_115_32_1: the image is missing: 119_2_2_1_115_32_1.png",
    ]


def test_many_problems_go_to_a_table_and_the_first_to_the_page(tmp_path, checked):
    for number in range(25):
        small_sets.pts(tmp_path / "set" / f"{number:02d}.pts", small_sets.places(68))
    code, lines, _ = checked("pts_folder", tmp_path / "set", "--csv", tmp_path / "problems.csv")
    assert code == 1
    assert lines[-1] == "  … and 5 more"
    assert len(lines) - lines.index("problems: 25") == 22
    with (tmp_path / "problems.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["name", "problem"]
    assert [name for name, _ in rows[1:]] == [f"{number:02d}" for number in range(25)]
    _, lines, _ = checked("pts_folder", tmp_path / "set")
    assert len(lines) - lines.index("problems: 25") == 26


def test_a_dotted_path_is_checked_by_its_own_inventory(tmp_path, checked, monkeypatch):
    module = tmp_path / "their_loader.py"
    module.write_text(
        "from align_eval.datasets.inventory import Count, Inventory\n"
        "def load(root, shade='gray'):\n    raise AssertionError\n"
        "def inventory(root, **options):\n"
        "    shade = options.get('shade', 'gray')\n"
        "    return Inventory('ROOT/' + shade, (Count('faces', 1, 1),), (('a.png', 'odd'),))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    code, lines, _ = checked("their_loader:load", tmp_path, "--option", "shade=iron")
    assert code == 1
    assert lines == [
        "layout expected:",
        "  ROOT/iron",
        "found:",
        "  ok    1 of 1 faces",
        "problems: 1",
        "  a.png: odd",
    ]
    code, _, error = checked("their_loader:load", tmp_path, "--option", "shad=iron")
    assert code == 2
    assert "Did you mean 'shade'" in error


def test_a_loader_without_a_layout_is_counted_all_the_same(tmp_path, checked, monkeypatch):
    module = tmp_path / "bare_loader.py"
    module.write_text("from align_eval.datasets.pts_folder import load\n")
    monkeypatch.syspath_prepend(tmp_path)
    small_sets.picture(tmp_path / "set" / "a.jpg")
    small_sets.pts(tmp_path / "set" / "a.pts", small_sets.places(68))
    code, lines, _ = checked("bare_loader:load", tmp_path / "set")
    assert code == 0
    assert lines[1] == "  the loader does not say"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["wflv"], "Did you mean 'wflw'"),
        (["wflw", "--option", "subset=makeupp"], "Did you mean 'makeup'"),
        (["wflw", "--option", "subse=test"], "Did you mean 'subset'"),
        (["wflw", "--option", "subset"], "--option wants NAME=VALUE"),
        (["wflw", "--option", "subset=[1]"], "cannot be made of"),
        (["wflw", "--option", "root=x"], "its root is given already"),
        (["align_eval.schemes:scheme_named"], "unknown option of data set"),
        (["nowhere:load"], "cannot import 'nowhere'"),
    ],
)
def test_what_cannot_be_checked_is_one_line_and_exit_code_2(tmp_path, checked, words, message):
    small_sets.wflw(tmp_path)
    code, lines, error = checked(words[0], tmp_path, *words[1:])
    assert code == 2
    assert lines == []
    assert message in error
    assert error.count("\n") == 1


def test_names_that_no_output_can_show_are_written_with_escapes(tmp_path, checked):
    small_sets.picture(tmp_path / "set" / "a.jpg")
    odd = b"\xff\xfe.jpg".decode("utf-8", "surrogateescape")
    small_sets.picture(tmp_path / "set" / odd)
    code, lines, _ = checked("pts_folder", tmp_path / "set", "--csv", tmp_path / "problems.csv")
    assert code == 1
    assert "  \\udcff\\udcfe: no .pts file beside it" in lines
    assert "\\udcff\\udcfe" in (tmp_path / "problems.csv").read_text(encoding="utf-8")
