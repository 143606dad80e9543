"""Whether one aligner should be swapped for another: the study that is made of it, and the verb."""

import pytest
from swapped import PEOPLE, SHOTS, folder, image, table

from align_eval import swap_app
from align_eval.cli import main
from align_eval.errors import ConfigError, DataError, MetricError, UnknownNameError
from align_eval.store import load_result
from align_eval.swap_app import default_folder, swap_study

PARTS = {"from_": "now=swapped:Placed", "to": ["new=swapped:Placed"], "embedder": "swapped:Grid"}


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return folder(tmp_path_factory.mktemp("swap"))


@pytest.fixture
def made(pairs):
    def study(**changes):
        given = {"images": pairs.parent / "faces", "pairs": pairs, **PARTS, "boxes": "dataset"}
        return swap_study(**{**given, **changes})

    return study


def test_what_is_in_use_is_the_baseline_of_every_candidate(made):
    study = made(to=["new=swapped:Placed", "box"], fars=["0.1", "1e-3", "1e-1"])
    assert study.baseline == "now"
    assert [(part.name, part.model) for part in study.aligners] == [
        ("now", "swapped:Placed"),
        ("new", "swapped:Placed"),
        ("box", "box"),
    ]
    assert study.metrics == ("EER", "TAR@FAR=1e-1", "TAR@FAR=1e-3", "AUC")
    assert study.title == "Should now be swapped for new or box?"
    assert study.resamples == 1000
    assert study.roles == "same"


def test_the_gallery_may_stay_as_it_is(made):
    study = made(keep_gallery=True)
    assert study.roles == "probes"
    assert "The references stay as now aligned them" in study.description


def test_a_table_is_read_beside_its_images_and_says_whose_they_are(made, pairs):
    part = made().datasets[0]
    root = str(pairs.parent.resolve())
    assert part.model == "pairs_table"
    assert part.options == {"root": root, "pairs": "pairs.csv", "images": "faces"}
    assert "its folder says" in made().description


def test_any_other_file_is_read_as_that_of_lfw(made, pairs, tmp_path):
    (tmp_path / "{mine}.txt").write_text("1\nAnn\t1\t2\nAnn\t1\tBo\t1\n")
    study = made(images=tmp_path, pairs=tmp_path / "{mine}.txt")
    assert study.description.endswith("Whose an image is, its name in {mine}.txt says.")
    assert study.datasets[0].model == "lfw"
    assert study.datasets[0].options == {"root": str(tmp_path.resolve()), "pairs": "{mine}.txt"}


def test_another_data_set_is_read_as_it_says(made, pairs):
    study = made(dataset="synthetic", pairs=None, options={"dataset": {"subjects": 2}})
    part = study.datasets[0]
    assert (part.model, part.options["subjects"]) == ("synthetic", 2)
    assert part.options["root"] == str((pairs.parent / "faces").resolve())


def test_another_dialect_has_its_root_where_images_and_pairs_meet(made, pairs):
    part = made(dataset="calfw").datasets[0]
    assert part.model == "calfw"
    assert part.options == {
        "root": str(pairs.parent.resolve()),
        "pairs": "pairs.csv",
        "images": "faces",
    }


def test_a_detector_in_use_finds_the_boxes_with_its_options(made):
    options = {"yunet": {"path": "y.onnx"}, "boxes": {"pick": "largest"}}
    study = made(from_="yunet", boxes=None, options=options)
    assert study.boxes.to_config() == {
        "name": "yunet",
        "model": "yunet",
        "path": "y.onnx",
        "pick": "largest",
    }
    assert study.aligners[0].options == {"path": "y.onnx"}


def test_a_detector_of_the_same_name_that_is_another_thing_is_not_taken(made):
    with pytest.raises(ConfigError, match="--boxes wants a detector"):
        made(from_="mtcnn", boxes=None)
    named = made(from_="mtcnn", boxes="mtcnn", options={"from": {"box_from": "yunet"}})
    assert named.boxes.options == {}


def test_options_are_of_a_role_or_of_a_name(made):
    study = made(
        to=["small=swapped:Placed", "large=swapped:Placed"],
        options={
            "from": {"sigma": 1.0},
            "to": {"sigma": 2.0},
            "large": {"sigma": 3.0},
            "embedder": {"shift": 100},
            "pipeline": {"flip": True},
        },
    )
    assert [part.options for part in study.aligners] == [
        {"sigma": 1.0},
        {"sigma": 2.0},
        {"sigma": 3.0},
    ]
    pipeline = study.pipelines[0]
    assert pipeline.options["embedder"] == {"name": "swapped:Grid", "shift": 100}
    assert pipeline.options["flip"]


def test_an_onnx_file_is_an_embedder(made, tmp_path):
    path = tmp_path / "r50 (mine).onnx"
    path.write_bytes(b"weights")
    part = made(embedder=str(path)).pipelines[0]
    assert part.name == "r50-mine"
    assert part.options["embedder"] == {"name": "onnx", "path": str(path)}


