from fractions import Fraction

import cv2
import numpy as np
import pytest

from castlist.codec.crops_hdf5 import decode_crops
from castlist.codec.image_places import image_digest
from castlist.domain.parameters import DetectParameters
from castlist.domain.video import Segment, VideoPlan
from services.detector.handlers import segment_crops
from services.detector.handlers.segment_crops import SegmentCrops

SEGMENT = Segment(0, 100)
PLAN = VideoPlan(80, 60, Fraction(1, 10), 0, Fraction(10), 100, 10.0, "mov,mp4", "h264", (SEGMENT,))
PICTURE = np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)


def crops_of(**parameters: float | str) -> SegmentCrops:
    return SegmentCrops.of_segment(PLAN, SEGMENT, DetectParameters(**parameters))


def boxes(*left_px: float) -> np.ndarray:
    return np.array([[x, 0, x + 10.5, 20] for x in left_px], np.float32).reshape(-1, 4)


def sure(count: int) -> np.ndarray:
    return np.ones(count, np.float32)


@pytest.mark.parametrize("codec", ["jpeg", "png"])
def test_sure_detections_leave_a_crop_each(codec: str) -> None:
    crops = crops_of(crop_min_confidence=0.3, crop_codec=codec)
    crops.add(0, PICTURE, (0, 0), boxes(1, 2), np.array([0.9, 0.2], np.float32))
    crops.add(2, PICTURE, (2, 5), boxes(13, 40), np.array([0.8, 0.7], np.float32))

    assert not crops.has_images
    crops.finish()
    pack = decode_crops(crops.taken())
    assert pack.frame_numbers.tolist() == [0, 2, 2]
    assert pack.detection_indices.tolist() == [0, 5, 6]
    assert pack.boxes[:, 0].tolist() == [1, 13, 40]
    assert pack.confidences.tolist() == np.array([0.9, 0.8, 0.7], np.float32).tolist()
    assert pack.shapes.tolist() == [[20, 11], [20, 11], [20, 11]]
    assert pack.person_ids.tolist() == [0, 0, 0]
    assert [cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR).shape for image in pack.images] == [(20, 11, 3)] * 3


def test_a_pack_is_handed_out_once_and_the_list_says_where_images_lie(monkeypatch) -> None:
    monkeypatch.setattr(segment_crops, "PACK_CROPS", 2)
    monkeypatch.setattr(segment_crops, "_TOGETHER_BYTES", 1)
    crops = crops_of()
    crops.add(0, PICTURE, (0, 0), boxes(1), sure(1))
    assert not crops.is_full
    crops.add(2, PICTURE, (1, 1), boxes(20, 40), sure(2))
    assert crops.is_full
    packs = [crops.taken()]
    assert not crops.is_full
    assert not crops.has_images
    crops.add(4, PICTURE, (2, 3), boxes(60), sure(1))
    packs.append(crops.taken())
    assert crops.count == 4

    listed = crops.listed()
    assert listed.detection_indices.tolist() == [0, 1, 2, 3]
    assert listed.frame_numbers.tolist() == [0, 1, 1, 2]
    assert listed.places.packs.tolist() == [0, 0, 0, 1]
    images = [image for pack in packs for image in decode_crops(pack).images]
    for row, image in enumerate(images):
        start, length = int(listed.places.offsets[row]), int(listed.places.lengths[row])
        assert packs[listed.places.packs[row]][start : start + length] == image
        assert listed.places.digests[row].tobytes() == image_digest(image)


def test_who_stands_still_is_listed_but_leaves_one_image() -> None:
    crops = crops_of(crop_still_interval_s=1.0)
    for number, left_px in enumerate([0, 20, 40, 60, 0]):  # one who walks beside one who stands
        crops.add(2 * number, PICTURE, (number, 2 * number), boxes(left_px, 30.2), sure(2))
    crops.finish()
    crops.taken()
    listed = crops.listed()
    assert (listed.places.packs.reshape(-1, 2) >= 0).tolist() == [[True, True], *[[True, False]] * 3, [False, False]]
    assert listed.windows.tolist() == [0] * 10
    assert np.all(listed.sharpness > 0)
    assert listed.shapes[listed.places.packs < 0].tolist() == [[0, 0]] * 5
    assert (crops.count, crops.image_count) == (10, 5)


def test_blank_crops_are_counted() -> None:
    crops = crops_of()
    picture = PICTURE.copy()
    picture[:, :30] = 128
    crops.add(0, picture, (0, 0), boxes(5, 50), sure(2))
    crops.finish()
    assert (crops.count, crops.blank_count) == (2, 1)
    crops.taken()
    assert crops.listed().blank.tolist() == [True, False]


def test_crops_that_wait_are_none_the_worse_for_it(monkeypatch) -> None:
    def packed() -> bytes:
        crops, picture = crops_of(crop_still_interval_s=1.0), PICTURE.copy()
        for number in range(6):
            crops.add(3 * number, picture, (number, 2 * number), boxes(4 * number, 60), sure(2))
            picture[:] = picture[::-1]  # the next frame in the same memory
        crops.finish()
        return crops.taken()

    together = packed()
    for few in (1, 2000, 4000):  # a crop has 660 bytes
        monkeypatch.setattr(segment_crops, "_TOGETHER_BYTES", few)
        assert packed() == together


def test_nobody_at_all() -> None:
    crops = crops_of()
    crops.add(0, PICTURE, (0, 0), boxes(), sure(0))
    crops.finish()
    assert not crops.has_images
    assert crops.listed().boxes.shape == (0, 4)
    assert crops.listed().places.digests.shape == (0, 16)
