"""Reading pickles of lists, bytes, booleans and small arrays without running anything.

Python's `pickle` calls what a file names. This reader never does: it interprets the few opcodes
that such files are made of, knows the handful of names by which NumPy and Python 2 write arrays
and bytes, and makes plain values of them itself. Nothing is imported, looked up or called on
behalf of the file, whatever it holds; every other opcode and every other name is refused.

What a file can make it cost is bounded by the file's own size: a declared length is compared with
what is left before anything is made, and the number of opcodes is limited.

Opcodes: ``Lib/pickletools.py`` of CPython, protocols 1 to 5 (protocol 0 writes bytes as escaped
text, which is not read).
"""

import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from align_eval.datasets._pickled_values import (
    MAKERS,
    NAMES,
    Array,
    DType,
    Name,
    RefusalError,
    filled,
    shown,
    text_of,
)
from align_eval.errors import DataError

__all__ = ["MOST_OPCODES", "Array", "read_pickle"]

MOST_OPCODES = 5_000_000
"""An image takes about 3 of them as bytes, and up to 45 as an array."""

_MARK = object()


def read_pickle(data: bytes, name: str) -> object:
    r"""The value that a pickle holds.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        Its name, for messages.

    Returns
    -------
    object
        Lists, tuples, bytes, text, booleans, whole numbers, None, and `Array` for NumPy arrays of
        bytes or booleans.

    Raises
    ------
    DataError
        An opcode or a global that such a file has no use for, a file that is cut or damaged, or
        more than `MOST_OPCODES` opcodes; the byte is named. Nothing has been executed.

    Examples
    --------
    >>> import pickle
    >>> read_pickle(pickle.dumps(([b"ab"], [True])), "two.bin")
    ([b'ab'], [True])
    >>> read_pickle(b"cos\nsystem\n.", "evil.bin")
    Traceback (most recent call last):
        ...
    align_eval.errors.DataError: evil.bin, byte 0: the global 'os.system' has no place in a file ...
    """
    reader = _Reader(data)
    try:
        return reader.read()
    except RefusalError as error:
        raise DataError(f"{name}, byte {reader.start}: {error}; nothing was executed") from None


class _Reader:
    """A stack machine over the bytes of a pickle."""

    def __init__(self, data: bytes) -> None:
        self.data, self.position, self.start = data, 0, 0
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.encoded = 0

    def read(self) -> object:
        """Interpret up to STOP."""
        for _ in range(MOST_OPCODES):
            self.start = self.position
            code = self.take(1)
            if code == b".":
                return self.last()
            operation = _OPERATIONS.get(code)
            if operation is None:
                raise RefusalError(
                    f"the opcode {code!r} has no place in a file of images and labels"
                )
            operation(self)
        raise RefusalError(f"more than {MOST_OPCODES:,} opcodes")

    def take(self, count: int) -> bytes:
        """The next bytes of the file."""
        left = len(self.data) - self.position
        if not 0 <= count <= left:
            raise RefusalError(
                f"{count:,} bytes are declared and {left:,} are left: cut, or no pickle"
            )
        self.position += count
        return self.data[self.position - count : self.position]

    def number(self, form: str) -> int:
        """The next bytes as a little-endian number."""
        value: int = struct.unpack("<" + form, self.take(struct.calcsize(form)))[0]
        return value

    def line(self) -> str:
        """The text up to the next line end."""
        end = self.data.find(b"\n", self.position)
        if end < 0:
            raise RefusalError("a line without its end")
        text = self.take(end - self.position)
        self.position += 1
        try:
            return text.decode("ascii")
        except UnicodeDecodeError:
            raise RefusalError("a line that is no ASCII text") from None

    def decimal(self) -> int:
        """A line with a whole number."""
        text = self.line()
        if not (text.removeprefix("-").isdigit() and len(text) < 20):
            raise RefusalError(f"wanted a whole number, got {shown(text)}")
        return int(text)

    def last(self) -> Any:
        """Take the last value off the stack."""
        if not self.stack or self.stack[-1] is _MARK:
            raise RefusalError("an opcode wants a value, and there is none")
        return self.stack.pop()

    def top(self, kind: type) -> Any:
        """The last value, which stays there."""
        if not self.stack or not isinstance(self.stack[-1], kind):
            raise RefusalError(f"an opcode wants a {kind.__name__}, and there is none")
        return self.stack[-1]

    def marked(self) -> list[Any]:
        """Take the values since the last mark."""
        for i in range(len(self.stack) - 1, -1, -1):
            if self.stack[i] is _MARK:
                values = self.stack[i + 1 :]
                del self.stack[i:]
                return values
        raise RefusalError("an opcode wants a mark, and there is none")

    def remember(self, place: int) -> None:
        """Keep the last value for later."""
        if not self.stack or self.stack[-1] is _MARK:
            raise RefusalError("an opcode wants a value, and there is none")
        self.memo[place] = self.stack[-1]

    def recall(self, place: int) -> None:
        """Put a kept value onto the stack."""
        if place not in self.memo:
            raise RefusalError("a value is recalled that was never kept")
        self.stack.append(self.memo[place])

    def push_global(self, module: object, name: object) -> None:
        """Put a known name onto the stack; no object is looked up."""
        if not isinstance(module, str) or not isinstance(name, str) or (module, name) not in NAMES:
            raise RefusalError(
                f"the global {shown(f'{module}.{name}')} has no place in a file of images and "
                "labels"
            )
        self.stack.append(Name(module, name))

    def make(self) -> None:
        """What REDUCE does for the few names there are."""
        arguments, made = self.last(), self.last()
        if not isinstance(made, Name) or not isinstance(arguments, tuple):
            raise RefusalError("an opcode calls what is no known name")
        value = MAKERS[made.name](arguments)
        self.encoded += len(value) if isinstance(value, bytes) else 0
        if self.encoded > len(self.data):
            raise RefusalError("more bytes are made than the file holds")
        self.stack.append(value)

    def fill(self) -> None:
        """What BUILD does: the state of a NumPy type or array."""
        state, made = self.last(), self.last()
        if isinstance(made, DType) and isinstance(state, tuple) and text_of(state[1:2]) == "|":
            self.stack.append(made)
        elif isinstance(made, Array) and isinstance(state, tuple) and len(state) == 5:
            self.stack.append(filled(made, state[2], state[1], state[4]))
        else:
            raise RefusalError("an opcode sets the state of what is no array of bytes or booleans")


