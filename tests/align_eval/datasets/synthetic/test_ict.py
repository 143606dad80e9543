import json

import numpy as np
import pytest

from align_eval.datasets.synthetic.heads import HEADS
from align_eval.datasets.synthetic.heads.ict import load, read_obj
from align_eval.datasets.synthetic.mesh import Part
from align_eval.errors import DataError


@pytest.fixture(scope="module")
def head(data_root):
    return load(str(data_root / "permissive" / "ict_facekit"))


def test_the_unit_is_the_eye_distance_and_the_origin_lies_between_the_eyes(head):
    eyes = head.anchors[36:48].reshape(2, 6, 3).mean(axis=1)
    np.testing.assert_allclose(eyes.mean(axis=0), 0, atol=1e-5)
    assert np.linalg.norm(eyes[1] - eyes[0]) == pytest.approx(1, abs=1e-5)
    assert eyes[0][0] < 0 < eyes[1][0]


def test_the_face_is_upright_and_looks_at_the_viewer(head):
    nose, chin, brow = head.anchors[30], head.anchors[8], head.anchors[19]
    assert brow[1] < nose[1] < chin[1]
    assert nose[2] < head.vertices[:, 2].mean()


def test_parts_are_told_apart(head):
    parts = np.bincount(head.parts, minlength=len(Part))
    for part in (Part.SKIN, Part.MOUTH, Part.TEETH, Part.TONGUE, Part.EYE_SOCKET, Part.EYEBALL):
        assert parts[part] > 100


def test_a_person_with_an_expression_is_the_mean_and_its_modes(head):
    nobody = head.mesh(np.zeros(3), {})
    np.testing.assert_array_equal(nobody.vertices, head.vertices)
    one = head.mesh(np.array([0.0, 2.0]), {"jawOpen": 0.5})
    place = head.expression_names.index("jawOpen")
    wanted = head.vertices + 2 * head.identity[1] + 0.5 * head.expression[place]
    np.testing.assert_allclose(one.vertices, wanted, atol=1e-5)
    assert one.vertices[head.landmarks[8], 1] > head.anchors[8, 1]


def test_a_head_that_is_not_there_is_one_clear_error(tmp_path):
    with pytest.raises(DataError, match="head model 'ict' cannot be read"):
        HEADS.build("ict", {"path": str(tmp_path)})


def write_obj(file, vertices, faces):
    lines = [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in vertices]
    lines += ["vt 0 0", *("f " + " ".join(f"{i + 1}/1" for i in face) for face in faces)]
    file.write_text("\n".join(lines) + "\n")


def test_a_checkout_gives_the_head_of_the_compact_file(head, data_root, tmp_path):
    folder = tmp_path / "FaceXModel"
    folder.mkdir()
    with np.load(data_root / "permissive" / "ict_facekit" / "ict_facekit_head.npz") as compact:
        neutral, modes = compact["vertices"], compact["identity"][:2].astype(float)
        smile = compact["expression"][3].astype(float)
        landmarks, name = compact["landmarks68"].tolist(), str(compact["expression_names"][3])
        triangles = compact["triangles"][:50]
    lash = np.vstack([neutral, [[0.0, 0.0, 20.0]]])  # what comes after the parts is left out
    faces = [*triangles, [0, 1, len(neutral)]]
    write_obj(folder / "generic_neutral_mesh.obj", lash, faces)
    for i, mode in enumerate(modes):
        write_obj(folder / f"identity{i:03d}.obj", lash + np.vstack([mode, [[0, 0, 0]]]), [])
    write_obj(folder / f"{name}.obj", lash + np.vstack([smile, [[0, 0, 0]]]), [])
    config = {"expressions": [name], "idx_to_landmark_verts": landmarks}
    (folder / "vertex_indices.json").write_text(json.dumps(config))
    made = load(str(tmp_path))
    np.testing.assert_allclose(made.vertices, head.vertices, atol=1e-5)
    np.testing.assert_allclose(made.identity, head.identity[:2], atol=1e-5)
    np.testing.assert_allclose(made.expression[0], head.expression[3], atol=1e-5)
    np.testing.assert_array_equal(made.triangles, head.triangles[:50])
    np.testing.assert_array_equal(made.parts, head.parts[:50])
    (folder / "identity001.obj").write_text("v 0 0 0\n")
    load.cache_clear()
    with pytest.raises(DataError, match=r"identity001\.obj has 1 vertices"):
        load(str(tmp_path))


def test_larger_polygons_become_fans(tmp_path):
    write_obj(tmp_path / "a.obj", np.eye(4, 3), [[0, 1, 2, 3]])
    vertices, triangles = read_obj(tmp_path / "a.obj")
    assert vertices.shape == (4, 3)
    assert triangles.tolist() == [[0, 1, 2], [0, 2, 3]]
