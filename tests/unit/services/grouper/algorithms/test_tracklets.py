"""Tracklets are cut out of the tracker's rows, across segments."""

import numpy as np

from services.grouper.algorithms.tracklets import collect_tracklets, frame_times


def test_rows_of_a_track_meet_again_across_segments(make_tracklet, make_segment) -> None:
    walker = make_tracklet(7, range(2, 9), step=(3, 0))
    early = make_tracklet(9, range(4))
    segments = [make_segment([walker, early], 5), make_segment([walker, early], 5, frame_offset=5)]
    tracklets = collect_tracklets(segments, min_frames=3)
    assert [tracklet.tracklet_id for tracklet in tracklets] == [9, 7]
    np.testing.assert_array_equal(tracklets[1].frame_numbers, walker.frame_numbers)
    np.testing.assert_array_equal(tracklets[1].boxes, walker.boxes)
    np.testing.assert_array_equal(tracklets[1].detection_indices, walker.detection_indices)


def test_short_tracks_are_dropped(make_tracklet, make_segment) -> None:
    segment = make_segment([make_tracklet(1, range(2)), make_tracklet(2, range(3))], 5)
    assert [tracklet.tracklet_id for tracklet in collect_tracklets([segment], min_frames=3)] == [2]


def test_equal_starts_are_ordered_by_id(make_tracklet, make_segment) -> None:
    segment = make_segment([make_tracklet(5, range(3)), make_tracklet(4, range(4))], 5)
    assert [tracklet.tracklet_id for tracklet in collect_tracklets([segment], min_frames=1)] == [4, 5]


def test_nothing_tracked(make_segment) -> None:
    assert collect_tracklets([], 3) == ()
    assert collect_tracklets([make_segment([], 5)], 3) == ()
    assert frame_times([]).tolist() == []
    assert frame_times([make_segment([], 2), make_segment([], 2, frame_offset=2)]).tolist() == [0, 1, 2, 3]
