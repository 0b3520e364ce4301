"""Who shares a frame with whom, and how often apart."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.meetings import meetings
from castlist.domain.records import Tracklet


def track(frames: list[int], left: float) -> Tracklet:
    boxes = np.tile(np.array([left, 0, left + 10, 20], np.float32), (len(frames), 1))
    return Tracklet(1, np.array(frames, np.int64), np.array(frames, np.int64), boxes, np.ones(len(frames), np.float32))


def test_pairs_are_counted() -> None:
    found = meetings([track([0, 1, 2, 3], 0), track([2, 3, 4], 3), track([3, 9], 50), track([20], 0)])
    assert list(zip(found.first.tolist(), found.second.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 2)]
    assert found.shared_frames.tolist() == [2, 1, 1]
    assert found.apart_frames.tolist() == [0, 1, 1]


def test_nobody_meets() -> None:
    for tracks in ([], [track([1], 0)], [track([1], 0), track([2], 0)]):
        assert len(meetings(tracks).first) == 0


@given(st.lists(st.sets(st.integers(0, 12), min_size=1), max_size=6))
def test_as_counted_frame_by_frame(frames: list[set[int]]) -> None:
    found = meetings([track(sorted(own), 0) for own in frames])
    expected = {(i, j): len(frames[i] & frames[j]) for i in range(len(frames)) for j in range(i + 1, len(frames)) if frames[i] & frames[j]}
    assert dict(zip(zip(found.first.tolist(), found.second.tolist(), strict=True), found.shared_frames.tolist(), strict=True)) == expected
