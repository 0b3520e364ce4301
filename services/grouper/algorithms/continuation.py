"""How well one piece of a track goes on as another: each end is continued at its own pace to where the other begins."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import numpy as np

from castlist.domain.camera_path import CameraPath, camera_path
from castlist.domain.examination import ALL_EXAMINED, examined_before
from castlist.domain.geometry import centers
from castlist.domain.records import Bool, Float32, Float64, Int64, Tracklet
from castlist.domain.shots import NO_CUTS, cuts_between
from castlist.domain.video import VideoPlan

_WINDOW_S = 1.0  # of a piece's end that tells its pace
_STANDING_FRAMES2 = 2.0  # weight of no motion beside the squared times of the window's rows: few rows tell little
_MISS_HEIGHTS, _MISS_HEIGHTS_PER_S, _MISS_POWER = 0.1, 0.6, 0.7
_SIZE_LOG = 0.25
_DOUBT_PER_S = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What pixels and frames mean here: the frame's width and height, the frame rate, and the frames that nobody was looked for in.

    `unexamined` int64, rising; `examined_share` of all frames are others. `cuts` int64, rising: where a new shot begins. `camera`: where
    it looks; None for one that stands. Places are compared where they stand, whatever the camera does.
    """

    width_px: int
    height_px: int
    frames_per_s: float
    unexamined: Int64 = field(default_factory=lambda: ALL_EXAMINED)
    examined_share: float = 1.0
    cuts: Int64 = field(default_factory=lambda: NO_CUTS)
    camera: CameraPath | None = None

    def examined_before(self, frames: Int64) -> Int64:
        """How many frames were examined before each of some frames; the difference of two is what passed between them."""
        return examined_before(frames, self.unexamined)

    def are_in_one_shot(self, earlier: Int64, later: Int64) -> Bool:
        """Whether no shot begins between two frames, pair by pair."""
        together: Bool = cuts_between(self.cuts, earlier, later) == 0
        return together

    def placed(self, frames: Int64, boxes: Float32) -> Float64:
        """Where boxes (N, 4) stand that were seen in some frames (N,)."""
        return boxes.astype(np.float64) if self.camera is None else self.camera.placed(frames, boxes)

    def seen(self, frames: Int64, boxes: Float64) -> Float64:
        """Inverse of `placed`."""
        return boxes if self.camera is None else self.camera.seen(frames, boxes)

    def outside(self, frames: Int64, points: Float64) -> Bool:
        """Which of some places (N, 2) lie outside what is seen in some frames (N,)."""
        seen = points if self.camera is None else self.camera.seen(frames, np.tile(points, 2))[:, :2]
        outside: Bool = np.any((seen < 0) | (seen > np.array([self.width_px, self.height_px])), axis=1)
        return outside


def scene_of(video: VideoPlan, frame_count: int, unexamined: Int64, cuts: Int64, camera: Float64 | None) -> Scene:
    """The scene of a video of so many frames; `camera` (F, 4): how it moved to each, None for one that stands."""
    share = 1 - len(unexamined) / max(frame_count, 1)
    path = None if camera is None else camera_path(camera, cuts)
    return Scene(video.width_px, video.height_px, video.frames_per_s, unexamined, share, cuts, path)


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """One end of each of N pieces: its frame, and the box there by a straight line through the rows of one second.

    `centres` (N, 2) in pixels, `velocities` (N, 2) in pixels per frame, `log_heights` (N,) of the window's mean.
    """

    frames: Int64
    centres: Float64
    velocities: Float64
    log_heights: Float64

    def take(self, rows: Int64) -> "Ends":
        """The rows of an index."""
        return Ends(*(getattr(self, spec.name)[rows] for spec in fields(self)))


def window_frames(frames_per_s: float) -> int:
    """Length of the window at an end, in frames."""
    return max(2, round(frames_per_s * _WINDOW_S))


def last_ends(pieces: Sequence[Tracklet], scene: Scene) -> Ends:
    """Where every piece ends."""
    window = window_frames(scene.frames_per_s)
    firsts = [int(np.searchsorted(piece.frame_numbers, piece.frame_numbers[-1] - window, "right")) for piece in pieces]
    return _collect([_fit(piece.frame_numbers[row:], piece.boxes[row:], -1, scene) for row, piece in zip(firsts, pieces, strict=True)])


