"""A segment's detections and crops, gathered frame by frame into columns."""

from dataclasses import dataclass, field

import numpy as np

from castlist.domain.records import CropPack, Float32, Int64, SegmentDetections


@dataclass(slots=True)
class SegmentColumns:
    """Frames are numbered from 0 in the order in which they are added, detections too."""

    _frame_pts: list[int] = field(default_factory=list)
    _boxes: list[Float32] = field(default_factory=list)
    _confidences: list[Float32] = field(default_factory=list)
    _detection_count: int = 0
    _images: list[bytes] = field(default_factory=list)
    _crop_frames: list[int] = field(default_factory=list)
    _crop_detections: list[int] = field(default_factory=list)
    _crop_shapes: list[tuple[int, int]] = field(default_factory=list)
    _sharpness: list[float] = field(default_factory=list)

    def add_frame(self, pts: int, boxes: Float32, confidences: Float32) -> None:
        """The next frame and its detections, by falling confidence."""
        self._frame_pts.append(pts)
        self._boxes.append(boxes)
        self._confidences.append(confidences)
        self._detection_count += len(boxes)

    def add_crops(self, images: list[bytes], rectangles: Int64, sharpness: list[float]) -> None:
        """Encoded crops of the first detections of the frame that was added last."""
        first = self._detection_count - len(self._boxes[-1])
        self._images += images
        self._crop_frames += [len(self._frame_pts) - 1] * len(images)
        self._crop_detections += range(first, first + len(images))
        self._sharpness += sharpness
        self._crop_shapes += [(y2 - y1, x2 - x1) for x1, y1, x2, y2 in rectangles.tolist()]

    def detections(self) -> SegmentDetections:
        return SegmentDetections(
            frame_pts=np.array(self._frame_pts, np.int64),
            detection_counts=np.array([len(boxes) for boxes in self._boxes], np.int64),
            boxes=np.concatenate([np.zeros((0, 4), np.float32), *self._boxes]),
            confidences=np.concatenate([np.zeros(0, np.float32), *self._confidences]),
        )

    def crops(self) -> CropPack:
        detections = self.detections()
        rows = np.array(self._crop_detections, np.int64)
        return CropPack(
            images=tuple(self._images),
            frame_numbers=np.array(self._crop_frames, np.int64),
            detection_indices=rows,
            boxes=detections.boxes[rows],
            confidences=detections.confidences[rows],
            sharpness=np.array(self._sharpness, np.float32),
            shapes=np.array(self._crop_shapes, np.int64).reshape(-1, 2),
            person_ids=np.zeros(len(rows), np.int64),
        )
