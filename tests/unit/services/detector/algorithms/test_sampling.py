import itertools
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.parameters import DetectParameters
from castlist.domain.video import Segment, VideoPlan
from services.detector.algorithms.sampling import Sampling, examined_every

MS = Fraction(1, 1000)


def plan_of(times, edges=(), rate=Fraction(10), time_base=MS):
    """The frames at some times, cut before each of the edges."""
    bounds = [times[0], *edges, times[-1] + 1]
    segments = tuple(
        Segment(start, end, max((pts for pts in times if pts < start), default=None)) for start, end in itertools.pairwise(bounds)
    )
    return VideoPlan(96, 64, time_base, times[0], rate, 0, 1.0, "mp4", "h264", segments)


def sampled(plan, times, **parameters):
    """The frames that are examined, and those of them that leave crops."""
    examined, left = [], []
    for segment in plan.segments:
        sampling = Sampling.of_segment(plan, segment, DetectParameters(**parameters))
        for pts in times:
            if segment.start_pts <= pts < segment.end_pts and sampling.examines(pts):
                examined.append(pts)
                left += [pts] if sampling.leaves_crops() else []
    return examined, left


def test_every_frame_by_default():
    times = [0, 3, 400, 450]
    assert sampled(plan_of(times), times, crop_interval_s=0.0) == (times, times)


def test_every_third_frame():
    times = list(range(50, 1050, 100))
    assert sampled(plan_of(times), times, frame_stride=3)[0] == [50, 350, 650, 950]


@pytest.mark.parametrize("rate", [Fraction(30000, 1001), Fraction(24000, 1001), Fraction(25), Fraction(60)])
def test_rounded_times_do_not_shift_the_choice(rate):
    times = [round(number * 1000 / rate) for number in range(3000)]
    assert sampled(plan_of(times, rate=rate), times, frame_stride=5)[0] == times[::5]


def test_a_limit_a_second():
    times = list(range(0, 2000, 40))  # 25 a second
    plan = plan_of(times, rate=Fraction(25))
    assert sampled(plan, times, detection_fps_limit=5.0)[0] == times[::5]
    assert sampled(plan, times, detection_fps_limit=25.0)[0] == times
    assert sampled(plan, times, detection_fps_limit=100.0)[0] == times
    assert sampled(plan, times, frame_stride=2, detection_fps_limit=5.0)[0] == times[::5]
    assert sampled(plan, times, frame_stride=10, detection_fps_limit=5.0)[0] == times[::10]


def test_a_variable_rate_is_thinned_by_time():
    times = [*range(0, 1000, 20), *range(1000, 5000, 500)]  # fifty a second, then two
    examined, _ = sampled(plan_of(times, rate=Fraction(10)), times, frame_stride=2)
    assert examined == [0, 160, 360, 560, 760, 960, *range(1500, 5000, 500)]


def test_a_rate_that_is_not_stated_is_taken_for_twenty_five():
    assert examined_every(plan_of([0, 40], rate=Fraction(0)), DetectParameters(frame_stride=5)) == Fraction(1, 5)


def test_crops_are_left_by_examined_frames():
    times = list(range(0, 2000, 40))
    plan = plan_of(times, rate=Fraction(25))
    assert sampled(plan, times, frame_stride=3, crop_interval_s=0.2)[1] == [0, 240, 480, 600, 840, 1080, 1200, 1440, 1680, 1800]
    assert sampled(plan, times, frame_stride=10, crop_interval_s=0.2)[1] == times[::10]
    assert sampled(plan, times, frame_stride=3, crop_interval_s=0.0)[1] == times[::3]


@given(
    st.lists(st.integers(1, 90), min_size=2, max_size=60).map(lambda steps: list(itertools.accumulate(steps, initial=7))),
    st.lists(st.integers(0, 60), max_size=6),
    st.integers(1, 9),
    st.sampled_from([0.0, 0.5, 7.0, 29.97]),
    st.sampled_from([0.0, 0.2, 1.0]),
)
def test_cutting_the_video_changes_nothing(times, cuts, stride, limit, interval_s):
    edges = sorted({times[cut] for cut in cuts if 0 < cut < len(times)})
    parameters = {"frame_stride": stride, "detection_fps_limit": limit, "crop_interval_s": interval_s}
    whole = plan_of(times)
    assert sampled(plan_of(times, edges), times, **parameters) == sampled(whole, times, **parameters)
    assert sampled(whole, times, **parameters)[0][:1] == times[:1]


def test_a_segment_that_starts_without_a_frame_before_it():
    plan = plan_of([0, 100, 200])
    first = replace(plan.segments[0], previous_pts=None)
    assert Sampling.of_segment(plan, first, DetectParameters(frame_stride=10)).examines(0)
