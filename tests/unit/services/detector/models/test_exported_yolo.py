"""What is made of a YOLO's output, on files that always give the same; tests/torch has real exports."""

import numpy as np
import pytest

from castlist.domain.devices import Device
from castlist.errors import TaskFailed
from castlist.inference.onnx_runtime import SessionNetwork, open_session
from services.detector.models.exported_yolo import ExportedYolo
from services.detector.models.loaded import LoadedDetectors
from tests.fixtures.onnx_bytes import block, constant, model, node, number, value_info

FACTS = {"task": "detect", "names": "{0: 'dog', 1: 'person'}", "imgsz": "[32, 64]"}
PICTURE = np.zeros((48, 64, 3), np.uint8)  # fits by 2/3 into 64 x 32: 43 x 32, 10 px to its left
CELLS = 4 * 8 + 2 * 4 + 1 * 2  # of 8, 16 and 32 px in 64 x 32


def file_bytes(output: np.ndarray, sides: tuple = (1, 3, 32, 64), **facts: str | None) -> bytes:
    said = {name: value for name, value in (FACTS | facts).items() if value is not None}
    values = output.astype(np.float32)
    return model(
        block(1, constant("output0", values)),
        block(2, b"yolo"),
        block(11, value_info("images", *sides)),
        block(12, value_info("output0", *values.shape)),
        facts=said,
    )


def yolo(output: list, sides: tuple = (1, 3, 32, 64), side_px: int = 0, **facts: str | None) -> ExportedYolo:
    data = file_bytes(np.array([output]), sides, **facts)
    return ExportedYolo(SessionNetwork(open_session(data, "mine.onnx", Device.CPU)), "mine.onnx", side_px)


def columns(*boxes: list[float], rows: int = CELLS) -> list:
    """Boxes as columns, and behind them columns of nothing."""
    return np.concatenate([np.array(boxes), np.zeros((rows - len(boxes), len(boxes[0])))]).T.tolist()


def test_columns_are_boxes_with_a_score_for_each_class() -> None:
    found = yolo(columns([32, 16, 43, 32, 0.1, 0.4], [20, 10, 8, 4, 0.2, 0.9], [20, 10, 8, 4, 0.9, 0.8], [20, 10, 8, 4, 0.0, 0.05]))
    boxes, confidences = found.detect(PICTURE, 0.1)
    np.testing.assert_allclose(confidences, [0.9, 0.4])  # not the dog, not the weak one
    scale = 43 / 64
    np.testing.assert_allclose(
        boxes, [[(16 - 10) / scale, 8 * 1.5, (24 - 10) / scale, 12 * 1.5], [0.5 / scale, 0, 43.5 / scale, 48]], rtol=1e-5
    )
    assert boxes.dtype == confidences.dtype == np.float32


def test_rows_with_objectness_are_those_of_three_boxes_a_cell() -> None:
    rows = np.zeros((3 * CELLS, 7))
    rows[5] = [20, 10, 8, 4, 0.5, 0.2, 0.8]
    boxes, confidences = yolo(rows.tolist(), imgsz=None, task=None, names="['dog', 'person']").detect(PICTURE, 0.1)
    np.testing.assert_allclose(confidences, [0.4])
    np.testing.assert_allclose(boxes, [[6 * 64 / 43, 12, 14 * 64 / 43, 18]], rtol=1e-5)


def test_rows_are_finished_boxes() -> None:
    rows = [[16, 8, 24, 12, 0.5, 1], [10, 0, 53, 32, 0.6, 0], [10, 0, 53, 32, 0.7, 1], [0, 0, 0, 0, 0, 0]]
    boxes, confidences = yolo(rows).detect(PICTURE, 0.3)
    np.testing.assert_allclose(confidences, [0.7, 0.5])
    np.testing.assert_allclose(boxes[0], [0, 0, 64, 48], rtol=1e-5)


@pytest.mark.parametrize("names", ['{"0": "dog", "1": "person"}', "['dog', 'person']", "('dog', 'person')"])
def test_names_may_be_a_list_and_their_numbers_words(names) -> None:
    assert len(yolo(columns([20, 10, 8, 4, 0.1, 0.9], [20, 10, 8, 4, 0.9, 0.1]), names=names).detect(PICTURE, 0.5)[0]) == 1


