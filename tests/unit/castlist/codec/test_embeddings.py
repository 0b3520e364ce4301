"""Vectors of batches come back by detection; batches that do not fit are refused."""

import numpy as np
import pytest

from castlist.codec.embeddings import decode_embeddings, encode_embeddings
from castlist.errors import ObjectCorrupt


def batch(indices: list[int], width: int = 2) -> bytes:
    return encode_embeddings(np.array(indices, np.int64), np.repeat(np.array(indices, np.float32), width).reshape(-1, width))


def test_vectors_come_back_by_detection() -> None:
    indices, vectors = decode_embeddings([batch([7, 3]), batch([5])])
    assert (indices.dtype, vectors.dtype) == (np.int64, np.float32)
    assert indices.tolist() == [3, 5, 7]
    assert vectors.tolist() == [[3, 3], [5, 5], [7, 7]]


@pytest.mark.parametrize(
    ("batches", "reason"),
    [
        ([encode_embeddings(np.arange(3), np.zeros((2, 4), np.float32))], "a batch of embeddings has columns of different lengths"),
        ([encode_embeddings(np.arange(3), np.zeros((3, 4)))], "lacks embeddings as float32"),
        ([batch([1]), batch([2], width=3)], "not of one model"),
        ([batch([1, 2]), batch([2])], "share a crop"),
    ],
)
def test_batches_that_do_not_fit_are_refused(batches: list[bytes], reason: str) -> None:
    with pytest.raises(ObjectCorrupt, match=reason):
        decode_embeddings(batches)
