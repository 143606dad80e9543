"""Every dialect of pair lists gives its trials and folds, and names what is malformed."""

import numpy as np
import pytest
from fakes import POINTS, Pixels
from protocols import (
    agedb_folds,
    agedb_name,
    put,
    write_agedb,
    write_calfw,
    write_cfp,
    write_cplfw,
    write_lfw,
    write_xqlfw,
)
from scipy.io import savemat

from align_eval.catalog import Catalog, Entry
from align_eval.datasets import CATALOG, agedb, calfw, cfp, cplfw, lfw, xqlfw
from align_eval.errors import ConfigError, DataError, UnknownNameError
from align_eval.executor import Catalogs, Executor
from align_eval.study import Part, Study

TEN = [k for k in range(10) for _ in range(4)]


def written(write, folder):
    write(folder)
    return str(folder)


def pairs_of(data):
    """(first, second, genuine, fold) of every trial, by face ids."""
    trials = data.trials
    return [
        (trials.references[i], trials.probes[j], bool(same), int(fold))
        for i, j, same, fold in zip(
            trials.reference_index, trials.probe_index, trials.genuine, trials.fold, strict=True
        )
    ]


def counts_of(found):
    return {count.what: (count.found, count.expected) for count in found.counts}


def refused(load, folder, message, **options):
    with pytest.raises(DataError, match=message) as caught:
        load(str(folder), **options)
    assert "\n" not in str(caught.value)


# LFW


def test_lfw_finds_its_images_under_the_names_of_its_copies(tmp_path):
    for name in ("images", "lfw", "lfw_funneled", "lfw-deepfunneled"):
        (tmp_path / name).mkdir()
        write_lfw(tmp_path / name, images=name)
        data = lfw.load(str(tmp_path / name))
        assert data.problems == ()
        assert pairs_of(data)[5] == ("P3_0001", "P3_0002", True, 1)


def test_lfw_may_have_images_of_another_suffix(tmp_path):
    write_lfw(tmp_path)
    for path in list(tmp_path.rglob("*.jpg")):
        path.rename(path.with_suffix(".png"))
    assert len(lfw.load(str(tmp_path)).problems) == 40
    assert lfw.load(str(tmp_path), suffix=".png").problems == ()


def test_lfws_published_numbers_are_those_of_its_own_lists(tmp_path):
    write_lfw(tmp_path)
    found = lfw.inventory(str(tmp_path))
    assert "pairs.txt" in found.layout
    counts = counts_of(found)
    assert counts["genuine trials"] == (20, 3000)
    assert counts["folds"] == (10, 10)
    assert counts["folds of 300 genuine and 300 impostor trials"] == (0, 10)
    assert not found.ok
    (tmp_path / "pairs.txt").rename(tmp_path / "mine.txt")
    assert lfw.inventory(str(tmp_path), pairs="mine.txt").ok
    lines = ["500", *["P0\t1\t2"] * 500, *["P0\t1\tP1\t1"] * 500]
    (tmp_path / "pairsDevTest.txt").write_text("\n".join(lines))
    counts = counts_of(lfw.inventory(str(tmp_path)))
    assert counts["genuine trials"] == counts["impostor trials"] == (500, 500)
    assert "folds" not in counts


def test_a_full_view_2_is_whole(tmp_path):
    fold = ["P0\t1\t2"] * 300 + ["P0\t1\tP1\t1"] * 300
    (tmp_path / "pairs.txt").write_text("\n".join(["10\t300", *fold * 10]))
    for name, shot in (("P0", 1), ("P0", 2), ("P1", 1)):
        put(tmp_path / "images" / name / f"{name}_{shot:04d}.jpg", 0, shot)
    assert lfw.inventory(str(tmp_path)).ok


# CALFW and CPLFW


