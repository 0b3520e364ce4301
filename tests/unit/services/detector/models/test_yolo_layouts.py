"""Shapes of real exports and of other networks; values of small tables."""

import numpy as np
import pytest

from services.detector.models.yolo_layouts import Kind, Layout, layout_of, people_of

SQUARE, WIDE = (640, 640), (384, 640)


@pytest.mark.parametrize(
    ("shape", "input_px", "named", "expected"),
    [
        ((25200, 85), SQUARE, 80, Layout(Kind.OBJECTNESS, sideways=False, class_count=80)),  # yolov5n
        ((85, 25200), SQUARE, 0, Layout(Kind.OBJECTNESS, sideways=True, class_count=80)),
        ((102000, 6), (1280, 1280), 0, Layout(Kind.OBJECTNESS, sideways=False, class_count=1)),  # yolov5n6 would have 102,000
        ((25500, 85), SQUARE, 80, Layout(Kind.OBJECTNESS, sideways=False, class_count=80)),  # with cells of 64 px
        ((6000, 85), SQUARE, 80, Layout(Kind.OBJECTNESS, sideways=False, class_count=80)),  # yolov3-tiny
        ((84, 8400), SQUARE, 80, Layout(Kind.SCORES, sideways=True, class_count=80)),  # yolov8n, yolo11n
        ((84, 8400), SQUARE, 0, Layout(Kind.SCORES, sideways=True, class_count=80)),
        ((8400, 84), SQUARE, 0, Layout(Kind.SCORES, sideways=False, class_count=80)),
        ((5, 8400), SQUARE, 0, Layout(Kind.SCORES, sideways=True, class_count=1)),
        ((6, 8400), SQUARE, 2, Layout(Kind.SCORES, sideways=True, class_count=2)),
        ((8400, 6), SQUARE, 2, Layout(Kind.SCORES, sideways=False, class_count=2)),
        ((84, 5040), WIDE, 80, Layout(Kind.SCORES, sideways=True, class_count=80)),
        ((84, 34000), SQUARE, 80, Layout(Kind.SCORES, sideways=True, class_count=80)),  # yolov8n-p2
        ((3549, 85), (416, 416), 0, Layout(Kind.CELLS, sideways=False, class_count=80)),  # yolox_nano
        ((300, 6), SQUARE, 80, Layout(Kind.FINISHED, sideways=False, class_count=80)),  # yolov10n, yolo26n, nms=True
        ((300, 6), SQUARE, 0, Layout(Kind.FINISHED, sideways=False, class_count=0)),
    ],
)
def test_exports_are_told_apart(shape, input_px, named, expected) -> None:
    assert layout_of(shape, input_px, named) == expected


@pytest.mark.parametrize(
    ("shape", "named", "words"),
    [
        ((116, 8400), 80, "gives 116 numbers a box and names 80 classes"),  # a segmenting one, with coefficients of masks
        ((6, 8400), 0, "gives 6 numbers a box and does not name its classes"),  # v8 with two classes, and no YOLOX, which gives rows
        ((25, 8400), 0, "gives 25 numbers a box and does not name its classes"),  # of 20 or 21 classes: which are people?
        ((300, 84), 80, "gives 300 x 84 numbers for a picture of 640 x 640 px, which no YOLO"),  # RT-DETR
        ((84, 8400), 20, "gives 84 numbers a box and names 20 classes"),
        ((1, 1000), 0, "gives 1 x 1000 numbers"),
    ],
)
def test_other_shapes_are_refused(shape, named, words) -> None:
    with pytest.raises(ValueError, match=words):
        layout_of(shape, SQUARE, named)


def test_objectness_weighs_the_likeliest_class() -> None:
    rows = np.array([[20, 10, 8, 4, 0.5, 0.1, 0.8], [20, 10, 8, 4, 0.9, 0.7, 0.6], [2, 2, 2, 2, 0.25, 0.0, 1.0]], np.float32)
    layout = Layout(Kind.OBJECTNESS, sideways=False, class_count=2)
    boxes, confidences = people_of(rows, layout, np.array([1]))
    np.testing.assert_allclose(confidences, [0.4, 0.25])
    np.testing.assert_allclose(boxes, [[16, 8, 24, 12], [1, 1, 3, 3]])
    sideways = people_of(rows.T, Layout(Kind.OBJECTNESS, sideways=True, class_count=2), np.array([1]))
    np.testing.assert_array_equal(sideways[0], boxes)
    np.testing.assert_array_equal(sideways[1], confidences)


def test_several_classes_may_be_people() -> None:
    columns = np.array([[20, 10, 8, 4, 0.1, 0.8, 0.3], [20, 10, 8, 4, 0.6, 0.2, 0.1], [20, 10, 8, 4, 0.1, 0.2, 0.9]], np.float32).T
    _, confidences = people_of(columns, Layout(Kind.SCORES, sideways=True, class_count=3), np.array([0, 1]))
    np.testing.assert_allclose(confidences, [0.8, 0.6])
