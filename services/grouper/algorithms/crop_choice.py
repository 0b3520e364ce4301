"""Which of the crops of a tracklet or person are shown and which are embedded."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from castlist.domain.records import Float64, Int64


def spread_choice(scores: Float64, count: int) -> Int64:
    """Rows of at most `count` crops over the whole appearance: in each of `count` equal parts, in time order, the best.

    Rows are in time order, and so is the answer. Ties go to the earlier row.
    """
    rows = np.arange(len(scores))
    if len(scores) <= count:
        return rows
    edges = np.linspace(0, len(scores), count + 1).round().astype(np.int64)
    return np.array([start + int(np.argmax(scores[start:end])) for start, end in pairwise(edges)], np.int64)


def whole_batches(crop_counts: Sequence[int], batch_crops: int) -> Iterator[range]:
    """Ranges of tracklets, in order, each with about `batch_crops` crops: a batch ends with the tracklet that fills it."""
    start, filled = 0, 0
    for number, count in enumerate(crop_counts):
        filled += count
        if filled >= batch_crops:
            yield range(start, number + 1)
            start, filled = number + 1, 0
    if filled:
        yield range(start, len(crop_counts))