@pytest.mark.parametrize(
    ("module", "write", "first"),
    [
        (calfw, write_calfw, ("A_P3_0001", "A_P3_0002")),
        (cplfw, write_cplfw, ("A_P3_1", "A_P3_2")),
    ],
)
def test_two_lines_are_a_pair_and_the_order_gives_the_folds(tmp_path, module, write, first):
    data = module.load(written(write, tmp_path))
    pairs = pairs_of(data)
    assert pairs[3] == (*first, True, 1)
    assert [same for *_, same, _ in pairs] == [True] * 20 + [False] * 20
    assert [fold for *_, fold in pairs] == [k // 2 for k in range(20)] * 2
    assert data.problems == ()
    assert data.face(first[0]).subject == "A_P3"
    assert data.face(first[0]).load().shape == (112, 112, 3)


@pytest.mark.parametrize(
    ("module", "write", "images"), [(calfw, write_calfw, 12_174), (cplfw, write_cplfw, 11_652)]
)
def test_their_inventory_counts_images_pairs_and_folds(tmp_path, module, write, images):
    counts = counts_of(module.inventory(written(write, tmp_path)))
    assert counts["images in their folder"] == (40, images)
    assert counts["genuine trials"] == counts["impostor trials"] == (20, 3000)
    assert counts["folds of 300 genuine and 300 impostor trials"] == (0, 10)


def test_their_images_may_lie_elsewhere_and_a_missing_one_is_named(tmp_path):
    write_cplfw(tmp_path)
    (tmp_path / "images").rename(tmp_path / "aligned images")
    assert len(cplfw.load(str(tmp_path)).problems) == 40
    data = cplfw.load(str(tmp_path), images="aligned images")
    assert data.problems == ()
    (tmp_path / "aligned images" / "A_P3_2.jpg").unlink()
    data = cplfw.load(str(tmp_path), images="aligned images")
    assert data.problems == (("A_P3_2", "the image is missing: A_P3_2.jpg"),)
    assert len(data.trials) == 40


@pytest.mark.parametrize(
    ("module", "write", "change", "message"),
    [
        (calfw, write_calfw, {0: "A_P0_0001.jpg"}, "line 1: wanted 'Name_0001.jpg number'"),
        (calfw, write_calfw, {0: "A_P0_0001.jpg one"}, "line 1: wanted 'Name_0001.jpg number'"),
        (calfw, write_calfw, {0: "A_P0_0001.jpg -1"}, "line 1: wanted 'Name_0001.jpg number'"),
        (calfw, write_calfw, {0: "AP0.jpg 1"}, "line 1: an image is called .* got 'AP0.jpg'"),
        (calfw, write_calfw, {0: "A_P0_0000.jpg 1"}, "line 1: an image is called"),
        (calfw, write_calfw, {0: "A_P0_0001 1"}, "line 1: an image is called"),
        (calfw, write_calfw, {1: "A_P0_0002.jpg 2"}, "line 2: .*same number, got 1 and 2"),
        (calfw, write_calfw, {1: "A_P0_0001.jpg 1"}, "line 1: .*compared with itself"),
        (calfw, write_calfw, {1: "A_P1_0001.jpg 1"}, "line 1: a pair of one person, but .*'A_P1'"),
        (calfw, write_calfw, {79: "A_P18_0001.jpg 0"}, "line 79: a pair of two people, but"),
        (
            calfw,
            write_calfw,
            {0: "A_P0_0001.jpg 11", 1: "A_P0_0002.jpg 11"},
            "line 1: the number wants to be 0, or a fold from 1 to 10, got 11",
        ),
        (
            calfw,
            write_calfw,
            {0: "A_P0_0001.jpg 2", 1: "A_P0_0002.jpg 2"},
            "line 1: a genuine pair of fold 2 where the order has fold 1",
        ),
        (
            cplfw,
            write_cplfw,
            {0: "A_P0_1.jpg 2", 1: "A_P0_2.jpg 2"},
            "line 1: the number wants to be 0 or 1, got 2",
        ),
        (
            cplfw,
            write_cplfw,
            {0: "A_P0_1.jpg 0", 1: "A_P1_2.jpg 0"},
            "line 3: a genuine pair after impostor pairs",
        ),
        (cplfw, write_cplfw, {79: ""}, "line 79: the second line of a pair does not follow"),
        (cplfw, write_cplfw, {78: "", 79: ""}, "a multiple of ten impostor pairs, found 19"),
        (cplfw, write_cplfw, {0: "../A_1.jpg 1", 1: "../A_2.jpg 1"}, "line 1: .*leads out"),
    ],
)
def test_a_malformed_two_line_list_is_named(tmp_path, module, write, change, message):
    write(tmp_path)
    path = next(tmp_path.glob("pairs_*.txt"))
    lines = path.read_text().splitlines()
    for number, line in change.items():
        lines[number] = line
    path.write_text("\n".join(lines))
    refused(module.load, tmp_path, rf"{path.name}.*{message}|{message}")
    with pytest.raises(DataError, match=path.name):
        module.load(str(tmp_path))


def test_an_empty_or_absent_list_is_named(tmp_path):
    write_calfw(tmp_path)
    (tmp_path / "pairs_CALFW.txt").write_text("\n")
    refused(calfw.load, tmp_path, r"pairs_CALFW\.txt: ten folds .* genuine pairs, found 0")
    (tmp_path / "pairs_CALFW.txt").unlink()
    refused(calfw.load, tmp_path, r"wants the file pairs_CALFW\.txt in .*with the option pairs")


# CFP


def test_cfp_has_frontal_against_profile_and_frontal_against_frontal(tmp_path):
    root = written(write_cfp, tmp_path)
    data = cfp.load(root)
    assert pairs_of(data)[4:8] == [
        ("003/frontal/01", "003/profile/01", True, 1),
        ("004/frontal/01", "004/profile/01", True, 1),
        ("003/frontal/01", "004/profile/01", False, 1),
        ("004/frontal/01", "003/profile/01", False, 1),
    ]
    assert data.trials.fold.tolist() == TEN
    face = data.face("003/profile/01")
    assert (face.subject, face.attributes) == ("003", {"pose": "profile"})
    assert face.load().shape == (112, 112, 3)
    assert data.problems == ()
    both = cfp.load(root, protocol="FF")
    assert pairs_of(both)[4] == ("003/frontal/01", "003/frontal/02", True, 1)
    assert {face.attributes["pose"] for face in both.faces} == {"frontal"}


def test_cfps_inventory_counts_lists_and_folds(tmp_path):
    root = written(write_cfp, tmp_path)
    counts = counts_of(cfp.inventory(root))
    assert counts["images in Pair_list_F.txt"] == (40, 5000)
    assert counts["images in Pair_list_P.txt"] == (20, 2000)
    assert counts["subjects"] == (20, 500)
    assert counts["genuine trials"] == (20, 3500)
    assert counts["folds of 350 genuine and 350 impostor trials"] == (0, 10)
    assert "images in Pair_list_P.txt" not in counts_of(cfp.inventory(root, protocol="FF"))


@pytest.mark.parametrize(
    ("file", "line", "message"),
    [
        ("Pair_list_F.txt", "one ../Data/Images/001/frontal/01.jpg", "wanted 'number path'"),
        ("Pair_list_F.txt", "2 ../Data/Images/001/frontal/01.jpg", "the number 2 stands .* twice"),
        ("Pair_list_F.txt", "1 Data/Images/001/frontal/01.jpg", "wanted a path like"),
        ("Pair_list_F.txt", "1 ../Data/Images/001/01.jpg", "wanted a path like"),
        ("Pair_list_F.txt", "1 ../../Data/001/frontal/01.jpg", "leads out of the root"),
        ("Split/FP/01/same.txt", "1", "wanted 'number,number', got '1'"),
        ("Split/FP/01/same.txt", "1,x", "wanted 'number,number', got '1,x'"),
        ("Split/FP/01/same.txt", "1,99", "Pair_list_P.txt has no image 99"),
        ("Split/FP/01/same.txt", "99,1", "Pair_list_F.txt has no image 99"),
        ("Split/FP/01/same.txt", "1,2", "a pair of one person, but its images are of '001' and"),
        ("Split/FP/01/diff.txt", "1,1", "a pair of two people, but"),
    ],
)
def test_a_malformed_cfp_list_is_named(tmp_path, file, line, message):
    write_cfp(tmp_path)
    path = tmp_path / "Protocol" / file
    lines = path.read_text().splitlines()
    path.write_text("\n".join([line, *lines[1:]]))
    where = "" if "leads out" in message else rf"{path.name}, line \d: "
    refused(cfp.load, tmp_path, rf"{where}.*{message}")


def test_what_cfp_lacks_is_named(tmp_path):
    root = written(write_cfp, tmp_path)
    with pytest.raises(UnknownNameError, match="Did you mean 'FP'"):
        cfp.load(root, protocol="PF")
    (tmp_path / "Data/Images/003/profile/01.jpg").unlink()
    assert [name for name, _ in cfp.load(root).problems] == ["003/profile/01"]
    (tmp_path / "Protocol/Split/FP/07/diff.txt").unlink()
    refused(cfp.load, tmp_path, r"wants the file Protocol/Split/FP/07/diff\.txt in")


# AgeDB


def test_agedbs_own_protocol_gives_pairs_folds_and_points(tmp_path):
    data = agedb.load(written(write_agedb, tmp_path))
    expected = [
        (first, second, label == 1, k)
        for k, fold in enumerate(agedb_folds())
        for first, second, label in fold
    ]
    assert pairs_of(data) == expected
    assert data.problems == ()
    face = data.faces[0]
    assert (face.id, face.subject) == (agedb_name(0, 1), "0")
    truth = data.truth[face.id]
    assert truth.scheme.name == "ibug68"
    assert truth.points[1].tolist() == [20.5, 30.25]  # counted from 1 in the file
    counts = counts_of(agedb.inventory(str(tmp_path)))
    assert counts["faces with landmarks"] == (40, None)
    assert counts["genuine trials"] == (20, 3000)


@pytest.mark.parametrize("label_first", [False, True])
def test_text_lists_give_the_same_with_the_label_on_either_side(tmp_path, label_first):
    root = written(write_agedb, tmp_path)
    lines = []
    for fold in agedb_folds():
        for first, second, label in fold:
            fields = [f"{first}.jpg", f"{second}.jpg"]
            said = str(max(label, 0))
            lines.append(" ".join([said, *fields] if label_first else [*fields, said]))
    (tmp_path / "list.txt").write_text("\n".join(lines))
    theirs, ours = agedb.load(root), agedb.load(root, protocol="list.txt")
    assert ours.trials.same_pairs(theirs.trials)
    assert ours.trials.fold.tolist() == theirs.trials.fold.tolist()
    assert ours.subjects == theirs.subjects


def test_people_of_nameless_crops_are_joined_by_pairs_and_it_is_said(tmp_path):
    lines, images = [], tmp_path / "crops"
    for k in range(10):
        lines += [f"crops/{3 * k}.bmp crops/{3 * k + 1}.bmp 1"]
        lines += [f"crops/{3 * k}.bmp crops/{3 * k + 2}.bmp 0"]
    for number in range(30):
        put(images / f"{number}.bmp", number)
    (tmp_path / "agedb_30_pair.txt").write_text("\n".join(lines))
    data = agedb.load(str(tmp_path), protocol="agedb_30_pair.txt")
    assert data.trials.genuine.tolist() == [True, False] * 10
    assert data.trials.fold.tolist() == [k for k in range(10) for _ in range(2)]
    assert len(data.subjects) == 20
    [(file, why)] = data.problems
    assert file == "agedb_30_pair.txt"
    assert "whose the faces are is not in the images' names" in why
    assert data.faces[0].load().shape == (112, 112, 3)
    # What other pairs say is one person's cannot be two people's.
    (tmp_path / "bad.txt").write_text("\n".join([*lines[:-1], "crops/0.bmp crops/1.bmp 0"]))
    refused(agedb.load, tmp_path, r"bad\.txt, line 20: a pair of two people", protocol="bad.txt")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a.jpg b.jpg", "line 1: wanted 'path path label'"),
        ("a.jpg b.jpg 2", "line 1: wanted 'path path label'"),
        ("a.jpg b.jpg c.jpg 1", "line 1: wanted 'path path label'"),
        ("1 a.jpg", "line 1: wanted 'label path path'"),
        ("a.jpg a.jpg 1", "line 1: .*compared with itself"),
        ("../a.jpg b.jpg 1", "leads out"),
    ],
)
def test_a_malformed_text_list_is_named(tmp_path, line, message):
    rest = [f"{k}.jpg {k}b.jpg 1" for k in range(9)]
    (tmp_path / "list.txt").write_text("\n".join([line, *rest]))
    refused(agedb.load, tmp_path, message, protocol="list.txt")
    (tmp_path / "list.txt").write_text("\n".join(rest))
    refused(
        agedb.load, tmp_path, r"list\.txt: .*multiple of ten pairs, found 9", protocol="list.txt"
    )


