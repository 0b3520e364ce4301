"""Nothing that goes by place or motion reaches across a cut: one that lies at frame 12, say, in each of these scenes."""

from dataclasses import replace

import numpy as np
import pytest

from castlist.domain.parameters import GroupParameters, PickParameters
from castlist.domain.records import Person
from castlist.domain.shots import ShotCut, Transition, cuts_between
from castlist.domain.track_metrics import handovers
from services.grouper.algorithms.analysis import considered_pairs
from services.grouper.algorithms.appearances import Interval, appearances, frame_edges_s
from services.grouper.algorithms.checks import Verdict, cuts_check, five_checks, reid_candidates
from services.grouper.algorithms.continuation import Scene
from services.grouper.algorithms.interpolation import interpolate
from services.grouper.algorithms.pairs import successive_pairs
from services.grouper.algorithms.prediction import prediction_errors
from services.grouper.algorithms.shots import collect_cuts, cut_frames, shots_document
from services.grouper.algorithms.statistics import tracklet_statistics
from services.grouper.algorithms.stitching import stitch
from services.grouper.algorithms.tracklets import collect_tracklets

TENTHS = np.arange(40) / 10
CUTS = np.array([12])
HARD = ShotCut(12, Transition.CUT, 12, 0.9)


def person_of(tracklet, number=1) -> Person:
    columns = (tracklet.frame_numbers, tracklet.detection_indices, tracklet.boxes, tracklet.confidences)
    return Person(number, (tracklet.tracklet_id,), *columns)


@pytest.mark.parametrize(("earlier", "later", "count"), [(0, 11, 0), (11, 12, 1), (12, 13, 0), (11, 40, 3), (30, 40, 0), (5, 29, 2)])
def test_cuts_lie_before_the_frame_that_begins_a_shot(earlier, later, count):
    assert cuts_between(np.array([12, 20, 30]), np.array([earlier]), np.array([later])).tolist() == [count]


def test_a_track_that_went_on_across_a_cut_is_two_tracklets(make_tracklet, make_segment):
    through, other = make_tracklet(1, [*range(8, 12), *range(14, 20)]), make_tracklet(7, range(13, 20), at=(200, 100))
    segment = make_segment([through, other], 20)
    found = collect_tracklets([segment], 3, CUTS)
    assert [(tracklet.tracklet_id, tracklet.frame_numbers.tolist()) for tracklet in found] == [
        (1, [8, 9, 10, 11]),
        (7, list(range(13, 20))),
        (8, list(range(14, 20))),
    ]
    assert [tracklet.tracklet_id for tracklet in collect_tracklets([segment], 5, CUTS)] == [7, 8]
    assert [tracklet.tracklet_id for tracklet in collect_tracklets([segment], 3)] == [1, 7]


def test_tracks_are_joined_within_a_shot_alone(make_tracklet):
    pieces = [make_tracklet(1, range(10)), make_tracklet(2, range(14, 24))]
    scene = Scene(400, 300, 10.0)
    assert len(stitch(pieces, scene, PickParameters())[0]) == 1
    assert len(stitch(pieces, replace(scene, cuts=CUTS), PickParameters())[0]) == 2
    assert len(stitch(pieces, replace(scene, cuts=np.array([10, 14])), PickParameters())[0]) == 2
    assert len(stitch(pieces, replace(scene, cuts=np.array([0, 15])), PickParameters())[0]) == 1


def test_boxes_are_filled_in_within_a_shot_alone(make_tracklet):
    person = person_of(make_tracklet(1, [*range(10), *range(13, 23)]))
    scene = Scene(400, 300, 10.0)
    assert len(interpolate(person, scene, 20, 1.5).frame_numbers) == 23
    assert len(interpolate(person, replace(scene, cuts=CUTS), 20, 1.5).frame_numbers) == 20


