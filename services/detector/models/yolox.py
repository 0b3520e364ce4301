"""YOLOX (Ge et al., 2021, arXiv 2107.08430): an anchor-free network for COCO's classes, of which people are used."""

import cv2
import numpy as np
from numpy.typing import NDArray

from castlist.domain.records import Float32
from castlist.inference.network import Network

_STRIDES_PX = (8, 16, 32)
_PADDING = 114
_OBJECTNESS, _PERSON = 4, 5  # columns after the box; COCO's first class is a person


class YoloxDetector:
    """Takes the whole picture, letterboxed into the top left of the network's input, BGR 0..255, in the type of its input."""

    def __init__(self, network: Network, input_px: tuple[int, int]) -> None:
        """`input_px`: height and width of the input, also where the file leaves them open. A fixed batch is filled up with black ones."""
        self._network, self._input_px = network, input_px
        tensor = network.inputs[0]
        self._input, self._output = tensor.name, network.outputs[0].name
        self._batch, self._type = tensor.shape[0] or 1, np.dtype(tensor.type)
        self._cells, self._strides = _grid(*input_px)

    def detect(self, picture: NDArray[np.uint8], min_confidence: float) -> tuple[Float32, Float32]:
        """See `Detector`."""
        fitted, scale = _letterbox(picture, *self._input_px)
        batch = np.zeros((self._batch, 3, *self._input_px), self._type)
        batch[0] = fitted.transpose(2, 0, 1)
        rows = self._network.run([self._output], {self._input: batch})[0][0].astype(np.float32, copy=False)
        confidences = rows[:, _OBJECTNESS] * rows[:, _PERSON]
        confident = np.flatnonzero(~(confidences < min_confidence))  # what is no number is left to be counted as degenerate
        confident = confident[np.argsort(-confidences[confident], kind="stable")]
        strides = self._strides[confident]
        centers = (rows[confident, :2] + self._cells[confident]) * strides
        halves = np.exp(rows[confident, 2:4]) * strides / 2
        boxes = np.concatenate([centers - halves, centers + halves], axis=1) / scale
        return boxes.astype(np.float32, copy=False), confidences[confident]


def _letterbox(picture: NDArray[np.uint8], height_px: int, width_px: int) -> tuple[NDArray[np.uint8], np.float32]:
    """Picture scaled into the top left of a canvas `(height, width, 3)`, and the scale."""
    height, width = picture.shape[:2]
    scale = min(height_px / height, width_px / width)
    scaled_size = max(1, int(width * scale)), max(1, int(height * scale))
    canvas = np.full((height_px, width_px, 3), _PADDING, np.uint8)
    canvas[: scaled_size[1], : scaled_size[0]] = cv2.resize(picture, scaled_size, interpolation=cv2.INTER_LINEAR)
    return canvas, np.float32(scale)


def _grid(height_px: int, width_px: int) -> tuple[Float32, Float32]:
    """Cell `(A, 2)` as (column, row) and stride `(A, 1)` in pixels of every output row."""
    cells, strides = [], []
    for stride_px in _STRIDES_PX:
        across, count = width_px // stride_px, (height_px // stride_px) * (width_px // stride_px)
        rows, columns = np.divmod(np.arange(count), across)
        cells.append(np.stack([columns, rows], axis=1))
        strides.append(np.full((count, 1), stride_px))
    return np.concatenate(cells).astype(np.float32), np.concatenate(strides).astype(np.float32)
