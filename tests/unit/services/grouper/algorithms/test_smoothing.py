"""Jitter goes, steady motion stays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.camera_path import camera_path
from castlist.domain.records import Tracklet
from castlist.domain.shots import NO_CUTS
from services.grouper.algorithms.smoothing import smooth


def test_steady_motion_is_kept(make_tracklet) -> None:
    """On a straight line, with gaps, at the ends too."""
    walker = make_tracklet(1, [*range(10), *range(14, 30), 45, 46], step=(3, -1))
    (found,) = smooth([walker], 3.0)
    np.testing.assert_allclose(found.boxes, walker.boxes, atol=1e-3)
    np.testing.assert_array_equal(found.detection_indices, walker.detection_indices)


def test_jitter_is_taken_out(make_tracklet) -> None:
    still = make_tracklet(1, range(60))
    noise = np.random.default_rng(1).normal(0, 2, (60, 4)).astype(np.float32)
    jittering = Tracklet(1, still.frame_numbers, still.detection_indices, still.boxes + noise, still.confidences)
    (found,) = smooth([jittering], 3.0)
    assert np.abs(found.boxes - still.boxes).mean() < 0.5 * np.abs(noise).mean()


def test_0_leaves_the_boxes_as_detected(make_tracklet) -> None:
    walker = make_tracklet(1, range(5), step=(3, 1))
    assert smooth([walker], 0.0)[0] is walker


def test_rows_far_apart_do_not_touch_each_other(make_tracklet) -> None:
    lone = make_tracklet(1, [0, 1000, 2000], step=(1, 0))
    np.testing.assert_array_equal(smooth([lone], 3.0)[0].boxes, lone.boxes)


def test_one_row(make_tracklet) -> None:
    lone = make_tracklet(1, [7])
    assert smooth([lone], 3.0)[0] is lone


def test_a_step_in_size_by_hand(make_tracklet) -> None:
    """Two rows define one line each, so both stay; three with an outlier are pulled together."""
    sizes = np.float32([[0, 0, 10, 20], [0, 0, 10, 20], [0, 0, 10, 26]])
    (found,) = smooth([Tracklet(1, np.arange(3), np.arange(3), sizes, np.ones(3, np.float32))], 1000.0)
    # Least squares through heights 20, 20, 26 at times 0, 1, 2: 19, 22, 25.
    assert (found.boxes[:, 3] - found.boxes[:, 1]).tolist() == [
        pytest.approx(19, abs=1e-3),
        pytest.approx(22, abs=1e-3),
        pytest.approx(25, abs=1e-3),
    ]


@given(st.sets(st.integers(0, 200), min_size=1, max_size=40), st.floats(0.1, 20), st.integers(0, 1000))
def test_boxes_stay_boxes(frames, deviation, seed) -> None:
    generator = np.random.default_rng(seed)
    corners = generator.uniform(0, 500, (len(frames), 2))
    boxes = np.concatenate([corners, corners + generator.uniform(1, 200, (len(frames), 2))], axis=1).astype(np.float32)
    numbers = np.array(sorted(frames))
    (found,) = smooth([Tracklet(1, numbers, numbers, boxes, np.ones(len(frames), np.float32))], deviation)
    assert found.boxes.dtype == np.float32
    assert np.all(np.isfinite(found.boxes))
    assert np.all(found.boxes[:, 2:] > found.boxes[:, :2])


def test_tracklets_do_not_touch_each_other(make_tracklet) -> None:
    """Together they come out as each by itself, to the bit, however many there are in a block."""
    generator = np.random.default_rng(3)
    tracklets = []
    for number, length in enumerate((1, 2, 40_000, 3, 60, 1, 700), start=1):
        plain = make_tracklet(number, np.cumsum(generator.integers(1, 4, length)).tolist(), step=(0.1, 0))
        noise = generator.normal(0, 2, (length, 4)).astype(np.float32)
        tracklets.append(Tracklet(number, plain.frame_numbers, plain.detection_indices, plain.boxes + noise, plain.confidences))
    together = smooth(tracklets, 3.0)
    assert [item.tracklet_id for item in together] == [1, 2, 3, 4, 5, 6, 7]
    for found, tracklet in zip(together, tracklets, strict=True):
        np.testing.assert_array_equal(found.boxes, smooth([tracklet], 3.0)[0].boxes)


def test_a_camera_that_shakes_is_no_jitter(make_tracklet) -> None:
    """What the whole picture does is left in: boxes stay on the people."""
    walker = make_tracklet(1, range(60), step=(1, 0))
    places = np.random.default_rng(1).normal(0, 6, (60, 2))
    motions = np.concatenate([np.tile([1.0, 0.0], (60, 1)), np.diff(places, axis=0, prepend=np.zeros((1, 2)))], axis=1)
    boxes = (walker.boxes + np.tile(places, 2)).astype(np.float32)
    shaken = Tracklet(1, walker.frame_numbers, walker.detection_indices, boxes, walker.confidences)
    (found,) = smooth([shaken], 3.0, camera_path(motions, NO_CUTS))
    np.testing.assert_allclose(found.boxes, boxes, atol=1e-3)
    assert np.abs(smooth([shaken], 3.0)[0].boxes - boxes).max() > 5
