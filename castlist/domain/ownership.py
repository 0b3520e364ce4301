"""Whose each detection is."""

from collections.abc import Sequence

import numpy as np

from castlist.domain.records import Int64, Person, Tracklet


def owners(tracks: Sequence[Tracklet] | Sequence[Person]) -> tuple[Int64, Int64]:
    """Detection indices of all tracklets or persons, rising, and whose each is."""
    detections = np.concatenate([np.zeros(0, np.int64), *(track.detection_indices for track in tracks)])
    ids = [track.tracklet_id if isinstance(track, Tracklet) else track.person_id for track in tracks]
    owned_by = np.repeat(np.array(ids, np.int64), [len(track.detection_indices) for track in tracks])
    order = np.argsort(detections, kind="stable")
    return detections[order], owned_by[order]


def owners_of(detections: Int64, owned: tuple[Int64, Int64]) -> Int64:
    """Whose each detection is, -1 where it is nobody's."""
    known, ids = owned
    if not len(known):
        return np.full(len(detections), -1)
    places = np.minimum(np.searchsorted(known, detections), len(known) - 1)
    return np.where(known[places] == detections, ids[places], -1)
