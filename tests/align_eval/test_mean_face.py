import numpy as np

from align_eval._mean_face import mean_face
from align_eval.datasets.synthetic.dataset import load
from align_eval.schemes import scheme_named
from align_eval.similarity import Similarity

EYES = [[-0.5, 0.0], [0.5, 0.0]]


def eyes(landmarks):
    return landmarks.to(scheme_named("five")).points[:2]


def test_the_mean_face_is_upright_symmetric_and_one_eye_distance_wide():
    face = mean_face()
    np.testing.assert_allclose(eyes(face), EYES, atol=1e-3)
    points = face.mirrored(0).points
    shifted = points - eyes(face.mirrored(0)).mean(axis=0)
    np.testing.assert_allclose(shifted, face.points, atol=2e-3)


def test_rendered_people_have_the_mean_face_on_average():
    drawn = load(
        subjects=6,
        first_subject=1000,
        variations="NN",
        spread="still",
        spectra="visible",
        protocol="none",
    )
    each = [
        Similarity.fit(eyes(one), EYES)(one.points)
        for marks in drawn.truth.values()
        for one in (marks, marks.mirrored(0))
    ]
    apart = np.mean(each, axis=0) - mean_face().points
    assert np.sqrt(np.square(apart).sum(axis=1).mean()) < 0.04
