"""Tracks that the tracker broke off, joined where only one continuation is likely, and cut where going on is not.

The tracker decides frame by frame; here both sides of a gap are known. What stays doubtful stays apart: later stages
join on appearance, but see two people in one tracklet only if they look.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from castlist.domain.parameters import PickParameters
from castlist.domain.records import Float64, Int64, Tracklet
from services.grouper.algorithms.continuation import Scene, continuation_costs, first_ends, gap_costs, last_ends

_LONGEST_SAFE_STEP = 2  # frames from row to row within which the tracker is not questioned
_FEWEST_ROWS = 3  # on both sides of a gap, to question it
_BLOCK = 4096  # pieces whose predecessors are measured at once, to bound memory
_NONE = np.zeros(0, np.int64)


def stitch(tracklets: Sequence[Tracklet], scene: Scene, parameters: PickParameters) -> tuple[Tracklet, ...]:
    """Tracklets cut and joined, ordered by (first frame, id). Time grows with tracklets times those that end shortly before.

    A joined one has the id of its first piece; the further parts of a cut one get ids above the highest, by parent,
    then frame. No two that share a frame are joined.
    """
    pieces = sorted(_cut_all(tracklets, scene, parameters.cut_min_cost), key=_order)
    following = dict(zip(*_links(pieces, scene, parameters), strict=True))
    heads = sorted(set(range(len(pieces))) - set(following.values()))
    return tuple(_join([pieces[row] for row in _chain(head, following)]) for head in heads)


def _order(tracklet: Tracklet) -> tuple[int, int]:
    return int(tracklet.frame_numbers[0]), tracklet.tracklet_id


def _cut_all(tracklets: Sequence[Tracklet], scene: Scene, min_cost: float) -> Iterator[Tracklet]:
    fresh = max((tracklet.tracklet_id for tracklet in tracklets), default=0) + 1
    for tracklet in sorted(tracklets, key=lambda tracklet: tracklet.tracklet_id):
        edges = [0, *_doubtful_rows(tracklet, scene, min_cost), len(tracklet.frame_numbers)]
        for part, (start, end) in enumerate(pairwise(edges)):
            yield replace(_rows(tracklet, start, end), tracklet_id=fresh if part else tracklet.tracklet_id)
            fresh += part > 0


def _doubtful_rows(tracklet: Tracklet, scene: Scene, min_cost: float) -> list[int]:
    """Rows after a gap across which going on is as doubtful as `min_cost`, with enough rows on both sides to tell."""
    rows = np.flatnonzero(np.diff(tracklet.frame_numbers) > _LONGEST_SAFE_STEP) + 1
    costs, telling = gap_costs(tracklet.frame_numbers, tracklet.boxes, rows, scene)
    found: list[int] = rows[(costs >= min_cost) & (telling >= _FEWEST_ROWS)].tolist()
    return found


def _links(pieces: Sequence[Tracklet], scene: Scene, parameters: PickParameters) -> tuple[list[int], list[int]]:
    """Pieces and the pieces that they go on as, by row; each at most once on either side."""
    earlier, later, costs = _pairs(pieces, scene, parameters)
    rivals = np.minimum(_rival_costs(earlier, costs), _rival_costs(later, costs))
    clear = (costs <= parameters.link_max_cost) & (rivals > costs) & (rivals - costs >= parameters.link_margin)
    return earlier[clear].tolist(), later[clear].tolist()


def _pairs(pieces: Sequence[Tracklet], scene: Scene, parameters: PickParameters) -> tuple[Int64, Int64, Float64]:
    """Rows of pieces that could follow each other, and the costs, up to what can rival a link."""
    lasts, firsts = last_ends(pieces, scene.frames_per_s), first_ends(pieces, scene.frames_per_s)
    by_end = np.argsort(lasts.frames, kind="stable")
    ends = lasts.frames[by_end]
    reach = int(parameters.link_max_gap_s * scene.frames_per_s)
    starts, stops = np.searchsorted(ends, firsts.frames - reach, "left"), np.searchsorted(ends, firsts.frames, "left")
    counts = np.maximum(stops - starts, 0)
    found: list[tuple[Int64, Int64, Float64]] = [(_NONE, _NONE, np.zeros(0))]
    for block in range(0, len(pieces), _BLOCK):
        rows = np.arange(block, min(block + _BLOCK, len(pieces)))
        later = np.repeat(rows, counts[rows])
        offsets = np.arange(len(later)) - np.repeat(np.cumsum(counts[rows]) - counts[rows], counts[rows])
        earlier = by_end[starts[later] + offsets]
        costs = continuation_costs(lasts.take(earlier), firsts.take(later), scene)
        near = costs < parameters.link_max_cost + parameters.link_margin
        found.append((earlier[near], later[near], costs[near]))
    earliers, laters, all_costs = zip(*found, strict=True)
    return np.concatenate(earliers), np.concatenate(laters), np.concatenate(all_costs)


def _rival_costs(keys: Int64, costs: Float64) -> Float64:
    """For each pair the lowest cost of the other pairs with its key, infinite where there is none."""
    order = np.lexsort((costs, keys))
    ranked, values = keys[order], costs[order]
    first = np.diff(ranked, prepend=-1) != 0
    following = np.append(np.where(ranked[1:] == ranked[:-1], values[1:], np.inf), np.inf)[: len(values)]
    lowest = values[np.maximum.accumulate(np.where(first, np.arange(len(values)), 0))] if len(values) else values
    rivals = np.empty(len(costs))
    rivals[order] = np.where(first, following, lowest)
    return rivals


def _chain(head: int, following: dict[int, int]) -> Iterator[int]:
    row: int | None = head
    while row is not None:
        yield row
        row = following.get(row)


def _rows(tracklet: Tracklet, start: int, end: int) -> Tracklet:
    span = slice(start, end)
    return Tracklet(
        tracklet.tracklet_id,
        tracklet.frame_numbers[span],
        tracklet.detection_indices[span],
        tracklet.boxes[span],
        tracklet.confidences[span],
    )


def _join(pieces: Sequence[Tracklet]) -> Tracklet:
    """One after the other."""
    return Tracklet(
        pieces[0].tracklet_id,
        np.concatenate([piece.frame_numbers for piece in pieces]),
        np.concatenate([piece.detection_indices for piece in pieces]),
        np.concatenate([piece.boxes for piece in pieces]),
        np.concatenate([piece.confidences for piece in pieces]),
    )
