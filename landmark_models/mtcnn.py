"""Stage 3 of MTCNN on a given box: Zhang, Zhang, Li and Qiao, Joint face detection and alignment
using multitask cascaded convolutional networks, IEEE Signal Processing Letters 2016.

As Poster et al. (CVPR Workshops 2019) run it on thermal faces. The network is
`landmark_models.nets.mtcnn`; the whole cascade is `landmark_models.mtcnn_detector`.
"""

from landmark_models.trained import TrainedModel


class Mtcnn(TrainedModel):
    """Five points; parameters and errors as of `TrainedModel`."""

    weights = "mtcnn"
