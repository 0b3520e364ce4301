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
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from castlist.codec.arrays import ColumnTypes, decode_columns, encode_npz
from castlist.domain.records import Tracklet, TrackletSet
from castlist.errors import ObjectCorrupt

_TYPES: ColumnTypes = {
    "frame_pts": (np.int64, 1),
    "unexamined": (np.int64, 1),
    "cuts": (np.int64, 1),
    "tracklet_ids": (np.int64, 1),
    "parent_ids": (np.int64, 1),
    "offsets": (np.int64, 1),
    "frame_numbers": (np.int64, 1),
    "bboxes": (np.float32, 2),
    "confidences": (np.float32, 1),
    "detection_indices": (np.int64, 1),
}


def encode_tracklets(found: TrackletSet) -> bytes:
    """Tracklets as .npz, the same bytes for the same tracklets."""
    tracklets = found.tracklets
    none = np.zeros(0, np.int64)
    lengths = np.array([len(tracklet.frame_numbers) for tracklet in tracklets], np.int64)
    return encode_npz(
        {
            "frame_pts": found.frame_pts,
            "unexamined": found.unexamined,
            "cuts": found.cuts,
            "tracklet_ids": np.array([tracklet.tracklet_id for tracklet in tracklets], np.int64),
            "parent_ids": np.array(found.parent_ids, np.int64),
            "offsets": np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
            "frame_numbers": np.concatenate([none, *(tracklet.frame_numbers for tracklet in tracklets)]),
            "bboxes": np.concatenate([np.zeros((0, 4), np.float32), *(tracklet.boxes for tracklet in tracklets)]),
            "confidences": np.concatenate([none.astype(np.float32), *(tracklet.confidences for tracklet in tracklets)]),
            "detection_indices": np.concatenate([none, *(tracklet.detection_indices for tracklet in tracklets)]),
        }
    )


def decode_tracklets(data: bytes) -> TrackletSet:
    """What `encode_tracklets` wrote. Raises `ObjectCorrupt` when arrays are missing or disagree."""
    columns = decode_columns(data, _TYPES, "the tracklets' file")
    offsets = columns["offsets"].astype(np.int64, copy=False)
    _check(columns, offsets)
    frames, boxes = columns["frame_numbers"].astype(np.int64, copy=False), columns["bboxes"].astype(np.float32, copy=False)
    detections, sure = columns["detection_indices"].astype(np.int64, copy=False), columns["confidences"].astype(np.float32, copy=False)
    return TrackletSet(
        frame_pts=columns["frame_pts"].astype(np.int64, copy=False),
        tracklets=tuple(
            Tracklet(tracklet_id, frames[start:end], detections[start:end], boxes[start:end], sure[start:end])
            for tracklet_id, (start, end) in zip(columns["tracklet_ids"].tolist(), pairwise(offsets.tolist()), strict=True)
        ),
        parent_ids=tuple(columns["parent_ids"].tolist()),
        unexamined=columns["unexamined"].astype(np.int64, copy=False),
        cuts=columns["cuts"].astype(np.int64, copy=False),
    )


def _check(columns: dict[str, NDArray[np.generic]], offsets: NDArray[np.int64]) -> None:
    rows, count = len(columns["frame_numbers"]), len(columns["tracklet_ids"])
    if any(len(columns[name]) != rows for name in ("bboxes", "confidences", "detection_indices")) or len(columns["parent_ids"]) != count:
        raise ObjectCorrupt("the tracklets' file has columns of different lengths")
    if len(offsets) != count + 1 or offsets[0] != 0 or offsets[-1] != rows or np.any(np.diff(offsets) < 1):
        raise ObjectCorrupt(f"the tracklets' file: offsets do not divide {rows} rows among {count} tracklets")
    if columns["bboxes"].shape[1] != len(("x1", "y1", "x2", "y2")):
        raise ObjectCorrupt("the tracklets' file: bboxes are not four numbers each")
