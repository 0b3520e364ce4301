"""A segment's detections, gathered frame by frame into columns."""

from dataclasses import dataclass, field

import numpy as np

from castlist.domain.records import Float32, SegmentDetections


@dataclass(slots=True)
class DetectionColumns:
    """Frames are numbered from 0 in the order in which they are added, detections too."""

    _frame_pts: list[int] = field(default_factory=list)
    _boxes: list[Float32] = field(default_factory=list)
    _confidences: list[Float32] = field(default_factory=list)
    _examined: list[bool] = field(default_factory=list)
    _detection_count: int = 0

    def place(self) -> tuple[int, int]:
        """Number of the frame that is added next, and index of its first detection."""
        return len(self._frame_pts), self._detection_count

    def add_frame(self, pts: int, boxes: Float32, confidences: Float32) -> None:
        """The next frame and its detections, by falling confidence."""
        self._frame_pts.append(pts)
        self._boxes.append(boxes)
        self._confidences.append(confidences)
        self._examined.append(True)
        self._detection_count += len(boxes)

    def add_unexamined(self, pts: int) -> None:
        """The next frame, in which nobody was looked for."""
        self.add_frame(pts, np.zeros((0, 4), np.float32), np.zeros(0, np.float32))
        self._examined[-1] = False

    def detections(self) -> SegmentDetections:
        return SegmentDetections(
            frame_pts=np.array(self._frame_pts, np.int64),
            examined=np.array(self._examined, np.bool_),
            detection_counts=np.array([len(boxes) for boxes in self._boxes], np.int64),
            boxes=np.concatenate([np.zeros((0, 4), np.float32), *self._boxes]),
            confidences=np.concatenate([np.zeros(0, np.float32), *self._confidences]),
        )
