"""Whatever a user feeds it, a study gives one clear line, or goes on and counts what failed."""

import os
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from worlds import POINTS, World, all_counted, cell, drawing, failed_trials, written

from align_eval.errors import StudyChangedError
from align_eval.result import Key


def test_a_sound_study_counts_every_trial_and_fails_none(world):
    result = world.run(policies=["reject", "exclude"])
    all_counted(result)
    assert result.failures.empty
    assert (result.rows["fta"] == 0).all()
    assert cell(result, "ground_truth", "value") == 0


def truncated(path):
    path.write_bytes(cv2.imencode(".jpg", drawing(1, 1))[1].tobytes()[:-400])


def pipe(path):
    path.unlink()
    os.mkfifo(path)


def folder(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (truncated, "truncated"),
        (lambda path: path.write_bytes(b""), "0 bytes"),
        (lambda path: path.write_bytes(path.read_bytes()[:500]), "truncated"),
        (lambda path: path.write_text("no image at all"), "no image that can be read"),
        (Path.unlink, "missing"),
        (folder, "a folder, not an image"),
        (pipe, "a pipe, not an image"),
    ],
)
def test_an_unreadable_image_is_named_with_its_reason_and_stays_in_every_denominator(
    world, spoil, reason
):
    spoil(world.root / "data" / "1_1.png")
    result = world.run()
    all_counted(result)
    assert (result.rows["fta"] == 1).all()
    failure = result.failures.iloc[0]
    assert len(result.failures) == 1
    assert (failure["aligner"], failure["face"], failure["subject"]) == ("*", "1_1.png", "p1")
    assert reason in failure["reason"]
    assert str(world.root) not in failure["reason"]
    # 2 of 12 genuine trials are lost, all others are accepted.
    assert cell(result, "ground_truth", "value", "TAR@FAR=1e-1") == pytest.approx(10 / 12)


def test_a_name_that_no_file_can_have_is_a_missing_image(world):
    world.row("1_1.png")["image"] = "a" * 300 + ".png"
    result = world.run()
    all_counted(result)
    assert (result.rows["fta"] == 1).all()
    assert "File name too long" in result.failures["reason"].item()


def deep(image):
    return image.astype(np.uint16) * 257


