"""Tracklets that hold two people are cut in two, each cut with its evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from castlist.domain.meetings import covered
from castlist.domain.records import CropTable, Int64, Tracklet, TrackletSet
from services.grouper.algorithms.change_points import ChangeLimits, ChangePoint, change_points, cosines
from services.grouper.algorithms.looks import Looks


@dataclass(frozen=True, slots=True)
class Cut:
    """A tracklet is cut before `at_frame`, for the reason that the change point gives."""

    tracklet_id: int
    at_frame: int
    change: ChangePoint
    crossing_tracklet: int | None


@dataclass(frozen=True, slots=True, eq=False)
class SplitTracklets:
    """All tracklets after splitting, and the cuts in order of (tracklet, frame)."""

    tracklets: TrackletSet
    cuts: tuple[Cut, ...]


def split_tracklets(found: TrackletSet, looks: Looks, table: CropTable, limits: ChangeLimits) -> SplitTracklets:
    """Cut tracklets where their looks change for good.

    A cut is taken back where a tracklet returns to its earlier look and what lies between looks like nobody else: then the same
    person was half hidden by something for a while.
    """
    changes = {
        tracklet.tracklet_id: change_points(looks.vectors[rows], looks.disturbances[rows], limits)
        for tracklet in found.tracklets
        for rows in (looks.rows_of(tracklet.tracklet_id),)
    }
    kept = without_returns(found.tracklets, changes, looks, limits.disturbed)
    spans = np.array([(tracklet.frame_numbers[0], tracklet.frame_numbers[-1]) for tracklet in found.tracklets]).reshape(-1, 2)
    cuts = []
    for tracklet in sorted(found.tracklets, key=lambda tracklet: tracklet.tracklet_id):
        for change in kept[tracklet.tracklet_id]:
            row = looks.rows_of(tracklet.tracklet_id).start + change.crop
            before, after = looks.frame_numbers[row - 1 : row + 1].tolist()
            there = np.flatnonzero((spans[:, 0] <= after) & (spans[:, 1] >= before)).tolist()
            crossing = _crossing(tracklet, before, after, [found.tracklets[other] for other in there])
            cuts.append(Cut(tracklet.tracklet_id, _place(tracklet, before, after, table), change, crossing))
    return SplitTracklets(cut_apart(found, cuts), tuple(cuts))


Changes = Mapping[int, tuple[ChangePoint, ...]]


def without_returns(tracklets: Sequence[Tracklet], changes: Changes, looks: Looks, limit: float) -> Changes:
    """Changes by tracklet, without the two around a part whose neighbours are alike and which is like nobody else.

    Alike is a similarity of at least `limit`; nobody else: no part of another tracklet that shares no time with it.
    """
    parts = [part for tracklet in tracklets for part in _parts(tracklet.tracklet_id, changes, looks)]
    sums = np.array([looks.vectors[start:end].sum(axis=0, dtype=np.float64) for _, start, end in parts])
    frames = np.array([(looks.frame_numbers[start], looks.frame_numbers[end - 1]) for _, start, end in parts])
    owners = np.array([part[0] for part in parts])
    kept = {tracklet_id: list(found) for tracklet_id, found in changes.items()}
    middle = 1
    while middle < len(parts) - 1:
        before, (tracklet_id, start, end), after = parts[middle - 1 : middle + 2]
        same = before[0] == tracklet_id == after[0]
        if same and cosines(sums[middle - 1, None], sums[middle + 1, None])[0] >= limit:
            apart = (frames[:, 0] > frames[middle, 1]) | (frames[:, 1] < frames[middle, 0])
            apart &= owners != tracklet_id
            if not np.any(cosines(np.broadcast_to(sums[middle], sums[apart].shape), sums[apart]) >= limit):
                offset = looks.rows_of(tracklet_id).start
                kept[tracklet_id] = [change for change in kept[tracklet_id] if change.crop + offset not in (start, end)]
                middle += 1  # the part after it has lost its own neighbour
        middle += 1
    return {tracklet_id: tuple(found) for tracklet_id, found in kept.items()}


def _parts(tracklet_id: int, changes: Changes, looks: Looks) -> list[tuple[int, int, int]]:
    """(tracklet, first row, row after the last) of each part that has looks."""
    rows = looks.rows_of(tracklet_id)
    edges = [rows.start, *(rows.start + change.crop for change in changes[tracklet_id]), rows.stop]
    return [(tracklet_id, start, end) for start, end in pairwise(edges) if end > start]


def _place(tracklet: Tracklet, before: int, after: int, table: CropTable) -> int:
    """The first frame of the later part, between two crops: after the longest gap, else where another covers it most, else halfway.

    A gap is one that is longer than the usual step between crops; ties go to the earlier place.
    """
    frames = tracklet.frame_numbers[(tracklet.frame_numbers >= before) & (tracklet.frame_numbers <= after)]
    first, last = np.searchsorted(table.tracklet_ids, [tracklet.tracklet_id, tracklet.tracklet_id + 1]).tolist()
    own = slice(first, last)
    gaps = np.diff(frames)
    if gaps.max() > np.median(np.diff(table.frame_numbers[own])):
        return int(frames[np.argmax(gaps) + 1])
    between = np.flatnonzero((table.frame_numbers[own] > before) & (table.frame_numbers[own] < after))
    if len(between):
        return int(table.frame_numbers[own][between[np.argmax(table.overlaps[own][between])]])
    return int(frames[len(frames) // 2])


def _crossing(tracklet: Tracklet, before: int, after: int, others: Sequence[Tracklet]) -> int | None:
    """The tracklet that covers this one most between two frames; None if nobody touches it."""
    best, most = None, 0.0
    for other in others:
        frames, own, theirs = np.intersect1d(tracklet.frame_numbers, other.frame_numbers, assume_unique=True, return_indices=True)
        near = (frames >= before) & (frames <= after)
        if other.tracklet_id != tracklet.tracklet_id and np.any(near):
            part = float(covered(tracklet.boxes[own[near]].astype(np.float64), other.boxes[theirs[near]].astype(np.float64)).max())
            if part > most:
                best, most = other.tracklet_id, part
    return best


def cut_apart(found: TrackletSet, cuts: Sequence[Cut]) -> TrackletSet:
    """The set with tracklets cut: the first part keeps the id, others get new ones in order of (first frame, parent)."""
    edges: dict[int, list[int]] = {}
    for cut in cuts:
        edges.setdefault(cut.tracklet_id, []).append(cut.at_frame)
    kept: list[tuple[Tracklet, int]] = []
    fresh: list[tuple[Tracklet, int]] = []
    for tracklet, parent in zip(found.tracklets, found.parent_ids, strict=True):
        places = np.searchsorted(tracklet.frame_numbers, sorted(edges.get(tracklet.tracklet_id, [])))
        head, *tails = np.split(np.arange(len(tracklet.frame_numbers)), places)
        kept.append((rows_of(tracklet, head, tracklet.tracklet_id), parent))
        fresh += [(rows_of(tracklet, tail, 0), parent) for tail in tails]
    fresh.sort(key=lambda part: (int(part[0].frame_numbers[0]), part[1]))
    highest = max((tracklet.tracklet_id for tracklet in found.tracklets), default=0)
    numbered = [
        (rows_of(part, np.arange(len(part.frame_numbers)), number), parent) for number, (part, parent) in enumerate(fresh, highest + 1)
    ]
    every = sorted([*kept, *numbered], key=lambda part: (int(part[0].frame_numbers[0]), part[0].tracklet_id))
    return replace(found, tracklets=tuple(tracklet for tracklet, _ in every), parent_ids=tuple(parent for _, parent in every))


def rows_of(tracklet: Tracklet, rows: Int64, tracklet_id: int) -> Tracklet:
    """Some rows of a tracklet under an id."""
    return Tracklet(
        tracklet_id,
        tracklet.frame_numbers[rows],
        tracklet.detection_indices[rows],
        tracklet.boxes[rows],
        tracklet.confidences[rows],
    )
