"""Landmarks that say how far off they are: Fuhl and Kasneci, ICMV 2019.

The network is `landmark_models.nets.validated`.
"""

from landmark_models.trained import TrainedModel


class Validated(TrainedModel):
    """68 points; parameters and errors as of `TrainedModel`.

    A point's quality is minus the distance from the truth that the network expects, in sides of the
    crop: 0 is sure, and −0.02 a fiftieth of the crop. The distance is the one that the weights were
    trained with, the paper's Manhattan distance by default. Weights of the variant NON give none.
    """

    weights = "validated"
