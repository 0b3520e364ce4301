"""Crops as many, as large and of as many persons as the documents of the earlier system name, out of the example video."""

import numpy as np
from numpy.typing import NDArray

from benchmarks.example_crops import people
from castlist.codec.crops_by_person import CropGroup
from castlist.codec.pictures import Picture

PERSONS = 48
_SEED = 5
_SIZE_PX = np.array([250.0, 125.0])


def made_crops(count: int, pixel_bytes: int) -> list[CropGroup]:
    """Persons with crops, seeded: windows around people, of sizes that vary by a third, some mirrored, brightness moved a little."""
    generator = np.random.default_rng(_SEED)
    frames = [(picture, rectangles) for picture, rectangles in people(every=24) if len(rectangles)]
    factors = generator.lognormal(0, 0.35, count)
    factors *= np.sqrt(pixel_bytes / np.sum(3 * np.prod(_SIZE_PX) * factors**2))
    owners = np.sort(np.concatenate([np.arange(PERSONS), generator.choice(PERSONS, count - PERSONS, p=_shares(generator))]))
    pictures = [_window(frames, factor, generator) for factor in factors]
    return [_group(number, [pictures[row] for row in np.flatnonzero(owners == number)]) for number in range(PERSONS)]


def _shares(generator: np.random.Generator) -> NDArray[np.float64]:
    return generator.dirichlet(np.full(PERSONS, 3.0))


def _window(frames: list[tuple[Picture, NDArray[np.int64]]], factor: float, generator: np.random.Generator) -> Picture:
    picture, rectangles = frames[generator.integers(len(frames))]
    rectangle = rectangles[generator.integers(len(rectangles))]
    height, width = np.minimum((_SIZE_PX * factor).round().astype(int), picture.shape[:2]).tolist()
    x, y = (np.array([rectangle[0] + rectangle[2] - width, rectangle[1] + rectangle[3] - height]) / 2 + generator.normal(0, 12, 2)).astype(
        int
    )
    left, top = int(np.clip(x, 0, picture.shape[1] - width)), int(np.clip(y, 0, picture.shape[0] - height))
    window = picture[top : top + height, left : left + width].astype(np.int16) + generator.integers(-6, 7)
    return np.ascontiguousarray(np.clip(window, 0, 255).astype(np.uint8)[:, :: generator.choice([-1, 1])])


def _group(number: int, pictures: list[Picture]) -> CropGroup:
    sizes = np.array([picture.shape[:2] for picture in pictures], np.float32)
    boxes = np.concatenate([np.zeros_like(sizes), sizes[:, ::-1]], axis=1)
    return CropGroup(number + 1, np.arange(len(pictures)), pictures, boxes, np.full(len(pictures), 0.9, np.float32))
