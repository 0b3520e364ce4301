"""Which frames people are looked for in, and which of these leave crops: by time, whatever the frame rate and however the video is cut."""

from dataclasses import dataclass
from fractions import Fraction

from castlist.domain.parameters import DetectParameters
from castlist.domain.video import Segment, VideoPlan

_FINEST = 1_000_000  # denominator of a second, to which given intervals are rounded


@dataclass(frozen=True, slots=True)
class _Cells:
    """Numbers times by the cell they lie in: `(time x factor + shift) // divisor`, in whole numbers, since it is asked for each frame."""

    factor: int
    shift: int
    divisor: int

    @classmethod
    def of(cls, length: Fraction, time_unit: Fraction, shift: Fraction = Fraction(0)) -> "_Cells":
        """Cells of a length, for times counted in units, put off by `shift`; without a length each time has a cell of its own."""
        if not length:
            return cls(1, 0, 1)
        cells, put_off = time_unit / length, shift / length
        divisor = cells.denominator * put_off.denominator
        return cls(int(cells * divisor), int(put_off * divisor), divisor)

    def of_time(self, time: int) -> int:
        return (time * self.factor + self.shift) // self.divisor


@dataclass(slots=True)
class Sampling:
    """Time is divided into cells of equal length; the first frame in each is examined. The same again for crops, among those.

    Cells of examined frames begin half a frame before a frame is due, so that times which the container rounded don't shift
    the choice; without an interval every frame is examined. Asked frame by frame through one segment, in order. Exact for
    any cut: each cell that has a frame has one that is examined, so the frame before the segment tells all that went before.
    """

    _first_pts: int
    _examined: _Cells
    _leaving: _Cells
    _last: int | None = None
    _last_left: int | None = None

    @classmethod
    def of_segment(cls, plan: VideoPlan, segment: Segment, parameters: DetectParameters) -> "Sampling":
        """With the intervals of `frame_stride`, `detection_fps_limit` and `crop_interval_s`."""
        every = examined_every(plan, parameters)
        leaving = Fraction(parameters.crop_interval_s).limit_denominator(_FINEST)
        examined = _Cells.of(every, plan.time_base, _half_frame_s(plan))
        sampling = cls(plan.first_pts, examined, _Cells.of(leaving, every or plan.time_base))
        if segment.previous_pts is not None:
            sampling._last = sampling._cell(segment.previous_pts)
            sampling._last_left = sampling._leaving.of_time(sampling._last)
        return sampling

    def examines(self, pts: int) -> bool:
        """Whether people are looked for in the frame at `pts`."""
        cell = self._cell(pts)
        chosen, self._last = cell != self._last, cell
        return chosen

    def leaves_crops(self) -> bool:
        """Whether the frame that was examined last leaves crops; asked once for each such frame."""
        if self._last is None:
            return False
        cell = self._leaving.of_time(self._last)
        chosen, self._last_left = cell != self._last_left, cell
        return chosen

    def _cell(self, pts: int) -> int:
        return self._examined.of_time(pts - self._first_pts)


def examined_every(plan: VideoPlan, parameters: DetectParameters) -> Fraction:
    """Seconds between frames in which people are looked for; 0 for every frame."""
    stride, limit = parameters.frame_stride, Fraction(parameters.detection_fps_limit).limit_denominator(_FINEST)
    return max(stride * 2 * _half_frame_s(plan) if stride > 1 else Fraction(0), 1 / limit if limit else Fraction(0))


def _half_frame_s(plan: VideoPlan) -> Fraction:
    rate = plan.frame_rate if plan.frame_rate > 0 else Fraction(plan.frames_per_s)
    return Fraction(1, 2) / rate
