"""IJB's lists become templates and trials as published, and what does not fit is named."""

import numpy as np
import pytest
from ijb_lists import Ijb
from worlds import POINTS

from align_eval.datasets.ijb import LAYOUT, inventory, load
from align_eval.errors import DataError, UnknownNameError


@pytest.fixture
def small(tmp_path):
    made = Ijb(tmp_path)
    made.write()
    return made


def compared(trials):
    return [
        (int(trials.references[i]), int(trials.probes[j]), int(genuine))
        for i, j, genuine in zip(
            trials.reference_index, trials.probe_index, trials.genuine, strict=True
        )
    ]


@pytest.mark.parametrize("subset", ["IJBB", "IJBC"])
@pytest.mark.parametrize("csv", [True, False])
def test_the_pair_list_is_read_as_it_stands(tmp_path, subset, csv):
    made = Ijb(tmp_path, subset, csv=csv)
    rng = np.random.default_rng(0)
    made.pairs = [made.pairs[k] for k in rng.permutation(len(made.pairs))]
    data = load(made.write())
    assert compared(data.trials) == made.pairs
    assert data.problems == ()
    for template, names in data.trials.gallery.items():
        assert names == tuple(n for n, t, _ in made.rows if t == int(template))
    assert set(data.trials.probe_faces) == {str(t) for t in made.probes}


def test_a_face_knows_its_template_media_detector_score_and_points(small):
    data = load(str(small.root))
    for (name, template, media), (_, *values) in zip(small.rows, small.points, strict=True):
        face = data.face(name)
        assert face.attributes == {
            "template": str(template),
            "media": str(media),
            "detector_score": round(values[-1], 3),
        }
        assert face.subject == str(small.owner[template])
        truth = data.truth[name]
        assert truth.scheme.name == "five"
        np.testing.assert_allclose(truth.points.ravel(), values[:-1], atol=6e-4)
        assert abs(truth.points - POINTS).max() < 10
        assert face.load().shape == (112, 112, 3)


def test_without_the_1_n_lists_genuine_pairs_make_the_subjects(tmp_path):
    made = Ijb(tmp_path, csv=False)
    data = load(made.write())
    groups = {}
    for face in data.faces:
        groups.setdefault(face.subject, set()).add(int(face.attributes["template"]))
    people = {}
    for template, owner in made.owner.items():
        people.setdefault(owner, set()).add(template)
    assert sorted(map(sorted, groups.values())) == sorted(map(sorted, people.values()))
    assert set(groups) == {f"of template {min(group)}" for group in people.values()}


def test_templates_of_which_nothing_tells_the_subject_are_counted(tmp_path):
    made = Ijb(tmp_path, csv=False)
    lost = made.probes[0]
    made.pairs = [pair for pair in made.pairs if pair[1] != lost or not pair[2]]
    data = load(made.write())
    ((name, reason),) = data.problems
    assert name == "ijbc_template_pair_label.txt"
    assert reason.startswith("1 templates have no genuine pair")
    made.csv = True
    assert load(made.write()).problems == ()


def test_every_probe_is_searched_in_both_galleries_each_a_fold(small):
    data = load(str(small.root), protocol="1:N")
    trials = data.trials
    first, second = small.galleries
    assert trials.fold.tolist() == [0] * len(first) * 8 + [1] * len(second) * 8
    assert compared(trials) == [
        (r, p, int(small.owner[r] == small.owner[p])) for g in (first, second) for r in g
        for p in small.probes
    ]  # fmt: skip
    for k, gallery in enumerate(small.galleries):
        alone = load(str(small.root), protocol=f"1:N G{k + 1}").trials
        assert alone.fold is None
        assert alone.references == tuple(map(str, gallery))
        assert compared(alone) == compared(trials.only(trials.fold == k))


def test_a_gallery_alone_needs_no_faces_of_the_other(small):
    data = load(str(small.root), protocol="1:N G1")
    templates = {int(face.attributes["template"]) for face in data.faces}
    assert templates == {*small.galleries[0], *small.probes}


