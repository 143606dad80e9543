"""Another aligner behind insightface's `FaceAnalysis`: detection stays, recognition is realigned.

``FaceAnalysis.get`` detects, then hands every face to each of its models; the recogniser cuts the
crop out by ``face.kps`` (``ArcFaceONNX.get``, insightface 2.1). The seam is there: the recogniser
is held back until the whole image has been seen, the landmark model is asked once for all faces
that insightface wanted recognised, and each of these gets its new ``kps`` and then its embedding
from insightface's own recogniser. Whatever else runs on a face, the 106 points, age, liveness,
has had the face as insightface found it.
"""

from collections.abc import Sequence
from copy import copy
from typing import Any, Literal, get_args

import numpy as np

from align_eval.errors import ConfigError, LandmarkError, UnknownNameError
from align_eval.faces import Box, Face, Modality
from align_eval.interfaces import LandmarkModel
from align_eval.landmarks import FloatArray
from align_eval.stacks._five import Model, five_points, giving_five, landmark_model
from landmark_models.insightface_pack import swapped

Missing = Literal["raise", "keep", "drop"]
_TASK = "recognition"


class RealignedAnalysis:
    """insightface's `FaceAnalysis` with the landmarks of another model; see `realign`.

    Everything but `get` is that of the application inside, which is left as it was and can be
    used beside this one.
    """

    def __init__(self, app: Any, model: LandmarkModel, missing: Missing = "raise") -> None:
        self._app, self._model, self._missing = app, model, missing

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # of a copy that has no application yet
            raise AttributeError(name)
        return getattr(self._app, name)

    def get(self, img: Any, *args: Any, **options: Any) -> list[Any]:
        """The faces of a BGR image as insightface finds them, realigned.

        Parameters
        ----------
        img : (H, W, 3) uint8
            In BGR, as insightface takes it.
        *args, **options
            insightface's: ``max_num``, ``det_metric``.

        Raises
        ------
        LandmarkError
            The model found no five points for a face, and `missing` is ``"raise"``, or it is
            ``"keep"`` and insightface's detector gives none either.
        """
        asked: list[Any] = []
        view = copy(self._app)
        view.models = {**self._app.models, _TASK: _Noted(asked)}
        faces: list[Any] = view.get(img, *args, **options)
        dropped = self._recognised(img, asked) if asked else set()
        return [face for face in faces if id(face) not in dropped]

    def _recognised(self, img: Any, asked: Sequence[Any]) -> set[int]:
        """Give faces their points and embeddings; the ids of those that are dropped."""
        recogniser, image = self._app.models[_TASK], swapped(img)
        ours = [
            Face(str(i), "", Modality.VISIBLE, lambda: image, _box(face.bbox))
            for i, face in enumerate(asked)
        ]
        dropped = set()
        for face, points in zip(asked, five_points(self._model, ours), strict=True):
            if not isinstance(points, str):
                face.kps = points.astype(np.float32 if face.kps is None else face.kps.dtype)
            elif self._missing == "drop":
                dropped.add(id(face))
                continue
            else:
                self._keep(face, points)
            recogniser.get(img, face)
        return dropped

    def _keep(self, face: Any, reason: str) -> None:
        where = ", ".join(f"{edge:.0f}" for edge in face.bbox)
        if self._missing == "raise":
            raise LandmarkError(
                f"{reason}, for the face at {where}; missing = 'keep' leaves such a face to "
                "insightface's points, missing = 'drop' leaves it out"
            )
        if face.kps is None:
            raise LandmarkError(
                f"{reason}, for the face at {where}, and insightface's detector gives no points"
            )
        face.not_realigned = reason


class _Noted:
    """Stands where the recogniser does, and notes which faces insightface wants recognised."""

    def __init__(self, asked: list[Any]) -> None:
        self._asked = asked

    def get(self, _: Any, face: Any) -> None:
        self._asked.append(face)


def realign(
    app: Any, model: Model, *, missing: Missing = "raise", **options: Any
) -> RealignedAnalysis:
    """Put a landmark model behind insightface's detector and before its recogniser.

    Parameters
    ----------
    app : insightface.app.FaceAnalysis
        Prepared, with a recogniser; see `align_eval.stacks.open_pack`. Anything with its
        ``models`` and ``get`` will do. It is not changed.
    model : str, mapping or LandmarkModel
        A name in `landmark_models.CATALOG` or a dotted path; a table of ``model``, its options
        and a ``name``, as a study writes aligners; or any object with ``name``, ``scheme`` and
        ``locate(faces)``. It gets the image in RGB and insightface's box, of the forehead to the
        chin: models of other boxes say with an option of theirs whose box it is
        (``box_from = "yunet"`` fits, which was trained on the same boxes as SCRFD).
    missing : {"raise", "keep", "drop"}
        What becomes of a face for which the model gives no five points, or five that determine
        no alignment. ``"raise"``: the call fails. ``"keep"``: insightface's points stay, and
        the face says why in ``face.not_realigned``, which is None for every other face.
        ``"drop"``: the face is not among the results.
    **options
        Of a model given by name.

    Returns
    -------
    RealignedAnalysis
        Its ``get`` gives insightface's faces with the model's five points as ``kps``, in the
        number type of the points replaced (float32), and the ``embedding`` of the face aligned
        by them. A face that insightface does not recognise (its liveness test) keeps its points.

    Raises
    ------
    ConfigError
        An application without a recogniser, or a model that cannot give the five points.
    UnknownNameError
        Another value of `missing`, or an unknown model or option.

    Examples
    --------
    A stand-in of FaceAnalysis finds one face, and its recogniser "embeds" where the nose is:

    >>> from types import SimpleNamespace
    >>> class Recogniser:
    ...     def get(self, img, face):
    ...         face.embedding = face.kps[2].tolist()
    >>> class Analysis:
    ...     models = {"recognition": Recogniser()}
    ...     def get(self, img, max_num=0):
    ...         face = SimpleNamespace(bbox=np.array([20., 20, 80, 100]), kps=np.zeros((5, 2)))
    ...         self.models["recognition"].get(img, face)
    ...         return [face]
    >>> image = np.zeros((120, 100, 3), np.uint8)
    >>> [face.embedding for face in Analysis().get(image)]
    [[0.0, 0.0]]
    >>> app = realign(Analysis(), "box")
    >>> [[round(x) for x in face.embedding] for face in app.get(image)]
    [[50, 64]]
    """
    if missing not in get_args(Missing):
        raise UnknownNameError("value of missing", str(missing), get_args(Missing))
    tasks = getattr(app, "models", None)
    if not isinstance(tasks, dict) or _TASK not in tasks:
        found = ", ".join(map(str, tasks)) if tasks else "none"
        raise ConfigError(f"realign wants an application with a recognition model, got {found}")
    return RealignedAnalysis(app, giving_five(landmark_model(model, options)), missing)


def _box(edges: FloatArray) -> Box:
    left, top, right, bottom = (float(edge) for edge in edges[:4])
    return Box(left, top, right - left, bottom - top)
