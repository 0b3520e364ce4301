"""The crops of one segment, gathered frame by frame into packs."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from castlist.codec.crops_hdf5 import pack_crops
from castlist.codec.image_places import places_in
from castlist.codec.pictures import Picture
from castlist.domain.parameters import DetectParameters
from castlist.domain.records import Bool, CropList, Float32
from castlist.domain.video import Segment, VideoPlan
from services.detector.algorithms.crop_bounds import CropBounds
from services.detector.algorithms.crop_columns import CropColumns, FrameCrops
from services.detector.algorithms.cropping import blank_crops, crop_rectangles
from services.detector.video.crops import CropCodec, encode_image, looks_of, parts_of

PACK_CROPS = 2048
PACK_BYTES = 16 << 20
"""A pack is handed out when it holds so many images, or so many bytes of them."""

_TOGETHER_BYTES = 512 << 10
"""Pixels of crops that are looked at and encoded together, some frames later: after a network's turn, code that was pushed out of the
caches costs more than its work. Few enough to stay in them."""


class _Waiting(NamedTuple):
    """The crops of a frame that nobody looked at yet: `place` as in `SegmentCrops.add`."""

    pts: int
    place: tuple[int, int]
    boxes: Float32
    confidences: Float32
    crops: list[Picture]


@dataclass(slots=True)
class SegmentCrops:
    """Crops of one segment, whose images are handed out in packs, the last ones once it was told to `finish`.

    `count` and `blank_count` are of all crops that were looked at, `image_count` of those that left an image: the latter
    hangs on where the segment begins.
    """

    parameters: DetectParameters
    bounds: CropBounds
    codec: CropCodec
    count: int = 0
    blank_count: int = 0
    image_count: int = 0
    _columns: CropColumns = field(default_factory=CropColumns)
    _waiting: list[_Waiting] = field(default_factory=list)
    _waiting_bytes: int = 0
    _images: list[bytes] = field(default_factory=list)
    _byte_count: int = 0

    @classmethod
    def of_segment(cls, plan: VideoPlan, segment: Segment, parameters: DetectParameters) -> "SegmentCrops":
        bounds = CropBounds.of_segment(plan, segment.previous_pts, parameters.crop_still_interval_s, parameters.max_crops_per_frame)
        return cls(parameters, bounds, CropCodec(parameters.crop_codec, parameters.crop_jpeg_quality, parameters.crop_max_side_px))

    def add(self, pts: int, picture: Picture, place: tuple[int, int], boxes: Float32, confidences: Float32) -> None:
        """The crops of a frame, of whose detections, by falling confidence, the sure ones leave one each.

        `place` is the frame's number in the segment and the index of its first detection.
        """
        kept = int((confidences >= self.parameters.crop_min_confidence).sum())
        crops = parts_of(picture, crop_rectangles(boxes[:kept], picture.shape[1], picture.shape[0]))
        self._waiting_bytes += sum(crop.nbytes for crop in crops)
        waits = self._waiting_bytes < _TOGETHER_BYTES
        frame = _Waiting(pts, place, boxes[:kept], confidences[:kept], [crop.copy() for crop in crops] if waits else crops)
        self._waiting.append(frame)
        if not waits:
            self.finish()

    def finish(self) -> None:
        """Look at the crops that still wait, and encode those that leave an image."""
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        looks = looks_of([crop for frame in waiting for crop in frame.crops])
        blank = blank_crops(looks.tone_spreads)
        self.count += len(blank)
        self.blank_count += int(blank.sum())
        first = 0
        for frame in waiting:
            rows = slice(first, first + len(frame.crops))
            self._add(frame, looks.sharpness[rows], blank[rows])
            first = rows.stop

    def _add(self, frame: _Waiting, sharpness: Float32, blank: Bool) -> None:
        window, has_image = self.bounds.images_of(frame.pts, frame.boxes)
        shapes = np.zeros((len(frame.crops), 2), np.int64)
        for row in np.flatnonzero(has_image).tolist():
            image, shapes[row] = encode_image(frame.crops[row], self.codec)
            self._images.append(image)
            self._byte_count += len(image)
            self.image_count += 1
        number, first = frame.place
        self._columns.add(
            FrameCrops(
                frame_number=number,
                window=window,
                detection_indices=np.arange(first, first + len(frame.crops)),
                boxes=frame.boxes,
                confidences=frame.confidences,
                sharpness=sharpness,
                shapes=shapes,
                blank=blank,
                has_image=has_image,
            )
        )

    @property
    def is_full(self) -> bool:
        return len(self._images) >= PACK_CROPS or self._byte_count >= PACK_BYTES

    @property
    def has_images(self) -> bool:
        """Whether any that were looked at wait for a pack."""
        return len(self._images) > 0

    def taken(self) -> bytes:
        """A pack with the images that were gathered since the last one."""
        packed = pack_crops(self._columns.pack_of(self._images))
        self._columns.lay_down(places_in(self._columns.pack_count, packed, self._images))
        self._images, self._byte_count = [], 0
        return packed.data

    def listed(self) -> CropList:
        """Everything that is known of the crops, and where their images lie, once it is finished and all packs were taken."""
        return self._columns.listed()
