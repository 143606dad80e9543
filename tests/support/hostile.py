"""Aligners that break their promises, for tests of what a study then says."""

from align_eval.landmarks import Landmarks
from align_eval.schemes import scheme_named
from align_eval.templates import template


class Breaking:
    """The template's points, until it does what `how` says."""

    box_policy = "ignored"
    scheme = scheme_named("five")

    def __init__(self, how="", name="breaking"):
        self.name, self.how = name, how

    def locate(self, faces):
        if self.how == "raises":
            raise RuntimeError(f"cannot stand {faces[0].id}")
        if self.how == "nothing":
            return None
        points = template("arcface112").landmarks.points
        found = [Landmarks(points, self.scheme) for _ in faces]
        if self.how == "finds none":
            return [None] * len(faces)
        if self.how == "tuples":
            return [tuple(one.points) for one in found]
        return found[:-1] if self.how == "too few" else found


class Shapeless:
    """No aligner at all."""
