"""The crops of one segment, gathered frame by frame into packs."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from castlist.domain.parameters import DetectParameters
from castlist.domain.records import CropPack, Float32, Int64
from services.detector.algorithms.cropping import crop_rectangles
from services.detector.video.crops import encode_jpegs, laplacian_variances

PACK_CROPS = 2048
"""A pack is handed out when it holds this many: some ten megabytes of people as large as in full HD."""


@dataclass(slots=True)
class SegmentCrops:
    """Crops of one segment, handed out in packs of about `PACK_CROPS`; `count` is of all of them."""

    parameters: DetectParameters
    count: int = 0
    _images: list[bytes] = field(default_factory=list)
    _frames: list[int] = field(default_factory=list)
    _detections: list[int] = field(default_factory=list)
    _rectangles: list[Int64] = field(default_factory=list)
    _boxes: list[Float32] = field(default_factory=list)
    _confidences: list[Float32] = field(default_factory=list)
    _sharpness: list[float] = field(default_factory=list)

    def add(self, picture: NDArray[np.uint8], place: tuple[int, int], boxes: Float32, confidences: Float32) -> None:
        """The crops of a frame, of whose detections, by falling confidence, the sure ones leave one each.

        `place` is the frame's number in the segment and the index of its first detection.
        """
        kept = int((confidences >= self.parameters.crop_min_confidence).sum())
        rectangles = crop_rectangles(boxes[:kept], picture.shape[1], picture.shape[0])
        frame_number, first_detection = place
        self._images += encode_jpegs(picture, rectangles, self.parameters.crop_jpeg_quality)
        self._frames += [frame_number] * kept
        self._detections += range(first_detection, first_detection + kept)
        self._rectangles.append(rectangles)
        self._boxes.append(boxes[:kept])
        self._confidences.append(confidences[:kept])
        self._sharpness += laplacian_variances(picture, rectangles)
        self.count += kept

    @property
    def is_full(self) -> bool:
        return len(self._images) >= PACK_CROPS

    def taken(self) -> CropPack:
        """What was gathered since the last pack."""
        rectangles = np.concatenate([np.zeros((0, 4), np.int64), *self._rectangles])
        pack = CropPack(
            images=tuple(self._images),
            frame_numbers=np.array(self._frames, np.int64),
            detection_indices=np.array(self._detections, np.int64),
            boxes=np.concatenate([np.zeros((0, 4), np.float32), *self._boxes]),
            confidences=np.concatenate([np.zeros(0, np.float32), *self._confidences]),
            sharpness=np.array(self._sharpness, np.float32),
            shapes=(rectangles[:, 2:] - rectangles[:, :2])[:, ::-1],
            person_ids=np.zeros(len(self._images), np.int64),
        )
        self._images, self._frames, self._detections, self._sharpness = [], [], [], []
        self._rectangles, self._boxes, self._confidences = [], [], []
        return pack