def cell(*values):
    made = np.empty((1, len(values)), dtype=object)
    made[0, :] = values
    return made


IMAGE = {"name": "1_Ann_1_30_f", "age": 30.0}


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        ({"other": 1.0}, "holds no variable 'splits'"),
        ({"splits": cell(3.0, 4.0)}, "fold 1: wants a structure of two fields"),
        (
            {"splits": cell(*[{"pairs": cell(IMAGE, IMAGE, IMAGE), "labels": [1, 1]}] * 2)},
            r"fold 1: wants 2 × N images and N labels, got \(3,\) and 2",
        ),
        (
            {"splits": cell(*[{"pairs": cell(IMAGE, IMAGE), "labels": 3}] * 2)},
            "fold 1, pair 1: a label wants to be 1 or -1, got 3",
        ),
        (
            {"splits": cell(*[{"pairs": cell(IMAGE, 7.0), "labels": 1}] * 2)},
            "fold 1, pair 1: an image wants a structure whose first field is its name",
        ),
        (
            {"splits": cell(*[{"pairs": cell(IMAGE, IMAGE), "labels": -1}] * 2)},
            "fold 1, pair 1: the image .* is compared with itself",
        ),
    ],
)
def test_a_malformed_mat_file_is_named_with_fold_and_pair(tmp_path, splits, message):
    savemat(tmp_path / "04_FINAL_protocol_30_years.mat", splits)
    refused(agedb.load, tmp_path, rf"04_FINAL_protocol_30_years\.mat.*{message}")
    (tmp_path / "04_FINAL_protocol_30_years.mat").write_bytes(b"MATLAB 5.0 MAT-file" * 20)
    refused(agedb.load, tmp_path, "is no MATLAB file")


