import pytest

from reports.study_words import StudyWords, describe


def test_an_empty_study_still_has_words():
    words = StudyWords({})
    assert words.title == "Aligners compared"
    assert (words.baseline, words.confidence, words.error_limit) == ("", 0.95, 0.08)
    assert words.compared() == []
    assert dict(words.rules(["reject"]))["Intervals"]


def test_without_verification_no_rule_of_it_is_stated():
    assert dict(StudyWords({"baseline": "box", "seed": 1}).rules([])) == {"Baseline": ["box"]}


@pytest.mark.parametrize("policy", ["reject", "exclude"])
def test_a_policy_is_explained(policy):
    (line,) = dict(StudyWords({}).rules([policy]))["Failures to acquire"]
    assert line.startswith(f"{policy}: ")
    assert len(line) > len(policy) + 10


def test_a_policy_from_elsewhere_is_named():
    assert dict(StudyWords({}).rules(["impute"]))["Failures to acquire"] == ["impute"]


def test_seed_resamples_and_confidence_are_stated():
    rules = dict(StudyWords({"seed": 0, "resamples": 2000, "confidence": 0.9}).rules(["reject"]))
    assert rules["Seed"] == ["0"]
    assert "2,000 resamples" in rules["Intervals"][0]
    assert rules["Intervals"][0].startswith("90")


def test_a_part_that_is_named_after_its_model_is_named_once():
    assert describe({"name": "box", "model": "box"}) == "box"
    assert describe({"model": "onnx"}) == "onnx"


def test_bare_names_and_single_tables_are_parts_too():
    words = StudyWords({"aligners": ["box"], "boxes": {"name": "yunet"}, "detector": "hog"})
    assert dict(words.compared()) == {"Aligners": ["box"], "Boxes": ["yunet"], "Detector": ["hog"]}


def test_a_pipeline_without_a_named_score_has_a_score():
    assert StudyWords({"pipelines": [{"name": "p"}]}).score_name("p") == "score"


def test_boxes_that_are_moved_say_so_with_the_seed_that_moves_them():
    boxes = {"name": "own", "model": "dataset", "jitter": 0.1}
    rules = dict(StudyWords({"boxes": boxes, "seed": 3}).rules([]))
    assert rules["Face boxes"][0].startswith("the data set's, moved by up to 10\N{NO-BREAK SPACE}%")
    assert rules["Seed"] == ["3"]


PIPELINES = {"pipelines": ["p"], "baseline": "exact"}


@pytest.mark.parametrize(
    ("roles", "lines"),
    [
        ("same", ["training faces, gallery and probes all by the aligner under test"]),
        (
            "probes",
            ["training faces and gallery by exact, the baseline, probes by the aligner under test"],
        ),
        (
            {"training": "box", "gallery": "baseline", "probes": "tested"},
            [
                "training faces: box",
                "gallery: exact, the baseline",
                "probes: the aligner under test",
            ],
        ),
    ],
)
def test_who_aligned_what_is_said_in_words(roles, lines):
    words = StudyWords({**PIPELINES, "roles": roles})
    assert dict(words.compared())["Who aligned what"] == lines


def test_roles_that_depend_on_the_trials_are_said_for_both_kinds():
    two, one = StudyWords({**PIPELINES, "roles": "auto"}).roles
    assert two.startswith("Where trials compare two modalities, training faces and gallery by")
    assert one.endswith("all by the aligner under test")


def test_a_result_from_before_there_were_roles_has_had_all_aligned_by_the_one_under_test():
    assert StudyWords(PIPELINES).roles == StudyWords({**PIPELINES, "roles": "same"}).roles


def test_without_pipelines_nobody_aligns():
    assert StudyWords({"roles": "auto"}).roles == []


@pytest.mark.parametrize("boxes", ["dataset", {"name": "yunet", "jitter": 0.1}, None])
def test_boxes_that_stay_say_nothing(boxes):
    assert StudyWords({"boxes": boxes, "seed": 3}).rules([]) == []
