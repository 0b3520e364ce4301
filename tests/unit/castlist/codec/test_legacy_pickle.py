"""Pickles of arrays and plain containers are read; whatever else a pickle can do is refused, and nothing of it is done."""

import datetime as dt
import io
import os
import pickle
import pickletools
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from castlist.codec.legacy_pickle import PickledArray, read_pickle
from castlist.errors import InputError

DAMAGED = "no pickle, or a damaged one"
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def read(data: bytes) -> object:
    return read_pickle(io.BytesIO(data), "old.pkl")


def plain(value: object) -> object:
    """What was read, with arrays in the place of what was noted about them."""
    if isinstance(value, PickledArray):
        items = value.items()
        return value.array() if items is None else [plain(item) for item in items]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return type(value)(plain(item) for item in value) if isinstance(value, list | tuple) else value


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | st.binary(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=4) | st.integers(), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(PLAIN, st.sampled_from(PROTOCOLS))
def test_plain_containers_come_out_as_they_were(value, protocol):
    found = read(pickle.dumps(value, protocol))
    assert (found, type(found)) == (value, type(value))


NUMBERS = st.sampled_from(["?", "u1", "i1", "u2", ">i2", "<i4", ">i8", "u8", "f2", "<f4", ">f8"])


@settings(deadline=None)
@given(
    arrays.arrays(NUMBERS, arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)), st.sampled_from(PROTOCOLS), st.booleans()
)
def test_arrays_come_out_as_they_were(array, protocol, fortran):
    array = np.asfortranarray(array) if fortran else array
    found = plain(read(pickle.dumps([array, array], protocol)))
    for other in found:
        assert (other.dtype, other.shape, other.tobytes()) == (array.dtype, array.shape, array.tobytes())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_numbers_of_numpy_and_arrays_of_objects_are_read(protocol):
    ragged = np.empty(2, object)
    ragged[:] = [np.arange(3, dtype=np.uint8), None]
    whole = {np.int64(3): np.float32(0.5), "ragged": ragged}
    found = plain(read(pickle.dumps(whole, protocol)))
    assert found[3] == 0.5
    assert (found["ragged"][0].tolist(), found["ragged"][1]) == ([0, 1, 2], None)


def test_the_names_of_numpy_1_are_known():
    data = pickle.dumps(np.arange(4, dtype=np.int64), 2)
    assert b"numpy._core" in data
    assert plain(read(data.replace(b"numpy._core", b"numpy.core"))).tolist() == [0, 1, 2, 3]


def test_arrays_of_python_2_are_read():
    """Its strings hold bytes: here 200 and 201, as an array and as a number of NumPy."""
    kind = b"cnumpy\ndtype\n(U\x02u1K\x00K\x01tR(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    empty = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR"
    array = empty + b"(K\x01(K\x02t" + kind + b"I00\nU\x02\xc8\xc9tb"
    number = b"cnumpy.core.multiarray\nscalar\n(" + kind + b"U\x01\xc9tR"
    found = plain(read(b"\x80\x02](" + array + number + b"e."))
    assert (found[0].tolist(), found[1]) == ([200, 201], 201)
    with pytest.raises(InputError, match="refused: it asks for bytes that are no bytes"):
        read(b"\x80\x02" + array.replace(b"U\x02\xc8\xc9", b"X\x03\x00\x00\x00\xe2\x82\xac") + b".")


