"""Which rows of a crop pack are shown: for a person's animation, and for parts of persons."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

import numpy as np

from castlist.domain.records import Int64

Place = TypeVar("Place")


def animation_rows(person_ids: Int64, frame_numbers: Int64, most: int) -> Mapping[int, tuple[int, ...]]:
    """Rows of each person in order of frame, thinned evenly to `most`; first and last stay. Persons in rising order."""
    order = np.lexsort((frame_numbers, person_ids))
    chosen: dict[int, tuple[int, ...]] = {}
    for person_id in np.unique(person_ids):
        rows = order[person_ids[order] == person_id]
        chosen[int(person_id)] = tuple(int(rows[place]) for place in spread(len(rows), most))
    return chosen


def spread(count: int, most: int) -> tuple[int, ...]:
    """At most `most` of the places `0..count - 1`, evenly spread, rising."""
    if count <= most:
        return tuple(range(count))
    return tuple(int(place) for place in np.linspace(0, count - 1, most).round())


def still_rows(crops: Int64, wanted: Iterable[tuple[Place, Int64]], most: int) -> Mapping[Place, int]:
    """For the first `most` places that have a crop, the middle one in time.

    `crops` (K,) and each place's `wanted` are detection indices, which count in order of frame.
    """
    found: dict[Place, int] = {}
    for place, detections in wanted:
        rows = np.flatnonzero(np.isin(crops, detections))
        if len(rows) and len(found) < most:
            found[place] = int(rows[np.argsort(crops[rows], kind="stable")[len(rows) // 2]])
    return found
