import io
import subprocess
import sys

import pytest

from align_eval._progress import ProgressLines
from align_eval.cli import main

KINDS = ("models", "detectors", "pipelines", "embedders", "datasets", "studies", "metrics",
         "schemes", "templates", "formats")  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_lists_its_names(kind, capsys):
    assert main(["list", kind]) == 0
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "model"], "unknown kind of thing 'model'. Did you mean 'models'"),
        (["run", "lfw_aligner", "--out", "OUT"], "Did you mean 'lfw_aligners'"),
        (
            ["run", "thermal_to_visible", "--out", "OUT", "--aligners", "dlib86"],
            "Did you mean 'dlib68'",
        ),
        (["run", "thermal_to_visible", "--out", "OUT", "--format", "htm"], "Did you mean 'html'"),
        (["run", "thermal_to_visible", "--out", "OUT", "--set", "sede=3"], "Did you mean 'seed'"),
        (["run", "thermal_to_visible", "--out", "OUT", "--set", "seed"], "--set wants NAME=VALUE"),
        (
            ["run", "thermal_to_visible", "--out", "OUT", "--workers", "0"],
            "--workers wants at least 1",
        ),
        (["run", "none.toml", "--out", "OUT"], "cannot read the study"),
        (["report", "OUT"], "holds no finished run"),
        (["compare", "OUT", "OUT"], "holds no finished run"),
        (["check", "nowhere:Thing"], "cannot import 'nowhere'"),
        (["check", "nowhere"], "not of the form"),
    ],
)
def test_a_known_error_is_one_line_on_stderr_and_exit_code_2(arguments, message, capsys, tmp_path):
    out = str(tmp_path / "out")
    assert main([out if a == "OUT" else a for a in arguments]) == 2
    written = capsys.readouterr()
    assert message in written.err
    assert written.err.count("\n") == 1
    assert not written.out


def test_check_makes_what_a_ready_call_makes(capsys):
    assert main(["check", "verification.thermal:dog_cosine"]) == 0
    assert "ok   learning again forgets" in capsys.readouterr().out


def test_check_passes_a_model_of_ours_and_says_each_law(capsys):
    assert main(["check", "fakes:Pixels"]) == 0
    assert "ok" in capsys.readouterr().out


def test_progress_is_plain_lines_where_there_is_no_terminal():
    stream = io.StringIO()
    progress = ProgressLines(stream)
    for done in range(4):
        progress("stage", done, 3)
    assert stream.getvalue().startswith("stage: 3/3, ")
    assert "\r" not in stream.getvalue()


def test_progress_is_one_moving_line_on_a_terminal():
    stream = io.StringIO()
    stream.isatty = lambda: True
    progress = ProgressLines(stream)
    progress("stage", 0, 3)
    progress("stage", 3, 3)
    assert stream.getvalue().count("\n") == 1


def test_the_module_is_the_program():
    done = subprocess.run(
        [sys.executable, "-m", "align_eval", "--version"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout.startswith("align-eval 0.")


def test_a_reader_that_has_enough_ends_the_listing_in_peace():
    code = "import sys; from align_eval.cli import main; sys.exit(main(['list', 'metrics']))"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as listing:
        listing.stdout.close()
        assert listing.stderr.read() == b""
    assert listing.returncode == 0


def test_an_opencv_without_its_libraries_names_the_packages_that_bring_them():
    code = (
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'cv2':\n"
        "            raise ImportError('libGL.so.1: cannot open shared object file')\n"
        "sys.meta_path.insert(0, Missing())\n"
        "from align_eval.cli import main\n"
        "sys.exit(main(['run', 'thermal_to_visible', '--out', 'nowhere']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "apt-get install libgl1 libxcb1" in done.stderr
