"""Columns that the stages hand to each other. Arrays are row-aligned and treated as read-only.

Boxes are float32 `(N, 4)` as (x1, y1, x2, y2) in pixels of the upright frame, origin top left.
Frame numbers are 0-based; detection indices count a video's detections in order of frame.
"""

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from castlist.domain.shots import NO_CUTS, ShotCut, ShotState

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]
UInt8 = NDArray[np.uint8]

DIGEST_BYTES = 16
"""As much of an image's SHA-256 is kept as nobody can hit who is given the image."""


@dataclass(frozen=True, slots=True, eq=False)
class SegmentDetections:
    """What the detector found in one segment: F frames, N detections ordered by frame, then by falling confidence.

    `frame_pts` int64 (F,) rising presentation times; `examined` bool (F,), false for frames that were passed over, in which
    nobody was looked for; `detection_counts` int64 (F,), sum N; `boxes` (N, 4); `confidences` float32 (N,) in 0..1.
    """

    frame_pts: Int64
    examined: Bool
    detection_counts: Int64
    boxes: Float32
    confidences: Float32


@dataclass(frozen=True, slots=True, eq=False)
class CropPack:
    """K encoded crops with what is known about each; JPEG of BGR content, cut at the box rounded outwards.

    In a segment's pack frame numbers and detection indices count from the segment's start and
    `person_ids` is all 0; in the by-person pack they count from the video's start, rows are ordered
    by person, then frame. `shapes` int64 (K, 2) is height, width. `sharpness` float32 (K,), at least 0, is the
    variance of the Laplacian of the grey crop brought to 64 x 128 px, so that crops of different sizes can be compared.
    """

    images: tuple[bytes, ...]
    frame_numbers: Int64
    detection_indices: Int64
    boxes: Float32
    confidences: Float32
    sharpness: Float32
    shapes: Int64
    person_ids: Int64


@dataclass(frozen=True, slots=True, eq=False)
class ImagePlaces:
    """Where K images lie in stored packs.

    `packs` int64 (K,): number of the pack, -1 where there is no image. `offsets`, `lengths` int64 (K,): bytes of the pack's object.
    `digests` uint8 (K, `DIGEST_BYTES`): first half of the image's SHA-256.
    """

    packs: Int64
    offsets: Int64
    lengths: Int64
    digests: UInt8

    def take(self, rows: Int64) -> "ImagePlaces":
        """The rows of an index."""
        return ImagePlaces(*(getattr(self, spec.name)[rows] for spec in fields(self)))

    @classmethod
    def none(cls, count: int) -> "ImagePlaces":
        """Of crops without images."""
        zeros = np.zeros(count, np.int64)
        return cls(zeros - 1, zeros.copy(), zeros.copy(), np.zeros((count, DIGEST_BYTES), np.uint8))


@dataclass(frozen=True, slots=True, eq=False)
class CropList:
    """K crops that were looked at in one segment, ordered by frame; frames and detections count from the segment's start.

    `boxes`, `confidences`, `sharpness`, `shapes` as in `CropPack`, the shape being (0, 0) without an image. `blank` bool (K,): the crop
    shows one even tone. `windows` int64 (K,), rising: number of the span of time in which who stands still leaves one image.
    `places`: where the image lies in the segment's packs, if it has one.
    """

    frame_numbers: Int64
    detection_indices: Int64
    boxes: Float32
    confidences: Float32
    sharpness: Float32
    shapes: Int64
    blank: Bool
    windows: Int64
    places: ImagePlaces


@dataclass(frozen=True, slots=True, eq=False)
class PersonImages:
    """K images of persons in a by-person pack, in its order; columns as in `CropPack`, and where the images lie."""

    person_ids: Int64
    frame_numbers: Int64
    detection_indices: Int64
    places: ImagePlaces


