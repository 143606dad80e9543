"""What every data set of the catalogue keeps; those that need data are skipped without it."""

import pickle
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import small_sets

from align_eval import data_app
from align_eval.checks import check_dataset
from align_eval.cli import main
from align_eval.dataset import Dataset
from align_eval.datasets import CATALOG
from align_eval.errors import AlignEvalError, DataError, ImageError
from align_eval.image import write_png

REAL = {
    "lfw": ("research/lfw_dev", {}),
    "frll": ("permissive/frll", {}),
    "pts_folder": ("research/helen_test_crops", {"box": "truth"}),
}
NO_FILES = {"synthetic": {"subjects": 2, "variations": ["NN", "EH"], "size": 96, "cache": ""}}
COPIED = {"manifest", *REAL, *NO_FILES, *small_sets.WRITERS}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    root = tmp_path_factory.mktemp("manifest")
    write_png(root / "a.png", np.zeros((8, 8, 3), np.uint8))
    lines = ["image,subject,box,landmarks", "a.png,Ann,1 1 5 5,2 2 5 2 nan nan 2 6 5 6"]
    (root / "manifest.csv").write_text("\n".join([*lines, "gone.png,Bo,,"]))
    return root


@pytest.fixture(params=[name for name in CATALOG if name in COPIED])
def dataset(request, manifest, tmp_path):
    """A data set of each name, with the folder and options that it was built from."""
    name = request.param
    if name in NO_FILES:
        return CATALOG.build(name, {"root": "", **NO_FILES[name]})
    if name == "manifest":
        return CATALOG.build(name, {"root": str(manifest), "scheme": "five"})
    if name in small_sets.WRITERS:
        return _small(name, tmp_path, request)
    folder, options = REAL[name]
    root = request.getfixturevalue("data_root") / folder
    if not root.is_dir():
        pytest.skip(f"the development data has no {folder}")
    return CATALOG.build(name, {"root": str(root), **options})


def _small(name, root, request):
    if CATALOG[name].extra == "cofw":
        pytest.importorskip("h5py", reason="COFW's files are read with h5py")
    write, options = small_sets.WRITERS[name]
    write(root)
    return CATALOG.build(name, {"root": str(root), **options})


def test_it_keeps_the_contract_that_outside_data_sets_are_checked_by(dataset):
    assert [(law.name, law.detail) for law in check_dataset(dataset, 10) if not law.ok] == []


def test_it_is_called_as_in_the_catalogue(dataset):
    assert isinstance(dataset, Dataset)
    assert dataset.name in CATALOG


def test_its_faces_can_be_sent_to_other_processes(dataset):
    face = dataset.faces[0]
    copy = pickle.loads(pickle.dumps(face))
    assert copy == face
    assert np.array_equal(copy.load(), face.load())


def test_what_it_names_missing_raises_and_is_among_its_faces(dataset):
    for face_id, reason in dataset.problems:
        if "missing" in reason:
            with pytest.raises(ImageError, match="missing"):
                dataset.face(face_id).load()


def test_its_truth_lies_near_its_images(dataset):
    for face_id, truth in list(dataset.truth.items())[:10]:
        height, width = dataset.face(face_id).load().shape[:2]
        points = truth.points[np.isfinite(truth.points).all(axis=1)]
        assert (points.mean(axis=0) >= 0).all()
        assert (points.mean(axis=0) <= [width, height]).all()


@pytest.mark.parametrize("name", sorted(set(CATALOG) - set(NO_FILES)))
@pytest.mark.parametrize("root", ["", "no/such/folder", "EMPTY"])
def test_without_a_folder_it_is_one_clear_line(name, root, tmp_path):
    with pytest.raises(DataError, match=f"'{name}'") as caught:
        CATALOG.build(name, {"root": str(tmp_path) if root == "EMPTY" else root})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", sorted(set(CATALOG) - set(NO_FILES)))
def test_its_module_documents_the_layout_that_it_expects(name):
    layout = import_module(CATALOG[name].path.partition(":")[0]).LAYOUT
    assert "root" in layout.lower()
    assert all(len(line) <= 100 for line in layout.splitlines())


@pytest.mark.parametrize("name", sorted(set(CATALOG) - set(NO_FILES)))
@pytest.mark.parametrize("kind", ["missing", "empty", "junk", "a file"])
def test_a_folder_that_holds_no_such_set_is_one_line_and_exit_code_2(name, kind, tmp_path, capsys):
    root = tmp_path / "root"
    if kind == "a file":
        root.write_text("no folder")
    elif kind != "missing":
        root.mkdir()
    if kind == "junk":
        (root / "notes.txt").write_text("nothing of use\n")
        (root / "deep" / "er").mkdir(parents=True)
        (root / "deep" / "er" / "data.bin").write_bytes(bytes(range(256)))
    assert main(["data", "check", name, str(root)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("align-eval: ")
    assert told.err.count("\n") == 1
    assert "Traceback" not in told.err


def test_a_check_tells_what_its_loader_found(dataset, tmp_path):
    name = dataset.name
    if name not in small_sets.WRITERS:
        pytest.skip("the copies that are written here are checked")
    found = data_app.check_data(name, tmp_path, small_sets.WRITERS[name][1])
    counts = {count.what: count.found for count in found.counts}
    assert counts["faces"] == len(dataset.faces)
    assert counts.get("faces with landmarks", 0) == len(dataset.truth)
    assert found.problems == ()
    # What holds of every .bin file is no finding of a check; see its loader.
    assert dataset.problems == () or name == "insightface_bin"
    assert found.layout


@pytest.mark.parametrize("name", list(CATALOG))
def test_an_unknown_option_is_refused(name):
    with pytest.raises(AlignEvalError, match="unknown option of data set"):
        CATALOG.build(name, {"root": "", "no_such_option": 1})


def test_a_small_copy_of_every_set_is_held_to_the_contract():
    missing = sorted(set(CATALOG) - COPIED)
    if missing:
        pytest.skip(f"tests/support/small_sets.py writes no copy of {', '.join(missing)}")


def test_every_entry_says_what_it_is_and_is_documented():
    for name in CATALOG:
        assert CATALOG[name].summary
        assert "Returns" in CATALOG.get(name).__doc__, name
        assert Path(CATALOG[name].path.split(":")[0].replace(".", "/")).parts[1] == "datasets"