def first_ends(pieces: Sequence[Tracklet], scene: Scene) -> Ends:
    """Where every piece begins."""
    window = window_frames(scene.frames_per_s)
    stops = [int(np.searchsorted(piece.frame_numbers, piece.frame_numbers[0] + window, "left")) for piece in pieces]
    return _collect([_fit(piece.frame_numbers[:row], piece.boxes[:row], 0, scene) for row, piece in zip(stops, pieces, strict=True)])


def gap_costs(frames: Int64, boxes: Float32, rows: Int64, scene: Scene) -> tuple[Float64, Int64]:
    """For each of some rows of one track how doubtful it is that it is the same person before and from there on.

    Costs as in `continuation_costs`, and the number of rows that tell: of the smaller of both sides' windows.
    """
    window = window_frames(scene.frames_per_s)
    starts = np.searchsorted(frames, frames[rows - 1] - window, "right")
    stops = np.searchsorted(frames, frames[rows] + window, "left")
    spans = list(zip(starts.tolist(), rows.tolist(), stops.tolist(), strict=True))
    before = _collect([_fit(frames[start:row], boxes[start:row], -1, scene) for start, row, _ in spans])
    after = _collect([_fit(frames[row:stop], boxes[row:stop], 0, scene) for _, row, stop in spans])
    return continuation_costs(before, after, scene), np.minimum(rows - starts, stops - rows)


def continuation_costs(before: Ends, after: Ends, scene: Scene) -> Float64:
    """How doubtful it is `(M,)`, row by row, that what ends here goes on there: 0 is certain, 2 about even.

    The root of two squares, and doubt that grows with the gap, since more others can have come by: the miss in place,
    mean of forward and backward in body heights, in units of what people miss by who walk as they do; and the
    difference of the logarithms of the heights. Units as measured on the clips of `docs/quality.md`. Infinite where
    either motion leads out of the frame: who leaves and who enters there are near each other, but mostly two people.
    """
    gap = after.frames - before.frames
    gap_s = np.maximum(gap, 0) / scene.frames_per_s
    forward = before.centres + gap[:, None] * before.velocities
    backward = after.centres - gap[:, None] * after.velocities
    height = np.exp((before.log_heights + after.log_heights) / 2)
    miss = (np.hypot(*(forward - after.centres).T) + np.hypot(*(backward - before.centres).T)) / 2 / height
    unit = _MISS_HEIGHTS + _MISS_HEIGHTS_PER_S * gap_s**_MISS_POWER
    size = np.abs(before.log_heights - after.log_heights) / _SIZE_LOG
    costs = np.hypot(miss / unit, size) + _DOUBT_PER_S * gap_s
    left = scene.outside(after.frames, forward) | scene.outside(before.frames, backward)
    found: Float64 = np.where(left, np.inf, costs)
    return found


def _fit(frames: Int64, boxes: Float32, at: int, scene: Scene) -> tuple[int, Float64]:
    """The frame of row `at` and centre x, y, velocity x, y, log height there, as they stand."""
    frame = int(frames[at])
    standing = scene.placed(frames, boxes)
    times = (frames - frame).astype(np.float64)
    middles = centers(standing)
    mean_time, mean_centre = times.mean(), middles.mean(axis=0)
    away = times - mean_time
    velocity = (away[:, None] * (middles - mean_centre)).sum(axis=0) / ((away**2).sum() + _STANDING_FRAMES2)
    heights = np.maximum(standing[:, 3] - standing[:, 1], 1.0)
    return frame, np.concatenate([mean_centre - velocity * mean_time, velocity, [np.log(heights).mean()]])


def _collect(found: Sequence[tuple[int, Float64]]) -> Ends:
    table = np.stack([np.zeros(5), *(values for _, values in found)])[1:]
    return Ends(np.array([frame for frame, _ in found], np.int64), table[:, :2], table[:, 2:4], table[:, 4])