class Calls:
    """Pickled as a call of anything."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[object, ...]:
        return self.call


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("value", "name"),
    [
        (Calls(os.system, "touch {}"), "posix.system"),
        (Calls(eval, "open('{}', 'w')"), "(__)?builtins?(__)?.eval"),
        (Calls(Path.touch, Path("{}")), "pathlib|(__)?builtins?(__)?.getattr"),
        ([{"crops": (1, Calls(exec, "open('{}', 'w')"))}], "(__)?builtins?(__)?.exec"),
        (Calls(np.load, "x"), "numpy.load"),
        (np.array([1, Calls(os.system, "touch {}")], object), "posix.system"),
        (OrderedDict(a=1), "collections.OrderedDict"),
        (dt.date(2026, 1, 1), "datetime.date"),
        (np.ma.masked_array([1]), "numpy.ma"),
        (np.zeros(1, [("a", "i4")]), "V4"),
        (np.array(["text"]), "U4"),
        (np.array(["2026-01-01"], "M8[D]"), "M8"),
        (Calls(np.ndarray, (1000, 1000, 1000)), "a call of numpy.ndarray"),
        (Calls(bytearray, 10**12), "bytearray"),
    ],
)
def test_anything_else_is_refused_by_name_and_not_done(tmp_path, monkeypatch, value, name, protocol):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=f"^old.pkl is refused: it asks for .*({name})"):
        read(pickle.dumps(value, protocol))
    assert list(tmp_path.iterdir()) == []


def with_array(state: bytes) -> bytes:
    """A pickle of an array whose state is that of these opcodes."""
    head = b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85C\x01bt\x52"
    return b"\x80\x04" + head + state + b"b."


DTYPE = b"cnumpy\ndtype\n(X\x02\x00\x00\x00u1\x89\x88tR"
RECONSTRUCT = b"cnumpy._core.multiarray\n_reconstruct\n"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", DAMAGED),
        (b"PK\x03\x04", DAMAGED),
        (pickle.dumps({1: np.arange(100)})[:-30], DAMAGED),
        (with_array(b"(K\x01J\x00\x00\x00\x01\x85" + DTYPE + b"\x89C\x02abt"), "does not hold what its shape claims"),
        (with_array(b"(K\x01J\xff\xff\xff\xff\x85" + DTYPE + b"\x89C\x02abt"), "whose shape is no shape"),
        (with_array(b"(K\x01K\x02\x85K\x07\x89C\x02abt"), "an array without a type"),
        (with_array(b"K\x05"), "an array without its content"),
        (b"\x80\x04" + RECONSTRUCT + b"}X\x01\x00\x00\x00xK\x01sb.", "a change of one of the names"),  # BUILD on what may be called
        (b"\x80\x04" + RECONSTRUCT + b")\x81.", DAMAGED),  # NEWOBJ
        (b"\x80\x04" + RECONSTRUCT + b"X\x08\x00\x00\x00__call__" + b"\x93.", DAMAGED),
        (b"\x80\x04\x8c\x05numpy\x8c\x0endarray.tofile\x93.", "asks for numpy.ndarray.tofile"),
        (b"\x80\x02cbuiltins\ngetattr\n.", "asks for builtins.getattr"),
        (b"c__main__\nanything\n.", "asks for __main__.anything"),
        (b"\x80\x02\x82\x01.", DAMAGED),  # EXT1
        (b"Pid\n.", DAMAGED),  # PERSID
        (b"\x80\x02c_codecs\nencode\n(X\x01\x00\x00\x00aX\x03\x00\x00\x00hextR.", "text in a coding other than latin1"),
        (b"\x80\x05" + DTYPE.replace(b"u1", b"V4") + b".", "an array of type 'V4'"),
        (b"\x80\x05" + DTYPE + b"(K\x03X\x01\x00\x00\x00|K\x01NNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb.", "a type that has parts"),
    ],
)
def test_what_a_pickle_can_be_made_to_do_is_refused(data, reason):
    with pytest.raises(InputError, match=f"^old.pkl is.*{reason}"):
        read(data)


def test_bytes_that_are_made_longer_afterwards_are_no_array():
    data = pickle.dumps(np.arange(3, dtype=np.uint8), 5)
    opcodes = [opcode.name for opcode, _, _ in pickletools.genops(data)]
    number = opcodes[: opcodes.index("BYTEARRAY8")].count("MEMOIZE")  # of the bytes in the memo
    longer = data[:-1] + b"h" + bytes([number]) + b"(K\x01K\x02e" + b"\x86."
    array, content = read(longer)
    assert content == b"\0\1\2\1\2"
    assert array.array() is None


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_flipped_byte_is_refused_or_harmless(data):
    valid = bytearray(
        pickle.dumps({1: {"frame_numbers": np.arange(3), "crops": [np.zeros((2, 2, 3), np.uint8)]}}, data.draw(st.sampled_from(PROTOCOLS)))
    )
    place = data.draw(st.integers(0, len(valid) - 1))
    valid[place] ^= data.draw(st.integers(1, 255))
    try:
        plain(read(bytes(valid)))
    except (InputError, ValueError):
        return
