"""What is told about a video and its frames, by whichever process read them."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from castlist.domain.damage import DamagedSpan
from castlist.domain.video import VideoPlan


class ProbedVideo(NamedTuple):
    """A video's plan, how many of the frames that it declares are not in the file, warnings for the user, and where they lack."""

    plan: VideoPlan
    lost_frames: int
    warnings: tuple[str, ...]
    damage: tuple[DamagedSpan, ...] = ()


class Frame(NamedTuple):
    """A frame's presentation time in the plan's time base, and its upright picture, BGR `(height, width, 3)`."""

    pts: int
    picture: NDArray[np.uint8]


@dataclass(slots=True)
class ReadingReport:
    """What was met while a segment was read: frames that the file holds for it, frames decoded, damaged ones among these,
    and where frames are lost or damaged.
    """

    stored_frames: int = 0
    decoded_frames: int = 0
    damaged_frames: int = 0
    damage: tuple[DamagedSpan, ...] = ()

    @property
    def lost_frames(self) -> int:
        return max(0, self.stored_frames - self.decoded_frames)
