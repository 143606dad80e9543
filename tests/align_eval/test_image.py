"""What is read is RGB or gray, upright, whole; anything else is one clear line."""

import io
import pickle
import queue
import struct
import threading
import time
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageOps

from align_eval.errors import ConfigError, DataError, ImageError
from align_eval.image import (
    ImageFile,
    encode_png,
    prefetch,
    read_image,
    to_gray,
    to_rgb,
    warp,
    write_png,
)
from align_eval.similarity import Similarity

ORIENTATION = 0x0112


def colours(height=60, width=80, seed=0):
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 4)


def saved(path, picture, kind, **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    path.write_bytes(buffer.getvalue())
    return path


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of(width, height, data=b""):
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(data)), chunk(b"IEND", b"")]
    )


def test_colour_is_rgb(tmp_path):
    picture = colours()
    path = saved(tmp_path / "a.png", Pillow.fromarray(picture), "PNG")
    assert np.array_equal(read_image(path), picture)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP"])
def test_gray_stays_gray(tmp_path, kind):
    gray = to_gray(colours())
    read = read_image(saved(tmp_path / "a", Pillow.fromarray(gray), kind))
    assert read.shape == gray.shape
    assert read.dtype == np.uint8
    assert np.abs(read.astype(int) - gray).max() <= (8 if kind == "JPEG" else 0)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_gray_keeps_its_depth(tmp_path, kind):
    thermal = np.arange(60 * 80, dtype=np.uint16).reshape(60, 80) * 13
    read = read_image(saved(tmp_path / "a", Pillow.fromarray(thermal), kind))
    assert read.dtype == np.uint16
    assert np.array_equal(read, thermal)


def test_sixteen_bit_colour_becomes_eight_bits_by_257(tmp_path):
    deep = np.random.default_rng(0).integers(0, 65536, (20, 30, 3), dtype=np.uint16)
    (tmp_path / "a.png").write_bytes(cv2.imencode(".png", deep[..., ::-1])[1].tobytes())
    expected = np.rint(deep / 257).astype(np.uint8)
    assert np.array_equal(read_image(tmp_path / "a.png"), expected)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(tmp_path, kind):
    picture = Pillow.fromarray(colours())
    read = read_image(saved(tmp_path / "a", picture.convert("CMYK"), kind))
    assert read.shape == (60, 80, 3)
    assert np.abs(read.astype(int) - np.asarray(picture)).mean() < 4


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_transparency_is_laid_over_black(tmp_path, kind):
    picture = Pillow.fromarray(colours()).convert("RGBA")
    picture.putalpha(128)
    read = read_image(saved(tmp_path / "a", picture, kind))
    assert read.shape == (60, 80, 3)
    assert np.abs(read.astype(int) - np.asarray(picture)[..., :3] * (128 / 255)).max() <= 1


def test_gray_with_transparency_stays_gray(tmp_path):
    picture = Pillow.fromarray(to_gray(colours())).convert("LA")
    picture.putalpha(0)
    assert not read_image(saved(tmp_path / "a.png", picture, "PNG")).any()
    assert read_image(tmp_path / "a.png").shape == (60, 80)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_exif_orientation_is_undone_as_pillow_does(tmp_path, turn, kind):
    exif = Pillow.Exif()
    exif[ORIENTATION] = turn
    path = saved(tmp_path / "a", Pillow.fromarray(colours()), kind, exif=exif.tobytes())
    with Pillow.open(path) as picture:
        expected = np.asarray(ImageOps.exif_transpose(picture))
    read = read_image(path)
    assert read.shape == expected.shape
    assert np.abs(read.astype(int) - expected).max() <= 2


def test_a_damaged_exif_block_turns_nothing(tmp_path):
    path = saved(tmp_path / "a.jpg", Pillow.fromarray(colours()), "JPEG", exif=b"Exif\0\0II*\0\xff")
    assert read_image(path).shape == (60, 80, 3)


def test_names_may_hold_any_letters(tmp_path):
    path = saved(tmp_path / "Zoë Kravitz – 李.png", Pillow.fromarray(colours()), "PNG")
    assert read_image(str(path)).shape == (60, 80, 3)


def test_a_40_megapixel_image_is_read(tmp_path):
    path = tmp_path / "big.png"
    path.write_bytes(cv2.imencode(".png", np.zeros((5000, 8000), np.uint8))[1].tobytes())
    assert read_image(path).shape == (5000, 8000)


