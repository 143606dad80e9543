"""FaceAnalysis from a folder: what is asked for is what runs; nothing is looked for elsewhere."""

import shutil
import socket
import sys

import numpy as np
import pytest

pytest.importorskip("insightface", reason="needs the extra 'insightface'")

from packs import manifest, pack, recogniser
from standins import detector, landmarks106

from align_eval.errors import ConfigError, ImageError, MissingExtraError, UnknownNameError
from landmark_models.insightface_pack import manifest_file, open_pack, swapped

# scikit-image tells insightface so at every crop.
pytestmark = pytest.mark.filterwarnings("ignore:.*estimate.*is deprecated:FutureWarning")

TASKS = {"detection", "landmark_2d_106", "landmark_3d_68", "genderage", "recognition"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return pack(tmp_path_factory.mktemp("packs") / "buffalo_l")


def spotted(side=640):
    image = np.zeros((side, side, 3), np.uint8)
    image[192:224, 160:192, 2] = 255
    image[192:224, 320:352, 2] = 200
    return image


def test_every_model_of_a_pack_is_what_insightface_takes_it_for(folder):
    app = open_pack(str(folder), threads=1)
    assert set(app.models) == TASKS
    first, second = app.get(spotted())
    assert first.embedding.shape == second.embedding.shape == (512,)


def test_size_and_thresholds_are_those_asked_for(folder):
    app = open_pack(folder, det_size=(640, 320), det_thresh=0.8, nms_thresh=0.3, threads=1)
    assert app.det_model.input_size == (640, 320)
    assert app.det_model.input_sizes == [(640, 320)]
    assert (app.det_model.det_thresh, app.det_model.nms_thresh) == (0.8, 0.3)
    assert open_pack(folder, det_size=320, threads=1).det_model.input_sizes == [(320, 320)]
    sure = open_pack(folder, det_thresh=0.8, threads=1).get(spotted())
    assert len(sure) == 1
    apart, together = (open_pack(folder, nms_thresh=t, threads=1) for t in (0.4, 0.01))
    assert (len(apart.get(spotted())), len(together.get(spotted()))) == (2, 1)


def test_threads_and_provider_are_those_asked_for(folder):
    app = open_pack(folder, threads=2, providers="CPUExecutionProvider")
    for model in app.models.values():
        assert model.session.get_session_options().intra_op_num_threads == 2
        assert model.session.get_providers() == ["CPUExecutionProvider"]
    app.get(spotted())
    (running,) = app.det_model.resolution_sessions.values()  # one that insightface derives
    assert running.get_session_options().intra_op_num_threads == 2


def test_a_provider_that_is_not_there_is_refused(folder):
    import onnxruntime

    here = onnxruntime.get_available_providers()
    absent = next(one for one in onnxruntime.get_all_providers() if one not in here)
    with pytest.raises(ConfigError, match=rf"insightface's .* wants {absent}, and ONNX Runtime"):
        open_pack(folder, providers=absent)
    app = open_pack(folder, providers=[absent, "CPUExecutionProvider"], threads=1)
    assert app.det_model.session.get_providers() == ["CPUExecutionProvider"]
    with pytest.raises(UnknownNameError, match="Did you mean 'CUDAExecutionProvider'"):
        open_pack(folder, providers="CUDAExecutionProvder")


def test_nothing_is_looked_for_beside_the_folder(folder, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("the net was asked")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setenv("HOME", str(tmp_path))
    shutil.copytree(folder, tmp_path / "mine")
    assert set(open_pack("~/mine", threads=1).models) == TASKS
    with pytest.raises(ConfigError, match="there is no folder 'buffalo_l'"):
        open_pack("buffalo_l")
    assert not (tmp_path / ".insightface").exists()


def test_only_what_is_allowed_is_loaded(folder):
    app = open_pack(folder, allowed_modules=["detection", "recognition"], threads=1)
    assert set(app.models) == {"detection", "recognition"}


def test_a_pack_with_a_manifest_is_opened_by_it(tmp_path):
    detector(tmp_path / "b.onnx")
    recogniser(tmp_path / "a.onnx")
    landmarks106(tmp_path / "2d106det.onnx")  # which the manifest does not name
    tasks = {"detection": {"file": "b.onnx"}, "recognition": {"file": "a.onnx"}}
    manifest(tmp_path, **tasks)
    app = open_pack(tmp_path, threads=1)
    assert set(app.models) == {"detection", "recognition"}
    assert manifest_file(tmp_path, "detection") == (tmp_path / "b.onnx").resolve()
    manifest(tmp_path, **tasks | {"recognition": {"file": "a.onnx", "sha256": "0" * 64}})
    with pytest.raises(ConfigError, match="cannot open the folder") as caught:
        open_pack(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_no_pack_is_told_in_one_line(folder, tmp_path):
    recogniser(tmp_path / "r.onnx")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/x.onnx").write_bytes(b"no model")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad/manifest.json").write_text('{"manifest_version": 2}')
    for arguments, options, message in (
        ((tmp_path,), {}, r"finds no detector in the folder .*: r\.onnx"),
        ((tmp_path / "none",), {}, "there is no folder"),
        ((folder / "genderage.onnx",), {}, "there is no folder"),
        ((folder,), {"allowed_modules": ["recognition"]}, "finds no detector of recognition in"),
        ((tmp_path / "broken",), {}, "cannot open the folder"),
        ((tmp_path / "bad",), {}, "cannot open the folder .*missing required fields"),
        ((folder,), {"det_size": (640, 100)}, r"det_size wants a multiple of 32 .*got \(640, 100"),
        ((folder,), {"threads": 0}, "wants at least one thread, got 0"),
        ((folder,), {"det_size": (0, 0)}, "det_size wants a multiple of 32"),
    ):
        with pytest.raises(ConfigError, match=message) as caught:
            open_pack(*arguments, **options)
        assert "\n" not in str(caught.value)


def test_swapping_channels_twice_gives_the_image_and_other_pixels_are_refused():
    image = np.random.default_rng(0).integers(0, 256, (5, 4, 3)).astype(np.uint8)
    assert np.array_equal(swapped(image), image[..., ::-1])
    assert np.array_equal(swapped(swapped(image)), image)
    for wrong in (image[..., 0], image.astype(np.uint16), np.zeros((4, 4, 4), np.uint8)):
        with pytest.raises(ImageError, match=r"BGR wants uint8 \(H, W, 3\), got"):
            swapped(wrong)


def test_a_missing_package_names_its_extra(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "insightface", None)
    with pytest.raises(MissingExtraError, match=r"align-eval\[insightface\]"):
        open_pack(folder)
