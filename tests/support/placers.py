"""A landmark model whose five points are known beforehand."""

from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named

FIVE = scheme_named("five")


class Given:
    scheme = FIVE
    box_policy = "needed"
    name = "given"

    def __init__(self, points=None):
        self.points = points
        self.provenance = {"points": "given"}

    def locate(self, faces):
        return [None if self.points is None else Landmarks(self.points, FIVE) for _ in faces]
