import numpy as np

from services.detector.algorithms.cropping import crop_rectangles


def test_boxes_are_rounded_outwards_and_stay_in_the_frame() -> None:
    boxes = np.array([[10.2, 20.0, 30.1, 40.9], [0.0, 0.0, 768.0, 576.0], [767.5, 575.4, 768.0, 576.0]], np.float32)
    assert crop_rectangles(boxes, 768, 576).tolist() == [[10, 20, 31, 41], [0, 0, 768, 576], [767, 575, 768, 576]]


def test_no_boxes_no_rectangles() -> None:
    assert crop_rectangles(np.zeros((0, 4), np.float32), 768, 576).shape == (0, 4)
