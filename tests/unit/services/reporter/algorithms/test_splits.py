from services.reporter.algorithms.frame_times import frame_times
from services.reporter.algorithms.splits import SPLITS_SHOWN_MOST, TrackCut, TrackPart, splits_view
from services.reporter.algorithms.timelines import Interval

TIMES = frame_times([Interval(0.0, 100.0, 0, 1000)], 10.0)
CUT = {
    "tracklet": 4,
    "parts": [{"tracklet": 4, "first_frame": 80, "last_frame": 119}, {"tracklet": 31, "first_frame": 120, "last_frame": 1260}],
    "at_frame": 120,
    "similarity": 0.312,
    "limit": 0.5,
    "crops_before": 8,
    "crops_after": 12,
    "crossing_tracklet": 6,
    "reason": "The looks change.",
}


def test_a_cut_says_where_why_and_whose_the_parts_are():
    view = splits_view([CUT], {4: 2, 31: 3, 6: 5}, TIMES)
    assert view.shown == (
        TrackCut(
            tracklet_id=4,
            time="0:12.0",
            frame="120",
            similarity="31 %",
            limit="50 %",
            crops="8 and 12",
            crossing=5,
            reason="The looks change.",
            parts=(TrackPart(4, 2, "80", "119"), TrackPart(31, 3, "120", "1,260")),
        ),
    )


def test_what_is_unknown_is_left_out():
    [cut] = splits_view([CUT | {"crossing_tracklet": None, "similarity": None, "limit": None}], {4: 2}, TIMES).shown
    assert (cut.crossing, cut.similarity, cut.limit, cut.parts[1].person_id) == (None, "", "", None)


def test_cuts_come_in_order_of_time_as_many_as_a_page_can_show():
    cuts = [CUT | {"at_frame": frame} for frame in range(SPLITS_SHOWN_MOST + 5, 0, -1)]
    view = splits_view(cuts, {}, TIMES)
    assert [cut.frame for cut in view.shown[:2]] == ["1", "2"]
    assert (len(view.shown), view.hidden_count, view.count) == (SPLITS_SHOWN_MOST, 5, SPLITS_SHOWN_MOST + 5)


def test_who_was_close_by_is_the_part_that_was_there():
    other = CUT | {"tracklet": 6, "at_frame": 100, "crossing_tracklet": None}
    other |= {"parts": [{"tracklet": 6, "first_frame": 0, "last_frame": 99}, {"tracklet": 40, "first_frame": 100, "last_frame": 300}]}
    assert [cut.crossing for cut in splits_view([CUT, other], {6: 5, 40: 9}, TIMES).shown] == [None, 9]
