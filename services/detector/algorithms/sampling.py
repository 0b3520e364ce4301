"""Which frames people are looked for in, and which of these leave crops: by time, whatever the frame rate and however the video is cut."""

from dataclasses import dataclass
from fractions import Fraction

from castlist.domain.parameters import DetectParameters
from castlist.domain.video import Segment, VideoPlan

_FINEST = 1_000_000  # denominator of a second, to which given intervals are rounded


@dataclass(slots=True)
class Sampling:
    """Time is divided into cells of equal length; the first frame in each is examined. The same again for crops, among those.

    Cells of examined frames begin half a frame before a frame is due, so that times which the container rounded don't shift
    the choice; without an interval every frame is examined. Asked frame by frame through one segment, in order. Exact for
    any cut: each cell that has a frame has one that is examined, so the frame before the segment tells all that went before.
    """

    _plan: VideoPlan
    _every: Fraction
    _leaving: Fraction
    _last: Fraction | int | None = None
    _last_left: int | None = None

    @classmethod
    def of_segment(cls, plan: VideoPlan, segment: Segment, parameters: DetectParameters) -> "Sampling":
        """With the intervals of `frame_stride`, `detection_fps_limit` and `crop_interval_s`."""
        sampling = cls(plan, examined_every(plan, parameters), Fraction(parameters.crop_interval_s).limit_denominator(_FINEST))
        if segment.previous_pts is not None:
            sampling._last = sampling._cell(segment.previous_pts)
            sampling._last_left = sampling._crop_cell(sampling._last)
        return sampling

    def examines(self, pts: int) -> bool:
        """Whether people are looked for in the frame at `pts`."""
        cell = self._cell(pts)
        chosen, self._last = cell != self._last, cell
        return chosen

    def leaves_crops(self) -> bool:
        """Whether the frame that was examined last leaves crops; asked once for each such frame."""
        cell = self._crop_cell(self._last)
        chosen, self._last_left = not self._leaving or cell != self._last_left, cell
        return chosen

    def _cell(self, pts: int) -> Fraction | int:
        """The cell of a frame: its number, or the frame's own time where all are examined."""
        seconds = (pts - self._plan.first_pts) * self._plan.time_base
        return (seconds + _half_frame_s(self._plan)) // self._every if self._every else seconds

    def _crop_cell(self, cell: Fraction | int | None) -> int | None:
        if cell is None or not self._leaving:
            return None
        seconds = cell * self._every if self._every else Fraction(cell)
        return seconds // self._leaving


def examined_every(plan: VideoPlan, parameters: DetectParameters) -> Fraction:
    """Seconds between frames in which people are looked for; 0 for every frame."""
    stride, limit = parameters.frame_stride, Fraction(parameters.detection_fps_limit).limit_denominator(_FINEST)
    return max(stride * 2 * _half_frame_s(plan) if stride > 1 else Fraction(0), 1 / limit if limit else Fraction(0))


def _half_frame_s(plan: VideoPlan) -> Fraction:
    rate = plan.frame_rate if plan.frame_rate > 0 else Fraction(plan.frames_per_s)
    return Fraction(1, 2) / rate
