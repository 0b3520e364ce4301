"""The rows of several tracks laid end to end."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from castlist.domain.records import Int64, Person, Tracklet


def row_offsets(lengths: Sequence[int] | Int64) -> Int64:
    """Where each of several runs of rows starts when they are laid end to end, `(N + 1,)`."""
    return np.concatenate(([0], np.cumsum(np.asarray(lengths, np.int64)))).astype(np.int64)


def row_columns(tracks: Sequence[Tracklet] | Sequence[Person]) -> dict[str, NDArray[np.generic]]:
    """All rows under the names that they have in result files: track n has the rows `offsets[n]:offsets[n + 1]` of the others.

    `frame_numbers` and `detection_indices` int64 (R,), `bboxes` float32 (R, 4), `confidences` float32 (R,).
    """
    none = np.zeros(0, np.int64)
    return {
        "offsets": row_offsets([len(track.frame_numbers) for track in tracks]),
        "frame_numbers": np.concatenate([none, *(track.frame_numbers for track in tracks)]),
        "bboxes": np.concatenate([np.zeros((0, 4), np.float32), *(track.boxes for track in tracks)]),
        "confidences": np.concatenate([none.astype(np.float32), *(track.confidences for track in tracks)]),
        "detection_indices": np.concatenate([none, *(track.detection_indices for track in tracks)]),
    }
