import itertools
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.video import Segment, VideoPlan
from services.detector.algorithms.thinning import Thinning


def plan_of(segments: list[Segment], rate: int = 10, first_pts: int = 0) -> VideoPlan:
    return VideoPlan(96, 64, Fraction(1, 1000), first_pts, Fraction(rate), 0, 1.0, "mp4", "h264", tuple(segments))


def chosen(plan: VideoPlan, times: list[int], interval_s: float) -> list[int]:
    kept = []
    for segment in plan.segments:
        thinning = Thinning.of_segment(plan, segment, interval_s)
        kept += [pts for pts in times if segment.start_pts <= pts < segment.end_pts and thinning.chooses(pts)]
    return kept


def test_one_frame_a_fifth_of_a_second() -> None:
    plan = plan_of([Segment(0, 1000)])
    assert chosen(plan, list(range(0, 1000, 100)), 0.2) == [0, 200, 400, 600, 800]


def test_zero_keeps_every_frame() -> None:
    plan = plan_of([Segment(0, 500), Segment(500, 1000, 400)])
    assert chosen(plan, list(range(0, 1000, 100)), 0.0) == list(range(0, 1000, 100))


def test_a_slow_video_keeps_every_frame() -> None:
    assert chosen(plan_of([Segment(0, 5000)], rate=1), list(range(0, 5000, 1000)), 0.2) == list(range(0, 5000, 1000))


def test_times_count_from_the_first_frame() -> None:
    plan = plan_of([Segment(50, 1050)], first_pts=50)
    assert chosen(plan, list(range(50, 1050, 100)), 0.5) == [50, 550]


def test_a_pause_opens_a_new_cell() -> None:
    assert chosen(plan_of([Segment(0, 9000)]), [0, 100, 3150, 3250, 3450], 0.2) == [0, 3150, 3250, 3450]


@given(st.lists(st.integers(1, 99), max_size=8, unique=True), st.sampled_from([0.1, 0.2, 0.3, 0.7, 2.0]))
def test_cutting_the_video_changes_nothing(cuts: list[int], interval_s: float) -> None:
    times = [number * 100 + number % 7 * 13 for number in range(100)]  # a varying frame rate
    edges = [0, *(cut * 100 for cut in sorted(cuts)), 10_000]
    parts = [Segment(start, end, times[start // 100 - 1] if start else None) for start, end in itertools.pairwise(edges)]
    assert chosen(plan_of(parts), times, interval_s) == chosen(plan_of([Segment(0, 10_000)]), times, interval_s)
