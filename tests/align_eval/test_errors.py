import pickle
import re

import pytest

from align_eval import errors
from align_eval.errors import AlignEvalError, MissingExtraError, UnknownNameError

CLASSES = [kind for kind in vars(errors).values()
           if isinstance(kind, type) and issubclass(kind, AlignEvalError)]  # fmt: skip


def test_the_tree_in_the_documentation_is_the_tree_in_the_code():
    drawn, path = {}, []
    for line in errors.__doc__.splitlines():
        if found := re.match(r"    ([│├└─ ]*)(\w+Error)\b", line):
            depth = len(found[1]) // 4
            path[depth:] = [found[2]]
            drawn[found[2]] = path[depth - 1] if depth else "Exception"
    assert drawn == {kind.__name__: kind.__base__.__name__ for kind in CLASSES}


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_is_documented(kind):
    assert kind.__doc__


def test_an_unknown_name_without_anything_known_says_so():
    assert str(UnknownNameError("aligner", "x", [])) == "unknown aligner 'x'. Known: none."


def test_errors_carry_what_they_speak_of():
    unknown = UnknownNameError("aligner", "dlib86", ["dlib68"])
    assert (unknown.kind, unknown.name, unknown.near) == ("aligner", "dlib86", "dlib68")
    missing = MissingExtraError("torch", "train", "training")
    assert (missing.package, missing.extra) == ("torch", "train")


@pytest.mark.parametrize(
    "error",
    [
        UnknownNameError("aligner", "dlib86", ["dlib68"]),
        MissingExtraError("torch", "train", "training"),
        errors.ImageError("cat.jpg: truncated"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_come_back_from_a_worker_process(error):
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)