def exif(path):
    """The picture lying on its side, and the tag that says so."""
    side = np.ascontiguousarray(drawing(1, 1).swapaxes(0, 1)[::-1, :, ::-1])
    plain = cv2.imencode(".jpg", side, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
    tag = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    block = b"Exif\0\0" + tag
    path.write_bytes(
        plain[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + plain[2:]
    )


def cmyk(path):
    Image = pytest.importorskip("PIL.Image", reason="a CMYK file is written with Pillow")
    Image.fromarray(drawing(1, 1)).convert("CMYK").save(path, "JPEG", quality=95)


@pytest.mark.parametrize(
    "write",
    [
        lambda path: written(path, deep(drawing(1, 1))),
        lambda path: written(path, deep(drawing(1, 1)).mean(axis=2).astype(np.uint16)),
        lambda path: written(path, drawing(1, 1).mean(axis=2).astype(np.uint8)),
        cmyk,
        exif,
    ],
    ids=["16-bit colour", "16-bit gray", "gray", "CMYK", "EXIF-rotated"],
)
def test_an_unusual_image_is_read_as_the_face_it_shows(world, write):
    write(world.root / "data" / "1_1.png")
    result = world.run()
    all_counted(result)
    assert (result.rows["fta"] == 0).all()
    scores = result.scores[Key("faces", "blocks", "ground_truth")]
    trials = scores.trials
    spot = trials.faces.index("1_1.png")
    its = (trials.reference_index == spot) | (trials.probe_index == spot)
    assert scores.values[its & trials.genuine].min() > scores.values[its & ~trials.genuine].max()


def test_a_forty_megapixel_image_is_one_face_like_any_other(world):
    big = np.zeros((5000, 8000, 3), np.uint8)
    big[:112, :112] = drawing(1, 1)
    written(world.root / "data" / "1_1.png", big, cv2.IMWRITE_PNG_COMPRESSION, 1)
    start = time.perf_counter()
    result = world.run()
    assert time.perf_counter() - start < 20
    all_counted(result)
    assert (result.rows["fta"] == 0).all()
    assert cell(result, "ground_truth", "value") == 0


def test_a_box_off_the_image_fails_for_those_who_need_it_only(world):
    world.row("0_0.png")["box"] = "500 500 40 40"
    written(world.root / "data" / "3_0.png", np.zeros((1, 1, 3), np.uint8))
    world.row("2_2.png")["box"] = ""
    result = world.run()
    all_counted(result)
    assert cell(result, "ground_truth", "fta") == 0
    assert cell(result, "box", "fta") == 3
    assert set(result.failures["face"]) == {"0_0.png", "3_0.png", "2_2.png"}
    assert set(result.failures["aligner"]) == {"box"}


def test_landmarks_that_fit_nothing_are_failures_and_a_missing_point_is_none(world):
    marks = POINTS.copy()
    marks[2] = np.nan
    world.row("0_0.png")["landmarks"] = " ".join(map(str, marks.ravel()))
    marks[:4] = np.nan
    world.row("1_0.png")["landmarks"] = " ".join(map(str, marks.ravel()))
    world.row("2_0.png")["landmarks"] = " ".join(["30"] * 10)
    world.row("3_0.png")["landmarks"] = ""
    result = world.run()
    all_counted(result)
    assert cell(result, "ground_truth", "fta") == 3
    reasons = result.failures.set_index("face")["reason"]
    assert "1 usable points" in reasons["1_0.png"]
    assert "less than one pixel" in reasons["2_0.png"]
    assert "found no landmarks" in reasons["3_0.png"]


@pytest.mark.parametrize("baseline", ["ground_truth", "broken"])
def test_an_aligner_that_finds_nothing_is_rejected_everywhere_and_says_so(world, baseline):
    broken = {"name": "broken", "model": "hostile:Breaking", "how": "finds none"}
    result = world.run(
        aligners=["ground_truth", broken],
        baseline=baseline,
        policies=["reject", "exclude"],
        formats=("csv",),
    )
    reject = result.rows[result.rows["policy"] == "reject"]
    assert (reject[["n_genuine", "n_impostor", "n_faces"]].to_numpy() == [12, 54, 12]).all()
    assert cell(result, "broken", "fta") == 12
    assert failed_trials(result, "broken") == 66
    assert cell(result, "broken", "value", "TAR@FAR=1e-1") == 0
    assert cell(result, "broken", "value") == 0.5
    other = "broken" if baseline == "ground_truth" else "ground_truth"
    assert abs(cell(result, other, "delta")) == 0.5
    assert cell(result, baseline, "delta") == 0
    exclude = result.rows[result.rows["policy"] == "exclude"]
    assert exclude["value"].isna().all()
    assert exclude["note"].str.contains("no genuine trials").all()
    assert len(result.failures) == 12


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("raises", "among the faces '0_0.png' to '3_2.png', raised RuntimeError: cannot stand"),
        ("too few", "gave 11 results for 12 faces"),
        ("nothing", "gave NoneType results for 12 faces"),
        ("tuples", "gave a tuple; wanted Landmarks or None"),
    ],
)
def test_an_aligner_that_breaks_its_promise_is_named_in_one_line(world, capsys, how, words):
    broken = {"name": "broken", "model": "hostile:Breaking", "how": how}
    told = world.refused(capsys, aligners=["ground_truth", broken])
    assert "'breaking'" in told or "'broken'" in told
    assert words in told


