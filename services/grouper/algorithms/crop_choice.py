"""Which of the crops of a tracklet or person are shown and which are embedded."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import pairwise

import numpy as np

from castlist.domain.records import Float64, Int64


class Sampling(StrEnum):
    """How crops are chosen out of more than are wanted. All choose over the whole appearance, and the same ones each time.

    `uniform`: at equal steps, whatever they show. `stratified`: the appearance is cut into equal parts, of each the best is
    taken. `quality_weighted`: the same with parts of equal weight, where a crop weighs its own and the mean quality. So a
    stretch where the person is badly seen fills fewer places, but no less than half its share (systematic sampling with
    probability proportional to size, Madow 1949, with the best of a part in the place of a random one).
    """

    UNIFORM = "uniform"
    QUALITY_WEIGHTED = "quality_weighted"
    STRATIFIED = "stratified"


def chosen_crops(scores: Float64, count: int, sampling: Sampling) -> Int64:
    """Rows of at most `count` crops. Rows are in time order, and so is the answer; of equally good ones the earlier is taken."""
    if count < 1 or len(scores) <= count:
        return np.arange(min(len(scores), count))
    if sampling is Sampling.UNIFORM:
        return np.floor((np.arange(count) + 0.5) * len(scores) / count).astype(np.int64)
    edges = _equal_parts(len(scores), count) if sampling is Sampling.STRATIFIED else _equal_weights(scores, count)
    return np.array([start + int(np.argmax(scores[start:end])) for start, end in pairwise(edges)], np.int64)


def _equal_parts(length: int, count: int) -> list[int]:
    edges: list[int] = np.linspace(0, length, count + 1).round().astype(np.int64).tolist()
    return edges


def _equal_weights(scores: Float64, count: int) -> list[int]:
    """Edges of `count` parts, none of them empty, of about the same weight."""
    sums = np.cumsum(scores + scores.mean())
    if not sums[-1] > 0:
        return _equal_parts(len(scores), count)
    inner, places = np.searchsorted(sums, sums[-1] * np.arange(1, count) / count) + 1, np.arange(1, count)
    inner = np.maximum.accumulate(np.maximum(inner, 1) - places) + places
    inner = np.clip(inner, places, len(scores) - count + places)
    return [0, *inner.tolist(), len(scores)]


def whole_batches(fills: Sequence[int], full: int) -> Iterator[range]:
    """Ranges of tracklets, in order, that together fill a batch each: it ends with the tracklet that makes it full."""
    start, filled = 0, 0
    for number, fill in enumerate(fills):
        filled += fill
        if filled >= full:
            yield range(start, number + 1)
            start, filled = number + 1, 0
    if filled:
        yield range(start, len(fills))
