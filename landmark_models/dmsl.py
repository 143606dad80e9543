"""Deep Multi-Spectral Learning: Keong, Dong, Jin, Mallat and Dugelay, Multi-spectral Facial
Landmark Detection, WIFS 2020.

One model for visible and thermal faces: a boundary of the face first, then the points inside it.
The network is `landmark_models.nets.dmsl`.
"""

from landmark_models.trained import TrainedModel


class Dmsl(TrainedModel):
    """68 points; parameters and errors as of `TrainedModel`."""

    weights = "dmsl"
