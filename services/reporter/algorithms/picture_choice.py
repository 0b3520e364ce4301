"""Which rows of a crop pack make a person's animation."""

from collections.abc import Mapping

import numpy as np

from castlist.domain.records import Int64


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
