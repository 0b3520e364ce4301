"""Tracklets from the rows that the tracker left segment by segment."""

from collections.abc import Sequence

import numpy as np

from castlist.domain.records import Int64, SegmentTracks, Tracklet


def collect_tracklets(segments: Sequence[SegmentTracks], min_frames: int) -> tuple[Tracklet, ...]:
    """Tracklets with at least `min_frames` rows, ordered by (first frame, id); rows by frame."""
    if not segments:
        return ()
    ids = np.concatenate([segment.track_ids for segment in segments])
    frames = np.concatenate([segment.frame_numbers for segment in segments])
    order = np.lexsort((frames, ids))
    ids, frames = ids[order], frames[order]
    detections = np.concatenate([segment.detection_indices for segment in segments])[order]
    boxes = np.concatenate([segment.boxes for segment in segments])[order]
    confidences = np.concatenate([segment.confidences for segment in segments])[order]
    edges = np.flatnonzero(np.diff(ids, prepend=-1, append=-1)) if len(ids) else np.zeros(1, np.int64)
    tracklets = [
        Tracklet(int(ids[start]), frames[start:end], detections[start:end], boxes[start:end], confidences[start:end])
        for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        if end - start >= min_frames
    ]
    return tuple(sorted(tracklets, key=lambda tracklet: (int(tracklet.frame_numbers[0]), tracklet.tracklet_id)))


def frame_times(segments: Sequence[SegmentTracks]) -> Int64:
    """Presentation times `(F,)` of all frames of the video, in time base units."""
    return np.concatenate([np.zeros(0, np.int64), *(segment.frame_pts for segment in segments)])


def unexamined_frames(segments: Sequence[SegmentTracks]) -> Int64:
    """Numbers of all frames of the video in which nobody was looked for, rising."""
    return np.concatenate([np.zeros(0, np.int64), *(segment.unexamined for segment in segments)])


def row_offsets(lengths: Sequence[int]) -> Int64:
    """Where each of several runs of rows starts when they are laid end to end, `(N + 1,)`."""
    return np.concatenate(([0], np.cumsum(np.asarray(lengths, np.int64)))).astype(np.int64)
