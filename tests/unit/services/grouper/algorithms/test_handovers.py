"""One person found twice as one track ends and the next begins is seen once."""

import numpy as np

from castlist.domain.records import Tracklet, TrackletSet
from services.grouper.algorithms.handovers import Handover, HandoverLimits, doubled_tails, without_doubles

LIMITS = HandoverLimits(max_frames=5, min_covered=0.7, least_rows=3)


def of(*tracklets: Tracklet, limits: HandoverLimits = LIMITS) -> tuple[list[int], tuple[Handover, ...]]:
    found = TrackletSet(np.arange(99), tracklets, tuple(tracklet.tracklet_id for tracklet in tracklets))
    kept, handovers = without_doubles(found, limits)
    assert kept.parent_ids == found.parent_ids
    return [int(tracklet.frame_numbers[-1]) for tracklet in kept.tracklets], handovers


def test_a_doubled_tail_is_dropped(make_tracklet) -> None:
    tall, inside = make_tracklet(1, range(12), size=(20, 80)), make_tracklet(2, range(10, 30), size=(18, 40))
    ends, handovers = of(tall, inside)
    assert ends == [9, 29]
    assert doubled_tails(handovers) == [{"tracklet": 1, "same_as_tracklet": 2, "from_frame": 10}]


def test_two_people_side_by_side_are_left_alone(make_tracklet) -> None:
    assert of(make_tracklet(1, range(12)), make_tracklet(2, range(10, 30), at=(110, 100))) == ([11, 29], ())


def test_a_long_time_together_is_no_handover(make_tracklet) -> None:
    assert of(make_tracklet(1, range(15)), make_tracklet(2, range(10, 30))) == ([9, 29], (Handover(1, 2, 10),))
    assert of(make_tracklet(1, range(16)), make_tracklet(2, range(10, 30))) == ([15, 29], ())


def test_one_that_is_there_before_and_after_is_not_handed_over(make_tracklet) -> None:
    assert of(make_tracklet(1, range(30)), make_tracklet(2, range(27, 29))) == ([29, 28], ())


def test_too_little_would_be_left(make_tracklet) -> None:
    assert of(make_tracklet(1, range(5)), make_tracklet(2, range(2, 30))) == ([4, 29], ())


def test_it_can_be_switched_off(make_tracklet) -> None:
    off = HandoverLimits(max_frames=0, min_covered=0.7, least_rows=3)
    assert of(make_tracklet(1, range(12)), make_tracklet(2, range(10, 30)), limits=off) == ([11, 29], ())


def test_nobody() -> None:
    assert of() == ([], ())
