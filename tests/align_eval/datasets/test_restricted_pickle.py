"""A pickle gives lists, bytes, booleans and byte arrays, or one clear line; it never runs."""

import os
import pickle
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from align_eval.datasets import _restricted_pickle
from align_eval.datasets._restricted_pickle import Array, read_pickle
from align_eval.errors import DataError

PLAIN = ([b"\xff\xd8 one", b"\x00", b"two" * 400], [True])


def flat(value):
    """A value with the arrays in it as NumPy has them."""
    if isinstance(value, Array):
        return np.frombuffer(value.data, value.kind).tolist()
    if isinstance(value, list | tuple):
        return type(value)(map(flat, value))
    return value


@pytest.mark.parametrize("protocol", [1, 2, 3, 4, 5])
def test_lists_of_bytes_are_read_in_every_protocol(protocol):
    assert read_pickle(pickle.dumps(PLAIN, protocol), "a") == PLAIN


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("shape", [(6,), (6, 1), (1, 6)])
def test_byte_arrays_are_read_in_every_protocol(protocol, shape):
    arrays = [np.arange(6, dtype=np.uint8).reshape(shape) * k for k in (1, 40)]
    made = read_pickle(pickle.dumps((arrays, [True]), protocol), "a")
    assert flat(made) == ([array.ravel().tolist() for array in arrays], [True])


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_numpys_booleans_are_read(protocol):
    labels = [True, False]
    for given_labels in (np.array(labels), [np.bool_(True), np.bool_(False)]):
        made = read_pickle(pickle.dumps((PLAIN[0], given_labels), protocol), "a")
        assert flat(made[1]) == labels
        assert all(type(label) is bool for label in flat(made[1]))


def python_2(images):
    """What Python 2 wrote by its highest protocol, byte for byte: text is what are bytes here."""
    out = b"\x80\x02]q\x00("
    for image in images:
        out += b"U" + struct.pack("<B", len(image)) + image
    return out + b"e]q\x01(\x88\x89e\x86q\x02."


def python_2_arrays(images):
    """The same of what cv2.imencode gave: (N, 1) arrays of bytes."""
    out = b"\x80\x02]q\x00("
    for image in images:
        out += b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
        out += b"(K\x01" + b"K" + struct.pack("<B", len(image)) + b"K\x01\x86"
        out += b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ"
        out += b"\xff\xff\xff\xffK\x00tb\x89T" + struct.pack("<i", len(image)) + image + b"tb"
    return out + b"e]q\x01(\x88\x89e\x86q\x02."


def test_what_python_2_wrote_is_read():
    images = [b"\xff\xd8\xff\x00", b"\x80"]
    assert read_pickle(python_2(images), "a") == (images, [True, False])
    arrays = python_2_arrays(images)
    assert flat(read_pickle(arrays, "a")) == ([list(image) for image in images], [True, False])
    # Python's own reader says that this is what such a file is.
    theirs = pickle.loads(python_2(images), encoding="bytes")
    assert theirs == (images, [True, False])


class Runs:
    """Something whose pickle calls a function when it is read as Python reads it."""

    def __init__(self, call, *arguments):
        self.call = call, arguments

    def __reduce__(self):
        return self.call


def hostile(marker):
    """Payloads that make the file `marker` where anything runs them, and words of the refusal."""
    touch = f"open({str(marker)!r}, 'w').close()"
    shell = f"touch {marker}"
    call = Runs(os.system, shell)
    # An alias by which a module of NumPy would reach its own import of another.
    alias = b"cnumpy.core.multiarray\nos.system\n(X" + struct.pack("<I", len(shell))
    return {
        "alone": (pickle.dumps(call), "posix.system"),
        "nested in the images": (pickle.dumps(([[[b"a", call]]], [True])), "posix.system"),
        "among the labels": (pickle.dumps(([b"a", b"b"], [call]), 2), "posix.system"),
        "eval": (pickle.dumps(Runs(eval, touch)), "builtins.eval"),
        "exec of Python 2": (pickle.dumps(Runs(exec, touch), 2), "__builtin__.exec"),
        "a NumPy alias": (alias + shell.encode() + b"tR.", "numpy.core.multiarray.os.system"),
        "a dotted name": (
            b"\x80\x04\x8c\x05numpy\x8c\x10ndarray.__init__\x93.",
            "numpy.ndarray.__init__",
        ),
        "by INST": (b"(S'" + shell.encode() + b"'\nios\nsystem\n.", "opcode b'S'"),
        "by INST without text": (b"(ios\nsystem\n.", "opcode b'i'"),
        "by OBJ": (b"(cos\nsystem\no.", "os.system"),
        "by an extension": (b"\x82\x01.", "opcode b'\\x82'"),
        "a persistent id": (b"Pfile\n.", "opcode b'P'"),
        "a builder of attributes": (
            b"cnumpy\nndarray\n}X\x01\x00\x00\x00aK\x01sb.",
            "opcode b'}'",
        ),
        "state of a name": (b"cnumpy\nndarray\nK\x01b.", "sets the state"),
        "an object array": (pickle.dumps(np.array([call], dtype=object), 2), "the type 'O8'"),
        "bytes by another codec": (
            b"c_codecs\nencode\nX\x01\x00\x00\x00aX\x03\x00\x00\x00hex\x86R.",
            "encoded otherwise",
        ),
        "a function of codecs": (b"c_codecs\nlookup\n.", "_codecs.lookup"),
        "a call of a value": (b"K\x01)R.", "calls what is no known name"),
    }


