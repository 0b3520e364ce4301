"""What finding cuts is told, and what it tells the tracker."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from castlist.domain.parameters import TrackParameters
from castlist.domain.shots import ShotCut, ShotState
from services.tracker.algorithms.dissolves import TICKS_PER_S

_FEWEST_HOLD_FRAMES = 2
_UNRELATED = 0.7  # 0.95 is the mean of two pictures that have nothing in common
_STILL_SHARE, _STILL_RATIO, _STILL_CHANGE = 1 / 2, 6.0, 0.01


@dataclass(frozen=True, slots=True)
class CutLimits:
    """How much must change for a cut, how many times the usual change, and for how many frames a flash may last.

    Every `tick_step`th frame is kept for finding dissolves.
    """

    min_change: float
    min_ratio: float
    hold_frames: int
    tick_step: int

    def is_sharp(self, change: float, usual: float) -> bool:
        """Whether a change stands out from the usual one, or is one of the whole picture: among shots of a frame each none stands out."""
        return change >= max(self.min_change, min(self.min_ratio * usual, _UNRELATED))

    def is_sharp_in_stillness(self, change: float, usual: float) -> bool:
        """Whether it stands out so much that less is enough."""
        return change >= max(_STILL_SHARE * self.min_change, _STILL_RATIO * (usual + _STILL_CHANGE))


def cut_limits(parameters: TrackParameters, frames_per_s: float) -> CutLimits:
    """Limits in frames from those in seconds."""
    hold = max(_FEWEST_HOLD_FRAMES, round(parameters.flash_max_s * frames_per_s))
    return CutLimits(parameters.cut_min_change, parameters.cut_min_ratio, hold, max(1, round(frames_per_s / TICKS_PER_S)))


class Action(Enum):
    """What a tracker does in a frame before it looks at detections.

    `HOLD`: set all tracks aside. `RELEASE`: take up those that were set aside, end those since: it was no cut. `END`: end the tracks
    of the shot before.
    """

    HOLD = "hold"
    RELEASE = "release"
    END = "end"


@dataclass(frozen=True, slots=True)
class ShotStep:
    """An action on account of a cut, or what seems one, at `frame`. Tracks last seen before `held_since` stay set aside."""

    action: Action
    frame: int
    held_since: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class FoundShots:
    """Cuts that became sure in a segment, rising, some of them of frames before it; and for frames the steps to take there."""

    cuts: tuple[ShotCut, ...]
    steps: Mapping[int, tuple[ShotStep, ...]]
    state: ShotState
