"""How fast people are rendered: both spectra counted, one core, one thread."""

import cv2
import pytest

from align_eval.datasets.synthetic.recipe import recipe_of


@pytest.fixture
def one_thread():
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(before)


def test_a_core_renders_twenty_five_images_a_second(benchmark, one_thread):
    recipe = recipe_of(subjects=2, seed=3)
    shots = [shot for subject in recipe.members for shot in recipe.shots(subject)]
    recipe.render(shots[0])  # the head model is read once

    def everybody():
        for shot in shots:
            recipe.render(shot)

    benchmark.pedantic(everybody, rounds=1)
    rate = 2 * len(shots) / benchmark.stats.stats.total
    benchmark.extra_info["images_per_second"] = rate
    assert rate >= 25
