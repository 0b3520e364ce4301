import numpy as np

from castlist.domain.records import Tracklet
from castlist.domain.row_runs import row_columns, row_offsets


def test_offsets_are_where_runs_start_and_the_last_ends() -> None:
    assert row_offsets([3, 1, 2]).tolist() == [0, 3, 4, 6]
    assert row_offsets(np.array([2, 5])).tolist() == [0, 2, 7]
    assert row_offsets([]).tolist() == [0]


def test_rows_lie_end_to_end() -> None:
    def track(tracklet_id: int, *frames: int) -> Tracklet:
        rows = np.array(frames)
        return Tracklet(tracklet_id, rows, rows * 10, np.repeat(rows, 4).reshape(-1, 4).astype(np.float32), np.float32(rows / 8))

    found = row_columns([track(7, 1, 2), track(3, 4)])
    assert {name: column.tolist() for name, column in found.items()} == {
        "offsets": [0, 2, 3],
        "frame_numbers": [1, 2, 4],
        "bboxes": [[1] * 4, [2] * 4, [4] * 4],
        "confidences": [0.125, 0.25, 0.5],
        "detection_indices": [10, 20, 40],
    }


def test_no_tracks_leave_empty_columns_of_the_same_types() -> None:
    kinds = {name: (column.dtype, column.shape) for name, column in row_columns([]).items()}
    assert kinds == {
        "offsets": (np.int64, (1,)),
        "frame_numbers": (np.int64, (0,)),
        "bboxes": (np.float32, (0, 4)),
        "confidences": (np.float32, (0,)),
        "detection_indices": (np.int64, (0,)),
    }