def test_an_object_that_is_no_aligner_is_told_what_it_lacks(world, capsys):
    broken = {"name": "broken", "model": "hostile:Shapeless"}
    told = world.refused(capsys, aligners=["ground_truth", broken])
    assert "aligner 'broken' lacks locate, name, scheme" in told


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"aligners": ["ground_truth", "dlib86"]}, "Did you mean 'dlib68'"),
        ({"datasets": [3]}, "wants a name or a table, got 3"),
        ({"baseline": "boxx"}, "Did you mean 'box'"),
        ({"seed": -1}, "seed wants a number from 0"),
        ({"policies": []}, "wants policies"),
        ({"metrics": ["TAR@FAR"]}, "wants a value"),
        ({"normalisers": ["eyes"]}, "unknown normaliser 'eyes'"),
        ({"datasets": [{"name": "faces", "model": "manifest", "root": 3}]}, "root = 3"),
    ],
)
def test_a_study_that_cannot_be_used_is_refused_before_anything_is_made(
    world, capsys, change, words
):
    assert words in world.refused(capsys, **change)
    assert not list((world.root / "refused").glob("landmarks/*"))


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("image", "../secret.png", "leads out of the root folder"),
        ("image", "/etc/passwd", "leads out of the root folder"),
        ("box", "0 0 0 10", "manifest.csv, line 3: a box wants"),
        ("box", "nan 0 10 10", "manifest.csv, line 3: a box wants"),
        ("landmarks", "1 2 3", "wants 10 numbers"),
        ("landmarks", "inf " * 10, "finite or nan"),
        ("subject", "", "the column 'subject' is empty"),
        ("image", "0_0.png", "the id '0_0.png' is that of manifest.csv, line 2"),
    ],
)
def test_a_bad_manifest_row_is_named_by_its_line(world, capsys, column, value, words):
    world.rows[1][column] = value
    assert words in world.refused(capsys)


@pytest.mark.parametrize("model", ["manifest", "lfw", "frll", "pts_folder"])
def test_an_empty_folder_is_said_to_be_empty(world, capsys, model):
    (world.root / "empty").mkdir()
    data = {"name": "faces", "model": model, "root": str(world.root / "empty")}
    assert "empty is empty" in world.refused(capsys, datasets=[data])


@pytest.mark.parametrize(
    ("subjects", "shots", "words"), [(1, 3, "no impostor trials"), (4, 1, "no genuine trials")]
)
def test_without_impostors_or_genuine_trials_every_row_says_so(
    tmp_path, network, subjects, shots, words
):
    result = World(tmp_path, network, subjects, shots).run(formats=("csv",))
    assert result.rows["value"].isna().all()
    assert result.rows["note"].str.contains(words).all()
    assert (result.rows["n_faces"] == subjects * shots).all()


def test_pipelines_that_have_nothing_to_verify_are_named(world):
    data = {**world.config()["datasets"][0], "trials": "none"}
    result = world.run(datasets=[data], normalisers=["ipn"], formats=("md",))
    assert result.rows.empty
    assert result.failures["face"].tolist() == ["(trials)"]
    page = (world.root / "run" / "report.md").read_text(encoding="utf-8")
    assert "the data set has no trials: nothing is verified on it by blocks" in page


def test_names_that_are_markup_are_shown_and_never_run(world):
    evil = ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>")
    for row in world.rows:
        row["subject"] = {"p0": evil[0], "p1": evil[1]}.get(row["subject"], row["subject"])
    for image in ("0_0.png", "1_0.png"):
        (world.root / "data" / image).write_bytes(b"")
    result = world.run(formats=("html", "md"), title=f"Who is {evil[0]}?", samples=1)
    assert set(result.failures["subject"]) == set(evil)
    for name in ("report.html", "report.md"):
        page = (world.root / "run" / name).read_text(encoding="utf-8")
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert not any(words in page for words in evil)


def relabelled(world):
    world.row("1_1.png")["subject"] = "p2"


def reboxed(world):
    world.row("1_1.png")["box"] = "0 0 50 50"


def redrawn(world):
    written(world.root / "data" / "1_1.png", np.zeros((40, 40, 3), np.uint8))


def lost(world):
    (world.root / "data" / "1_1.png").unlink()


@pytest.mark.parametrize("change", [relabelled, reboxed, redrawn, lost])
def test_a_run_never_goes_on_with_data_that_changed(world, change):
    world.run()
    change(world)
    with pytest.raises(StudyChangedError, match=r"data set 'faces' is not what it was.*1_1\.png"):
        world.run()


