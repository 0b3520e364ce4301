"""The crops of tracklets in one table, and which of them are kept to be shown and to be embedded; images stay in their packs."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from castlist.domain.ownership import owners_of
from castlist.domain.parameters import PickParameters
from castlist.domain.records import Bool, CropPack, CropTable, Float32, Float64, Int64, SegmentTracks
from services.grouper.algorithms.crop_choice import whole_batches
from services.grouper.algorithms.crop_grants import CropWishes, grant, wish
from services.grouper.algorithms.crop_quality import covered_parts, crop_quality
from services.grouper.algorithms.crop_rejection import CropLimits, rejections, usable_crops
from services.grouper.algorithms.disturbances import crops_beside, disturbances, tracklet_rows

_NONE = np.zeros(0, np.int64)
_EMPTY = CropTable(
    tracklet_ids=_NONE,
    frame_numbers=_NONE,
    detection_indices=_NONE,
    boxes=np.zeros((0, 4), np.float32),
    confidences=np.zeros(0, np.float32),
    shapes=np.zeros((0, 2), np.int64),
    overlaps=np.zeros(0),
    sharpness=np.zeros(0, np.float32),
    quality_scores=np.zeros(0),
    rejections=_NONE,
    embedded=np.zeros(0, np.bool_),
    kept_packs=_NONE,
    kept_rows=_NONE,
)


@dataclass(frozen=True, slots=True, eq=False)
class LocatedCrops:
    """A table and where the images are: number of the segment's pack and row in it, int64 (K,)."""

    table: CropTable
    packs: Int64
    rows: Int64

    def take(self, rows: Int64) -> "LocatedCrops":
        """The rows of an index."""
        return LocatedCrops(self.table.take(rows), self.packs[rows], self.rows[rows])


@dataclass(frozen=True, slots=True, eq=False)
class PickedCrops:
    """All crops of tracklets, the table's rows of each object with kept crops and of each batch to embed, and how many images were wanted.

    An image that is both shown and embedded counts once.
    """

    crops: LocatedCrops
    wanted: int
    kept: int
    kept_batches: tuple[Int64, ...]
    embed_batches: tuple[Int64, ...]


def tabulate(pack_number: int, pack: CropPack, tracks: SegmentTracks, owned: tuple[Int64, Int64]) -> LocatedCrops:
    """Those crops of a segment's pack whose detection belongs to a tracklet."""
    indices = pack.detection_indices + tracks.detection_offset
    tracklets = owners_of(indices, owned)
    rows = np.flatnonzero(tracklets >= 0)
    frames = pack.frame_numbers[rows] + tracks.frame_offset
    table = CropTable(
        tracklet_ids=tracklets[rows],
        frame_numbers=frames,
        detection_indices=indices[rows],
        boxes=pack.boxes[rows],
        confidences=pack.confidences[rows],
        shapes=pack.shapes[rows],
        overlaps=_overlaps(frames, pack.boxes[rows], indices[rows], tracks),
        sharpness=pack.sharpness[rows],
        quality_scores=np.zeros(len(rows)),
        rejections=np.zeros(len(rows), np.int64),
        embedded=np.zeros(len(rows), np.bool_),
        kept_packs=np.full(len(rows), -1),
        kept_rows=np.full(len(rows), -1),
    )
    return LocatedCrops(table, np.full(len(rows), pack_number), rows)


def _overlaps(frames: Int64, boxes: Float32, detections: Int64, tracks: SegmentTracks) -> Float64:
    """For each crop the largest part that another tracked box of its frame covers."""
    found = np.zeros(len(frames))
    starts = np.searchsorted(tracks.frame_numbers, frames, "left")
    ends = np.searchsorted(tracks.frame_numbers, frames, "right")
    for row, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        others = tracks.boxes[start:end][tracks.detection_indices[start:end] != detections[row]]
        found[row] = covered_parts(boxes[row : row + 1], others)[0]
    return found


