"""Which frames are missing, from the times of those that are there."""

import numpy as np

from services.detector.video.missing import Stretch, damaged_stretches, holes


def test_holes_in_even_times() -> None:
    pts = np.delete(np.arange(60) * 1024, [20, 21, 40])
    assert holes(pts) == [Stretch(20 * 1024, 22 * 1024, 2, 0), Stretch(40 * 1024, 41 * 1024, 1, 0)]


def test_times_that_containers_round_are_even() -> None:
    thirds = np.round(np.arange(90) * 1000 / 30).astype(np.int64)
    assert holes(thirds) == []
    assert [(hole.start_pts, hole.end_pts, hole.lost_frames) for hole in holes(np.delete(thirds, range(30, 45)))] == [(1000, 1500, 15)]


def test_varying_times_have_no_holes_that_could_be_known() -> None:
    assert holes(np.cumsum(np.random.default_rng(1).integers(10, 400, 200))) == []
    assert holes(np.array([0, 1, 2, 50])) == []


def test_runs_of_lost_and_damaged_frames_end_at_the_next_good_keyframe() -> None:
    stored = np.arange(0, 100, 10)
    decoded = np.array([0, 10, 40, 50, 60, 90])  # 20 and 30, 70 and 80 are lost
    damaged = np.array([False, False, True, False, False, False])
    intra, none, some = np.ones(6, bool), np.zeros(6, bool), np.array([True, False, True, False, True, False])
    assert damaged_stretches(stored, decoded, damaged, intra, 100) == [Stretch(20, 50, 2, 1), Stretch(70, 90, 2, 0)]
    assert damaged_stretches(stored, decoded, damaged, some, 100) == [Stretch(20, 60, 2, 1), Stretch(70, 100, 2, 0)]
    assert damaged_stretches(stored, decoded, damaged, none, 100) == [Stretch(20, 100, 2, 1), Stretch(70, 100, 2, 0)]
    assert damaged_stretches(stored, stored[:8], np.zeros(8, bool), np.ones(8, bool), 100) == [Stretch(80, 100, 2, 0)]
    assert damaged_stretches(stored, stored, np.zeros(10, bool), np.ones(10, bool), 100) == []
