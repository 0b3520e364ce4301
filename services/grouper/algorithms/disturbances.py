"""Where a track was disturbed, so that it may have gone over to somebody else: between two of its clear crops."""

from collections.abc import Iterator

import numpy as np

from castlist.domain.records import Bool, CropTable, Int64

_MISSED_CROPS = 2  # as many crops in a row must be missing before the tracker counts as having lost its person


def disturbances(table: CropTable, max_overlap: float) -> Bool:
    """For each crop of a table `(K,)` whether its tracklet was disturbed between its last clear crop and this clear one.

    That is where another tracked box touches it, on the two or in between, or where the track has no crops for a while, since
    it was lost or faint. The first clear crop of a tracklet is not disturbed, nor are crops that are not clear.
    """
    found = np.zeros(len(table.tracklet_ids), np.bool_)
    for rows in tracklet_rows(table.tracklet_ids):
        frames = table.frame_numbers[rows]
        overlaps = table.overlaps[rows]
        clear = np.flatnonzero(overlaps <= max_overlap)
        touched = overlaps[clear] > 0
        usual_step = float(np.median(np.diff(frames))) if len(rows) > 1 else 1.0
        lost = np.diff(frames[clear]) > (_MISSED_CROPS + 1 / 2) * usual_step
        found[rows[clear[1:]]] = (np.diff(clear) > 1) | lost | touched[1:] | touched[:-1]
    return found


def crops_beside(disturbed: Bool, clear: Bool, count: int) -> Int64:
    """Rows of one tracklet's clear crops, at most `count` before and after each disturbance."""
    rows = np.flatnonzero(clear)
    chosen = np.zeros(len(rows), np.bool_)
    so_far = np.cumsum(disturbed)[rows]
    for place in np.flatnonzero(np.diff(so_far, prepend=so_far[:1]) > 0).tolist():
        chosen[max(0, place - count) : place + count] = True
    return rows[chosen]


def tracklet_rows(tracklet_ids: Int64) -> Iterator[Int64]:
    """The rows of each tracklet of a table in its order."""
    edges = np.flatnonzero(np.diff(tracklet_ids, prepend=-1, append=-1)) if len(tracklet_ids) else np.zeros(0, np.int64)
    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        yield np.arange(start, end)