def test_the_root_may_be_the_subset_or_hold_several(tmp_path):
    for subset in ("IJBB", "IJBC"):
        Ijb(tmp_path, subset).write()
    with pytest.raises(DataError, match="name one by the option subset"):
        load(str(tmp_path))
    by_name, direct = load(str(tmp_path), "IJBB"), load(str(tmp_path / "IJBB"))
    assert by_name.trials.same_pairs(direct.trials)
    with pytest.raises(UnknownNameError, match="Did you mean 'IJBC'"):
        load(str(tmp_path), "IJB-C")
    with pytest.raises(UnknownNameError, match="unknown protocol of IJB '1:M'"):
        load(str(tmp_path), "IJBB", "1:M")
    with pytest.raises(DataError, match=r"wants IJBC, with meta/ijbc_face_tid_mid\.txt, in"):
        load(str(tmp_path / "IJBB"), "IJBC")


def test_a_missing_image_is_named_and_stays(small):
    (small.folder / "loose_crop" / "3.jpg").unlink()
    data = load(str(small.root))
    assert data.problems == (("3.jpg", "the image is missing: 3.jpg"),)
    assert "3.jpg" in data.trials.faces


def test_the_inventory_holds_what_is_there_against_what_was_published(small):
    found = inventory(str(small.root))
    assert found.layout == LAYOUT
    counts = {count.what: count for count in found.counts}
    assert counts["templates"][1:] == (12, 23_124)
    assert counts["faces"][1:] == (28, 469_375)
    assert counts["subjects"][1:] == (4, 3_531)
    assert counts["genuine trials"][1:] == (8, 19_557)
    assert counts["impostor trials"][1:] == (24, 15_638_932)
    assert not found.ok
    assert inventory(str(small.root), protocol="1:N G1").ok


def edited(path, number, text):
    """Put `text` in place of a line, counted from 1."""
    lines = path.read_text().splitlines()
    lines[number - 1] = text
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        ("face_tid_mid.txt", "2.jpg 1", r"tid_mid.txt, line 2: wants 'image template media'"),
        ("face_tid_mid.txt", "2.jpg one 4", "line 2: wants 'image template media', got '2.jpg one"),
        ("face_tid_mid.txt", "../2.jpg 1 4", "line 2: wants 'image template media'"),
        ("face_tid_mid.txt", "1.jpg 1 4", "line 2: is about '2.jpg'; that line of ijbc_face"),
        ("name_5pts_score.txt", "2.jpg 1 2 3", "line 2: wants 'image x1 y1 ... x5 y5 score'"),
        ("name_5pts_score.txt", "2.jpg" + " 1" * 10 + " nan", "score.txt, line 2: wants 'image"),
        ("name_5pts_score.txt", "2.jpg" + " 1" * 10 + " -1", "score.txt, line 2: wants 'image"),
        ("name_5pts_score.txt", "9.jpg" + " 1" * 11, "line 2: is about '9.jpg'; that line"),
        ("name_5pts_score.txt", "", "wants a line for each image .* has 28; got 27"),
        ("template_pair_label.txt", "1 2", "label.txt, line 2: wants 'template template label'"),
        ("template_pair_label.txt", "1 2 1 1", "label.txt, line 2: wants 'template template"),
        ("template_pair_label.txt", "1 2 2", "line 2: wants .* got '1 2 2'"),
        ("template_pair_label.txt", "1 two 1", "line 2: wants .* got '1 two 1'"),
        ("template_pair_label.txt", "1 2 1.0", "line 2: wants .* got '1 2 1.0'"),
        ("template_pair_label.txt", "1 -2 1", "line 2: (wants|template)"),
        ("template_pair_label.txt", "1 99 0", "line 2: template 99 has no image"),
        ("template_pair_label.txt", f"1 {2**64} 0", "wants"),
        ("template_pair_label.txt", "1 5 1", "line 2: a genuine pair, of subjects 100 and 101"),
        ("template_pair_label.txt", "1 3 0", "line 2: an impostor pair, of templates that"),
        ("1N_gallery_G1.csv", "1", "G1.csv, line 2: wants the numbers of a template and a sub"),
        ("1N_gallery_G1.csv", "1,Ann,a", "line 2: wants the numbers .* got '1,Ann,a'"),
        ("1N_gallery_G1.csv", "1,7,a", "G1.csv, line 3: template 1 is of subject 100, and was"),
    ],
)
def test_a_malformed_line_is_named(small, name, line, message):
    edited(small.path(name), 2, line)
    with pytest.raises(DataError, match=message) as caught:
        load(str(small.root))
    assert "\n" not in str(caught.value)


