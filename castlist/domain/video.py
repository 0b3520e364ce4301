"""What `plan` fixes about a video and the models that will read it."""

from dataclasses import dataclass
from fractions import Fraction

_ASSUMED_FRAME_RATE = 25.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A half-open span of presentation time, in units of the stream's time base.

    A frame belongs to the segment with `start_pts <= pts < end_pts`. `previous_pts` is that of the frame before the
    segment, None where it has none.
    """

    start_pts: int
    end_pts: int
    previous_pts: int | None = None


@dataclass(frozen=True, slots=True)
class VideoPlan:
    """A probed video and its segments, which cover every frame exactly once, in order.

    Width and height are those of the upright frame, in pixels. `first_pts` is the earliest
    presentation time: second 0 of every time that Castlist states. `declared_frame_count` is what
    the container says, 0 where it does not say. `times_counted` says that the file states no usable
    times: frames come at the frame rate, in one segment, in a time base of one frame.
    """

    width_px: int
    height_px: int
    time_base: Fraction
    first_pts: int
    frame_rate: Fraction
    declared_frame_count: int
    duration_s: float
    container: str
    codec: str
    segments: tuple[Segment, ...]
    times_counted: bool = False

    @property
    def frames_per_s(self) -> float:
        """The frame rate, or 25 where the video states none."""
        return float(self.frame_rate) or _ASSUMED_FRAME_RATE

    def seconds(self, pts: int) -> float:
        """Seconds from the first presentation time."""
        return float((pts - self.first_pts) * self.time_base)


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """The model and runtime a job uses from start to end.

    `sha256` names the weights; `runtime` the libraries with versions, device and precision, since
    results are byte-identical only for the same ones. `origin` says in words where the weights were found;
    `note` what the user should know about the choice, empty if nothing; `licence` is that of the weights.
    """

    name: str
    sha256: str
    runtime: str
    origin: str
    note: str = ""
    licence: str = ""
