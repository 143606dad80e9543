"""Our landmarks in a stack that runs already: insightface's, or any ``embed(crop)``.

The shortest way to see what another aligner does to a system that is in use::

    from align_eval.stacks import open_pack, realign

    app = realign(open_pack("buffalo_l"), "dlib68", box_from="yunet")
    faces = app.get(cv2.imread("group.jpg"))

The faces are insightface's as before: found by its detector, with its age and its 106 points, but
``kps`` are dlib's and ``embedding`` is that of the face aligned by them. `Realigned` is the same
for a stack whose recogniser is a function of a crop.

Like `align_eval.app` it knows the landmark models by name.
"""

from align_eval.stacks.analysis import RealignedAnalysis, realign
from align_eval.stacks.realigned import Realigned
from landmark_models.insightface_pack import open_pack

__all__ = ["Realigned", "RealignedAnalysis", "open_pack", "realign"]
