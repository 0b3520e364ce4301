"""Where somebody was seen, so that an edit finds the same tracklets and persons again after another analysis.

Numbers of persons and tracklets change with thresholds, pictures do not: an anchor holds boxes at some frames.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from castlist.domain.geometry import iou_matrix
from castlist.domain.records import Float32, Int64, Tracklet

PLACES_PER_TRACKLET = 8
"""Of a tracklet alone, spread over its rows."""

PLACES_PER_PERSON = 256
"""Of all tracklets of a person together, but at least one of each."""

LEAST_IOU = 0.5
"""A box that overlaps less is another one."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Place:
    """A box `(x1, y1, x2, y2)` in px at a frame."""

    frame_number: int
    box: Box


@dataclass(frozen=True, slots=True)
class TrackletAnchor:
    """A tracklet as it was when the edit was made: its number then, how many rows it had, and some of them."""

    tracklet_id: int
    row_count: int
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class PersonAnchor:
    """A person as it was when the edit was made: its number then, and its tracklets."""

    person_id: int
    tracklets: tuple[TrackletAnchor, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TrackletRows:
    """Rows `(R,)` of all tracklets, ordered by frame, then tracklet; `boxes` `(R, 4)`."""

    frame_numbers: Int64
    tracklet_ids: Int64
    boxes: Float32


def tracklet_rows(tracklets: Sequence[Tracklet]) -> TrackletRows:
    """All tracklets' rows, to look anchors up in."""
    frames = np.concatenate([np.zeros(0, np.int64), *(tracklet.frame_numbers for tracklet in tracklets)])
    ids = np.repeat(
        np.array([tracklet.tracklet_id for tracklet in tracklets], np.int64), [len(tracklet.frame_numbers) for tracklet in tracklets]
    )
    boxes = np.concatenate([np.zeros((0, 4), np.float32), *(tracklet.boxes for tracklet in tracklets)])
    order = np.lexsort((ids, frames))
    return TrackletRows(frames[order], ids[order], boxes[order])


def tracklet_anchor(tracklet: Tracklet, places: int = PLACES_PER_TRACKLET) -> TrackletAnchor:
    """A tracklet's first and last row and some between, `places` at most."""
    count = len(tracklet.frame_numbers)
    rows = np.unique(np.linspace(0, count - 1, min(places, count)).round().astype(np.int64))
    found = zip(tracklet.frame_numbers[rows].tolist(), tracklet.boxes[rows].tolist(), strict=True)
    return TrackletAnchor(tracklet.tracklet_id, count, tuple(Place(frame, (x1, y1, x2, y2)) for frame, (x1, y1, x2, y2) in found))


def person_anchor(person_id: int, tracklets: Sequence[Tracklet]) -> PersonAnchor:
    """A person by its tracklets, in rising order."""
    places = min(PLACES_PER_TRACKLET, max(PLACES_PER_PERSON // max(len(tracklets), 1), 1))
    ordered = sorted(tracklets, key=lambda tracklet: tracklet.tracklet_id)
    return PersonAnchor(person_id, tuple(tracklet_anchor(tracklet, places) for tracklet in ordered))


def found_again(rows: TrackletRows, anchors: Iterable[TrackletAnchor]) -> dict[int, float]:
    """How many of the anchors' rows, about, each tracklet has now; tracklets with none are left out.

    A place belongs to the tracklet whose box at that frame overlaps most, by `LEAST_IOU` at least; of boxes that overlap
    equally to the tracklet that has the anchor's number, else the lowest.
    """
    found: dict[int, float] = {}
    for anchor in anchors:
        for place in anchor.places:
            tracklet = _owner(rows, place, anchor.tracklet_id)
            if tracklet is not None:
                found[tracklet] = found.get(tracklet, 0.0) + anchor.row_count / len(anchor.places)
    return found


def most(found: Mapping[int, float], owner_of: Mapping[int, int], number: int) -> int | None:
    """The owner of the tracklets with the most rows found; ties go to `number`, then to the lowest. None if nothing was found."""
    totals: dict[int, float] = {}
    for tracklet, rows in found.items():
        totals[owner_of[tracklet]] = totals.get(owner_of[tracklet], 0.0) + rows
    return min(totals, key=lambda owner: (-round(totals[owner], 6), owner != number, owner), default=None)


def _owner(rows: TrackletRows, place: Place, number: int) -> int | None:
    start, end = np.searchsorted(rows.frame_numbers, [place.frame_number, place.frame_number + 1])
    if start == end:
        return None
    box = np.array([place.box], np.float32)
    boxes = rows.boxes[start:end]
    overlaps = np.where(np.all(boxes == box, axis=1), 1.0, iou_matrix(box, boxes)[0])
    if overlaps.max() < LEAST_IOU:
        return None
    best = rows.tracklet_ids[start:end][overlaps == overlaps.max()].tolist()
    return number if number in best else int(best[0])