def test_an_image_that_is_listed_twice_is_refused(small):
    for name in ("face_tid_mid.txt", "name_5pts_score.txt"):
        lines = small.path(name).read_text().splitlines()
        edited(small.path(name), 3, lines[0])
    with pytest.raises(DataError, match=r"line 3: the image '1.jpg' stands there twice"):
        load(str(small.root))


def test_pairs_that_link_two_subjects_by_a_third_template_are_refused(tmp_path):
    made = Ijb(tmp_path)
    made.write()
    rows = made.path("1N_probe_mixed.csv").read_text().splitlines()
    made.path("1N_probe_mixed.csv").write_text(
        "\n".join(row for row in rows if not row.startswith("2,"))
    )
    assert load(str(tmp_path)).face("4.jpg").subject == "100"  # told by its genuine pair
    made.path("template_pair_label.txt").write_text("1 2 1\n4 2 1\n")
    with pytest.raises(DataError, match="genuine pairs link templates of two subjects"):
        load(str(tmp_path))


def test_labels_that_contradict_each_other_are_refused_by_line(tmp_path):
    made = Ijb(tmp_path, csv=False)
    made.pairs = [(1, 2, 1), (4, 2, 1), (4, 5, 1), (1, 5, 0)]
    made.write()
    with pytest.raises(DataError, match="line 4: an impostor pair, of templates that other lines"):
        load(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("1N_gallery_G2.csv", None, "G2.csv: cannot be read: No such file"),
        ("1N_gallery_G2.csv", "", "G2.csv: wants a header that begins with TEMPLATE_ID"),
        ("1N_gallery_G2.csv", "SUBJECT_ID,TEMPLATE_ID\n", "got 'SUBJECT_ID,TEMPLATE_ID'"),
        ("1N_gallery_G2.csv", "TEMPLATE_ID,SUBJECT_ID\n", "G2.csv: lists no template"),
        ("1N_gallery_G2.csv", "template_id,subject_id\n99,1\n", "template 99 has no image"),
        ("1N_gallery_G2.csv", "TEMPLATE_ID,SUBJECT_ID\n2,100\n", "subject 100 is in ijbc_1N_gal"),
        ("1N_probe_mixed.csv", "TEMPLATE_ID,SUBJECT_ID\n99,1\n", "mixed.csv: template 99 has no"),
        ("face_tid_mid.txt", "", "wants a line for each image of ijbc_face_tid_mid.txt"),
    ],
)
def test_identification_wants_its_lists(small, name, text, message):
    if text is None:
        small.path(name).unlink()
    else:
        small.path(name).write_text(text)
    with pytest.raises(DataError, match=message) as caught:
        load(str(small.root), protocol="1:N")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "label.txt: cannot be read: No such file"),
        (b"", "label.txt: lists no pairs"),
        (b"\n\n", "label.txt: lists no pairs"),
        (b"\xff\xfe1 2 1\n", "label.txt: is no UTF-8 text"),
        (b'1 2 "1"\n', "line 1: wants"),
    ],
)
def test_a_list_that_is_none_of_pairs_is_refused(small, content, message):
    path = small.path("template_pair_label.txt")
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        load(str(small.root))


def test_blank_lines_are_no_pairs_but_count_as_lines(small):
    path = small.path("template_pair_label.txt")
    good = load(str(small.root)).trials
    text = path.read_text()
    path.write_text("\n" + text.replace("\n", "\r\n\r\n"))
    assert load(str(small.root)).trials.same_pairs(good)
    path.write_text("\n\n" + text + "1 99 0\n")
    last = 2 + len(text.splitlines()) + 1
    with pytest.raises(DataError, match=f"line {last}: template 99 has no image"):
        load(str(small.root))
