"""The crops of tracklets in one table, and which of them are kept to be shown and to be embedded; images stay in their packs."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from castlist.domain.ownership import owners_of
from castlist.domain.parameters import PickParameters
from castlist.domain.records import Bool, CropList, CropTable, Float32, Float64, ImagePlaces, Int64, SegmentTracks, kept_columns
from services.grouper.algorithms.crop_choice import whole_batches
from services.grouper.algorithms.crop_grants import CropWishes, grant, wish
from services.grouper.algorithms.crop_quality import covered_parts, crop_quality
from services.grouper.algorithms.crop_rejection import CropLimits, rejections, usable_crops
from services.grouper.algorithms.disturbances import crops_beside, disturbances, tracklet_rows

BATCH_BYTES = 32 << 20
"""Images in one object, tracklets kept whole: bounds the memory of whoever writes or reads it."""

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
    blank=np.zeros(0, np.bool_),
    embedded=np.zeros(0, np.bool_),
    **kept_columns(ImagePlaces.none(0)),
)


@dataclass(frozen=True, slots=True, eq=False)
class LocatedCrops:
    """A table and where in the segments' packs the images lie."""

    table: CropTable
    places: ImagePlaces

    def take(self, rows: Int64) -> "LocatedCrops":
        """The rows of an index."""
        return LocatedCrops(self.table.take(rows), self.places.take(rows))


@dataclass(frozen=True, slots=True, eq=False)
class PickedCrops:
    """All crops of tracklets, and rising rows of the table: of each batch to read, of each object of kept crops, of each to embed.

    Every image is in one batch to read; what is kept out of one is one object. `wanted` and `kept` count images; one that is
    both shown and embedded counts once.
    """

    crops: LocatedCrops
    wanted: int
    kept: int
    read_batches: tuple[Int64, ...]
    kept_batches: tuple[Int64, ...]
    embed_batches: tuple[Int64, ...]


def tabulate(crops: CropList, first_pack: int, tracks: SegmentTracks, owned: tuple[Int64, Int64]) -> LocatedCrops:
    """Those crops of a segment whose detection belongs to a tracklet; `first_pack` is the number of the segment's first pack."""
    indices = crops.detection_indices + tracks.detection_offset
    tracklets = owners_of(indices, owned)
    rows = np.flatnonzero(tracklets >= 0)
    frames = crops.frame_numbers[rows] + tracks.frame_offset
    places = crops.places.take(rows)
    table = CropTable(
        tracklet_ids=tracklets[rows],
        frame_numbers=frames,
        detection_indices=indices[rows],
        boxes=crops.boxes[rows],
        confidences=crops.confidences[rows],
        shapes=crops.shapes[rows],
        overlaps=_overlaps(frames, crops.boxes[rows], indices[rows], tracks),
        sharpness=crops.sharpness[rows],
        quality_scores=np.zeros(len(rows)),
        rejections=np.zeros(len(rows), np.int64),
        blank=crops.blank[rows],
        embedded=np.zeros(len(rows), np.bool_),
        **kept_columns(ImagePlaces.none(len(rows))),
    )
    return LocatedCrops(table, replace(places, packs=np.where(places.packs < 0, -1, places.packs + first_pack)))


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
    table = join_tables([part.table for part in parts])
    places = join_places([part.places for part in parts])
    return LocatedCrops(table, places).take(np.lexsort((table.frame_numbers, table.tracklet_ids)))


def join_places(places: Sequence[ImagePlaces]) -> ImagePlaces:
    """One after the other."""
    return ImagePlaces(*(np.concatenate([getattr(part, spec.name) for part in (_EMPTY.kept, *places)]) for spec in fields(ImagePlaces)))


def join_tables(tables: Sequence[CropTable]) -> CropTable:
    """One table after the other."""
    return CropTable(*(np.concatenate([getattr(table, spec.name) for table in (_EMPTY, *tables)]) for spec in fields(CropTable)))


def pick_crops(crops: LocatedCrops, frame_size_px: tuple[int, int], parameters: PickParameters) -> PickedCrops:
    """Choose for every tracklet the crops to show and to embed, and divide them into objects of whole tracklets."""
    table = _judged(crops.table, frame_size_px, parameters)
    of_tracklets = list(tracklet_rows(table.tracklet_ids))
    disturbed = disturbances(table, parameters.embed_max_overlap)
    wishes = [_wish(table.take(rows), crops.places.packs[rows] >= 0, disturbed[rows], parameters) for rows in of_tracklets]
    granted = grant(wishes, parameters)
    shown, chosen = np.zeros(len(table.boxes), np.bool_), np.zeros(len(table.boxes), np.bool_)
    for rows, part in zip(of_tracklets, granted, strict=True):
        shown[rows[part.shown]], chosen[rows[part.embedded]] = True, True
    read = _batches(of_tracklets, shown | chosen, crops.places.lengths, parameters.kept_batch_crops)
    return PickedCrops(
        crops=replace(crops, table=replace(table, embedded=chosen)),
        wanted=sum(wishes_.rounds[-1] for wishes_ in wishes),
        kept=sum(part.count for part in granted),
        read_batches=read,
        kept_batches=tuple(rows[shown[rows]] for rows in read),
        embed_batches=_batches(of_tracklets, chosen, crops.places.lengths, parameters.embed_batch_crops),
    )


def with_kept(table: CropTable, batches: Sequence[Int64], places: Sequence[ImagePlaces]) -> CropTable:
    """The table with the places of kept images: of each batch of its rows, in the object that holds it."""
    joined, kept = join_places(places), ImagePlaces.none(len(table.boxes))
    rows = np.concatenate([_NONE, *batches])
    for spec in fields(ImagePlaces):
        getattr(kept, spec.name)[rows] = getattr(joined, spec.name)
    return replace(table, **kept_columns(kept))


def _wish(crops: CropTable, has_image: Bool, disturbed: Bool, parameters: PickParameters) -> CropWishes:
    """Of one tracklet. What shows nobody is shown only where nothing else is there."""
    rows = np.flatnonzero(has_image)
    usable = rows[usable_crops(crops.rejections[rows], crops.overlaps[rows])]
    showable = rows[~crops.blank[rows]] if not np.all(crops.blank[rows]) else rows
    clear = (crops.overlaps <= parameters.embed_max_overlap) & has_image & ~crops.blank
    beside = crops_beside(disturbed, clear, parameters.embed_crops_beside)
    return wish(crops.quality_scores, usable, showable, beside, parameters)


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
        scores[rows], faults[rows] = quality.quality_score, rejections(quality, table.take(rows), frame_size_px, limits)
    return replace(table, quality_scores=scores, rejections=faults)


def _batches(of_tracklets: Sequence[Int64], chosen: Bool, lengths: Int64, batch_crops: int) -> tuple[Int64, ...]:
    """The chosen rows. A batch is full when it has so many crops, or as many bytes as may be in memory at a time."""
    rows = [part[chosen[part]] for part in of_tracklets]
    fills = [max(len(part) * BATCH_BYTES, int(lengths[part].sum()) * batch_crops) for part in rows]
    return tuple(np.concatenate(rows[batch.start : batch.stop]) for batch in whole_batches(fills, batch_crops * BATCH_BYTES))