@pytest.mark.parametrize(("names", "found"), [("{0: 'pedestrian'}", 1), ("{0: 'head', 1: 'Person'}", 0), (None, 1)])
def test_who_is_a_person(names, found) -> None:
    """The only class needs no name; without names it is the only class, or the first of COCO's."""
    box = [20, 10, 8, 4, 0.9] if names is None or "head" not in names else [20, 10, 8, 4, 0.9, 0.1]
    assert len(yolo(columns(box), names=names).detect(PICTURE, 0.5)[0]) == found


def test_nothing_that_is_sure_enough() -> None:
    boxes, confidences = yolo(np.full((6, CELLS), 0.01).tolist()).detect(PICTURE, 0.5)
    assert (boxes.shape, confidences.shape) == ((0, 4), (0,))


def test_what_is_no_number_is_handed_on_to_be_counted() -> None:
    _, confidences = yolo(columns([20, 10, 8, 4, 0.0, 0.9], [np.nan, 10, 8, 4, 0.0, np.nan])).detect(PICTURE, 0.5)
    assert len(confidences) == 2
    assert np.isnan(confidences).sum() == 1


@pytest.mark.parametrize("sides", [(1, 3, "h", "w"), ("n", 3, "h", "w"), (1, "c", 32, "w")])
def test_open_sides_are_those_of_the_export(sides) -> None:
    assert len(yolo(columns([20, 10, 8, 4, 0.2, 0.9]), sides).detect(PICTURE, 0.5)[0]) == 1


def test_open_sides_may_be_wished_for() -> None:
    cells_of_96 = 12 * 12 + 6 * 6 + 3 * 3
    found = yolo(columns([48, 48, 48, 48, 0.2, 0.9], rows=cells_of_96), (1, 3, "h", "w"), side_px=96)
    np.testing.assert_allclose(found.detect(PICTURE, 0.5)[0], [[16, 8, 48, 40]], rtol=1e-5)  # 64 x 48 is 96 x 72 there, 12 px down


def test_a_network_for_several_pictures_gets_one() -> None:
    output = np.repeat(np.array([columns([20, 10, 8, 4, 0.2, 0.9])]), 4, axis=0)
    session = open_session(file_bytes(output, (4, 3, 32, 64)), "mine.onnx", Device.CPU)
    assert len(ExportedYolo(SessionNetwork(session), "mine.onnx").detect(PICTURE, 0.5)[0]) == 1


@pytest.mark.parametrize("sides", [(1, 3, 32, 64), (2, 3, 32, 64), (1, 3, "h", "w")])
def test_cells_are_those_of_the_input_whatever_its_sides_and_batch(sides, tmp_path) -> None:
    """YOLOX: a box is told from its cell, here the fourth of the second row of 8 px."""
    rows = np.zeros((sides[0], CELLS, 85))
    rows[0, 1 * 8 + 3, :6] = [0.5, 0.25, np.log(2), 0, 0.8, 0.5]
    weights = tmp_path / "mine.onnx"
    weights.write_bytes(file_bytes(rows, sides, names=None))
    boxes, confidences = LoadedDetectors().get("mine.onnx", "", weights).detect(PICTURE, 0.3)
    np.testing.assert_allclose(confidences, [0.4])
    np.testing.assert_allclose(boxes, [[30, 9, 54, 21]], rtol=1e-5)  # 64 x 48 is 43 x 32 there: 16 x 8 px around (28, 10)
    assert boxes.dtype == confidences.dtype == np.float32


