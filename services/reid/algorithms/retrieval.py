"""How well an appearance model finds a human being again: cumulative matching (CMC) and mean average precision (mAP).

Zheng et al., Scalable Person Re-identification: A Benchmark, ICCV 2015, section 5.3. Average precision is the mean of the
precisions at the right pictures, as deep-person-reid computes it; the authors' own script takes the area of trapezoids, which is
a little less.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from castlist.domain.records import Float32, Int64

JUNK = -1
"""The identity of pictures that count neither as right nor as wrong."""

_QUERIES_AT_A_TIME = 256


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """N pictures: `identities` and `cameras` int64 (N,), `features` (N, D) of any length."""

    identities: Int64
    cameras: Int64
    features: Float32


@dataclass(frozen=True, slots=True)
class Answer:
    """What one query found: rank of the first right picture, from 1, and average precision in 0..1."""

    first_rank: int
    average_precision: float


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Means over the queries that have a right picture by another camera; `unanswerable` are the others.

    `cmc` is, for each wanted rank, the share of queries whose first right picture has that rank or a better one.
    """

    queries: int
    unanswerable: int
    ranks: tuple[int, ...]
    cmc: tuple[float, ...]
    mean_average_precision: float


def retrieve(queries: Pictures, gallery: Pictures, ranks: Sequence[int] = (1, 5, 10)) -> Retrieval:
    """Rank the gallery for every query by falling cosine, ties in the gallery's order.

    Not ranked are junk and what the query's own camera took of the same person. Without any answerable query all figures are 0.
    """
    answers: list[Answer | None] = []
    targets = _unit_rows(gallery.features)
    for start in range(0, len(queries.identities), _QUERIES_AT_A_TIME):
        chosen = slice(start, start + _QUERIES_AT_A_TIME)
        similarities = _unit_rows(queries.features[chosen]) @ targets.T
        people = zip(queries.identities[chosen].tolist(), queries.cameras[chosen].tolist(), similarities, strict=True)
        answers += [answer(row, gallery, identity, camera) for identity, camera, row in people]
    found = [each for each in answers if each is not None]
    count = max(len(found), 1)
    return Retrieval(
        queries=len(found),
        unanswerable=len(answers) - len(found),
        ranks=tuple(ranks),
        cmc=tuple(sum(each.first_rank <= rank for each in found) / count for rank in ranks),
        mean_average_precision=sum(each.average_precision for each in found) / count,
    )


def answer(similarities: Float32, gallery: Pictures, identity: int, camera: int) -> Answer | None:
    """One query's answer from its similarities to the gallery `(G,)`; None where the gallery holds no right picture."""
    same = gallery.identities == identity
    ranked = (gallery.identities != JUNK) & ~(same & (gallery.cameras == camera))
    order = np.argsort(-similarities[ranked], kind="stable")
    hits = np.flatnonzero(same[ranked][order]) + 1
    if not len(hits):
        return None
    return Answer(int(hits[0]), float(np.mean(np.arange(1, len(hits) + 1) / hits)))


def _unit_rows(features: Float32) -> Float32:
    """Rows of length 1. One that is zero or not finite becomes zeros, as alike to all."""
    sound = np.where(np.isfinite(features).all(axis=1, keepdims=True), features, np.float32(0))
    lengths = np.linalg.norm(sound, axis=1, keepdims=True)
    units: Float32 = np.divide(sound, lengths, out=np.zeros_like(sound), where=lengths > 0)
    return units
