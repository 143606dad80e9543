"""An inventory is in order where every published number is met and nothing is wrong."""

from align_eval.dataset import Dataset, Trials
from align_eval.datasets.inventory import Count, Inventory, inventory_of
from align_eval.faces import Face, Modality


def of(*names, **options):
    faces = tuple(Face(name, name[0], Modality.VISIBLE, lambda: None) for name in names)
    return Dataset("mine", faces, **options)


def test_a_count_is_in_order_where_nothing_else_is_published():
    assert Count("faces", 3).ok
    assert Count("faces", 3, 3).ok
    assert not Count("faces", 3, 4).ok
    assert not Count("faces", 0, 4).ok


def test_an_inventory_is_not_in_order_with_a_problem_or_a_wrong_count():
    assert Inventory("", (Count("faces", 1, 1),)).ok
    assert not Inventory("", (Count("faces", 1, 2),)).ok
    assert not Inventory("", (Count("faces", 1, 1),), (("a", "is missing"),)).ok


def test_what_a_data_set_lacks_is_counted_only_where_it_is_expected():
    trials = Trials.pairs(["a1"], ["a2"], {"a1": "a", "a2": "a"}, None)
    found = inventory_of(of("a1", "a2", trials=trials), "ROOT", {"faces with landmarks": 2})
    assert found.counts == (
        Count("faces", 2),
        Count("subjects", 1),
        Count("faces with landmarks", 0, 2),
        Count("genuine trials", 1),
    )
    assert found.layout == "ROOT"
    assert not found.ok


def test_problems_are_the_data_sets():
    problems = (("a", "the image is missing: a.png"),)
    assert inventory_of(of("a", problems=problems)).problems == problems
