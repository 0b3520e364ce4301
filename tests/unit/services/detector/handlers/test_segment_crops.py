import cv2
import numpy as np

from castlist.domain.parameters import DetectParameters
from services.detector.handlers import segment_crops
from services.detector.handlers.segment_crops import SegmentCrops

PICTURE = np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)


def boxes(*left_px: float) -> np.ndarray:
    return np.array([[x, 0, x + 10.5, 20] for x in left_px], np.float32).reshape(-1, 4)


def test_sure_detections_leave_a_crop_each() -> None:
    crops = SegmentCrops(DetectParameters(crop_min_confidence=0.3))
    crops.add(PICTURE, (0, 0), boxes(1, 2), np.array([0.9, 0.2], np.float32))
    crops.add(PICTURE, (2, 5), boxes(3, 40), np.array([0.8, 0.7], np.float32))

    pack = crops.taken()
    assert pack.frame_numbers.tolist() == [0, 2, 2]
    assert pack.detection_indices.tolist() == [0, 5, 6]
    assert pack.boxes[:, 0].tolist() == [1, 3, 40]
    assert pack.confidences.tolist() == np.array([0.9, 0.8, 0.7], np.float32).tolist()
    assert pack.shapes.tolist() == [[20, 11], [20, 11], [20, 11]]
    assert pack.person_ids.tolist() == [0, 0, 0]
    assert [cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR).shape for image in pack.images] == [(20, 11, 3)] * 3


def test_a_pack_is_handed_out_once(monkeypatch) -> None:
    monkeypatch.setattr(segment_crops, "PACK_CROPS", 2)
    crops = SegmentCrops(DetectParameters())
    crops.add(PICTURE, (0, 0), boxes(1), np.ones(1, np.float32))
    assert not crops.is_full
    crops.add(PICTURE, (1, 1), boxes(2, 3), np.ones(2, np.float32))
    assert crops.is_full
    assert crops.taken().detection_indices.tolist() == [0, 1, 2]
    assert not crops.is_full
    assert crops.taken().boxes.shape == (0, 4)
    assert crops.count == 3
