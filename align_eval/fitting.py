"""Landmark models that learn within a study."""

from collections.abc import Mapping

from align_eval.dataset import Dataset
from align_eval.errors import DataError
from align_eval.interfaces import TrainableModel, blaming


def fit(name: str, model: TrainableModel, datasets: Mapping[str, Dataset]) -> None:
    """Let a landmark model learn from the training faces of all data sets of a study.

    Parameters
    ----------
    name : str
        What the study calls the model.
    model : TrainableModel
        Is fitted in place.
    datasets : mapping
        Every data set of the study, by name.

    Raises
    ------
    DataError
        No data set has training faces with landmarks, or a subject that is trained on in one
        data set is tested in another.
    """
    if not any(face.id in one.truth for one in datasets.values() for face in one.training):
        raise DataError(
            f"aligner {name!r} learns within the study, and wants training faces with landmarks: "
            f"none are in {', '.join(datasets)}"
        )
    _refuse_leaks(name, datasets)
    with blaming(f"aligner {name!r}, while it learned,"):
        model.fit(datasets)


def _refuse_leaks(name: str, datasets: Mapping[str, Dataset]) -> None:
    tested = {face.subject: where for where, one in datasets.items() for face in one.faces}
    for where, one in datasets.items():
        for face in one.training:
            if face.subject in tested:
                raise DataError(
                    f"aligner {name!r} would learn from subject {face.subject!r} of data set "
                    f"{where!r}, who is tested in {tested[face.subject]!r}"
                )
