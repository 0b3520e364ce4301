"""Which frames of a video are missing, told from the times of those that are there."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from castlist.domain.records import Int64

_REGULAR_SHARE = 0.75
_LEAST_HOLE_STEPS = 1.75
_FEWEST_STEPS = 8


class Stretch(NamedTuple):
    """Presentation times `start <= pts < end` in which frames are missing or damaged, and how many."""

    start_pts: int
    end_pts: int
    lost_frames: int
    damaged_frames: int


def holes(pts: Int64) -> list[Stretch]:
    """Where frames are missing from rising times that are even but for that; none where they are not.

    A stretch begins where the first missing frame would be shown. Times are even if three quarters of the distances are the median
    one, give or take an eighth of it or one unit, since containers round.
    """
    steps = np.diff(pts)
    if len(steps) < _FEWEST_STEPS:
        return []
    usual = int(np.median(steps))
    if np.mean(np.abs(steps - usual) <= max(1, usual // 8)) < _REGULAR_SHARE:
        return []
    wide = np.flatnonzero(steps >= max(2, usual) * _LEAST_HOLE_STEPS)
    return [Stretch(int(pts[i]) + usual, int(pts[i + 1]), round(int(steps[i]) / usual) - 1, 0) for i in wide.tolist()]


def damaged_stretches(
    stored_pts: Int64, decoded_pts: Int64, damaged: NDArray[np.bool_], keyframes: NDArray[np.bool_], end_pts: int
) -> list[Stretch]:
    """Runs of frames that were stored and not decoded, or decoded with damage; each ends at the next good keyframe.

    The frames up to there are built on what was lost, whether the decoder says so of them or not. `decoded_pts` rises,
    `damaged` and `keyframes` go with it; the last run may end at `end_pts`. Stretches may overlap.
    """
    pts = np.union1d(stored_pts, decoded_pts)
    lost = ~np.isin(pts, decoded_pts)
    hurt = np.isin(pts, decoded_pts[damaged])
    bad = np.concatenate([[False], lost | hurt, [False]])
    edges = np.flatnonzero(bad[1:] != bad[:-1]).reshape(-1, 2)
    sound = np.append(decoded_pts[keyframes & ~damaged], end_pts)
    ends = np.append(pts, end_pts)
    return [
        Stretch(
            int(pts[first]), int(sound[np.searchsorted(sound, ends[after])]), int(lost[first:after].sum()), int(hurt[first:after].sum())
        )
        for first, after in edges.tolist()
    ]