def test_an_absence_with_a_cut_in_it_ends_an_interval(video, make_tracklet):
    edges_s = frame_edges_s(video, np.arange(40))
    person = person_of(make_tracklet(1, [8, 9, 10, 13, 14, 15]))
    assert [item.intervals for item in appearances([person], edges_s, 1.0)] == [(Interval(8, 16, 0.8, 1.6, 6, 0),)]
    (found,) = appearances([person], edges_s, 1.0, cuts=CUTS)
    assert found.intervals == (Interval(8, 11, 0.8, 1.1, 3, 0), Interval(13, 16, 1.3, 1.6, 3, 0))
    # who is seen on both sides without an absence was there all the time
    (found,) = appearances([person_of(make_tracklet(1, range(8, 16)))], edges_s, 1.0, cuts=CUTS)
    assert found.intervals == (Interval(8, 16, 0.8, 1.6, 8, 0),)


def test_nothing_is_handed_over_across_a_cut(make_tracklet):
    persons = [person_of(make_tracklet(1, range(10))), person_of(make_tracklet(2, range(14, 24)), 2)]
    assert handovers(persons, TENTHS) == [(1, 2)]
    assert handovers(persons, TENTHS, CUTS) == []
    assert handovers(persons, TENTHS, np.array([4, 20])) == [(1, 2)]


def test_place_size_and_motion_are_not_asked_across_a_cut(make_tracklet):
    tracklets = [make_tracklet(1, range(10), step=(2, 0)), make_tracklet(2, range(14, 24), at=(390, 20), step=(-2, 0), size=(90, 200))]
    statistics = tracklet_statistics(tracklets)
    limits = GroupParameters(max_spatial_distance_px=50.0, candidate_max_distance_px=50.0)
    assert len(considered_pairs(statistics, limits, np.zeros(0, np.int64)).later) == 0  # too far apart
    pairs = considered_pairs(statistics, limits, CUTS)
    checks = {check.name: check.verdicts()[0] for check in (*five_checks(pairs, limits), cuts_check(pairs, limits))}
    assert checks == {
        "temporal": Verdict.PASSED,
        "spatial": Verdict.SKIPPED,
        "area": Verdict.SKIPPED,
        "motion": Verdict.SKIPPED,
        "jitter": Verdict.SKIPPED,
        "cuts": Verdict.FAILED,
    }
    assert cuts_check(pairs, GroupParameters(check_cuts=False)).verdicts() == [Verdict.OFF]
    assert np.isnan(prediction_errors(tracklets, pairs, 10, 0.0)).all()
    assert reid_candidates(pairs, limits).tolist() == [True]
    within = successive_pairs(statistics, 60, 100, np.array([3, 20]))
    assert np.isfinite(within.distance_px).all()
    assert cuts_check(within, limits).verdicts() == [Verdict.PASSED]


def test_cuts_of_all_segments_are_told_once(make_segment):
    dissolve = ShotCut(5, Transition.DISSOLVE, 2, 0.6)
    segments = [replace(make_segment([], 10), cuts=(HARD,)), replace(make_segment([], 10, frame_offset=10), cuts=(dissolve, HARD))]
    assert collect_cuts(segments) == (dissolve, HARD)
    assert cut_frames(collect_cuts(segments)).tolist() == [5, 12]


def test_every_frame_is_in_one_shot(video):
    document = shots_document((HARD,), frame_edges_s(video, np.arange(20)))
    assert document == {
        "shots": [
            {"shot": 1, "first_frame": 0, "last_frame": 11, "start_s": 0.0, "end_s": 1.2, "transition": None},
            {
                "shot": 2,
                "first_frame": 12,
                "last_frame": 19,
                "start_s": 1.2,
                "end_s": 2.0,
                "transition": {"kind": "cut", "from_frame": 12, "score": 0.9},
            },
        ]
    }
    assert shots_document((), frame_edges_s(video, np.arange(0))) == {"shots": []}
    assert len(shots_document((), frame_edges_s(video, np.arange(3)))["shots"]) == 1
