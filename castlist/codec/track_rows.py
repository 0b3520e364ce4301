"""The columns that files of tracks have in common: their rows end to end, as `castlist.domain.row_runs` lays them."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from castlist.codec.arrays import ColumnTypes
from castlist.errors import ObjectCorrupt

ROW_TYPES: ColumnTypes = {
    "offsets": (np.int64, 1),
    "frame_numbers": (np.int64, 1),
    "bboxes": (np.float32, 2),
    "confidences": (np.float32, 1),
    "detection_indices": (np.int64, 1),
}
_FIELDS = {"frame_numbers": "frame_numbers", "detection_indices": "detection_indices", "boxes": "bboxes", "confidences": "confidences"}


def cut_rows(columns: Mapping[str, Any], count: int, name: str) -> list[dict[str, Any]]:
    """The rows of each of `count` tracks, as fields of `Tracklet` and `Person`.

    Raises `ObjectCorrupt`, which says `name`, where columns of these types disagree or a track has no row.
    """
    rows = len(columns["frame_numbers"])
    for column in ("bboxes", "confidences", "detection_indices"):
        if len(columns[column]) != rows:
            raise ObjectCorrupt(f"{name} has {rows} frame_numbers but {len(columns[column])} {column}")
    if columns["bboxes"].shape[1] != len(("x1", "y1", "x2", "y2")):
        raise ObjectCorrupt(f"{name}: bboxes are not four numbers each")
    runs = cut_places(columns, "offsets", (count, rows), name)
    return [{field: columns[column][run] for field, column in _FIELDS.items()} for run in runs]


def cut_places(columns: Mapping[str, Any], offsets: str, counts: tuple[int, int], name: str) -> list[slice]:
    """The places of each of so many tracks among so many rows. Raises `ObjectCorrupt` where a track has none."""
    places, (count, rows) = columns[offsets], counts
    if len(places) != count + 1 or places[0] != 0 or places[-1] != rows or np.any(np.diff(places) < 1):
        raise ObjectCorrupt(f"{name}: {offsets} do not divide {rows} rows among {count}")
    return [slice(start, end) for start, end in pairwise(places.tolist())]
