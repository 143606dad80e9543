"""What the batches of all models of a whole shape hold."""

import torch
from torch import Tensor

from align_eval.landmarks import LandmarkScheme
from landmark_models.nets.layers import images_tensor
from landmark_models.train.augment import Samples
from landmark_models.train.targets import converted, eye_span


def marked(seen: Samples, source: LandmarkScheme, target: LandmarkScheme) -> dict[str, Tensor]:
    """Samples as tensors: images, the points of a task's scheme, and the unit of their error.

    Parameters
    ----------
    seen : Samples
        With the points of `source`.
    source, target : LandmarkScheme
        Of the training faces, and of the task.

    Returns
    -------
    dict
        ``images`` (B, 1, S, S) gray, ``points`` (B, P, 2) in pixels, and ``span`` (B,), the
        distance of the outer eye corners in pixels.

    Raises
    ------
    LandmarkError
        A source that lacks the eye corners, or a point of the target.
    """
    return {
        "images": images_tensor(seen.images),
        "points": torch.from_numpy(converted(seen.points, source, target)),
        "span": torch.from_numpy(eye_span(seen.points, source)),
    }
