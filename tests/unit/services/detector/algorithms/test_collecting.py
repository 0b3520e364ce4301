import numpy as np

from services.detector.algorithms.collecting import DetectionColumns


def boxes(*left_px: float) -> np.ndarray:
    return np.array([[x, 0, x + 10, 20] for x in left_px], np.float32).reshape(-1, 4)


def test_frames_and_detections_become_aligned_columns() -> None:
    columns = DetectionColumns()
    columns.add_frame(100, boxes(1, 2), np.array([0.9, 0.2], np.float32))
    columns.add_unexamined(200)
    assert columns.place() == (2, 2)
    columns.add_frame(300, boxes(3, 4, 5), np.array([0.8, 0.7, 0.6], np.float32))
    columns.add_frame(400, boxes(), np.zeros(0, np.float32))

    detections = columns.detections()
    assert detections.frame_pts.tolist() == [100, 200, 300, 400]
    assert detections.examined.tolist() == [True, False, True, True]
    assert detections.detection_counts.tolist() == [2, 0, 3, 0]
    assert detections.boxes[:, 0].tolist() == [1, 2, 3, 4, 5]
    assert detections.confidences.tolist() == np.array([0.9, 0.2, 0.8, 0.7, 0.6], np.float32).tolist()


def test_a_segment_without_frames_has_empty_columns() -> None:
    detections = DetectionColumns().detections()
    assert detections.boxes.shape == (0, 4)
    assert detections.frame_pts.dtype == detections.detection_counts.dtype == np.int64
    assert detections.examined.dtype == np.bool_
