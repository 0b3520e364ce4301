"""How the camera moved from one frame to the next, from small pictures: shift, turn and zoom of what stands still.

Inverse compositional Lucas-Kanade for a similarity, with weights that leave out what moves by itself.
Sources: Baker and Matthews, IJCV 2004, section 3.2 (the inverse compositional algorithm) and part 2, section 5 (robust weights, as
in iteratively reweighted least squares); Tukey's biweight; start by phase correlation, Kuglin and Hines, 1975.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from castlist.domain.records import Bool, Float32, Float64, SegmentDetections
from castlist.domain.shots import Thumbnails, UInt8
from services.tracker.algorithms.picture_change import picture_shift
from services.tracker.algorithms.shot_steps import Action, ShotStep

NO_MOTION: Float64 = np.array([1.0, 0.0, 0.0, 0.0])
"""Zoom times cosine and sine of the turn, and the shift in x and y: `(x, y)` goes to `(c x - s y + dx, s x + c y + dy)`, in pixels."""
NO_MOTION.flags.writeable = False

_STILL_LEVELS = 0.6  # mean difference that noise makes; the camera stands still
_STEPS = 8
_SMALL_STEP = 0.02  # thumbnail pixels at the picture's corner
_WORST_CONDITION = 1e12
_TUKEY = 4.685
_LEAST_SPREAD = 0.5  # levels
_LEAST_GAIN = 0.97  # of what differs at most this part may be left
_LEAST_SEEN = 0.3  # of the picture that must be left to see by
_MOST_ZOOM, _MOST_SHIFT = 0.2, 0.5  # from frame to frame; of the picture's side
_CHEQUERED = np.indices((64, 64)).sum(axis=0) % 2 == 0  # half of the pixels tell as much, for half of the time
_WIDER = 0.15  # of its sides by which a box is left out around a person


class CameraWatch:
    """The camera's motion to each frame of a segment; `previous` (h, w) is the thumbnail before the first, None for none.

    People's boxes are left out. `frame_size_px`: width and height.
    """

    def __init__(self, previous: UInt8 | None, detections: SegmentDetections, frame_size_px: tuple[int, int]) -> None:
        self._previous = previous
        self._boxes = detections.boxes
        self._edges: list[int] = [0, *np.cumsum(detections.detection_counts).tolist()]
        self._frame_size_px = frame_size_px
        self._motions: list[Float64] = []

    def seen(self, part: Thumbnails) -> Thumbnails:
        """The same thumbnails, the next ones, after looking at them."""
        for picture in part.luma:
            row = len(self._motions)
            start, end = self._edges[row : row + 2]
            before, self._previous = self._previous, picture
            people = self._boxes[start:end]
            self._motions.append(NO_MOTION if before is None else camera_motion(before, picture, people, self._frame_size_px))
        return part

    def motions(self, steps: Mapping[int, Sequence[ShotStep]], first_frame: int) -> Float64:
        """All of them `(F, 4)`: none where a shot begins, or may begin. `first_frame` is the segment's."""
        found = np.array(self._motions, np.float64).reshape(-1, 4)
        begins = [frame - first_frame for frame, taken in steps.items() if any(step.action is Action.HOLD for step in taken)]
        found[begins] = NO_MOTION
        return found


def camera_motion(first: UInt8, second: UInt8, people: Float32, frame_size_px: tuple[int, int]) -> Float64:
    """The motion (4,) from one thumbnail (h, w) to the next, in pixels of the frame; none where it can't be told."""
    before, now = first.astype(np.float64), second.astype(np.float64)
    now += before.mean() - now.mean()
    if np.abs(now - before).mean() <= _STILL_LEVELS:
        return NO_MOTION
    seen = _without_people(people, first.shape, frame_size_px)
    if seen.mean() < _LEAST_SEEN:
        return NO_MOTION
    fitted = _Fit(before, now, seen, frame_size_px).best()
    return NO_MOTION if fitted is None else fitted


def _without_people(people: Float32, shape: tuple[int, ...], frame_size_px: tuple[int, int]) -> Bool:
    height, width = shape
    seen = np.ones((height, width), np.bool_)
    scale = np.array([width / frame_size_px[0], height / frame_size_px[1]] * 2)
    margin = np.tile((people[:, 2:] - people[:, :2]) * _WIDER, (1, 2)) * np.array([-1, -1, 1, 1])
    for x1, y1, x2, y2 in ((people + margin) * scale).tolist():
        seen[max(0, int(y1)) : max(0, int(np.ceil(y2))), max(0, int(x1)) : max(0, int(np.ceil(x2)))] = False
    return seen


