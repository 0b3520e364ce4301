"""The crops of known persons in one table, and the choice among them; images stay in their packs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from castlist.domain.parameters import GroupParameters
from castlist.domain.records import CropPack, Float32, Float64, Int64, Person, SegmentTracks
from services.grouper.algorithms.crop_choice import clear_choice, spread_choice
from services.grouper.algorithms.crop_quality import CropQuality, covered_parts, crop_quality


@dataclass(frozen=True, slots=True, eq=False)
class CropTable:
    """K crops as columns: where the image is (`pack_numbers`, `pack_rows`), whose it is, and what is known about it.

    Frame numbers and detection indices count from the video's start. `overlaps`: see `covered_parts`.
    """

    pack_numbers: Int64
    pack_rows: Int64
    person_ids: Int64
    frame_numbers: Int64
    detection_indices: Int64
    boxes: Float32
    confidences: Float32
    shapes: Int64
    overlaps: Float64

    def take(self, rows: Int64) -> "CropTable":
        """The rows of an index."""
        return CropTable(*(getattr(self, spec.name)[rows] for spec in fields(self)))


_NONE = np.zeros(0, np.int64)
_EMPTY = CropTable(
    pack_numbers=_NONE,
    pack_rows=_NONE,
    person_ids=_NONE,
    frame_numbers=_NONE,
    detection_indices=_NONE,
    boxes=np.zeros((0, 4), np.float32),
    confidences=np.zeros(0, np.float32),
    shapes=np.zeros((0, 2), np.int64),
    overlaps=np.zeros(0),
)


@dataclass(frozen=True, slots=True, eq=False)
class PersonCrops:
    """All crops of one person in time order, their quality, and the rows of those to show and to embed."""

    crops: CropTable
    quality: CropQuality
    animated: Int64
    embedded: Int64


def owners(persons: Sequence[Person]) -> tuple[Int64, Int64]:
    """Detection indices of all persons, rising, and the person of each."""
    detections = np.concatenate([np.zeros(0, np.int64), *(person.detection_indices for person in persons)])
    ids = np.repeat([person.person_id for person in persons], [len(person.detection_indices) for person in persons]).astype(np.int64)
    order = np.argsort(detections, kind="stable")
    return detections[order], ids[order]


def tabulate(pack_number: int, pack: CropPack, tracks: SegmentTracks, owned: tuple[Int64, Int64]) -> CropTable:
    """Those crops of a segment's pack whose detection belongs to a person."""
    detections, ids = owned
    if not len(detections):
        return _EMPTY
    indices = pack.detection_indices + tracks.detection_offset
    places = np.minimum(np.searchsorted(detections, indices), len(detections) - 1)
    rows = np.flatnonzero(detections[places] == indices)
    frames = pack.frame_numbers[rows] + tracks.frame_offset
    return CropTable(
        pack_numbers=np.full(len(rows), pack_number),
        pack_rows=rows,
        person_ids=ids[places[rows]],
        frame_numbers=frames,
        detection_indices=indices[rows],
        boxes=pack.boxes[rows],
        confidences=pack.confidences[rows],
        shapes=pack.shapes[rows],
        overlaps=_overlaps(frames, pack.boxes[rows], indices[rows], tracks),
    )


def _overlaps(frames: Int64, boxes: Float32, detections: Int64, tracks: SegmentTracks) -> Float64:
    """For each crop the largest part that another tracked box of its frame covers."""
    found = np.zeros(len(frames))
    starts = np.searchsorted(tracks.frame_numbers, frames, "left")
    ends = np.searchsorted(tracks.frame_numbers, frames, "right")
    for row, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        others = tracks.boxes[start:end][tracks.detection_indices[start:end] != detections[row]]
        found[row] = covered_parts(boxes[row : row + 1], others)[0]
    return found


def join_tables(tables: Sequence[CropTable]) -> CropTable:
    """One table of all segments, ordered by person, then frame."""
    joined = CropTable(*(np.concatenate([getattr(table, spec.name) for table in (_EMPTY, *tables)]) for spec in fields(CropTable)))
    return joined.take(np.lexsort((joined.frame_numbers, joined.person_ids)))


def choose_crops(
    table: CropTable, person_ids: Sequence[int], animated: frozenset[int], frame_size_px: tuple[int, int], parameters: GroupParameters
) -> Mapping[int, PersonCrops]:
    """For every person with crops those to show and to embed. Only persons in `animated` get crops to show."""
    edges = np.searchsorted(table.person_ids, [person_ids, [person_id + 1 for person_id in person_ids]]).T
    chosen: dict[int, PersonCrops] = {}
    for person_id, (start, end) in zip(person_ids, edges.tolist(), strict=True):
        if start < end:
            crops = table.take(np.arange(start, end))
            quality = crop_quality(crops.boxes, crops.confidences, crops.overlaps, frame_size_px)
            shown = spread_choice(quality.quality_score, parameters.crops_per_person) if person_id in animated else _NONE
            embedded = clear_choice(quality.quality_score, crops.overlaps, parameters.embed_crops_per_person, parameters.embed_max_overlap)
            chosen[person_id] = PersonCrops(crops, quality, shown, embedded)
    return chosen
