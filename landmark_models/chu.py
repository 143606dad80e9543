"""Chu and Liu, Thermal Facial Landmark Detection by Deep Multi-Task Learning, MMSP 2019.

The model that DMSL is compared with, as DMSL's authors describe it: no boundary of the face, and
the expression as a second task in training. The network is `landmark_models.nets.chu`.
"""

from landmark_models.trained import TrainedModel


class Chu(TrainedModel):
    """68 points; parameters and errors as of `TrainedModel`."""

    weights = "chu"
