"""Tracklets from the rows that the tracker left segment by segment."""

from collections.abc import Sequence

import numpy as np

from castlist.domain.records import Float64, Int64, SegmentTracks, Tracklet
from castlist.domain.shots import NO_CUTS


def collect_tracklets(segments: Sequence[SegmentTracks], min_frames: int, cuts: Int64 = NO_CUTS) -> tuple[Tracklet, ...]:
    """Tracklets with at least `min_frames` rows, ordered by (first frame, id); rows by frame.

    A track that went on across one of the `cuts`, frames that begin a new shot, is several tracklets: the first keeps its id,
    the others get ids above the highest, by track, then frame.
    """
    if not segments:
        return ()
    ids = np.concatenate([segment.track_ids for segment in segments])
    frames = np.concatenate([segment.frame_numbers for segment in segments])
    order = np.lexsort((frames, ids))
    ids, frames = ids[order], frames[order]
    detections = np.concatenate([segment.detection_indices for segment in segments])[order]
    boxes = np.concatenate([segment.boxes for segment in segments])[order]
    confidences = np.concatenate([segment.confidences for segment in segments])[order]
    shots = np.searchsorted(cuts, frames, "right")
    begins = (np.diff(ids, prepend=-1) != 0) | (np.diff(shots, prepend=-1) != 0)
    edges = np.append(np.flatnonzero(begins), len(ids))
    first_of_track = np.diff(ids[edges[:-1]], prepend=-1) != 0
    fresh = ids.max(initial=0) + np.cumsum(~first_of_track)
    tracklet_ids = np.where(first_of_track, ids[edges[:-1]], fresh).tolist()
    tracklets = [
        Tracklet(tracklet_id, frames[start:end], detections[start:end], boxes[start:end], confidences[start:end])
        for tracklet_id, start, end in zip(tracklet_ids, edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        if end - start >= min_frames
    ]
    return tuple(sorted(tracklets, key=lambda tracklet: (int(tracklet.frame_numbers[0]), tracklet.tracklet_id)))


def frame_times(segments: Sequence[SegmentTracks]) -> Int64:
    """Presentation times `(F,)` of all frames of the video, in time base units."""
    return np.concatenate([np.zeros(0, np.int64), *(segment.frame_pts for segment in segments)])


def unexamined_frames(segments: Sequence[SegmentTracks]) -> Int64:
    """Numbers of all frames of the video in which nobody was looked for, rising."""
    return np.concatenate([np.zeros(0, np.int64), *(segment.unexamined for segment in segments)])


def camera_motions(segments: Sequence[SegmentTracks]) -> Float64 | None:
    """How the camera moved to each frame of the video `(F, 4)`, None where that is not known of all segments."""
    motions = [segment.camera for segment in segments if len(segment.frame_pts)]
    known = [motion for motion in motions if motion is not None]
    return np.concatenate(known) if known and len(known) == len(motions) else None
