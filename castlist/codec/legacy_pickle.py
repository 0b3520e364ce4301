"""Pickles of the earlier systems, read without running anything that they bring: arrays of numbers and plain containers, nothing else.

Python's unpickler runs whatever callable a file names. Here it is given no callable at all but those below, which only note down what they
are called with; arrays are made from such notes when everything has been checked. So neither NumPy nor any other library sees what
a file says before it was checked, and a file that names anything else is refused with that name.

This is the only module that reads pickles; it belongs to `castlist crops convert-pickle`, which runs it in a process with limited memory.
"""

import io
import pickle
from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from castlist.errors import InputError

_NUMBERS = frozenset({"b1", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"})
_OBJECTS = ("O", "O8")
_LARGEST_RANK = 8
_LATIN1 = ("latin1", "latin-1")


class _Refused(Exception):
    """What the file asks for is not admitted."""


class PickledType:
    """A NumPy dtype: the code of a number, or of objects."""

    __slots__ = ("code", "order")

    def __init__(self, *arguments: object) -> None:
        code = arguments[0] if arguments else None
        if not isinstance(code, str) or code not in (*_NUMBERS, *_OBJECTS):
            raise _Refused(f"an array of type {code[:40] if isinstance(code, str) else type(code).__name__!r}")
        self.code, self.order = code, "|"

    def __setstate__(self, state: object) -> None:
        # (version, byte order, and for types of several parts what those are, which must be nothing)
        if not isinstance(state, tuple) or len(state) < 5 or state[1] not in ("<", ">", "|", "=") or any(part for part in state[2:5]):
            raise _Refused("an array of a type that has parts")
        self.order = state[1]

    @property
    def is_object(self) -> bool:
        return self.code in _OBJECTS

    def dtype(self) -> np.dtype[Any]:
        return np.dtype(self.code if self.order in "|=" else self.order + self.code)


class PickledArray:
    """A NumPy array as the file states it: type, shape, order and bytes, or a list where it is one of objects."""

    __slots__ = ("_content", "_fortran", "_kind", "shape")

    def __init__(self, *_: object) -> None:
        self._kind: PickledType | None = None
        self._content: object = b""
        self._fortran = False
        self.shape: tuple[int, ...] = ()

    def __setstate__(self, state: object) -> None:
        if not isinstance(state, tuple) or len(state) != 5:
            raise _Refused("an array without its content")
        self._fill(state[1], state[2], state[4], fortran=bool(state[3]))

    def _fill(self, shape: object, kind: object, content: object, *, fortran: bool) -> None:
        if not isinstance(shape, tuple) or len(shape) > _LARGEST_RANK or not all(type(side) is int and side >= 0 for side in shape):
            raise _Refused("an array whose shape is no shape")
        if not isinstance(kind, PickledType):
            raise _Refused("an array without a type")
        held = _raw(content) if isinstance(content, str) else content if isinstance(content, bytes | bytearray | list) else b""
        unit = 1 if kind.is_object else kind.dtype().itemsize
        if isinstance(held, list) != kind.is_object or len(held) != prod(shape) * unit:
            raise _Refused("an array that does not hold what its shape claims")
        self._kind, self._content, self._fortran, self.shape = kind, held, fortran, shape

    def items(self) -> list[Any] | None:
        """What a one-dimensional array of objects holds; None for any other array."""
        return self._content if isinstance(self._content, list) and len(self.shape) == 1 else None

    def array(self) -> NDArray[Any] | None:
        """The array, which shares the memory of what was read; None for one of objects."""
        if self._kind is None or not isinstance(self._content, bytes | bytearray):
            return None
        if len(self._content) != prod(self.shape) * self._kind.dtype().itemsize:  # a file can lengthen a bytearray afterwards
            return None
        return np.frombuffer(self._content, self._kind.dtype()).reshape(self.shape, order="F" if self._fortran else "C")


class _Callable:
    """What a file gets for a name that is admitted. It can be called, and nothing about it can be changed."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[..., object]) -> None:
        self._call = call

    def __call__(self, *arguments: object) -> object:
        return self._call(*arguments)

    def __setstate__(self, state: object) -> None:
        raise _Refused("a change of one of the names that are admitted")


def _empty_array(*_: object) -> PickledArray:
    return PickledArray()


def _array_of_buffer(*arguments: object) -> PickledArray:
    """Protocol 5: buffer, type, shape, order."""
    if len(arguments) != 4:
        raise _Refused("an array without its content")
    buffer, kind, shape, order = arguments
    found = PickledArray()
    found._fill(shape, kind, buffer, fortran=order == "F")  # noqa: SLF001 - the same module
    return found


def _number(*arguments: object) -> object:
    """A NumPy scalar: type and bytes."""
    if len(arguments) != 2 or not isinstance(arguments[0], PickledType) or not isinstance(arguments[1], bytes | str):
        raise _Refused("a number without its value")
    kind, content = arguments[0], _raw(arguments[1]) if isinstance(arguments[1], str) else arguments[1]
    if kind.is_object or len(content) != kind.dtype().itemsize:
        raise _Refused("a number without its value")
    return np.frombuffer(content, kind.dtype())[0].item()


def _bytes(*arguments: object) -> bytes:
    """Bytes as protocols before 3 write them: text, of which each character is a byte."""
    if not arguments:
        return b""
    text, coding = arguments[0], arguments[1] if len(arguments) == 2 else ""
    if not isinstance(text, str) or coding not in _LATIN1:
        raise _Refused("text in a coding other than latin1")
    return _raw(text)


def _raw(text: str) -> bytes:
    """Text of which each character is a byte: so Python 2's strings are read here, which hold the content of its arrays."""
    try:
        return text.encode("latin1")
    except UnicodeEncodeError:
        raise _Refused("bytes that are no bytes") from None


def _array_class(*_: object) -> object:
    raise _Refused("a call of numpy.ndarray")


_ADMITTED: Mapping[tuple[str, str], _Callable] = {
    ("numpy", "dtype"): _Callable(PickledType),
    ("numpy", "ndarray"): _Callable(_array_class),
    ("_codecs", "encode"): _Callable(_bytes),
    ("builtins", "bytes"): _Callable(_bytes),
    ("__builtin__", "bytes"): _Callable(_bytes),
    **{(f"numpy.{core}.multiarray", "_reconstruct"): _Callable(_empty_array) for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): _Callable(_number) for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): _Callable(_array_of_buffer) for core in ("core", "_core")},
}
"""Every name that a file may use, with what it gets for it. `core` is NumPy 1, `_core` NumPy 2."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str, /) -> Any:
        found = _ADMITTED.get((module_name, global_name))
        if found is None:
            raise _Refused(f"{module_name}.{global_name}")
        return found


def read_pickle(file: io.BufferedIOBase, name: str) -> Any:
    """The content of a pickle: None, bool, int, float, str, bytes, list, tuple, dict and `PickledArray`, in each other.

    Raises `InputError` that names the file and what in it is not admitted, or that it is damaged.
    """
    try:
        return _Unpickler(file, encoding="latin1").load()
    except _Refused as refusal:
        raise InputError(f"{name} is refused: it asks for {refusal}; admitted are arrays of numbers and plain containers alone") from None
    except (MemoryError, RecursionError, OverflowError) as fault:
        raise InputError(f"{name} is refused: it asks for more memory than it may have ({type(fault).__name__})") from None
    except Exception as fault:  # noqa: BLE001 - the unpickler raises whatever a damaged file makes it stumble over
        raise InputError(f"{name} is no pickle, or a damaged one: {type(fault).__name__} {' '.join(str(fault).split())[:120]}") from None
