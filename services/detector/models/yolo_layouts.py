"""The outputs of YOLO networks: told apart by their shape, and read.

A network looks at a picture in cells of 8, 16 and 32 pixels (some also of 4 or 64). How many rows its output has says whether
a cell has one box or three, and with that who made it:

- three boxes a cell, each its middle, size, objectness and class scores: YOLOv5 and its relatives (v3, v6.0, v7);
- one box a cell, with middle, size and class scores: YOLOv8, v9, 11, 12 (ultralytics.com, the exporter turns them on their side);
- one box a cell, with objectness too: YOLOX, whose boxes are still in units of cells;
- rows of six numbers, box, confidence and class: YOLOv10, YOLO26 and others with overlaps suppressed inside.
"""

from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from castlist.domain.records import Float32

_STRIDES_PX = ((8, 16, 32), (8, 16, 32, 64), (4, 8, 16, 32), (16, 32))
_BOXES_A_CELL = 3
_FINISHED_NUMBERS = 6  # x1, y1, x2, y2, confidence, class
_COCO_CLASSES = 80


class Kind(Enum):
    """What a row of an output holds."""

    OBJECTNESS = auto()  # middle, size, objectness, scores
    SCORES = auto()  # middle, size, scores
    CELLS = auto()  # as with objectness, in units of the row's cell
    FINISHED = auto()  # corners, confidence, class


@dataclass(frozen=True, slots=True)
class Layout:
    """`sideways` says that a box is a column. `class_count` is 0 where the shape does not say it."""

    kind: Kind
    sideways: bool
    class_count: int


def layout_of(shape: tuple[int, ...], input_px: tuple[int, int], named_classes: int) -> Layout:
    """The layout of one picture's output `(rows, numbers)` or the other way round, for an input of (height, width).

    `named_classes` is 0 where the file does not name them; then 1 and 80, COCO's, are the only counts that are guessed. Raises
    `ValueError` for shapes of other networks.
    """
    for sideways in (False, True):
        rows, numbers = shape[::-1] if sideways else shape
        boxes_a_cell = _boxes_a_cell(rows, input_px)
        if boxes_a_cell == _BOXES_A_CELL:
            return Layout(Kind.OBJECTNESS, sideways, _class_count(numbers, {Kind.OBJECTNESS: 5}, named_classes)[1])
        if boxes_a_cell == 1:
            kinds = {Kind.SCORES: 4} if sideways else {Kind.SCORES: 4, Kind.CELLS: 5}  # YOLOX gives rows
            kind, class_count = _class_count(numbers, kinds, named_classes)
            return Layout(kind, sideways, class_count)
    if shape[1] == _FINISHED_NUMBERS:
        return Layout(Kind.FINISHED, sideways=False, class_count=named_classes)
    raise ValueError(
        f"gives {shape[0]} x {shape[1]} numbers for a picture of {input_px[1]} x {input_px[0]} px, which no YOLO for detection does"
    )


def _boxes_a_cell(rows: int, input_px: tuple[int, int]) -> int:
    """0 if that many rows are not explained by cells."""
    counts = [sum(-(-input_px[0] // stride) * -(-input_px[1] // stride) for stride in strides) for strides in _STRIDES_PX]
    return 1 if rows in counts else _BOXES_A_CELL if rows in [_BOXES_A_CELL * count for count in counts] else 0


def _class_count(numbers: int, kinds: dict[Kind, int], named_classes: int) -> tuple[Kind, int]:
    """The kind whose numbers before the scores leave as many classes as there should be."""
    for wanted in (named_classes,) if named_classes else (_COCO_CLASSES, 1):
        for kind, before_scores in kinds.items():
            if numbers - before_scores == wanted:
                return kind, wanted
    said = f"names {named_classes} classes" if named_classes else "does not name its classes"
    raise ValueError(f"gives {numbers} numbers a box and {said}, which do not go together in a YOLO for detection")


def people_of(output: Float32, layout: Layout, persons: NDArray[np.int64]) -> tuple[Float32, Float32]:
    """Boxes `(N, 4)` xyxy in pixels of the input and confidences `(N,)` of what is most likely one of the classes `persons`.

    `output` is one picture's, as `layout` says; not for `Kind.CELLS`, whose boxes only their detector can place.
    """
    rows = output.T if layout.sideways else output
    if layout.kind is Kind.FINISHED:
        people = rows[np.isin(rows[:, 5], persons)]
        return people[:, :4], people[:, 4]
    before_scores = 5 if layout.kind is Kind.OBJECTNESS else 4
    likeliest = rows[:, before_scores:].argmax(axis=1)
    people = rows[np.isin(likeliest, persons)]
    confidences = people[:, before_scores:].max(axis=1)
    if layout.kind is Kind.OBJECTNESS:
        confidences = confidences * people[:, 4]
    middles, halves = people[:, :2], people[:, 2:4] / 2
    return np.concatenate([middles - halves, middles + halves], axis=1), confidences
