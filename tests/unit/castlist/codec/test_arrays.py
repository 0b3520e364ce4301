import io

import numpy as np
import pytest

from castlist.codec.arrays import decode_npy, decode_npz, encode_npy, encode_npz


def test_arrays_come_back_and_numpy_reads_them_alone() -> None:
    arrays = {"ids": np.arange(3), "boxes": np.ones((2, 4), np.float32), "names": np.array(["a", "bc"])}
    data = encode_npz(arrays)
    for found in (decode_npz(data), dict(np.load(io.BytesIO(data)).items())):
        assert sorted(found) == ["boxes", "ids", "names"]
        for name, array in arrays.items():
            np.testing.assert_array_equal(found[name], array)
            assert found[name].dtype == array.dtype
    np.testing.assert_array_equal(decode_npy(encode_npy(np.eye(2))), np.eye(2))


def test_the_same_arrays_are_the_same_bytes() -> None:
    first = encode_npz({"a": np.arange(4).reshape(2, 2).T, "b": np.zeros(2)})
    assert first == encode_npz({"b": np.zeros(2), "a": np.array([[0, 2], [1, 3]])})


def test_objects_are_neither_written_nor_read() -> None:
    with pytest.raises(ValueError, match="pickle"):
        encode_npy(np.array([{}], object))
    buffer = io.BytesIO()
    np.savez(buffer, a=np.array([{}], object))
    with pytest.raises(ValueError, match="pickle"):
        decode_npz(buffer.getvalue())