@dataclass(frozen=True, slots=True, eq=False)
class SegmentTracks:
    """Tracked detections of one segment, R rows ordered by frame, then track id.

    `frame_offset` and `detection_offset` are the video's frames and detections before the segment;
    `frame_pts` int64 (F,) are the segment's frames. `cuts`: places where a new shot begins that became sure in this segment,
    rising. `unexamined` int64 are the frames in which nobody was looked for; they, `frame_numbers` and `detection_indices`
    int64 (R,) count from the video's start. A row may belong to a track that is never confirmed. `camera` float64 (F, 4): how the
    camera moved to each frame, see `camera_path`; None where nobody asked.
    """

    frame_offset: int
    detection_offset: int
    frame_pts: Int64
    cuts: tuple[ShotCut, ...]
    track_ids: Int64
    frame_numbers: Int64
    detection_indices: Int64
    boxes: Float32
    confidences: Float32
    unexamined: Int64 = field(default_factory=lambda: np.zeros(0, np.int64))
    camera: Float64 | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TrackerState:
    """All the tracker carries from one frame to the next: T tracks, ordered by id.

    `statuses` int64 (T,): 0 tentative, 1 tracked, 2 lost, 3 held while it is open whether a new shot began. `means`
    float64 (T, 8) and `covariances` float64 (T, 8, 8) are the Kalman state of (centre x, centre y, width, height) in pixels
    and their velocities per frame. `last_frames` int64 (T,) is the last frame with a detection, `first_frames` int64 (T,)
    the first. `shots` is what finding cuts carries on.
    """

    next_track_id: int
    frame_count: int
    detection_count: int
    track_ids: Int64
    statuses: Int64
    first_frames: Int64
    last_frames: Int64
    means: Float64
    covariances: Float64
    shots: ShotState


@dataclass(frozen=True, slots=True, eq=False)
class Tracklet:
    """One unbroken track: rows ordered by frame, at most one a frame, frames may be missing between."""

    tracklet_id: int
    frame_numbers: Int64
    detection_indices: Int64
    boxes: Float32
    confidences: Float32


@dataclass(frozen=True, slots=True, eq=False)
class TrackletSet:
    """All tracklets of a video, ordered by (first frame, id).

    `frame_pts` int64 (F,): presentation time of every frame. `parent_ids`: for each tracklet the one that the tracker
    made, which is itself unless a tracklet was split: its first part keeps the id, others have ids above all the tracker's.
    `unexamined` int64, rising: frames in which nobody was looked for. `cuts` int64, rising: frames that begin a new shot, but for
    the video's first; no tracklet has rows on both sides of one. `camera` float64 (F, 4): how the camera moved to each frame, see
    `camera_path`; None where nobody asked.
    """

    frame_pts: Int64
    tracklets: tuple[Tracklet, ...]
    parent_ids: tuple[int, ...]
    unexamined: Int64 = field(default_factory=lambda: np.zeros(0, np.int64))
    cuts: Int64 = field(default_factory=lambda: NO_CUTS)
    camera: Float64 | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CropTable:
    """K crops of tracklets, ordered by tracklet, then frame. Frame numbers and detection indices count from the video's start.

    `boxes` (K, 4); `confidences` (K,); `shapes` int64 (K, 2) height, width of the image. `overlaps` float64 (K,): largest
    part of the box, 0..1, that another tracked box of its frame covers. `sharpness` float32 (K,): as in `CropPack`.
    `quality_scores` float64 (K,), 0..1: how well the crop shows its tracklet, next to the tracklet's other crops. `rejections`
    int64 (K,): why it is used for want of better ones only, 0 for no fault; the codes are the grouper's `Rejection`.
    `blank` bool (K,): shows one even tone. `embedded` bool (K,): chosen for embedding. `kept_packs`, `kept_offsets`,
    `kept_lengths`, `kept_digests`: where the image lies in the packs of kept crops, as in `ImagePlaces`.
    """

    tracklet_ids: Int64
    frame_numbers: Int64
    detection_indices: Int64
    boxes: Float32
    confidences: Float32
    shapes: Int64
    overlaps: Float64
    sharpness: Float32
    quality_scores: Float64
    rejections: Int64
    blank: Bool
    embedded: Bool
    kept_packs: Int64
    kept_offsets: Int64
    kept_lengths: Int64
    kept_digests: UInt8

    @property
    def kept(self) -> ImagePlaces:
        """Where the images of kept crops are."""
        return ImagePlaces(self.kept_packs, self.kept_offsets, self.kept_lengths, self.kept_digests)

    def take(self, rows: Int64) -> "CropTable":
        """The rows of an index."""
        return CropTable(*(getattr(self, spec.name)[rows] for spec in fields(self)))


def kept_columns(places: ImagePlaces) -> dict[str, NDArray[Any]]:
    """The columns of a `CropTable` that say where the images are."""
    return {f"kept_{spec.name}": getattr(places, spec.name) for spec in fields(places)}


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """A canonical person: tracklets joined. Numbered from 1 by (first frame, lowest tracklet id).

    An interpolated row, for a frame in which the person was not detected, has detection index -1 and confidence 0.
    """

    person_id: int
    tracklet_ids: tuple[int, ...]
    frame_numbers: Int64
    detection_indices: Int64
    boxes: Float32
    confidences: Float32

    @property
    def interpolated(self) -> Bool:
        """True `(N,)` for rows without a detection."""
        return self.detection_indices < 0
