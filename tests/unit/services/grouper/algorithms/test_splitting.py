"""Tracklets are cut between two crops, with evidence, and a cut that leads back is taken back."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.records import Tracklet, TrackletSet
from services.grouper.algorithms.change_points import ChangeLimits, ChangePoint
from services.grouper.algorithms.looks import looks_of
from services.grouper.algorithms.splitting import Cut, SplitTracklets, cut_apart, split_tracklets
from tests.fixtures.crop_tables import crop_table

LIMITS = ChangeLimits(disturbed=0.7, calm=0.6, window_crops=6, least_crops=2)
RED, GREEN, BLUE = np.eye(3, dtype=np.float32)
ANY_CHANGE = ChangePoint(1, 0.1, 0.7, 3, 3, disturbed=True)


def tracklet_set(*tracklets: Tracklet) -> TrackletSet:
    return TrackletSet(np.arange(200), tracklets, tuple(tracklet.tracklet_id for tracklet in tracklets))


def split(found: TrackletSet, looks: Mapping[int, Mapping[int, np.ndarray]], overlaps: Mapping[int, Mapping[int, float]]) -> SplitTracklets:
    """`looks`: for each tracklet the vector of every frame with a crop; `overlaps` where a crop is covered."""
    table = crop_table({number: {frame: overlaps.get(number, {}).get(frame, 0.0) for frame in crops} for number, crops in looks.items()})
    by_detection = {frame * 100 + number: vector for number, crops in looks.items() for frame, vector in crops.items()}
    detections = np.array(sorted(by_detection))
    vectors = np.array([by_detection[key] for key in detections], np.float32).reshape(-1, 3)
    return split_tracklets(found, looks_of(table, detections, vectors, 0.15), table, LIMITS)


def every_second(*spans: tuple[range, np.ndarray]) -> dict[int, np.ndarray]:
    return {frame: vector for span, vector in spans for frame in span[::2]}


def spans(found: TrackletSet) -> list[tuple[int, int, int, int]]:
    return [
        (tracklet.tracklet_id, parent, int(tracklet.frame_numbers[0]), int(tracklet.frame_numbers[-1]))
        for tracklet, parent in zip(found.tracklets, found.parent_ids, strict=True)
    ]


def test_one_who_looks_the_same_all_the_time_stays_whole(make_tracklet) -> None:
    found = tracklet_set(make_tracklet(1, range(40)))
    assert spans(split(found, {1: every_second((range(40), RED))}, {}).tracklets) == [(1, 1, 0, 39)]


def test_the_cut_is_at_the_longest_gap(make_tracklet) -> None:
    found = tracklet_set(make_tracklet(4, [*range(21), *range(30, 51)]))
    done = split(found, {4: every_second((range(20), RED), (range(30, 50), BLUE))}, {})
    assert spans(done.tracklets) == [(4, 4, 0, 20), (5, 4, 30, 50)]
    (cut,) = done.cuts
    assert (cut.at_frame, cut.change.similarity, cut.change.limit, cut.crossing_tracklet) == (30, 0.0, 0.7, None)
    assert (cut.change.crops_before, cut.change.crops_after) == (6, 6)


def test_the_cut_is_where_another_covers_most_and_names_who_it_is(make_tracklet) -> None:
    one, other = make_tracklet(1, range(40)), make_tracklet(2, range(15, 30), at=(105.0, 100.0))
    covered = {18: 0.4, 20: 0.9, 22: 0.5}
    done = split(tracklet_set(one, other), {1: every_second((range(20), RED), (range(20, 40), BLUE))}, {1: covered})
    assert spans(done.tracklets) == [(1, 1, 0, 19), (2, 2, 15, 29), (3, 1, 20, 39)]
    assert done.cuts[0].crossing_tracklet == 2


def test_one_who_was_half_hidden_for_a_while_stays_whole(make_tracklet) -> None:
    """Frames 20 to 39 look like nobody: a lamp post before them."""
    found = tracklet_set(make_tracklet(1, range(60)), make_tracklet(2, range(80, 100)))
    hidden = every_second((range(20), RED), (range(20, 40), GREEN), (range(40, 60), RED))
    done = split(found, {1: hidden, 2: every_second((range(80, 100), BLUE))}, {})
    assert spans(done.tracklets) == [(1, 1, 0, 59), (2, 2, 80, 99)]
    assert done.cuts == ()


def test_one_who_went_over_to_somebody_and_back_is_cut(make_tracklet) -> None:
    """The same, but frames 20 to 39 look like tracklet 2."""
    found = tracklet_set(make_tracklet(1, range(60)), make_tracklet(2, range(80, 100)))
    swapped = every_second((range(20), RED), (range(20, 40), GREEN), (range(40, 60), RED))
    done = split(found, {1: swapped, 2: every_second((range(80, 100), GREEN))}, {})
    assert [cut.at_frame for cut in done.cuts] == [19, 39]
    assert [span[:2] for span in spans(done.tracklets)] == [(1, 1), (3, 1), (4, 1), (2, 2)]


def test_who_is_seen_beside_the_odd_part_can_not_be_it(make_tracklet) -> None:
    found = tracklet_set(make_tracklet(1, range(60)), make_tracklet(2, range(30, 100), at=(300.0, 100.0)))
    swapped = every_second((range(20), RED), (range(20, 40), GREEN), (range(40, 60), RED))
    assert split(found, {1: swapped, 2: every_second((range(30, 100), GREEN))}, {}).cuts == ()


def test_without_looks_nothing_is_cut(make_tracklet) -> None:
    found = tracklet_set(make_tracklet(1, range(40)))
    assert split(found, {}, {}).cuts == ()


def test_new_parts_are_numbered_by_first_frame_then_parent(make_tracklet) -> None:
    found = tracklet_set(make_tracklet(3, range(20)), make_tracklet(8, range(2, 20)), make_tracklet(5, range(4, 20)))
    cuts = [Cut(3, 12, ANY_CHANGE, None), Cut(5, 12, ANY_CHANGE, None), Cut(8, 10, ANY_CHANGE, None), Cut(8, 15, ANY_CHANGE, None)]
    assert spans(cut_apart(found, cuts)) == [
        (3, 3, 0, 11),
        (8, 8, 2, 9),
        (5, 5, 4, 11),
        (9, 8, 10, 14),
        (10, 3, 12, 19),
        (11, 5, 12, 19),
        (12, 8, 15, 19),
    ]


@given(data=st.data())
def test_every_row_is_kept_once(data) -> None:
    frames = np.array(sorted(data.draw(st.sets(st.integers(0, 50), min_size=2))), np.int64)
    tracklet = Tracklet(1, frames, frames * 7, np.zeros((len(frames), 4), np.float32), np.ones(len(frames), np.float32))
    at = sorted(data.draw(st.sets(st.sampled_from(frames[1:].tolist()))))
    parts = cut_apart(tracklet_set(tracklet), [Cut(1, frame, ANY_CHANGE, None) for frame in at]).tracklets
    assert np.concatenate([part.detection_indices for part in parts]).tolist() == (frames * 7).tolist()
    assert [int(part.frame_numbers[0]) for part in parts[1:]] == at
    assert len({part.tracklet_id for part in parts}) == len(parts)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_tracklets_give_the_same_cuts(make_tracklet, seed: int) -> None:
    noise = np.random.default_rng(seed).normal(size=(30, 3)).astype(np.float32)
    found = tracklet_set(make_tracklet(1, range(60)))
    looks = {1: {frame * 2: noise[frame] for frame in range(30)}}
    assert split(found, looks, {}).cuts == split(found, looks, {}).cuts
