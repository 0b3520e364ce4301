"""What is made of an exported YOLO's output, on files that always give the same; tests/torch has real exports."""

import numpy as np
import pytest

from castlist.domain.devices import Device
from castlist.errors import TaskFailed
from castlist.inference.onnx_runtime import open_session
from services.detector.models.exported_yolo import ExportedYolo
from tests.fixtures.onnx_bytes import block, constant, model, value_info

FACTS = {"task": "detect", "names": "{0: 'dog', 1: 'person'}", "imgsz": "[32, 64]"}
PICTURE = np.zeros((48, 64, 3), np.uint8)  # fits by 2/3 into 64 x 32: 43 x 32, 10 px to its left


def yolo(output: list, **facts: str | None) -> ExportedYolo:
    values = np.array([output], np.float32)
    said = {name: value for name, value in (FACTS | facts).items() if value is not None}
    data = model(
        block(1, constant("output0", values)),
        block(2, b"yolo"),
        block(11, value_info("images", 1, 3, 32, 64)),
        block(12, value_info("output0", *values.shape)),
        facts=said,
    )
    return ExportedYolo(open_session(data, "mine.onnx", Device.CPU), "mine.onnx")


def test_columns_are_boxes_with_a_score_for_each_class() -> None:
    columns = np.array([[32, 16, 43, 32, 0.1, 0.4], [20, 10, 8, 4, 0.2, 0.9], [20, 10, 8, 4, 0.9, 0.8], [20, 10, 8, 4, 0.0, 0.05]]).T
    boxes, confidences = yolo(columns.tolist()).detect(PICTURE, 0.1)
    np.testing.assert_allclose(confidences, [0.9, 0.4])  # not the dog, not the weak one
    scale = 43 / 64
    np.testing.assert_allclose(
        boxes, [[(16 - 10) / scale, 8 * 1.5, (24 - 10) / scale, 12 * 1.5], [0.5 / scale, 0, 43.5 / scale, 48]], rtol=1e-5
    )
    assert boxes.dtype == confidences.dtype == np.float32


def test_rows_are_finished_boxes() -> None:
    rows = [[16, 8, 24, 12, 0.5, 1], [10, 0, 53, 32, 0.6, 0], [10, 0, 53, 32, 0.7, 1], [0, 0, 0, 0, 0, 0]]
    boxes, confidences = yolo(rows).detect(PICTURE, 0.3)
    np.testing.assert_allclose(confidences, [0.7, 0.5])
    np.testing.assert_allclose(boxes[0], [0, 0, 64, 48], rtol=1e-5)


def test_the_only_class_needs_no_name() -> None:
    columns = np.array([[20, 10, 8, 4, 0.9]]).T.tolist()
    assert len(yolo(columns, names="{0: 'pedestrian'}").detect(PICTURE, 0.5)[0]) == 1


def test_nothing_that_is_sure_enough() -> None:
    boxes, confidences = yolo(np.full((6, 21), 0.01).tolist()).detect(PICTURE, 0.5)
    assert (boxes.shape, confidences.shape) == ((0, 4), (0,))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"task": "segment"}, "is for the task 'segment', Castlist needs one that detects: export another"),
        ({"names": "{0: 'dog', 1: 'cat'}"}, "knows 2 classes and none is called person: export a model that was trained on people"),
        ({"names": None}, "does not say its names, so it is no export of the ultralytics package: export it again"),
        ({"imgsz": "print(1)"}, "does not say its imgsz, so it is no export of the ultralytics package: export it again"),
    ],
)
def test_files_that_can_t_be_used_are_refused_with_a_remedy(facts, words) -> None:
    with pytest.raises(TaskFailed, match=f"^mine.onnx {words}"):
        yolo([[0.0] * 6], **facts)


def test_an_output_that_does_not_fit_its_classes_is_refused() -> None:
    with pytest.raises(TaskFailed, match="gives 9 numbers a box and names 2 classes"):
        yolo(np.zeros((9, 21)).tolist()).detect(PICTURE, 0.5)
