"""A YOLO that the ultralytics package exported to ONNX, run without that package.

What the exporter writes beside the network says how to use it (docs.ultralytics.com, export mode): side of the input,
names of the classes, whether overlaps are suppressed inside.
"""

from ast import literal_eval
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from castlist.domain.records import Float32
from castlist.errors import TaskFailed

_PADDING = 114
_NUMBERS_A_FINISHED_BOX = 6  # x1, y1, x2, y2, confidence, class


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
    """Takes the whole picture, letterboxed into the middle of the network's input, RGB 0..1, in the precision of the file.

    A box is a person's if that is its most likely class. Both kinds of output are read: one column a box, with
    its middle, size and a score for each class; or one row a finished box.
    """

    def __init__(self, session: ort.InferenceSession, file_name: str) -> None:
        """Raises `TaskFailed` if the file is no detection network of that exporter, or knows no persons."""
        self._session = session
        self._file_name = file_name
        facts = session.get_modelmeta().custom_metadata_map
        names = _literal(facts, "names", file_name)
        self._height_px, self._width_px = _literal(facts, "imgsz", file_name)
        if facts.get("task") != "detect":
            raise TaskFailed(f"{file_name} is for the task {facts.get('task')!r}, Castlist needs one that detects: export another")
        self._person = class_of_persons(names, file_name)
        self._class_count = len(names)
        (tensor, *_) = session.get_inputs()
        self._input, self._type = tensor.name, np.float16 if tensor.type == "tensor(float16)" else np.float32

    def detect(self, picture: NDArray[np.uint8], min_confidence: float) -> tuple[Float32, Float32]:
        """See `Detector`."""
        planes, letterbox = _letterboxed(picture, self._height_px, self._width_px)
        output = self._session.run(None, {self._input: planes.astype(self._type, copy=False)})[0][0].astype(np.float32, copy=False)
        boxes, confidences = self._persons(output)
        confident = np.flatnonzero(confidences >= min_confidence)
        confident = confident[np.argsort(-confidences[confident], kind="stable")]
        return letterbox.undone(boxes[confident]), confidences[confident]

    def _persons(self, output: Float32) -> tuple[Float32, Float32]:
        """Boxes xyxy in pixels of the input, and confidences, of what is most likely a person."""
        if output.shape[1] == _NUMBERS_A_FINISHED_BOX:
            people = output[output[:, 5] == self._person]
            return people[:, :4], people[:, 4]
        if output.shape[0] != 4 + self._class_count:
            raise TaskFailed(
                f"{self._file_name} gives {output.shape[0]} numbers a box and names {self._class_count} classes: export it again"
            )
        people = output[:, output[4:].argmax(axis=0) == self._person].T
        middles, halves = people[:, :2], people[:, 2:4] / 2
        return np.concatenate([middles - halves, middles + halves], axis=1), people[:, 4 + self._person]


def class_of_persons(names: dict[int, str], file_name: str) -> int:
    """The class called person, or the only one. Raises `TaskFailed` if there is none."""
    found = list(names) if len(names) == 1 else [index for index, name in names.items() if name == "person"]
    if not found:
        raise TaskFailed(f"{file_name} knows {len(names)} classes and none is called person: export a model that was trained on people")
    return found[0]


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


def _literal(facts: dict[str, str], name: str, file_name: str) -> Any:
    try:
        return literal_eval(facts[name])
    except (KeyError, ValueError, SyntaxError) as fault:
        raise TaskFailed(
            f"{file_name} does not say its {name}, so it is no export of the ultralytics package: export it again (docs/gpu.md)"
        ) from fault