@pytest.mark.parametrize("width", [200_001, 4_000_000_000])
def test_more_than_200_megapixels_are_refused_before_decoding(tmp_path, width):
    (tmp_path / "huge.png").write_bytes(png_of(width, 1000))
    with pytest.raises(ImageError, match=rf"{width} × 1000 pixels; at most 200,000,000"):
        read_image(tmp_path / "huge.png")


def test_a_huge_jpeg_is_refused_by_its_frame_header(tmp_path):
    data = bytearray(saved(tmp_path / "a.jpg", Pillow.fromarray(colours()), "JPEG").read_bytes())
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", 60000, 60000)
    (tmp_path / "a.jpg").write_bytes(data)
    with pytest.raises(ImageError, match="60000 × 60000 pixels"):
        read_image(tmp_path / "a.jpg")


def _broken(tmp_path):
    jpeg = saved(tmp_path / "whole.jpg", Pillow.fromarray(colours(400, 400)), "JPEG").read_bytes()
    png = saved(tmp_path / "whole.png", Pillow.fromarray(colours(400, 400)), "PNG").read_bytes()
    damaged = bytearray(png)
    damaged[len(png) // 2] ^= 0xFF
    return {
        "is missing": None,
        "empty \\(0 bytes\\)": b"",
        "no image": b"Dear reader, this is no picture at all. " * 9,
        "truncated": jpeg[: len(jpeg) // 2],
        "truncated \\(": jpeg[:-1],
        "image is truncated": jpeg[:300],
        "the image is truncated": png[: len(png) // 2],
        "the image is truncated \\(": png[:-12],
        "damaged": bytes(damaged),
        "cannot be|no image": b"BM" + bytes(40),
        "float32": cv2.imencode(".tif", np.ones((4, 4), np.float32))[1].tobytes(),
    }


def test_what_cannot_be_read_is_one_clear_line_and_nothing_on_stderr(tmp_path, capfd):
    for i, (message, data) in enumerate(_broken(tmp_path).items()):
        path = tmp_path / f"broken{i}.jpg"
        if data is not None:
            path.write_bytes(data)
        with pytest.raises(ImageError, match=message) as caught:
            read_image(path)
        assert str(caught.value).startswith(str(path))
        assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_a_folder_is_no_image(tmp_path):
    with pytest.raises(ImageError, match="a folder"):
        read_image(tmp_path)


def test_a_nul_in_a_path_is_an_image_error():
    with pytest.raises(ImageError, match="cannot be opened"):
        read_image("a\0b.png")


def test_other_damage_writes_nothing_to_stderr_either(tmp_path, capfd):
    tiff = cv2.imencode(".tif", colours(100, 100))[1].tobytes()
    webp = cv2.imencode(".webp", colours(100, 100))[1].tobytes()
    for data in (tiff[: len(tiff) // 2], webp[: len(webp) // 2]):
        (tmp_path / "x").write_bytes(data)
        with pytest.raises(ImageError):
            read_image(tmp_path / "x")
    assert capfd.readouterr().err == ""


def test_opencv_keeps_its_log_level(tmp_path):
    before = cv2.utils.logging.getLogLevel()
    (tmp_path / "x").write_bytes(b"nothing")
    paths = [tmp_path / "x"] * 40
    results = [result for _, result in prefetch(paths, read_image, workers=8, ahead=16)]
    assert all(isinstance(result, ImageError) for result in results)
    assert cv2.utils.logging.getLogLevel() == before


def test_a_thumbnail_with_its_own_end_is_not_the_end(tmp_path):
    thumbnail = io.BytesIO()
    Pillow.fromarray(colours(20, 20)).save(thumbnail, "JPEG")
    exif = b"Exif\0\0" + b"II*\0\x08\0\0\0\0\0\0\0\0\0" + thumbnail.getvalue()
    path = saved(tmp_path / "a.jpg", Pillow.fromarray(colours(400, 400)), "JPEG", exif=exif)
    whole = path.read_bytes()
    assert read_image(path).shape == (400, 400, 3)
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(ImageError, match="truncated"):
        read_image(path)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("junk", [b"", b"trailing junk", b"\xff" * 9])
def test_whole_jpegs_raise_no_false_alarm(tmp_path, options, junk):
    path = saved(tmp_path / "a.jpg", Pillow.fromarray(colours(200, 200)), "JPEG", **options)
    path.write_bytes(path.read_bytes() + junk)
    assert read_image(path).shape == (200, 200, 3)


def test_a_png_with_trailing_junk_is_read(tmp_path):
    (tmp_path / "a.png").write_bytes(png_of(2, 1, b"\0\1\2") + b"junk")
    assert read_image(tmp_path / "a.png").tolist() == [[1, 2]]


def test_image_file_is_a_value_that_can_be_pickled(tmp_path):
    file = ImageFile(saved(tmp_path / "a.png", Pillow.fromarray(colours()), "PNG"))
    copy = pickle.loads(pickle.dumps(file))
    assert copy == file
    assert np.array_equal(copy(), file())


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from([((3, 5, 3), np.uint8), ((4, 2), np.uint8), ((2, 6), np.uint16)]),
    st.integers(0, 2**32 - 1),
)
def test_png_keeps_every_pixel(tmp_path_factory, kind, seed):
    shape, depth = kind
    image = np.random.default_rng(seed).integers(0, np.iinfo(depth).max, shape).astype(depth)
    path = tmp_path_factory.mktemp("png") / "a.png"
    write_png(path, image)
    assert np.array_equal(read_image(path), image)
    assert path.read_bytes() == encode_png(image)
    assert [p.name for p in path.parent.iterdir()] == ["a.png"]


@pytest.mark.parametrize(
    "image",
    [np.zeros((2, 2)), np.zeros((2, 2, 4), np.uint8), np.zeros((0, 3), np.uint8), np.zeros(3)],
)
def test_what_is_no_image_is_not_written(tmp_path, image):
    with pytest.raises(ImageError, match="a PNG wants"):
        write_png(tmp_path / "a.png", image)
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    write_png(tmp_path / "a.png", colours())
    before = (tmp_path / "a.png").read_bytes()

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(DataError, match="no space"):
        write_png(tmp_path / "a.png", colours(seed=1))
    assert (tmp_path / "a.png").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_to_rgb_and_to_gray_agree_on_gray():
    gray = to_gray(colours())
    assert np.array_equal(to_gray(to_rgb(gray)), gray)


def test_warp_by_whole_pixels_moves_pixels():
    image = colours()
    moved = warp(image, Similarity.make(shift=(3, 2)), (80, 60))
    assert np.array_equal(moved[2:, 3:], image[:-2, :-3])
    assert not moved[:2].any()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers()), st.integers(1, 5), st.integers(1, 9))
def test_prefetch_loses_nothing_and_keeps_order(items, workers, ahead):
    def load(n):
        if n % 3 == 0:
            raise ImageError(f"no {n}")
        return -n

    results = list(prefetch(items, load, workers, ahead))
    assert [item for item, _ in results] == items
    for item, result in results:
        assert str(result) == f"no {item}" if item % 3 == 0 else result == -item


def test_prefetch_runs_a_bounded_number_ahead():
    started = []
    stream = prefetch(range(1000), started.append, workers=2, ahead=5)
    assert not started
    for count in range(1, 20):
        next(stream)
        time.sleep(0.001)
        assert len(started) <= count + 5
    stream.close()


def test_prefetch_ends_its_threads_when_the_consumer_stops():
    def readers():
        return [t for t in threading.enumerate() if t.name.startswith("prefetch")]

    stream = prefetch(range(10**9), lambda n: n, workers=3, ahead=8)
    assert next(stream) == (0, 0)
    assert readers()
    stream.close()
    assert not readers()


def test_prefetch_can_be_closed_by_one_of_its_own_threads():
    # as the garbage collector does, which runs in any thread
    suspended, said = threading.Event(), queue.Queue()

    def load(n):
        if n:
            suspended.wait(10)
            said.put(closing_error(stream))

    stream = prefetch(range(2), load, workers=1, ahead=2)
    next(stream)
    suspended.set()
    assert said.get(timeout=10) is None


def closing_error(stream):
    try:
        stream.close()
    except RuntimeError as error:
        return error
    return None


def test_prefetch_works_in_parallel():
    barrier = threading.Barrier(3, timeout=10)
    results = list(prefetch(range(3), lambda _: barrier.wait(), workers=3, ahead=3))
    assert sorted(order for _, order in results) == [0, 1, 2]


def test_a_defect_in_load_is_not_swallowed():
    stream = prefetch([1, 0], lambda n: 1 // n, workers=1, ahead=2)
    assert next(stream) == (1, 1)
    with pytest.raises(ZeroDivisionError):
        next(stream)


@pytest.mark.parametrize(("workers", "ahead"), [(0, 1), (1, 0), (-1, 4)])
def test_prefetch_wants_a_worker_and_a_place(workers, ahead):
    with pytest.raises(ConfigError, match="workers ≥ 1"):
        prefetch([], int, workers, ahead)
