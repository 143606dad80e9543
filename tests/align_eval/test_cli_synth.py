import pytest

from align_eval.cli import main
from align_eval.datasets.manifest import load


def test_synth_writes_a_set_that_the_manifest_loader_reads(tmp_path, capsys):
    out = tmp_path / "people"
    options = ["--subjects", "2", "--seed", "7", "--variations", "NN,OOG", "--workers", "1"]
    assert main(["synth", str(out), *options, "--size", "96", "--sheet", "1"]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    dataset = load(str(out), scheme="ibug68", trials="none")
    assert len(dataset.faces) == 2 * 2 * 2
    assert len(dataset.truth) == 8
    assert (out / "sheet.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--head", "parametrc"], "Did you mean 'parametric'"),
        (["--variations", "NM"], "Did you mean 'NN'"),
        (["--subjects", "0"], "subjects"),
        (["--range", "R4"], "R4"),
        (["--head", "ict", "--head-path", "nowhere"], "head model 'ict' cannot be read"),
    ],
)
def test_a_bad_option_is_one_line_and_exit_code_2(tmp_path, capsys, options, message):
    assert main(["synth", str(tmp_path / "x"), "--workers", "1", *options]) == 2
    written = capsys.readouterr().err
    assert message in written
    assert "Traceback" not in written
    assert not (tmp_path / "x").exists()


def test_geometry_draws_real_beside_synthetic(data_root, tmp_path, capsys):
    xml = data_root / "permissive" / "visth_carl_annotations" / "Eurecom_annotations"
    plot = tmp_path / "geometry.svg"
    assert main(["synth-geometry", str(xml), "--out", str(plot), "--subjects", "2"]) == 0
    assert "mouth width" in capsys.readouterr().out
    assert "synthetic, parametric" in plot.read_text()