@pytest.mark.parametrize("kind", list(hostile("x")))
def test_a_hostile_pickle_is_refused_by_one_line_and_runs_nothing(kind, tmp_path):
    marker = tmp_path / "ran"
    payload, words = hostile(marker)[kind]
    with pytest.raises(DataError) as caught:
        read_pickle(payload, "evil.bin")
    said = str(caught.value)
    assert words in said
    assert said.startswith("evil.bin, byte ")
    assert said.endswith("nothing was executed")
    assert "\n" not in said
    assert not marker.exists()


def test_the_payloads_would_run_elsewhere(tmp_path):
    """What the test above shows is worth something: Python's own reader executes them."""
    for kind in ("alone", "nested in the images", "eval", "exec of Python 2"):
        marker = tmp_path / kind.replace(" ", "_")
        pickle.loads(hostile(marker)[kind][0])
        assert marker.exists(), kind


BOMBS = {
    "bytes of 2^60": b"\x80\x04\x8e" + struct.pack("<Q", 1 << 60) + b"ab.",
    "bytes of 2^64 - 1": b"\x80\x04\x8e" + b"\xff" * 8 + b"ab.",
    "a byte array of 2^40": b"\x80\x05\x96" + struct.pack("<Q", 1 << 40) + b"ab.",
    "text of 2^62": b"\x80\x04\x8d" + struct.pack("<Q", 1 << 62) + b"ab.",
    "Python 2's text of 2^31 - 1": b"T\xff\xff\xff\x7fab.",
    "Python 2's text below 0": b"T\xff\xff\xff\xffab.",
    "a frame, and then nothing": b"\x80\x04\x95" + b"\xff" * 8,
    "an array of 2^62": (
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n\x8a\x08"
        + struct.pack("<q", 1 << 62)
        + b"\x85C\x01btR(K\x01\x8a\x08"
        + struct.pack("<q", 1 << 62)
        + b"\x85cnumpy\ndtype\n(X\x02\x00\x00\x00u1K\x00K\x01tR\x89C\x02abtb."
    ),
    "a number of 2^31 bytes": b"\x8b\xff\xff\xff\x7f1.",
    "a number of a line": b"I" + b"9" * 5000 + b"\n.",
    "bytes that are made again and again": (
        b"c_codecs\nencode\np0\n"
        + b"X\x00\x00\x01\x00"
        + b"a" * 65536
        + b"X\x06\x00\x00\x00latin1\x86p1\n"
        + b"g0\ng1\nR" * 3000
        + b"."
    ),
}


@pytest.mark.parametrize("kind", list(BOMBS))
def test_what_a_file_declares_costs_no_more_memory_than_the_file(kind):
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"evil\.bin, byte \d+: .*nothing was executed$"):
            read_pickle(BOMBS[kind], "evil.bin")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


def test_a_place_to_keep_a_value_costs_nothing_however_high_its_number():
    tracemalloc.start()
    try:
        assert read_pickle(b"Nr\xff\xff\xff\xff.", "a") is None
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_opcodes_are_counted(monkeypatch):
    monkeypatch.setattr(_restricted_pickle, "MOST_OPCODES", 100)
    with pytest.raises(DataError, match="more than 100 opcodes"):
        read_pickle(b"]" * 200 + b".", "a")
    assert read_pickle(b"]" * 99 + b".", "a") == []


def test_lists_in_themselves_and_deep_ones_are_survived():
    inner = read_pickle(b"]q\x00h\x00a.", "a")
    assert inner[0] is inner
    depth = 100_000
    assert isinstance(read_pickle(b"]" * depth + b"a" * (depth - 1) + b".", "a"), list)


@pytest.mark.parametrize(
    "data", [b"", b".", b"not a pickle", b"\x80\x06N.", b"a.", b"e.", b"t.", b"h\x00.", b"(."]
)
def test_what_is_no_pickle_is_refused(data):
    with pytest.raises(DataError, match=r"^x\.bin, byte \d+: "):
        read_pickle(data, "x.bin")


VALID = [pickle.dumps(PLAIN, protocol) for protocol in (1, 2, 4)]
VALID += [pickle.dumps(([np.zeros((3, 1), np.uint8)], [np.bool_(1)]), p) for p in (2, 5)]
VALID += [python_2([b"ab"]), python_2_arrays([b"ab"])]


def read_or_refused(data):
    refusal = ""
    try:
        read_pickle(data, "a")
    except DataError as error:
        refusal = str(error)
    assert "\n" not in refusal


@given(st.sampled_from(VALID), st.data())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(data, draw):
    damaged = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 4))):
        damaged[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    cut = draw.draw(st.integers(0, len(data)))
    read_or_refused(bytes(damaged[:cut]) if draw.draw(st.booleans()) else bytes(damaged))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_and_nothing_else(data):
    read_or_refused(data)
