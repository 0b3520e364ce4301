"""Vectors of crops: an .npz a batch with `detection_indices` int64 (K,) and `embeddings` float32 (K, D)."""

from collections.abc import Iterable

import numpy as np

from castlist.codec.arrays import ColumnTypes, decode_table, encode_npz
from castlist.domain.records import Float32, Int64
from castlist.errors import ObjectCorrupt

_TYPES: ColumnTypes = {"detection_indices": (np.int64, 1), "embeddings": (np.float32, 2)}


def encode_embeddings(detection_indices: Int64, embeddings: Float32) -> bytes:
    return encode_npz({"detection_indices": detection_indices, "embeddings": embeddings})


def decode_embeddings(batches: Iterable[bytes]) -> tuple[Int64, Float32]:
    """Detection indices of all batches, rising, and the vector of each `(K, D)`.

    Raises `ObjectCorrupt` where batches are damaged or do not fit together.
    """
    parts = [decode_table(data, _TYPES, "a batch of embeddings") for data in batches]
    if not parts:
        return np.zeros(0, np.int64), np.zeros((0, 0), np.float32)
    detections = np.concatenate([part["detection_indices"] for part in parts])
    if len({part["embeddings"].shape[1] for part in parts}) > 1 or len(np.unique(detections)) != len(detections):
        raise ObjectCorrupt("the batches of embeddings are not of one model, or share a crop")
    order = np.argsort(detections)
    return detections[order], np.concatenate([part["embeddings"] for part in parts])[order]
