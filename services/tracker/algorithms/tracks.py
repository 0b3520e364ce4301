"""The tracks of one moment as columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from castlist.domain.records import Float64, Int64

TENTATIVE, TRACKED, LOST, HELD = range(4)


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """T tracks ordered by id; `motion` (T, 5, 4) as in `kalman`; `next_id` is the next one's id."""

    next_id: int
    ids: Int64
    statuses: Int64
    first_frames: Int64
    last_frames: Int64
    motion: Float64

    def take(self, kept: NDArray[np.bool_]) -> "Tracks":
        """Some of them."""
        return Tracks(self.next_id, self.ids[kept], self.statuses[kept], self.first_frames[kept], self.last_frames[kept], self.motion[kept])
