import numpy as np

from services.detector.algorithms.collecting import SegmentColumns


def boxes(*left_px: float) -> np.ndarray:
    return np.array([[x, 0, x + 10, 20] for x in left_px], np.float32).reshape(-1, 4)


def test_frames_detections_and_crops_become_aligned_columns() -> None:
    columns = SegmentColumns()
    columns.add_frame(100, boxes(1, 2), np.array([0.9, 0.2], np.float32))
    columns.add_crops([b"a"], np.array([[1, 0, 11, 20]]), [1.5])
    columns.add_frame(200, boxes(), np.zeros(0, np.float32))
    columns.add_frame(300, boxes(3, 4, 5), np.array([0.8, 0.7, 0.6], np.float32))
    columns.add_crops([b"b", b"c"], np.array([[3, 0, 13, 20], [4, 0, 14, 21]]), [2.5, 3.5])

    detections, crops = columns.detections(), columns.crops()
    assert detections.frame_pts.tolist() == [100, 200, 300]
    assert detections.detection_counts.tolist() == [2, 0, 3]
    assert detections.boxes[:, 0].tolist() == [1, 2, 3, 4, 5]
    assert crops.images == (b"a", b"b", b"c")
    assert crops.frame_numbers.tolist() == [0, 2, 2]
    assert crops.detection_indices.tolist() == [0, 2, 3]
    assert crops.boxes[:, 0].tolist() == [1, 3, 4]
    assert crops.confidences.tolist() == detections.confidences[[0, 2, 3]].tolist()
    assert crops.sharpness.tolist() == [1.5, 2.5, 3.5]
    assert crops.shapes.tolist() == [[20, 10], [20, 10], [21, 10]]
    assert crops.person_ids.tolist() == [0, 0, 0]


def test_a_segment_without_frames_has_empty_columns() -> None:
    detections, crops = SegmentColumns().detections(), SegmentColumns().crops()
    assert detections.boxes.shape == crops.boxes.shape == (0, 4)
    assert crops.shapes.shape == (0, 2)
    assert detections.frame_pts.dtype == detections.detection_counts.dtype == np.int64
