"""A YOLO in an ONNX file, whoever exported it: v5, v8, 11, 26 and their relatives, in float32, float16 or int8.

What the exporter wrote beside the network is used where it is there (docs.ultralytics.com, export mode): side of the input,
names of the classes, stride. The rest is told by shapes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from castlist.domain.records import Float32
from castlist.errors import TaskFailed
from castlist.inference.network import Network
from services.detector.models.class_names import classes_of_persons, named_classes, sides
from services.detector.models.yolo_layouts import Layout, layout_of, people_of

_PADDING = 114
_USUAL_SIDE_PX, _LARGEST_SIDE_PX, _USUAL_STRIDE_PX = 640, 4096, 32
_TYPES = {"float32": np.float32, "float16": np.float16}


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a picture was fitted into the middle of the network's input: scale of each side and padding in pixels."""

    scale: tuple[float, float]
    padding_px: tuple[int, int]

    def undone(self, boxes: Float32) -> Float32:
        """Boxes `(N, 4)` xyxy of the input as boxes of the picture."""
        offset, scale = np.array(self.padding_px * 2, np.float32), np.array(self.scale * 2, np.float32)
        undone: Float32 = (boxes - offset) / scale
        return undone


class ExportedYolo:
    """Takes the whole picture, letterboxed into the middle of the network's input, RGB 0..1, in the type of its input.

    A box is a person's if a person is its most likely class.
    """

    def __init__(self, network: Network, file_name: str, side_px: int = 0) -> None:
        """`side_px` is wished for the input, 0 for the network's own.

        Raises `TaskFailed` if the file is no YOLO for detection, knows no persons, or can't take pictures of that side.
        """
        self._network = network
        names = named_classes(network.facts, file_name)
        self._batch, self.input_px = _input(network, file_name, side_px)
        self._type = _TYPES[network.inputs[0].type]
        self._output, shape = self._first_output(file_name)
        try:
            self.layout: Layout = layout_of(shape, self.input_px, len(names))
        except ValueError as fault:
            raise TaskFailed(f"{file_name} {fault}: export one for detection (docs/models.md)") from fault
        self._persons = classes_of_persons(names, file_name)

    def detect(self, picture: NDArray[np.uint8], min_confidence: float) -> tuple[Float32, Float32]:
        """See `Detector`."""
        return self.detect_batch([picture], min_confidence)[0]

    def detect_batch(self, pictures: Sequence[NDArray[np.uint8]], min_confidence: float) -> list[tuple[Float32, Float32]]:
        """See `BatchDetector`."""
        size = self._batch or len(pictures)
        found = []
        for start in range(0, len(pictures), size):
            fitted = [_letterboxed(picture, *self.input_px) for picture in pictures[start : start + size]]
            tables = self._forward([planes for planes, _ in fitted])
            found += [self._people(table, letterbox, min_confidence) for table, (_, letterbox) in zip(tables, fitted, strict=True)]
        return found

    def _people(self, table: Float32, letterbox: Letterbox, min_confidence: float) -> tuple[Float32, Float32]:
        boxes, confidences = people_of(table, self.layout, self._persons)
        confident = np.flatnonzero(~(confidences < min_confidence))  # what is no number is left to be counted as degenerate
        confident = confident[np.argsort(-confidences[confident], kind="stable")]
        return letterbox.undone(boxes[confident]), confidences[confident]

    def _forward(self, planes: Sequence[Float32]) -> Float32:
        """The tables (P, rows, columns) of P pictures; a batch of a fixed length is filled up with black ones."""
        batch = np.zeros((self._batch or len(planes), *planes[0].shape[1:]), self._type)
        batch[: len(planes)] = np.concatenate(planes)
        (output,) = self._network.run([self._output], {self._network.inputs[0].name: batch})
        found: Float32 = output[: len(planes)].astype(np.float32, copy=False)
        return found

    def _first_output(self, file_name: str) -> tuple[str, tuple[int, ...]]:
        """The first output that holds a table for each picture, and the sides of that; YOLOv5's exporter writes others behind it."""
        picture = np.zeros((self._batch or 1, 3, *self.input_px), self._type)
        names = [output.name for output in self._network.outputs]
        found = self._network.run(names, {self._network.inputs[0].name: picture})
        for name, output in zip(names, found, strict=True):
            if output.ndim == 3 and output.dtype.kind == "f":
                return name, output.shape[1:]
        shapes = ", ".join(str(list(output.shape)) for output in found)
        raise TaskFailed(
            f"{file_name} gives {shapes} and no table of boxes, so it does not detect: export a YOLO for detection (docs/models.md)"
        )


def _input(network: Network, file_name: str, side_px: int) -> tuple[int | None, tuple[int, int]]:
    """Pictures in a batch, None for any number, and (height, width) of one."""
    tensor = network.inputs[0]
    if len(network.inputs) != 1 or len(tensor.shape) != 4 or tensor.shape[1] not in (3, None) or tensor.type not in _TYPES:
        found = " and ".join(f"{found} {found.type}" for found in network.inputs)
        raise TaskFailed(f"{file_name} takes {found}, a YOLO takes pictures [batch, 3, height, width] in float32 or float16")
    batch, _, height, width = tensor.shape
    own_px = sides(network.facts, "imgsz", file_name, _USUAL_SIDE_PX, _LARGEST_SIDE_PX)
    open_height, open_width = (side_px, side_px) if side_px else own_px
    if side_px and {height, width} - {side_px, None}:
        raise TaskFailed(
            f"{file_name} takes {width} x {height} px and nothing else: export it with dynamic sides, or set detect.input_side_px to 0"
        )
    stride_px, _ = sides(network.facts, "stride", file_name, _USUAL_STRIDE_PX, _LARGEST_SIDE_PX)
    if side_px % stride_px:
        raise TaskFailed(f"{file_name} takes pictures whose sides are multiples of {stride_px} px, not {side_px}")
    return batch, (height or open_height, width or open_width)


def _letterboxed(picture: NDArray[np.uint8], height_px: int, width_px: int) -> tuple[Float32, Letterbox]:
    """The picture as `(1, 3, height, width)`, RGB 0..1, and how it was fitted. Rounding is the exporter's own."""
    height, width = picture.shape[:2]
    scale = min(height_px / height, width_px / width)
    scaled_width, scaled_height = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = round((width_px - scaled_width) / 2 - 0.1), round((height_px - scaled_height) / 2 - 0.1)
    canvas = np.full((height_px, width_px, 3), _PADDING, np.uint8)
    scaled = cv2.resize(picture, (scaled_width, scaled_height), interpolation=cv2.INTER_LINEAR)
    canvas[top : top + scaled_height, left : left + scaled_width] = scaled
    planes = canvas[:, :, ::-1].transpose(2, 0, 1)[np.newaxis].astype(np.float32)
    planes /= 255
    return planes, Letterbox((scaled_width / width, scaled_height / height), (left, top))
