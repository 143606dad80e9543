"""The Deep Alignment Network: Kowalski, Naruniec and Trzcinski, CVPR Workshops 2017.

In the two-stage form that Poster et al. (An Examination of Deep-Learning Based Landmark Detection
Methods on Thermal Face Imagery, CVPR Workshops 2019) train on thermal faces. The network is
`landmark_models.nets.dan`.
"""

from landmark_models.trained import TrainedModel


class Dan(TrainedModel):
    """68 points (the paper's configuration: five); parameters and errors as of `TrainedModel`."""

    weights = "dan"
