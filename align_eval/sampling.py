"""Which faces a report shows, and how each aligner presents them."""

from collections.abc import Mapping, Sequence

from align_eval.dataset import Dataset
from align_eval.errors import ImageError
from align_eval.result import Sample
from align_eval.verifying import Acquired


def choose_faces(
    faces: Sequence[str], acquired: Mapping[str, Acquired], count: int
) -> tuple[str, ...]:
    """Up to `count` faces: evenly spaced ones, and up to a third on which some aligner fails.

    A face that no aligner acquired is not worth showing.
    """
    seen = [face for face in faces if any(face in a.transforms for a in acquired.values())]
    contested = [face for face in seen if any(face in a.reasons for a in acquired.values())]
    failing = _spaced(contested, count // 3)
    rest = [face for face in seen if face not in set(contested)]
    return (*_spaced(rest, count - len(failing)), *failing)


def _spaced(items: Sequence[str], count: int) -> tuple[str, ...]:
    if len(items) <= count:
        return tuple(items)
    return tuple(items[int((i + 0.5) * len(items) / count)] for i in range(count))


def take_samples(
    dataset: Dataset,
    labels: tuple[str, str],
    faces: Sequence[str],
    acquired: Mapping[str, Acquired],
) -> list[Sample]:
    """The crops of the same faces through every aligner.

    Parameters
    ----------
    dataset : Dataset
        Where the faces are.
    labels : tuple of str
        The data set's and the pipeline's name.
    faces : sequence of str
        Which faces.
    acquired : mapping
        Aligner → what it could align.
    """
    samples = []
    for aligner, state in acquired.items():
        for face in faces:
            crop, reason = None, state.reasons.get(face, "")
            if not reason:
                try:
                    crop = state.crop(dataset.face(face))
                except ImageError as error:
                    reason = str(error)
            samples.append(Sample(*labels, aligner, face, crop, reason))
    return samples
