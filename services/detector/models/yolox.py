"""YOLOX (Ge et al., 2021, arXiv 2107.08430): an anchor-free network for COCO's classes, of which people are used."""

import cv2
import numpy as np
from numpy.typing import NDArray

from castlist.domain.records import Float32
from castlist.inference.network import Network

_STRIDES_PX = (8, 16, 32)
_PADDING = 114
_USUAL_SIDE_PX = 640
_OBJECTNESS, _PERSON = 4, 5  # columns after the box; COCO's first class is a person


class YoloxDetector:
    """Takes the whole picture, letterboxed to the network's square input, BGR 0..255."""

    def __init__(self, network: Network, side_px: int = 0) -> None:
        """`side_px` is for a network whose input has open sides."""
        self._network = network
        tensor = network.inputs[0]
        self._input, self._output = tensor.name, network.outputs[0].name
        self.side_px = tensor.shape[2] or side_px or _USUAL_SIDE_PX
        self._cells, self._strides = _grid(self.side_px)

    def detect(self, picture: NDArray[np.uint8], min_confidence: float) -> tuple[Float32, Float32]:
        """See `Detector`."""
        square, scale = _letterbox(picture, self.side_px)
        rows = self._network.run([self._output], {self._input: square})[0][0]
        confidences = rows[:, _OBJECTNESS] * rows[:, _PERSON]
        confident = np.flatnonzero(~(confidences < min_confidence))  # what is no number is left to be counted as degenerate
        confident = confident[np.argsort(-confidences[confident], kind="stable")]
        strides = self._strides[confident]
        centers = (rows[confident, :2] + self._cells[confident]) * strides
        halves = np.exp(rows[confident, 2:4]) * strides / 2
        boxes = np.concatenate([centers - halves, centers + halves], axis=1) / scale
        return boxes.astype(np.float32, copy=False), confidences[confident]


def _letterbox(picture: NDArray[np.uint8], side_px: int) -> tuple[Float32, np.float32]:
    """Picture scaled into the top left of a square, as `(1, 3, side, side)`, and the scale."""
    height, width = picture.shape[:2]
    scale = min(side_px / height, side_px / width)
    scaled_size = max(1, int(width * scale)), max(1, int(height * scale))
    square = np.full((side_px, side_px, 3), _PADDING, np.uint8)
    square[: scaled_size[1], : scaled_size[0]] = cv2.resize(picture, scaled_size, interpolation=cv2.INTER_LINEAR)
    planes = np.ascontiguousarray(square.transpose(2, 0, 1)[np.newaxis], np.float32)
    return planes, np.float32(scale)


def _grid(side_px: int) -> tuple[Float32, Float32]:
    """Cell `(A, 2)` as (column, row) and stride `(A, 1)` in pixels of every output row."""
    cells, strides = [], []
    for stride_px in _STRIDES_PX:
        count = side_px // stride_px
        rows, columns = np.divmod(np.arange(count * count), count)
        cells.append(np.stack([columns, rows], axis=1))
        strides.append(np.full((count * count, 1), stride_px))
    return np.concatenate(cells).astype(np.float32), np.concatenate(strides).astype(np.float32)