# XQLFW


def test_xqlfw_has_qualities_and_lfws_pairs(tmp_path):
    data = xqlfw.load(written(write_xqlfw, tmp_path))
    assert pairs_of(data)[5] == ("P3_0001", "P3_0002", True, 1)
    assert data.face("P4_0002").attributes == {"quality": pytest.approx(0.24)}
    assert data.problems == ()
    counts = counts_of(xqlfw.inventory(str(tmp_path)))
    assert counts["faces"] == (40, 7263)
    assert counts["subjects"] == (20, 3743)
    assert counts["folds of 300 genuine and 300 impostor trials"] == (0, 10)


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        # Of a fold's four pairs, two are good against poor, one good against good, one poor.
        ({"subset": "lower", "at_least": 0.5}, {"0001 0001"}),
        ({"subset": "higher", "below": 0.5}, {"0002 0002"}),
        ({"subset": "difference", "at_least": 0.3}, {"0001 0002"}),
        ({"subset": "difference", "below": 0.3}, {"0001 0001", "0002 0002"}),
        ({}, {"0001 0001", "0002 0002", "0001 0002"}),
    ],
)
def test_a_subset_is_chosen_by_the_qualities_of_both_images(tmp_path, options, kept):
    root = written(write_xqlfw, tmp_path)
    pairs = pairs_of(xqlfw.load(root, **options))
    assert {f"{first[-4:]} {second[-4:]}" for first, second, *_ in pairs} == kept
    assert {fold for *_, fold in pairs} == set(range(10))


