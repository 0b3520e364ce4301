"""Tracks that the tracker broke off, joined where only one continuation is likely, and cut where going on is not.

The tracker decides frame by frame; here both sides of a gap are known. What stays doubtful stays apart: later stages
join on appearance, but see two people in one tracklet only if they look.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from castlist.domain.parameters import PickParameters
from castlist.domain.records import Float64, Int64, Tracklet
from services.grouper.algorithms.continuation import Scene, continuation_costs, first_ends, gap_costs, last_ends

_LONGEST_SAFE_STEP = 2  # examined frames from row to row within which the tracker is not questioned
_FEWEST_ROWS = 3  # on both sides of a gap, to question it
_BLOCK = 4096  # pieces whose predecessors are measured at once, to bound memory
_NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Stitch:
    """Why a piece of a track was joined to another, or parted from its own, with a gap of frames between.

    `tracklet` is the piece's tracklet now, `track` the piece's id before it was joined, or that of the track it was cut
    from. `after_frame` and `before_frame` border the gap. `cost` as in `continuation_costs`, infinite where motion leads out
    of the frame; `limit` is what it was held against; `next_best` the lowest cost of another join of either side, infinite
    for none.
    """

    joined: bool
    tracklet: int
    track: int
    after_frame: int
    before_frame: int
    cost: float
    limit: float
    next_best: float


@dataclass(frozen=True, slots=True, eq=False)
class _Links:
    """Rows of pieces and the rows that they go on as, each at most once on either side, with costs and those of rivals."""

    earlier: Int64
    later: Int64
    costs: Float64
    rivals: Float64


def stitch(tracklets: Sequence[Tracklet], scene: Scene, parameters: PickParameters) -> tuple[tuple[Tracklet, ...], tuple[Stitch, ...]]:
    """Tracklets cut and joined, ordered by (first frame, id), and what was done, in order of time.

    Time grows with tracklets times those that end shortly before. A joined one has the id of its first piece; the further
    parts of a cut one get ids above the highest, by parent, then frame. No two that share a frame are joined, nor across a cut.
    """
    parts, cuts = _cut_all(tracklets, scene, parameters.cut_min_cost)
    pieces = sorted(parts, key=_order)
    links = _links(pieces, scene, parameters)
    following = dict(zip(links.earlier.tolist(), links.later.tolist(), strict=True))
    chains = [list(_chain(head, following)) for head in sorted(set(range(len(pieces))) - set(following.values()))]
    now = {pieces[row].tracklet_id: pieces[chain[0]].tracklet_id for chain in chains for row in chain}
    done = [*(replace(cut, tracklet=now[cut.tracklet]) for cut in cuts), *_joins(pieces, links, now, parameters.link_max_cost)]
    return (
        tuple(_join([pieces[row] for row in chain]) for chain in chains),
        tuple(sorted(done, key=lambda item: (item.before_frame, item.track))),
    )


def _order(tracklet: Tracklet) -> tuple[int, int]:
    return int(tracklet.frame_numbers[0]), tracklet.tracklet_id


def _cut_all(tracklets: Sequence[Tracklet], scene: Scene, min_cost: float) -> tuple[list[Tracklet], list[Stitch]]:
    fresh = max((tracklet.tracklet_id for tracklet in tracklets), default=0) + 1
    parts: list[Tracklet] = []
    cuts: list[Stitch] = []
    for tracklet in sorted(tracklets, key=lambda tracklet: tracklet.tracklet_id):
        costs = dict(_doubtful_rows(tracklet, scene, min_cost))
        for start, end in pairwise([0, *costs, len(tracklet.frame_numbers)]):
            part = _rows(tracklet, start, end)
            if start:
                after, before = tracklet.frame_numbers[start - 1 : start + 1].tolist()
                cuts.append(Stitch(False, fresh, tracklet.tracklet_id, after, before, costs[start], min_cost, np.inf))
                part = replace(part, tracklet_id=fresh)
                fresh += 1
            parts.append(part)
    return parts, cuts


def _doubtful_rows(tracklet: Tracklet, scene: Scene, min_cost: float) -> list[tuple[int, float]]:
    """Rows after a gap across which going on is at least as doubtful as `min_cost`, with enough rows on both sides to tell; and costs."""
    rows = np.flatnonzero(np.diff(scene.examined_before(tracklet.frame_numbers)) > _LONGEST_SAFE_STEP) + 1
    costs, telling = gap_costs(tracklet.frame_numbers, tracklet.boxes, rows, scene)
    doubtful = (costs >= min_cost) & (telling >= _FEWEST_ROWS)
    return list(zip(rows[doubtful].tolist(), costs[doubtful].tolist(), strict=True))


def _links(pieces: Sequence[Tracklet], scene: Scene, parameters: PickParameters) -> _Links:
    earlier, later, costs = _pairs(pieces, scene, parameters)
    rivals = np.minimum(_rival_costs(earlier, costs), _rival_costs(later, costs))
    clear = (costs <= parameters.link_max_cost) & (rivals > costs) & (rivals - costs >= parameters.link_margin)
    return _Links(earlier[clear], later[clear], costs[clear], rivals[clear])


def _joins(pieces: Sequence[Tracklet], links: _Links, now: Mapping[int, int], limit: float) -> Iterator[Stitch]:
    columns = (links.earlier, links.later, links.costs, links.rivals)
    for earlier, later, cost, rival in zip(*(column.tolist() for column in columns), strict=True):
        after, before = int(pieces[earlier].frame_numbers[-1]), int(pieces[later].frame_numbers[0])
        track = pieces[later].tracklet_id
        yield Stitch(True, now[track], track, after, before, cost, limit, rival)


def _pairs(pieces: Sequence[Tracklet], scene: Scene, parameters: PickParameters) -> tuple[Int64, Int64, Float64]:
    """Rows of pieces that could follow each other, and the costs, up to what can rival a link."""
    lasts, firsts = last_ends(pieces, scene), first_ends(pieces, scene)
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
        near &= scene.are_in_one_shot(lasts.frames[earlier], firsts.frames[later])
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