def _proto(reader: _Reader) -> None:
    protocol = reader.number("B")
    if protocol > 5:
        raise RefusalError(f"pickle protocol {protocol}; 1 to 5 are read")


def _frame(reader: _Reader) -> None:
    """How much to read at a time, which does not matter here."""
    reader.number("Q")


def _int(reader: _Reader) -> None:
    """A line; 00 and 01 are the booleans of protocols 0 and 1."""
    at = reader.position
    number = reader.decimal()
    text = reader.data[at : reader.position - 1]
    reader.stack.append(number == 1 if text in (b"00", b"01") else number)


def _long(reader: _Reader) -> None:
    size = reader.number("B")
    if size > 8:
        raise RefusalError("a number of more than 8 bytes")
    reader.stack.append(int.from_bytes(reader.take(size), "little", signed=True))


def _unicode(form: str) -> Callable[[_Reader], None]:
    def read(reader: _Reader) -> None:
        try:
            text = reader.take(reader.number(form)).decode("utf-8")
        except UnicodeDecodeError:
            raise RefusalError("text that is no UTF-8") from None
        reader.stack.append(text)

    return read


def _bytes(form: str) -> Callable[[_Reader], None]:
    return lambda reader: reader.stack.append(reader.take(reader.number(form)))


def _append(reader: _Reader) -> None:
    value = reader.last()
    reader.top(list).append(value)


def _appends(reader: _Reader) -> None:
    values = reader.marked()
    reader.top(list).extend(values)


def _tuple(count: int) -> Callable[[_Reader], None]:
    def make(reader: _Reader) -> None:
        values = [reader.last() for _ in range(count)]
        reader.stack.append(tuple(reversed(values)))

    return make


def _stack_global(reader: _Reader) -> None:
    name, module = reader.last(), reader.last()
    reader.push_global(module, name)


_OPERATIONS: Mapping[bytes, Callable[[_Reader], None]] = MappingProxyType(
    {
        b"\x80": _proto,
        b"\x95": _frame,
        b"(": lambda reader: reader.stack.append(_MARK),
        b"]": lambda reader: reader.stack.append([]),
        b"l": lambda reader: reader.stack.append(reader.marked()),
        b"a": _append,
        b"e": _appends,
        b")": lambda reader: reader.stack.append(()),
        b"t": lambda reader: reader.stack.append(tuple(reader.marked())),
        b"\x85": _tuple(1),
        b"\x86": _tuple(2),
        b"\x87": _tuple(3),
        b"N": lambda reader: reader.stack.append(None),
        b"\x88": lambda reader: reader.stack.append(True),
        b"\x89": lambda reader: reader.stack.append(False),
        b"I": _int,
        b"J": lambda reader: reader.stack.append(reader.number("i")),
        b"K": lambda reader: reader.stack.append(reader.number("B")),
        b"M": lambda reader: reader.stack.append(reader.number("H")),
        b"\x8a": _long,
        b"C": _bytes("B"),
        b"B": _bytes("I"),
        b"\x8e": _bytes("Q"),
        b"\x96": _bytes("Q"),  # BYTEARRAY8
        b"U": _bytes("B"),  # Python 2's text is bytes
        b"T": _bytes("i"),
        b"\x8c": _unicode("B"),
        b"X": _unicode("I"),
        b"\x8d": _unicode("Q"),
        b"q": lambda reader: reader.remember(reader.number("B")),
        b"r": lambda reader: reader.remember(reader.number("I")),
        b"p": lambda reader: reader.remember(reader.decimal()),
        b"\x94": lambda reader: reader.remember(len(reader.memo)),
        b"h": lambda reader: reader.recall(reader.number("B")),
        b"j": lambda reader: reader.recall(reader.number("I")),
        b"g": lambda reader: reader.recall(reader.decimal()),
        b"c": lambda reader: reader.push_global(reader.line(), reader.line()),
        b"\x93": _stack_global,
        b"R": lambda reader: reader.make(),
        b"b": lambda reader: reader.fill(),
    }
)
