"""How real the synthetic faces look to models that were trained on real photographs.

The models come as arguments: a detector, a landmark model with iBUG's 68 points, and a pipeline
that embeds crops. What they find on the thermal images of the same people stands beside it; a
model of visible faces must do worse there.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from align_eval.dataset import Dataset
from align_eval.datasets.synthetic.protocols import every_pair
from align_eval.errors import ContractError
from align_eval.faces import Face
from align_eval.interfaces import Detector, LandmarkModel, Pipeline
from align_eval.landmarks import Landmarks
from align_eval.locating import Located, find_boxes, locate
from align_eval.metrics import parse_metric
from align_eval.schemes import scheme_named
from align_eval.verifying import acquire, embed, score

Progress = Callable[[str, int, int], None]

# The prototype's list: neutral, happy, open mouth, room light, and turned by 20° in four ways.
DETECTED = ("NN", "EH", "AOM", "LR", "PL", "PR", "PU", "PD")
COLUMNS = ("head", "spectrum", "measure", "variation", "value", "n", "note")
_INNER = slice(17, 68)
_OUTER_CORNERS = (36, 45)


def quality(
    dataset: Dataset,
    head: str,
    detector: Detector,
    model: LandmarkModel,
    pipeline: Pipeline,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Run the three models over a synthetic data set.

    Parameters
    ----------
    dataset : Dataset
        From `dataset.load`, with the variations ``clear``, protocol ``none``, and one spectrum or
        both; best with a cache, since every face is read several times.
    head : str
        The head model's name, for the table.
    detector, model, pipeline
        The landmark model is given the detector's boxes; the pipeline gets crops that the true
        landmarks align.
    workers : int
        Threads that read.
    progress : callable, optional
        Called with a stage, the faces done and their number.

    Returns
    -------
    DataFrame
        The columns `COLUMNS`. ``detected``: the share of the faces of `DETECTED` that the detector
        finds where they are, each variation and all. ``NME``: of the points 18 to 68 of the
        detected ones, over the distance of the outer eye corners. ``EER``: over every pair of
        lit faces that nothing hides, aligned by the truth.

    Raises
    ------
    ContractError
        A landmark model of another scheme than iBUG's 68 points.
    """
    if model.scheme != scheme_named("ibug68"):
        raise ContractError(
            f"quality wants a landmark model of scheme 'ibug68', {model.name!r} has "
            f"{model.scheme.name!r}"
        )
    rows: list[dict[str, object]] = []
    for spectrum in dict.fromkeys(str(face.modality) for face in dataset.faces):
        chosen = [face for face in dataset.faces if face.modality == spectrum]
        tell = _teller(progress, spectrum)
        found = _found(dataset, chosen, detector, model, workers, tell)
        found.append(_verified(dataset, chosen, pipeline, workers, tell))
        rows += [{"head": head, "spectrum": spectrum, **row} for row in found]
    return pd.DataFrame(rows, columns=list(COLUMNS))


Tell = Callable[[str, int], Callable[[int], None]]


def _teller(progress: Progress | None, spectrum: str) -> Tell:
    def tell(stage: str, total: int) -> Callable[[int], None]:
        def tick(done: int) -> None:
            if progress is not None:
                progress(f"{spectrum} {stage}", done, total)

        return tick

    return tell


def _found(
    dataset: Dataset,
    faces: Sequence[Face],
    detector: Detector,
    model: LandmarkModel,
    workers: int,
    tell: Tell,
) -> list[dict[str, object]]:
    looked = [face for face in faces if face.attributes["variation"] in DETECTED]
    boxed = find_boxes(detector, looked, "central", workers, tell("detection", len(looked)))
    seen = [face.with_box(boxed.boxes[face.id]) for face in looked if face.id in boxed.boxes]
    located = locate(model, seen, {}, workers, tell("landmarks", len(seen)))
    errors = {
        name: inner_error(landmarks, dataset.truth[name])
        for name, landmarks in located.landmarks.items()
    }
    rows = []
    for name in ("all", *DETECTED):
        of = [f.id for f in looked if name in ("all", f.attributes["variation"])]
        if not of:
            continue
        hits = sum(face in boxed.boxes for face in of)
        rows.append(_row("detected", name, hits / len(of), len(of), detector.name))
        known = [errors[face] for face in of if face in errors]
        mean = float(np.mean(known)) if known else float("nan")
        rows.append(_row("NME", name, mean, len(known), model.name))
    return rows


def inner_error(predicted: Landmarks, truth: Landmarks) -> float:
    """The mean error of the points 18 to 68 over the distance of the outer eye corners.

    >>> scheme = scheme_named("ibug68")
    >>> truth = Landmarks(np.arange(136.0).reshape(68, 2), scheme)
    >>> round(inner_error(Landmarks(truth.points + [3, 4], scheme), truth), 4)
    0.1964
    """
    errors = np.linalg.norm((predicted.points - truth.points)[_INNER], axis=1)
    first, last = truth.points[list(_OUTER_CORNERS)]
    return float(errors.mean() / np.linalg.norm(last - first))


def _verified(
    dataset: Dataset, faces: Sequence[Face], pipeline: Pipeline, workers: int, tell: Tell
) -> dict[str, object]:
    trials = every_pair(faces)
    located = Located({face.id: dataset.truth[face.id] for face in faces}, {})
    acquired = acquire(located, pipeline.template)
    embedded = embed(pipeline, dataset, trials, acquired, workers, tell("embedding", len(faces)))
    scores = score(pipeline, trials, embedded)
    note = f"{pipeline.name}, {trials.n_genuine} genuine, {trials.n_impostor} impostor"
    return _row("EER", "clear", parse_metric("EER").value(scores), len(faces), note)


def _row(measure: str, variation: str, value: float, n: int, note: str) -> dict[str, object]:
    return {"measure": measure, "variation": variation, "value": value, "n": n, "note": note}
