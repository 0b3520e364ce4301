"""Where the detector found one person twice as a track ended and another began, the two tracks are brought apart in time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from castlist.domain.meetings import covered
from castlist.domain.records import Tracklet, TrackletSet
from services.grouper.algorithms.splitting import rows_of


@dataclass(frozen=True, slots=True)
class Handover:
    """The last rows of `earlier`, from `from_frame` on, were dropped: they show what the first rows of `later` show."""

    earlier: int
    later: int
    from_frame: int


@dataclass(frozen=True, slots=True)
class HandoverLimits:
    """At most `max_frames` frames, in each of which the smaller box lies in the other by at least `min_covered`.

    What is left must have `least_rows` rows.
    """

    max_frames: int
    min_covered: float
    least_rows: int


def without_doubles(found: TrackletSet, limits: HandoverLimits) -> tuple[TrackletSet, tuple[Handover, ...]]:
    """Tracklets without tails that show the same person as the tracklet which begins there, and what was dropped.

    Two boxes of one person in a frame would forbid for ever that the two tracklets are that person.
    """
    kept = list(found.tracklets)
    handovers: list[Handover] = []
    starts = np.array([tracklet.frame_numbers[0] for tracklet in kept], np.int64)
    ends = np.array([tracklet.frame_numbers[-1] for tracklet in kept], np.int64)
    earliest = np.searchsorted(starts, np.maximum(starts, ends - limits.max_frames), "right")
    behind = np.searchsorted(starts, ends, "right")
    for row, tracklet in enumerate(found.tracklets):
        near = np.arange(earliest[row], behind[row])
        for later in near[ends[near] > ends[row]].tolist():
            from_frame = _doubled_from(kept[row], kept[later], limits)
            if from_frame is not None:
                kept[row] = rows_of(kept[row], np.flatnonzero(kept[row].frame_numbers < from_frame), tracklet.tracklet_id)
                handovers.append(Handover(tracklet.tracklet_id, kept[later].tracklet_id, from_frame))
    return replace(found, tracklets=tuple(kept)), tuple(handovers)


def _doubled_from(earlier: Tracklet, later: Tracklet, limits: HandoverLimits) -> int | None:
    """The first shared frame, if all of them show one person twice and enough is left of the earlier one."""
    frames, own, theirs = np.intersect1d(earlier.frame_numbers, later.frame_numbers, assume_unique=True, return_indices=True)
    if not len(frames) or own[0] < limits.least_rows:
        return None
    parts = covered(earlier.boxes[own].astype(np.float64), later.boxes[theirs].astype(np.float64))
    return int(frames[0]) if np.all(parts >= limits.min_covered) else None


def doubled_tails(handovers: Sequence[Handover]) -> list[dict[str, int]]:
    """For the log: what was dropped."""
    return [{"tracklet": item.earlier, "same_as_tracklet": item.later, "from_frame": item.from_frame} for item in handovers]