def join_crops(parts: Sequence[LocatedCrops]) -> LocatedCrops:
    """The crops of all segments, ordered by tracklet, then frame."""
    joined = LocatedCrops(
        join_tables([part.table for part in parts]),
        np.concatenate([_NONE, *(part.packs for part in parts)]),
        np.concatenate([_NONE, *(part.rows for part in parts)]),
    )
    return joined.take(np.lexsort((joined.table.frame_numbers, joined.table.tracklet_ids)))


def join_tables(tables: Sequence[CropTable]) -> CropTable:
    """One table after the other."""
    return CropTable(*(np.concatenate([getattr(table, spec.name) for table in (_EMPTY, *tables)]) for spec in fields(CropTable)))


def pick_crops(crops: LocatedCrops, frame_size_px: tuple[int, int], parameters: PickParameters) -> PickedCrops:
    """Choose for every tracklet the crops to show and to embed, and lay them out in objects of whole tracklets."""
    table = _judged(crops.table, frame_size_px, parameters)
    of_tracklets = list(tracklet_rows(table.tracklet_ids))
    disturbed = disturbances(table, parameters.embed_max_overlap)
    wishes = [_wish(table.take(rows), disturbed[rows], parameters) for rows in of_tracklets]
    granted = grant(wishes, parameters)
    shown = [rows[part.shown] for rows, part in zip(of_tracklets, granted, strict=True)]
    embedded = [rows[part.embedded] for rows, part in zip(of_tracklets, granted, strict=True)]
    kept_batches = _batches(shown, parameters.kept_batch_crops)
    packs, places = np.full(len(table.tracklet_ids), -1), np.full(len(table.tracklet_ids), -1)
    for number, rows in enumerate(kept_batches):
        packs[rows], places[rows] = number, np.arange(len(rows))
    chosen = np.zeros(len(table.tracklet_ids), np.bool_)
    chosen[np.concatenate([_NONE, *embedded])] = True
    picked = replace(table, embedded=chosen, kept_packs=packs, kept_rows=places)
    return PickedCrops(
        crops=replace(crops, table=picked),
        wanted=sum(wishes_.rounds[-1] for wishes_ in wishes),
        kept=sum(part.count for part in granted),
        kept_batches=kept_batches,
        embed_batches=_batches(embedded, parameters.embed_batch_crops),
    )


def _wish(crops: CropTable, disturbed: Bool, parameters: PickParameters) -> CropWishes:
    """Of one tracklet."""
    usable = usable_crops(crops.rejections, crops.overlaps)
    beside = crops_beside(disturbed, crops.overlaps <= parameters.embed_max_overlap, parameters.embed_crops_beside)
    return wish(crops.quality_scores, usable, np.arange(len(crops.boxes)), beside, parameters)


def _judged(table: CropTable, frame_size_px: tuple[int, int], parameters: PickParameters) -> CropTable:
    """The table with the quality of each crop next to the others of its tracklet, and with the faults."""
    limits = CropLimits(
        min_quality_score=parameters.min_quality_score,
        min_confidence=parameters.min_crop_confidence,
        min_height_px=parameters.min_crop_height_px,
        min_relative_sharpness=parameters.min_relative_sharpness,
        max_overlap=parameters.embed_max_overlap,
    )
    scores, faults = np.zeros(len(table.boxes)), np.zeros(len(table.boxes), np.int64)
    for rows in tracklet_rows(table.tracklet_ids):
        boxes, confidences = table.boxes[rows], table.confidences[rows]
        quality = crop_quality(boxes, confidences, table.overlaps[rows], table.sharpness[rows], frame_size_px)
        scores[rows], faults[rows] = quality.quality_score, rejections(quality, boxes, confidences, frame_size_px, limits)
    return replace(table, quality_scores=scores, rejections=faults)


def _batches(rows: Sequence[Int64], batch_crops: int) -> tuple[Int64, ...]:
    batches = whole_batches([len(part) for part in rows], batch_crops)
    return tuple(np.concatenate(rows[batch.start : batch.stop]) for batch in batches)