def test_a_key_of_the_study_may_be_replaced(made):
    study = made(settings={"seed": 7, "metrics": ["EER"]})
    assert (study.seed, study.metrics) == (7, ("EER",))


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"to": ["dann"]}, UnknownNameError, "landmark model 'dann'. Did you mean 'dan'"),
        ({"from_": "yunt"}, UnknownNameError, "Did you mean 'yunet'"),
        ({"embedder": "dlb"}, UnknownNameError, "embedder 'dlb'. Did you mean 'dlib'"),
        ({"boxes": "yunt"}, UnknownNameError, "detector 'yunt'"),
        ({"dataset": "lwf"}, UnknownNameError, "data set 'lwf'"),
        ({"options": {"nobody": {"a": 1}}}, UnknownNameError, "part of a swap 'nobody'"),
        ({"to": []}, ConfigError, "at least one candidate"),
        ({"to": ["now"]}, ConfigError, "twice"),
        ({"to": ["new="]}, ConfigError, "--to wants MODEL or NAME=MODEL, got 'new='"),
        ({"embedder": "gone.onnx"}, ConfigError, "no weights file 'gone.onnx'"),
        ({"fars": ["2"]}, MetricError, "2"),
        ({"images": "nowhere"}, DataError, "--images nowhere does not exist"),
        ({"pairs": "nowhere.csv"}, DataError, "--pairs nowhere.csv does not exist"),
        ({"pairs": None}, ConfigError, "wants --pairs"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(made, changes, error, words):
    if changes.get("to") == ["now"]:
        changes = {"to": ["now=swapped:Placed"]}
    with pytest.raises(error, match=words) as caught:
        made(**changes)
    assert "\n" not in str(caught.value)


def test_the_folder_is_named_after_the_aligners():
    assert default_folder("yunet", ["a=onnx", "b"]).as_posix() == "runs/swap_yunet_a_b"


def words(pairs, out, *more):
    given = ["swap", "--images", str(pairs.parent / "faces"), "--pairs", str(pairs)]
    given += ["--from", "now=swapped:Placed", "--to", "new=swapped:Placed"]
    given += ["--embedder", "swapped:Grid", "--boxes", "dataset", "--workers", "1"]
    return [*given, "--resamples", "60", "--far", "0.2", "--out", str(out), *more]


def test_the_verb_answers_in_one_page_and_goes_on_where_it_stopped(pairs, tmp_path, capsys):
    out = tmp_path / "run"
    options = ["--option", "new.sigma=9.0", "--option", "new.without=2", "--set", "seed=3"]
    assert main(words(pairs, out, *options)) == 0
    said = capsys.readouterr()
    assert said.out.strip() == str(out / "swap.html")
    page = (out / "swap.html").read_text(encoding="utf-8")
    assert "Should now be swapped for new?" in page
    assert f"Not acquired: {PEOPLE} instead of 0 of {PEOPLE * SHOTS} faces" in page
    assert image(0, 2) in page
    assert (out / "tables" / "turned.csv").exists()
    result = load_result(out)
    assert (result.study["seed"], result.study["baseline"]) == (3, "now")
    (out / "swap.html").unlink()
    assert main(words(pairs, out, *options)) == 0
    assert "faces aligned by" not in capsys.readouterr().err
    again = (out / "swap.html").read_text(encoding="utf-8")
    assert again.split('id="failures"')[0] == page.split('id="failures"')[0]
    assert main(words(pairs, out, *options[2:])) == 2
    assert "sigma" in capsys.readouterr().err.strip().splitlines()[-1]


def test_an_aligner_that_is_the_same_gives_no_reason(pairs, tmp_path, capsys):
    assert main(words(pairs, tmp_path / "run", "--keep-gallery")) == 0
    rows = load_result(tmp_path / "run").rows
    assert (rows.loc[rows["aligner"] == "new", "delta"] == 0).all()
    page = (tmp_path / "run" / "swap.html").read_text(encoding="utf-8")
    assert "gives no reason to swap" in page
    assert "The references stay as now aligned them" in page


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--workers", "0"], "--workers wants at least 1, got 0"),
        (["--option", "sigma=2"], "--option wants WHOSE.KEY=VALUE, got 'sigma="),
        (["--option", "nwe.sigma=2"], "'nwe'. Did you mean 'now'"),
        (["--format", "htm"], "Did you mean 'html'"),
        (["--resamples", "0"], "resamples wants at least 1"),
    ],
)
def test_the_verb_refuses_in_one_line(pairs, tmp_path, capsys, more, said):
    assert main(words(pairs, tmp_path / "run", *more)) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_people_who_cannot_be_known_are_refused_in_one_line(tmp_path, capsys):
    (tmp_path / "faces").mkdir()
    flat = table(tmp_path / "pairs.csv", [("a.png", "b.png", 1)])
    assert main(words(flat, tmp_path / "run")) == 2
    error = capsys.readouterr().err.strip().splitlines()
    assert "whose face 'a.png' is cannot be known" in error[-1]


def test_a_data_set_without_pairs_has_no_answer(pairs, tmp_path):
    what = {**PARTS, "images": pairs.parent, "pairs": None, "boxes": "dataset"}
    with pytest.raises(DataError, match="has no pairs to verify"):
        swap_app.swap(tmp_path / "run", dataset="swapped:unpaired", formats=(), **what)
