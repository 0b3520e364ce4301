"""What a segment leaves, and that it is the same in the end however the video is cut."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from castlist.domain.records import CropList, ImagePlaces
from castlist.domain.video import Segment, VideoPlan
from services.detector.algorithms.crop_bounds import CropBounds
from services.grouper.algorithms.still_images import without_still

PLAN = VideoPlan(640, 480, Fraction(1, 10), 0, Fraction(10), 100, 10.0, "mov,mp4", "h264", (Segment(0, 100),))


def person(left_px: float) -> list[float]:
    return [left_px, 100, left_px + 40, 200]


def frame(*left_px: float) -> np.ndarray:
    return np.array([person(left) for left in left_px], np.float32).reshape(-1, 4)


def test_who_stands_leaves_one_image_a_window_and_who_walks_all() -> None:
    bounds = CropBounds.of_segment(PLAN, None, 1.0, 64)
    images = [bounds.images_of(pts, frame(10, 200 + 10 * pts))[1].tolist() for pts in range(0, 20, 2)]
    assert images == [[True, True], *[[False, True]] * 4] * 2


def test_without_an_interval_nothing_is_still() -> None:
    bounds = CropBounds.of_segment(PLAN, None, 0.0, 64)
    assert all(bounds.images_of(pts, frame(10))[1].all() for pts in range(10))


def test_a_window_that_began_before_the_segment_is_not_known() -> None:
    bounds = CropBounds.of_segment(PLAN, 12, 1.0, 64)
    images = [bounds.images_of(pts, frame(10))[1].all() for pts in (14, 16, 18, 20, 22)]
    assert images == [True, True, True, True, False]


def read(frames: Sequence[tuple[int, np.ndarray]], before_pts: int | None, most: int) -> CropList:
    """What a segment leaves of these frames."""
    bounds = CropBounds.of_segment(PLAN, before_pts, 1.0, most)
    left = [bounds.images_of(pts, boxes) for pts, boxes in frames]
    counts = [len(boxes) for _, boxes in frames]
    places = ImagePlaces.none(sum(counts))
    places.packs[np.concatenate([np.zeros(0, bool), *(chosen for _, chosen in left)])] = 0
    none = np.zeros(sum(counts), np.int64)
    return CropList(
        frame_numbers=np.repeat(np.arange(len(frames)), counts),
        detection_indices=none,
        boxes=np.concatenate([frame(), *(boxes for _, boxes in frames)]),
        confidences=none.astype(np.float32),
        sharpness=none.astype(np.float32),
        shapes=np.zeros((len(none), 2), np.int64),
        blank=none.astype(bool),
        windows=np.repeat(np.array([window for window, _ in left], np.int64), counts),
        places=places,
    )


PLACES = st.lists(st.sampled_from([0, 2, 50, 54, 300, 302, 306]), max_size=5)


@settings(deadline=None)
@given(st.lists(PLACES, min_size=1, max_size=40), st.lists(st.integers(1, 39), max_size=20), st.integers(1, 5), st.integers(1, 7))
def test_any_cut_gives_the_same_images(people: list[list[int]], cuts: list[int], most: int, step_pts: int) -> None:
    frames = [(number * step_pts, frame(*left_px)) for number, left_px in enumerate(people)]
    edges = sorted({0, len(frames), *(cut for cut in cuts if cut < len(frames))})
    whole = read(frames, None, most)
    parts = [read(frames[start:end], frames[start - 1][0] if start else None, most) for start, end in pairwise(edges)]
    (alone,) = without_still([whole])
    together = np.concatenate([part.places.packs for part in without_still(parts)])
    assert np.array_equal(alone.places.packs, whole.places.packs)  # a video in one piece knows everything at once
    assert np.array_equal(together, whole.places.packs)
    left = np.concatenate([part.places.packs for part in parts])
    assert np.all((left >= 0) | (whole.places.packs < 0))
    twice = list(without_still(replace(part) for part in without_still(parts)))
    assert np.array_equal(np.concatenate([part.places.packs for part in twice]), together)
