"""Tracklets of a whole video as plain columns in an .npz.

For N tracklets ordered by (first frame, id), R rows in all and F frames of the video:

| array               | type, shape    | content                                                        |
|---------------------|----------------|----------------------------------------------------------------|
| `frame_pts`         | int64 (F,)     | presentation time of every frame, in time base units           |
| `unexamined`        | int64          | numbers of the frames in which nobody was looked for           |
| `cuts`              | int64          | numbers of the frames that begin a new shot, without the first |
| `tracklet_ids`      | int64 (N,)     | each once                                                      |
| `parent_ids`        | int64 (N,)     | the tracker's id; another than its own for a part of a split   |
| `offsets`           | int64 (N + 1,) | tracklet n has rows `offsets[n]:offsets[n + 1]`                |
| `frame_numbers`     | int64 (R,)     | 0-based, rising within a tracklet                              |
| `bboxes`            | float32 (R, 4) | x1, y1, x2, y2 in pixels of the upright frame                  |
| `confidences`       | float32 (R,)   | of the detection, 0..1                                         |
| `detection_indices` | int64 (R,)     | index of the detection in the video's order                    |
| `camera`            | float64 (F, 4) | how the camera moved to each frame, where that was asked for   |
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from castlist.codec.arrays import ColumnTypes, decode_columns, encode_npz
from castlist.codec.track_rows import ROW_TYPES, cut_rows
from castlist.domain.camera_path import MOTION_COLUMNS
from castlist.domain.records import Float64, Tracklet, TrackletSet
from castlist.domain.row_runs import row_columns
from castlist.errors import ObjectCorrupt

_TYPES: ColumnTypes = {
    "frame_pts": (np.int64, 1),
    "unexamined": (np.int64, 1),
    "cuts": (np.int64, 1),
    "tracklet_ids": (np.int64, 1),
    "parent_ids": (np.int64, 1),
    **ROW_TYPES,
}
_NAME = "the tracklets' file"


def encode_tracklets(found: TrackletSet) -> bytes:
    """Tracklets as .npz, the same bytes for the same tracklets."""
    camera = {} if found.camera is None else {"camera": found.camera}
    return encode_npz(
        {
            **camera,
            "frame_pts": found.frame_pts,
            "unexamined": found.unexamined,
            "cuts": found.cuts,
            "tracklet_ids": np.array([tracklet.tracklet_id for tracklet in found.tracklets], np.int64),
            "parent_ids": np.array(found.parent_ids, np.int64),
            **row_columns(found.tracklets),
        }
    )


def decode_tracklets(data: bytes) -> TrackletSet:
    """What `encode_tracklets` wrote. Raises `ObjectCorrupt` when arrays are missing or disagree."""
    columns: dict[str, Any] = decode_columns(data, _TYPES, _NAME)
    ids, parent_ids = columns["tracklet_ids"].tolist(), columns["parent_ids"].tolist()
    if len(parent_ids) != len(ids):
        raise ObjectCorrupt(f"{_NAME} has {len(ids)} tracklet_ids but {len(parent_ids)} parent_ids")
    rows = cut_rows(columns, len(ids), _NAME)
    return TrackletSet(
        frame_pts=columns["frame_pts"],
        tracklets=tuple(Tracklet(tracklet_id, **own) for tracklet_id, own in zip(ids, rows, strict=True)),
        parent_ids=tuple(parent_ids),
        unexamined=columns["unexamined"],
        cuts=columns["cuts"],
        camera=_camera(columns),
    )


def _camera(columns: Mapping[str, Any]) -> Float64 | None:
    camera: Float64 | None = columns.get("camera")
    if camera is None:
        return None
    if camera.dtype != np.float64 or camera.shape != (len(columns["frame_pts"]), len(MOTION_COLUMNS)) or not np.isfinite(camera).all():
        raise ObjectCorrupt(f"{_NAME} has another camera's motion than frames")
    return camera
