"""An active appearance model: Cootes, Edwards and Taylor, PAMI 2001.

Fitted by Gauss–Newton on features of edges, with appearance projected out. The model is
`landmark_models.nets.aam`.
"""

from landmark_models.trained import TrainedModel


class Aam(TrainedModel):
    """68 points; parameters and errors as of `TrainedModel`."""

    weights = "aam"
