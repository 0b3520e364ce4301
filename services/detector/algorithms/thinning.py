"""Which frames leave crops: at most one in each interval of time, whatever the frame rate and however the video is cut."""

from dataclasses import dataclass
from fractions import Fraction

from castlist.domain.video import Segment, VideoPlan


@dataclass(slots=True)
class Thinning:
    """Time from the video's start is divided into cells of equal length; the first frame in each is chosen.

    Asked frame by frame through one segment. Whether the segment's first frame opens its cell is told by the frame before it.
    """

    _first_pts: int
    _cells_per_pts: Fraction
    _last_cell: int

    @classmethod
    def of_segment(cls, plan: VideoPlan, segment: Segment, interval_s: float) -> "Thinning":
        """For `interval_s` 0 every frame is chosen."""
        interval = Fraction(interval_s).limit_denominator(1_000_000)
        cells_per_pts = plan.time_base / interval if interval else Fraction(1)
        thinning = cls(plan.first_pts, cells_per_pts, -1)
        if segment.previous_pts is not None:
            thinning._last_cell = thinning._cell(segment.previous_pts)
        return thinning

    def chooses(self, pts: int) -> bool:
        """Whether the frame at `pts` leaves crops. Frames come in order."""
        cell = self._cell(pts)
        chosen, self._last_cell = cell != self._last_cell, cell
        return chosen

    def _cell(self, pts: int) -> int:
        return (pts - self._first_pts) * self._cells_per_pts.numerator // self._cells_per_pts.denominator