def test_a_subset_and_its_rest_are_the_whole(tmp_path):
    root = written(write_xqlfw, tmp_path)
    for subset in ("lower", "higher", "difference"):
        parts = [
            pairs_of(xqlfw.load(root, subset=subset, **bounds))
            for bounds in ({"below": 0.35}, {"at_least": 0.35})
        ]
        assert sorted(parts[0] + parts[1]) == sorted(pairs_of(xqlfw.load(root)))


def test_a_subset_that_cannot_be_is_refused(tmp_path):
    root = written(write_xqlfw, tmp_path)
    refused(
        xqlfw.load, root, "no pair has a lower quality from 2 to inf", subset="lower", at_least=2
    )
    with pytest.raises(UnknownNameError, match="Did you mean 'lower'"):
        xqlfw.load(root, subset="low")
    with pytest.raises(ConfigError, match="bounds want the option subset"):
        xqlfw.load(root, below=0.5)
    with pytest.raises(ConfigError, match="at_least wants to be smaller than below"):
        xqlfw.load(root, subset="lower", at_least=0.5, below=0.5)


@pytest.mark.parametrize(
    ("number", "line", "message"),
    [
        (0, "Name Num Score", "line 1: the header wants 'ID Num Score'"),
        (1, "P0 1", "line 2: wanted 'name number score'"),
        (1, "P0 first 0.5", "line 2: wanted 'name number score'"),
        (1, "P0 1 good", "line 2: a quality wants a finite number, got 'good'"),
        (1, "P0 1 nan", "line 2: a quality wants a finite number"),
        (2, "P0 1 0.5", "line 3: the image 'P0_0001' has a quality already"),
    ],
)
def test_a_malformed_score_file_is_named(tmp_path, number, line, message):
    write_xqlfw(tmp_path)
    path = tmp_path / "xqlfw_scores.txt"
    lines = path.read_text().splitlines()
    lines[number] = line
    path.write_text("\n".join(lines))
    refused(xqlfw.load, tmp_path, rf"xqlfw_scores\.txt, {message}")


