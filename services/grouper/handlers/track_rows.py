"""Tracklets and persons as rows of a MOTChallenge file."""

from collections.abc import Sequence

import numpy as np

from castlist.codec.motchallenge import MotRows
from castlist.domain.records import Person, Tracklet


def track_rows(tracks: Sequence[Tracklet] | Sequence[Person]) -> MotRows:
    """All rows, track by track."""
    ids = [track.tracklet_id if isinstance(track, Tracklet) else track.person_id for track in tracks]
    return MotRows(
        frame_numbers=np.concatenate([np.zeros(0, np.int64), *(track.frame_numbers for track in tracks)]),
        ids=np.repeat(np.array(ids, np.int64), [len(track.frame_numbers) for track in tracks]),
        boxes=np.concatenate([np.zeros((0, 4)), *(track.boxes for track in tracks)]),
        confidences=np.concatenate([np.zeros(0), *(track.confidences for track in tracks)]),
    )
