import fakes

from align_eval.interfaces import LandmarkModel, require_protocol
from align_eval.timed import FACES, SECONDS, THREADS, TimedModel


class Slow(fakes.Jittered):
    box_policy = "ignored"

    def locate(self, faces):
        import time

        time.sleep(0.01 * len(faces))
        return super().locate(faces)


def test_it_is_the_model_and_notes_the_time_that_the_model_took():
    model, faces = Slow(sigma=1.0), fakes.load(subjects=2, shots=2).faces
    timed = TimedModel(model, 3)
    require_protocol(timed, LandmarkModel, "model")
    first, rest = timed.locate(faces[:1]), timed.locate(faces[1:])
    assert [m.points.tolist() for m in (*first, *rest)] == [
        m.points.tolist() for m in model.locate(faces)
    ]
    assert (timed.name, timed.scheme, timed.box_policy) == (model.name, model.scheme, "ignored")
    assert timed.provenance[FACES] == 4
    assert timed.provenance[THREADS] == 3
    assert 0.04 <= timed.provenance[SECONDS] < 1
    assert timed.provenance["sigma"] == 1.0


def test_a_model_that_says_nothing_of_itself_needs_boxes():
    class Bare:
        name, scheme = "bare", fakes.FIVE

        def locate(self, faces):
            return [None] * len(faces)

    timed = TimedModel(Bare(), 1)
    assert timed.box_policy == "needed"
    assert set(timed.provenance) == {SECONDS, FACES, THREADS}