class _Fit:
    """One pair of pictures. Points are complex numbers: pixels of the frame from its centre. A motion takes z to `turn * z + shift`."""

    def __init__(self, before: Float64, now: Float64, seen: Bool, frame_size_px: tuple[int, int]) -> None:
        height, width = before.shape
        self._pictures = before, now
        self._centre = complex(*frame_size_px) / 2
        self._step = frame_size_px[0] / width, frame_size_px[1] / height
        rows, columns = np.nonzero(seen & _CHEQUERED[:height, :width])
        self._values = before[rows, columns]
        self._points = (columns + 0.5) * self._step[0] + 1j * (rows + 0.5) * self._step[1] - self._centre
        down, right = (np.asarray(slope, np.float64) for slope in np.gradient(before))
        slopes = right[rows, columns] / self._step[0] - 1j * down[rows, columns] / self._step[1]
        along = slopes * self._points
        self._steepest = np.stack([along.real, -along.imag, slopes.real, -slopes.imag])

    def best(self) -> Float64 | None:
        """The motion; None where nothing explains the difference well."""
        at_rest = self._error(1, 0)
        rows, columns = picture_shift(*self._pictures)
        shift = -complex(columns * self._step[0], rows * self._step[1])
        fitted = self._refined(shift if self._error(1, shift) < at_rest else 0)
        if fitted is None or self._error(*fitted) > _LEAST_GAIN * at_rest:
            return None
        turn, shift = fitted
        shift += self._centre - turn * self._centre
        return np.array([turn.real, turn.imag, shift.real, shift.imag])

    def _refined(self, shift: complex) -> tuple[complex, complex] | None:
        turn = 1 + 0j
        for _ in range(_STEPS):
            errors, inside = self._errors(turn, shift)
            weights = _weights(errors, inside)
            weighted = self._steepest * weights
            normal = weighted @ self._steepest.T
            if np.linalg.cond(normal) > _WORST_CONDITION:
                return None
            step: Float64 = np.linalg.solve(normal, weighted @ errors)
            zoom, roll, right, down = step.tolist()
            turn_by, shift_by = complex(1 + zoom, roll), complex(right, down)
            turn, shift = turn / turn_by, shift - turn / turn_by * shift_by
            if abs(turn - 1) > _MOST_ZOOM or abs(shift) > _MOST_SHIFT * abs(self._centre):
                return None
            if abs(shift_by) + abs(turn_by - 1) * abs(self._centre) < _SMALL_STEP * self._step[0]:
                break
        return turn, shift

    def _errors(self, turn: complex, shift: complex) -> tuple[Float64, Bool]:
        """What is left of the difference in each point, and which points are in the picture still."""
        moved = turn * self._points + shift + self._centre
        values, inside = _sampled(self._pictures[1], moved.imag / self._step[1] - 0.5, moved.real / self._step[0] - 0.5)
        return (values - self._values) * inside, inside

    def _error(self, turn: complex, shift: complex) -> float:
        """Mean absolute difference; infinite where too little of the picture is seen in both."""
        errors, inside = self._errors(turn, shift)
        share = float(inside.mean())
        return float(np.abs(errors).mean()) / share if share >= _LEAST_SEEN else np.inf


def _weights(errors: Float64, inside: Bool) -> Float64:
    """Tukey's biweight, by the median of the errors that count."""
    spread = max(float(np.median(np.abs(errors[inside]))) / 0.6745, _LEAST_SPREAD) if inside.any() else _LEAST_SPREAD
    shares = np.minimum(np.abs(errors) / (_TUKEY * spread), 1)
    weights: Float64 = (1 - shares**2) ** 2 * inside
    return weights


def _sampled(picture: Float64, rows: Float64, columns: Float64) -> tuple[Float64, Bool]:
    """Values between pixels, bilinear, and which places lie in the picture."""
    height, width = picture.shape
    inside: Bool = (rows >= 0) & (rows <= height - 1) & (columns >= 0) & (columns <= width - 1)
    top, left = np.clip(rows, 0, height - 1.001), np.clip(columns, 0, width - 1.001)
    y, x = top.astype(np.int64), left.astype(np.int64)
    down, right = top - y, left - x
    flat, at = picture.ravel(), y * width + x
    above = flat[at] * (1 - right) + flat[at + 1] * right
    below = flat[at + width] * (1 - right) + flat[at + width + 1] * right
    return above * (1 - down) + below * down, inside
