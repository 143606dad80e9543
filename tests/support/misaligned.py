"""Aligners that are wrong in ways that are known, and what a report is given of them."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from align_eval._misalignment_rows import misalignment_rows
from align_eval.landmarks import Landmarks
from align_eval.result import ERROR_COLUMNS, MISALIGNMENT_COLUMNS, Result
from align_eval.schemes import scheme_named
from align_eval.similarity import Similarity
from align_eval.templates import template

FIVE = scheme_named("five")
POINTS = template("arcface112").landmarks.points
EYES = float(np.hypot(*(POINTS[1] - POINTS[0])))
FACES, PEOPLE = 60, 12
NAMES = ("truth", "shifted", "grown", "<b>loose|*", "nothing")


class World(NamedTuple):
    """Faces that are turned, grown and of other shapes than the template, and their people."""

    truth: list[Landmarks]
    subjects: list[str]
    into: list[Similarity]


def world(faces=FACES, people=PEOPLE, seed=0):
    """`faces` of `people`; `into` takes the template to where each face is in its image."""
    rng = np.random.default_rng(seed)
    into = [
        Similarity.make(rng.uniform(0.7, 3), rng.uniform(-0.5, 0.5), rng.uniform(0, 200, 2))
        for _ in range(faces)
    ]
    truth = [Landmarks(one(POINTS + rng.normal(0, 2, (5, 2))), FIVE) for one in into]
    return World(truth, [f"s{i % people}" for i in range(faces)], into)


def moved(own, change):
    """Every face's points changed where it is aligned by them: (5, 2) template pixels, number."""
    found = []
    for number, truth in enumerate(own.truth):
        right = Similarity.fit(truth.points, POINTS)
        found.append(Landmarks(right.inverse(change(right(truth.points), number)), FIVE))
    return found


def about_centre(similarity):
    """A change about the centre of the template's points."""
    centre = POINTS.mean(axis=0)
    return lambda points, _: similarity(points - centre) + centre


def rows(own, predicted, **options):
    """The table of some predictions, by its parts."""
    asked = {"subjects": own.subjects, "resamples": 200} | options
    return misalignment_rows(predicted, own.truth, **asked).set_index("part")


def _predictions(own):
    rng = np.random.default_rng(1)
    scatter = rng.normal(0, 0.01 * EYES, (FACES, 5, 2))
    grown = rng.normal(1.0, 0.06, FACES)

    def scaled(points, number):
        return about_centre(Similarity.make(grown[number]))(points, number)

    loose = moved(own, lambda points, number: points + 4 * scatter[number])
    loose[3] = None
    return {
        "truth": own.truth,
        "shifted": moved(own, lambda points, number: points + [0, 0.05 * EYES] + scatter[number]),
        "grown": moved(own, scaled),
        "<b>loose|*": loose,
        "nothing": [None] * FACES,
    }


def result():
    """One data set; the truth, three aligners that are wrong in different ways, and a blind one."""
    own = world()
    tables = [
        misalignment_rows(predicted, own.truth, subjects=own.subjects, resamples=200).assign(
            dataset="near", aligner=name
        )
        for name, predicted in _predictions(own).items()
    ]
    errors = [("near", name, "ipn", "all", "NME", 0.02, FACES, 0, "") for name in NAMES]
    return Result(
        {"name": "misaligned", "aligners": [{"name": name} for name in NAMES]},
        pd.DataFrame(),
        {},
        landmark_errors=pd.DataFrame(errors, columns=list(ERROR_COLUMNS)),
        misalignments=pd.concat(tables, ignore_index=True)[list(MISALIGNMENT_COLUMNS)],
    )
