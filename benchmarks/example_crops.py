"""Real crops for benchmarks: people in the example video, as the detect stage stores them."""

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from castlist.domain.parameters import DetectParameters
from castlist.domain.records import CropPack
from castlist.manifest import ModelLibrary
from services.detector.algorithms.cropping import crop_rectangles
from services.detector.algorithms.tiling import views_of
from services.detector.handlers.detect import find_people
from services.detector.models.loaded import LoadedDetectors

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "campus.mp4"
_EVERY = 8
_LEAST_CONFIDENCE = 0.5


def crop_packs(count: int, crops_each: int, scale: float = 1.0) -> list[CropPack]:
    """Packs of crops whose sides are `scale` times as long as in the video; no two packs are the same bytes."""
    jpegs = cycle(list(_jpegs(scale)))
    return [_pack([next(jpegs) for _ in range(crops_each)], number * crops_each) for number in range(count)]


def people(every: int) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64]]]:
    """Every so-manieth frame, BGR, with the rectangles (x1, y1, x2, y2) of all whom the packaged detector sees in it."""
    model = ModelLibrary().resolve("ssdlite_pedestrian")
    assert model is not None, "it comes with the package"
    detector = LoadedDetectors().get(model.entry.name, model.sha256, model.path)
    parameters = DetectParameters()
    with av.open(str(EXAMPLE)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % every:
                continue
            picture = frame.to_ndarray(format="bgr24")
            height, width = picture.shape[:2]
            boxes, confidences = find_people(picture, views_of(width, height, model.entry.tile_side_px), detector, parameters)
            yield picture, crop_rectangles(boxes[confidences > _LEAST_CONFIDENCE], width, height)


def _jpegs(scale: float) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """JPEG and (height, width) of every person seen in every 8th frame."""
    quality = DetectParameters().crop_jpeg_quality
    for picture, rectangles in people(_EVERY):
        for left, top, right, bottom in rectangles.tolist():
            crop = cv2.resize(picture[top:bottom, left:right], None, fx=scale, fy=scale)
            yield cv2.imencode(".jpg", crop, (cv2.IMWRITE_JPEG_QUALITY, quality))[1].tobytes(), crop.shape[:2]


def _pack(jpegs: list[tuple[bytes, tuple[int, int]]], first: int) -> CropPack:
    rows = np.arange(first, first + len(jpegs))
    return CropPack(
        images=tuple(image for image, _ in jpegs),
        frame_numbers=rows,
        detection_indices=rows,
        boxes=np.zeros((len(rows), 4), np.float32),
        confidences=np.ones(len(rows), np.float32),
        sharpness=np.ones(len(rows), np.float32),
        shapes=np.array([shape for _, shape in jpegs], np.int64),
        person_ids=rows // 16 + 1,
    )