def row_sums(batch: int | str) -> ExportedYolo:
    """A network for 64 x 32 px whose table has one box: number r of it is the sum over row r of the picture."""
    over_channels = (
        block(5, block(1, b"axes"), number(8, 1), number(20, 7)),
        block(5, block(1, b"keepdims"), number(3, 0), number(20, 2)),
    )
    data = model(
        block(1, node("ReduceMean", ["images"], "grey", *over_channels)),
        block(1, constant("first_box", np.eye(1, CELLS, dtype=np.float32).repeat(64, axis=0))),
        block(1, node("MatMul", ["grey", "first_box"], "output0")),
        block(2, b"yolo"),
        block(11, value_info("images", batch, 3, 32, 64)),
        block(12, value_info("output0", batch, 32, CELLS)),
        facts=FACTS | {"names": str({number: "person" if number == 1 else f"thing {number}" for number in range(28)})},
    )
    return ExportedYolo(SessionNetwork(open_session(data, "mine.onnx", Device.CPU)), "mine.onnx")


def picture_of(*levels: int) -> np.ndarray:
    """Rows of one grey level each, the others black."""
    picture = np.zeros((32, 64, 3), np.uint8)
    picture[: len(levels)] = np.array(levels)[:, None, None]
    return picture


@pytest.mark.parametrize("batch", ["n", 2, 1])
def test_pictures_in_one_pass_are_told_apart(batch) -> None:
    pictures = [picture_of(128, 64, 64, 32, 0, 3), picture_of(64, 64, 32, 32, 0, 2), picture_of(128, 64, 64, 32, 3), PICTURE[:32]]
    found = row_sums(batch).detect_batch(pictures, 0.4)
    assert [len(boxes) for boxes, _ in found] == [1, 1, 0, 0]
    left, width = 128 * 64 / 255, 64 * 64 / 255
    np.testing.assert_allclose(found[0][0][0][[0, 2]], [left - width / 2, left + width / 2], rtol=1e-5)
    assert [round(float(confidences[0]), 3) for _, confidences in found[:2]] == [0.753, 0.502]
    for picture, (boxes, confidences) in zip(pictures, found, strict=True):
        alone = row_sums(batch).detect(picture, 0.4)
        np.testing.assert_array_equal(boxes, alone[0])
        np.testing.assert_array_equal(confidences, alone[1])


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"task": "segment"}, "is for the task 'segment', Castlist needs one that detects: export another"),
        ({"names": "{0: 'dog', 1: 'cat'}"}, "knows 2 classes and none is called person: export a model that was trained on people"),
        ({"imgsz": "print(1)"}, "says its imgsz in a way that can't be read: export it again"),
        ({"imgsz": "'a'"}, "says its imgsz in a way that can't be read"),
        ({"imgsz": "[100000, 100000]"}, "says its imgsz in a way that can't be read"),
        ({"stride": "-32"}, "says its stride in a way that can't be read"),
        ({"names": "5"}, "says its names in a way that can't be read"),
        ({"names": "{0: 1, 1: 2}"}, "says its names in a way that can't be read"),
        ({"names": "['dog'] * 3, 'x'("}, "says its names in a way that can't be read: export it again"),
    ],
)
def test_files_that_can_t_be_used_are_refused_with_a_remedy(facts, words) -> None:
    with pytest.raises(TaskFailed, match=f"^mine.onnx {words}"):
        yolo([[0.0] * 6], **facts)


@pytest.mark.parametrize(
    ("output", "sides", "side_px", "words"),
    [
        (np.zeros((9, CELLS)), (1, 3, 32, 64), 0, "gives 9 numbers a box and names 2 classes, which do not go together"),
        (np.zeros((1000,)), (1, 3, 32, 64), 0, r"gives \[1, 1000\] and no table of boxes, so it does not detect"),
        (np.zeros((6, CELLS)), (1, 32, 64, 3), 0, r"takes \[1, 32, 64, 3\] float32, a YOLO takes pictures \[batch, 3, height, width\]"),
        (np.zeros((6, CELLS)), (1, 3, 32, 64), 96, "takes 64 x 32 px and nothing else: export it with dynamic sides"),
        (np.zeros((6, CELLS)), (1, 3, "h", "w"), 100, "takes pictures whose sides are multiples of 32 px, not 100"),
    ],
)
def test_networks_that_are_no_yolo_for_detection_are_refused(output, sides, side_px, words) -> None:
    with pytest.raises(TaskFailed, match=f"^mine.onnx {words}"):
        yolo(output.tolist(), sides, side_px)