def test_a_run_never_goes_on_with_other_weights_under_the_same_name(world):
    network = world.root / "own.onnx"
    network.write_bytes(Path(world.network).read_bytes())
    world.network = str(network)
    first = world.run()
    assert world.run().rows.equals(first.rows)
    network.write_bytes(network.read_bytes() + b"\x32\x00")
    with pytest.raises(StudyChangedError, match=r"own\.onnx is not the file that embeddings/"):
        world.run()


def lfw(world, missing=()):
    """Three people with two images each: three genuine pairs and three impostor ones."""
    root = world.root / "lfw"
    for i, name in enumerate(("Ann", "Bob", "Cy")):
        for j in (1, 2):
            path = written(root / name / f"{name}_000{j}.jpg", drawing(i, j))
            if path.stem in missing:
                path.unlink()
    genuine = [f"{name}\t1\t2" for name in ("Ann", "Bob", "Cy")]
    impostor = ["Ann\t1\tBob\t1", "Bob\t2\tCy\t2", "Ann\t2\tCy\t1"]
    (root / "pairs.txt").write_text("\n".join(["3", *genuine, *impostor]), encoding="utf-8")
    return {"name": "faces", "model": "lfw", "root": str(root)}


def test_an_image_missing_from_lfw_is_named_and_its_trials_stay(world):
    data = lfw(world, missing=("Bob_0002",))
    whole = {"name": "whole", "model": "hostile:Breaking"}
    result = world.run(datasets=[data], aligners=[whole], baseline="whole")
    row = result.rows.iloc[0]
    assert (row["n_genuine"], row["n_impostor"], row["fta"], row["n_faces"]) == (3, 3, 1, 6)
    assert failed_trials(result, "whole") == 2
    assert result.failures[["face", "subject"]].to_numpy().tolist() == [["Bob_0002", "Bob"]]
    assert "missing" in result.failures["reason"].item()


def test_a_pairs_file_that_climbs_out_of_its_root_is_refused(world, capsys):
    data = lfw(world)
    pairs = world.root / "lfw" / "pairs.txt"
    text = pairs.read_text(encoding="utf-8").replace("Ann\t1\t2", "../data\t1\t2")
    pairs.write_text(text, encoding="utf-8")
    told = world.refused(capsys, datasets=[data])
    assert "pairs.txt, line 2" in told
    assert "leads out of the root folder" in told


def test_a_face_that_cannot_be_read_is_a_miss_in_the_landmark_errors(world):
    root = world.root / "pts"
    lines = [f"{x + 1} {y + 1}" for x, y in POINTS]
    points = "\n".join(["version: 1", "n_points: 5", "{", *lines, "}"])
    for j in range(4):
        written(root / f"face{j}.jpg", drawing(0, j))
        (root / f"face{j}.pts").write_text(points, encoding="utf-8")
    truncated(root / "face2.jpg")
    data = {"name": "faces", "model": "pts_folder", "root": str(root), "scheme": "five"}
    exact = {"name": "exact", "model": "hostile:Breaking"}
    result = world.run(
        datasets=[data], aligners=[exact], baseline="exact", pipelines=[], normalisers=["ipn"]
    )
    errors = result.landmark_errors.query("group == 'all'").set_index("metric")
    assert errors.loc["NME", "value"] == 0
    assert (errors["n_faces"] == 4).all()
    assert (errors["missed"] == 1).all()
    assert errors.loc["FR@0.08", "value"] == 0.25
    assert errors.loc["AUC@0.08", "value"] == 0.75
    assert np.isposinf(result.face_errors.set_index("face").loc["face2", "error"])
    assert "truncated" in result.failures["reason"].item()


def test_a_folder_that_cannot_be_written_is_said_in_one_line(world, capsys):
    (world.root / "file").write_text("in the way")
    told = world.refused(capsys, "--out", str(world.root / "file" / "run"))
    assert "cannot write" in told
    assert "Not a directory" in told