def test_an_image_without_quality_is_named_and_stays_unless_it_is_to_choose_by(tmp_path):
    root = written(write_xqlfw, tmp_path)
    path = tmp_path / "xqlfw_scores.txt"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith("P3 2 ")))
    data = xqlfw.load(root)
    assert data.problems == (("P3_0002", "no quality in xqlfw_scores.txt"),)
    assert len(data.trials) == 40
    refused(
        xqlfw.load, root, r"xqlfw_pairs\.txt, line 7: .*'P3_0002' has no quality", subset="lower"
    )


# All of them


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("lfw", write_lfw),
        ("calfw", write_calfw),
        ("cplfw", write_cplfw),
        ("cfp", write_cfp),
        ("agedb", write_agedb),
        ("xqlfw", write_xqlfw),
    ],
)
def test_ten_fold_accuracy_of_a_study_is_that_of_a_plain_reading(tmp_path, name, write):
    (tmp_path / "data").mkdir()
    root = written(write, tmp_path / "data")
    study = Study(
        name,
        datasets=(Part(name, name, {"root": root}),),
        aligners=(Part("as_is", "given", {"points": POINTS.tolist()}),),
        baseline="as_is",
        pipelines=(Part("pixels", "pixels"),),
        metrics=("10-fold accuracy",),
        normalisers=(),
        resamples=5,
        samples=0,
    )
    models = Catalog("landmark model", {"given": Entry("placers:Given", "the template")})
    pipelines = Catalog("pipeline", {"pixels": Entry("fakes:Pixels", "grid")})
    catalogs = Catalogs(CATALOG, Catalog("detector", {}), models, pipelines)
    result = Executor(study, tmp_path / "run", catalogs).run()
    data = CATALOG.build(name, {"root": root})
    embedder = Pixels()
    rows = {face.id: embedder.embed([face.load()])[0] for face in data.faces}
    pairs = pairs_of(data)
    score = np.array([rows[first] @ rows[second] for first, second, *_ in pairs])
    same = np.array([pair[2] for pair in pairs])
    fold = np.array([pair[3] for pair in pairs])
    accuracies = []
    for number in range(10):
        others = np.sort(score[fold != number])
        right = [np.mean((score >= t)[fold != number] == same[fold != number]) for t in others]
        best = max(t for t, share in zip(others, right, strict=True) if share == max(right))
        accuracies.append(np.mean((score >= best)[fold == number] == same[fold == number]))
    found = result.rows.set_index("metric").loc["10-fold accuracy"]
    assert found["value"] == pytest.approx(np.mean(accuracies))
    assert found["n_genuine"] == found["n_impostor"] == 20
