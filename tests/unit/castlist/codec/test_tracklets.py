"""Tracklets survive their file, which is checked when read."""

from dataclasses import replace

import numpy as np
import pytest

from castlist.codec.arrays import decode_npz, encode_npz
from castlist.codec.tracklets import decode_tracklets, encode_tracklets
from castlist.domain.records import Tracklet, TrackletSet
from castlist.errors import ObjectCorrupt


def track(tracklet_id: int, *frames: int) -> Tracklet:
    rows = np.array(frames)
    return Tracklet(tracklet_id, rows, rows * 10, np.repeat(rows, 4).reshape(-1, 4).astype(np.float32), np.float32(rows / 8))


TWO = TrackletSet(np.arange(6) * 512, (track(7, 1, 2), track(9, 4)), (7, 7), np.array([3]), np.array([4]))


@pytest.mark.parametrize("found", [TWO, TrackletSet(np.arange(2), (), ())])
def test_tracklets_come_back_as_they_were(found: TrackletSet) -> None:
    again = decode_tracklets(encode_tracklets(found))
    assert again.parent_ids == found.parent_ids
    for name in ("frame_pts", "unexamined", "cuts"):
        np.testing.assert_array_equal(getattr(again, name), getattr(found, name), strict=True)
    assert [tracklet.tracklet_id for tracklet in again.tracklets] == [tracklet.tracklet_id for tracklet in found.tracklets]
    for tracklet, expected in zip(again.tracklets, found.tracklets, strict=True):
        for name in ("frame_numbers", "detection_indices", "boxes", "confidences"):
            np.testing.assert_array_equal(getattr(tracklet, name), getattr(expected, name), strict=True)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"frame_numbers": np.zeros(3)}, "lacks frame_numbers as int64"),
        ({"parent_ids": np.array([7])}, "2 tracklet_ids but 1 parent_ids"),
        ({"confidences": np.zeros(2, np.float32)}, "3 frame_numbers but 2 confidences"),
        ({"bboxes": np.zeros((3, 5), np.float32)}, "not four numbers"),
        ({"offsets": np.array([0, 3])}, "offsets do not divide 3 rows among 2"),
        ({"offsets": np.array([0, 3, 3])}, "offsets do not divide 3 rows among 2"),
    ],
)
def test_columns_that_disagree_are_refused(changes, reason: str) -> None:
    with pytest.raises(ObjectCorrupt, match=f"the tracklets' file.*{reason}"):
        decode_tracklets(encode_npz(decode_npz(encode_tracklets(TWO)) | changes))


MOTIONS = np.tile([1.1, 0.1, -2.0, 3.0], (6, 1))


def test_the_cameras_motion_survives() -> None:
    found = decode_tracklets(encode_tracklets(replace(TWO, camera=MOTIONS)))
    np.testing.assert_array_equal(found.camera, MOTIONS)


def test_where_nobody_asked_nothing_is_written_of_the_camera() -> None:
    assert "camera" not in decode_npz(encode_tracklets(TWO))
    assert decode_tracklets(encode_tracklets(TWO)).camera is None


@pytest.mark.parametrize("broken", [MOTIONS[:2], MOTIONS[:, :3], MOTIONS * np.nan, MOTIONS.astype(np.float32)])
def test_a_broken_motion_is_told(broken) -> None:
    with pytest.raises(ObjectCorrupt, match="camera's motion"):
        decode_tracklets(encode_npz(decode_npz(encode_tracklets(TWO)) | {"camera": broken}))
