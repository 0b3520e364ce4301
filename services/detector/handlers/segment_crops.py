"""The crops of one segment, gathered frame by frame into packs."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from castlist.codec.crops_hdf5 import pack_crops
from castlist.codec.image_places import places_in
from castlist.domain.parameters import DetectParameters
from castlist.domain.records import CropList, Float32, Int64
from castlist.domain.video import Segment, VideoPlan
from services.detector.algorithms.crop_bounds import CropBounds
from services.detector.algorithms.crop_columns import CropColumns, FrameCrops
from services.detector.algorithms.cropping import blank_crops, crop_rectangles
from services.detector.video.crops import CropCodec, encode_images, looks_of

PACK_CROPS = 2048
PACK_BYTES = 16 << 20
"""A pack is handed out when it holds so many images, or so many bytes of them."""


@dataclass(slots=True)
class SegmentCrops:
    """Crops of one segment, whose images are handed out in packs.

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
    _images: list[bytes] = field(default_factory=list)
    _byte_count: int = 0

    @classmethod
    def of_segment(cls, plan: VideoPlan, segment: Segment, parameters: DetectParameters) -> "SegmentCrops":
        bounds = CropBounds.of_segment(plan, segment.previous_pts, parameters.crop_still_interval_s, parameters.max_crops_per_frame)
        return cls(parameters, bounds, CropCodec(parameters.crop_codec, parameters.crop_jpeg_quality, parameters.crop_max_side_px))

    def add(self, pts: int, picture: NDArray[np.uint8], place: tuple[int, int], boxes: Float32, confidences: Float32) -> None:
        """The crops of a frame, of whose detections, by falling confidence, the sure ones leave one each.

        `place` is the frame's number in the segment and the index of its first detection.
        """
        kept = int((confidences >= self.parameters.crop_min_confidence).sum())
        rectangles = crop_rectangles(boxes[:kept], picture.shape[1], picture.shape[0])
        looks = looks_of(picture, rectangles)
        window, has_image = self.bounds.images_of(pts, boxes[:kept])
        blank = blank_crops([look.tone_spread for look in looks])
        shapes = np.zeros((kept, 2), np.int64)
        shapes[has_image] = self._encode(picture, rectangles[has_image])
        self.count += kept
        self.blank_count += int(blank.sum())
        self.image_count += int(has_image.sum())
        self._columns.add(
            FrameCrops(
                frame_number=place[0],
                window=window,
                detection_indices=np.arange(place[1], place[1] + kept),
                boxes=boxes[:kept],
                confidences=confidences[:kept],
                sharpness=np.array([look.sharpness for look in looks], np.float32),
                shapes=shapes,
                blank=blank,
                has_image=has_image,
            )
        )

    def _encode(self, picture: NDArray[np.uint8], rectangles: Int64) -> Int64:
        """Heights and widths of the images."""
        shapes = []
        for image, shape in encode_images(picture, rectangles, self.codec):
            self._images.append(image)
            self._byte_count += len(image)
            shapes.append(shape)
        return np.array(shapes, np.int64).reshape(-1, 2)

    @property
    def is_full(self) -> bool:
        return len(self._images) >= PACK_CROPS or self._byte_count >= PACK_BYTES

    @property
    def has_images(self) -> bool:
        """Whether any wait for a pack."""
        return len(self._images) > 0

    def taken(self) -> bytes:
        """A pack with the images that were gathered since the last one."""
        packed = pack_crops(self._columns.pack_of(self._images))
        self._columns.lay_down(places_in(self._columns.pack_count, packed, self._images))
        self._images, self._byte_count = [], 0
        return packed.data

    def listed(self) -> CropList:
        """Everything that is known of the crops, and where their images lie, once all packs were taken."""
        return self._columns.listed()
