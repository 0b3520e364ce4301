"""Stored crops become pictures, or are refused."""

import cv2
import numpy as np
import pytest

from castlist.domain.records import CropPack
from castlist.errors import ObjectCorrupt
from services.reid.models.crop_images import decode_images


def pack(*images: bytes, shape: tuple[int, int] = (20, 10)) -> CropPack:
    rows = np.arange(len(images))
    zeros = np.zeros(len(images), np.float32)
    return CropPack(images, rows, rows, np.zeros((len(images), 4), np.float32), zeros, zeros, np.tile(shape, (len(images), 1)), rows)


def jpeg(picture: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()


def test_pictures_are_bgr() -> None:
    (found,) = decode_images(pack(jpeg(np.tile(np.uint8([200, 20, 40]), (20, 10, 1)))))
    assert found.shape == (20, 10, 3)
    np.testing.assert_allclose(found, np.tile([200, 20, 40], (20, 10, 1)), atol=3)


def test_what_is_no_image_is_refused() -> None:
    with pytest.raises(ObjectCorrupt, match="crop 1 is no image"):
        decode_images(pack(jpeg(np.zeros((20, 10, 3), np.uint8)), b"no jpeg"))
    with pytest.raises(ObjectCorrupt, match="crop 0 is 12 x 20 px, its pack says 10 x 20 px"):
        decode_images(pack(jpeg(np.zeros((20, 12, 3), np.uint8))))
