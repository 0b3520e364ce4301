"""Persons made of tracklets."""

from collections.abc import Sequence

import numpy as np

from castlist.domain.cast import Cast
from castlist.domain.records import Person, Tracklet


def join_tracklets(members: Sequence[Tracklet], person_id: int) -> Person:
    """One person made of tracklets that share no frame; its rows are theirs, by frame."""
    frames = np.concatenate([member.frame_numbers for member in members])
    order = np.argsort(frames, kind="stable")
    return Person(
        person_id=person_id,
        tracklet_ids=tuple(sorted(member.tracklet_id for member in members)),
        frame_numbers=frames[order],
        detection_indices=np.concatenate([member.detection_indices for member in members])[order],
        boxes=np.concatenate([member.boxes for member in members])[order],
        confidences=np.concatenate([member.confidences for member in members])[order],
    )


def persons_of(cast: Cast, tracklets: Sequence[Tracklet]) -> tuple[Person, ...]:
    """Every person of a cast with its rows. Raises `KeyError` for a tracklet that there is not."""
    by_id = {tracklet.tracklet_id: tracklet for tracklet in tracklets}
    return tuple(join_tracklets([by_id[number] for number in person.tracklet_ids], person.person_id) for person in cast.persons)
