"""ByteTrack with its state in the open: one segment's detections in, tracks and the state after them out.

Source: Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection Box", ECCV 2022, section 3
and algorithm 1. As there, sure detections are associated first, weak ones then continue tracks that are still
seen, tracks of a single detection are tentative, and lost tracks wait in a buffer. What differs, each measured
in `docs/quality.md`: similarity weighs the vertical extents, and turning back costs. Who is found again only far from
where he was expected starts a new track: the grouper, which knows what came later, joins those that are clear.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from castlist.domain.parameters import TrackParameters
from castlist.domain.records import Float32, Float64, Int64, SegmentDetections, SegmentTracks, TrackerState
from services.tracker.algorithms import kalman
from services.tracker.algorithms.assignment import assign
from services.tracker.algorithms.camera_motion import NO_MOTION
from services.tracker.algorithms.shot_changes import after_step
from services.tracker.algorithms.shot_cuts import no_shots
from services.tracker.algorithms.shot_steps import Action, ShotStep
from services.tracker.algorithms.similarity import height_modulated_iou, turn
from services.tracker.algorithms.tracks import HELD, LOST, TENTATIVE, TRACKED, Tracks

_FULL_RATE = 7.0
"""Frames a second: the parameters were chosen at this and more. At fewer, people do more from one to the next."""

NO_STEPS: Mapping[int, Sequence[ShotStep]] = MappingProxyType({})

Mask = NDArray[np.bool_]


def initial_state() -> TrackerState:
    """Before the first frame: no tracks; ids count from 1."""
    none = np.zeros(0, np.int64)
    return TrackerState(1, 0, 0, none, none, none, none, np.zeros((0, 8)), np.zeros((0, 8, 8)), no_shots())


def track_segment(
    state: TrackerState,
    detections: SegmentDetections,
    parameters: TrackParameters,
    frames_per_s: float,
    shot_steps: Mapping[int, Sequence[ShotStep]] = NO_STEPS,
    camera: Float64 | None = None,
) -> tuple[SegmentTracks, TrackerState]:
    """Tracks one segment's frames, and the state that the next segment starts from.

    Cutting a video into segments anywhere gives the same rows. In frames that were not examined tracks move on by their
    motion, and nothing else happens to them. `frames_per_s` is the video's rate: below `_FULL_RATE` turning costs less and
    velocities change more, in proportion; `shot_steps`: what to do about cuts, by frame of the video; `camera` (F, 4): how the
    camera moved to each frame, see `camera_motion`, and tracks with it. A row holds the box of its detection. The first row of
    a track is its tentative one; a track that is never confirmed has no other.
    """
    tracks = _from_state(state)
    boxes = detections.boxes.astype(np.float64)
    owners = np.zeros(len(boxes), np.int64)
    buffer_frames = round(parameters.lost_buffer_s * frames_per_s)
    sparsity = _FULL_RATE / frames_per_s
    start = 0
    for index, (count, examined) in enumerate(zip(detections.detection_counts.tolist(), detections.examined.tolist(), strict=True)):
        number = state.frame_count + index
        steps = shot_steps.get(number, ())
        for step in steps:
            tracks = after_step(tracks, step)
        if camera is not None and (camera[index] != NO_MOTION).any():
            tracks = replace(tracks, motion=kalman.moved_by_camera(tracks.motion, camera[index]))
        if not examined:
            tracks = replace(tracks, motion=kalman.predict(tracks.motion, max(sparsity, 1.0)))
            continue
        opens = number == 0 or any(step.action is Action.HOLD for step in steps)
        frame = _Frame(number, boxes[start : start + count], detections.confidences[start : start + count], opens, sparsity)
        tracks, owners[start : start + count] = _advance(tracks, frame, parameters, buffer_frames)
        start += count
    return _rows(state, detections, owners), _to_state(tracks, state, detections)


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """One frame's detections; confidences stay float32, so that thresholds compare with what was written.

    `opens`: it is the first of the video, or may be the first of a shot. `sparsity`: how many times longer than at `_FULL_RATE`
    frames last; `step` is that where they last longer, else 1.
    """

    number: int
    boxes: Float64
    confidences: Float32
    opens: bool
    sparsity: float

    @property
    def step(self) -> float:
        return max(self.sparsity, 1.0)


class _Matching:
    """Pairs of tracks and detections of one frame, made round by round; who is in a pair is out of later rounds."""

    def __init__(self, track_count: int, detection_count: int) -> None:
        self.partners = np.full(track_count, -1)
        self.taken = np.zeros(detection_count, np.bool_)

    def left(self, tracks: Mask, detections: Mask) -> tuple[Int64, Int64]:
        """Indices of those that have no pair yet."""
        return np.flatnonzero(tracks & (self.partners < 0)), np.flatnonzero(detections & ~self.taken)

    def pair(self, rows: Int64, columns: Int64, gains: Float64) -> None:
        """Assign tracks `rows` to detections `columns` by gains (rows, columns), where positive."""
        first, second = assign(gains)
        self.partners[rows[first]] = columns[second]
        self.taken[columns[second]] = True


def _advance(tracks: Tracks, frame: _Frame, parameters: TrackParameters, buffer_frames: int) -> tuple[Tracks, Int64]:
    """The tracks after a frame, and for each of its detections the id of its track, 0 for none."""
    motion = kalman.predict(tracks.motion, frame.step)
    partners = _associate(tracks, motion, frame, parameters)
    rows = np.flatnonzero(partners >= 0)
    columns = partners[rows]
    owners = np.zeros(len(frame.boxes), np.int64)
    owners[columns] = tracks.ids[rows]
    if len(rows):
        motion[rows] = kalman.update(motion[rows], kalman.measure(frame.boxes[columns]))
    fresh = np.flatnonzero((owners == 0) & (frame.confidences >= parameters.new_track_confidence))
    owners[fresh] = np.arange(tracks.next_id, tracks.next_id + len(fresh))
    seen = _aged(tracks, motion, partners >= 0, frame.number, buffer_frames)
    return _with_new(seen, frame.boxes[fresh], frame), owners


def _associate(tracks: Tracks, motion: Float64, frame: _Frame, parameters: TrackParameters) -> Int64:
    """For each track the index of its detection, or -1."""
    matching = _Matching(len(tracks.ids), len(frame.boxes))
    if not (len(tracks.ids) and len(frame.boxes)):
        return matching.partners
    predicted = kalman.boxes_of(motion)
    agreement = height_modulated_iou(predicted, frame.boxes)
    fused = agreement * frame.confidences - parameters.turn_cost / frame.step * _turn(tracks, motion, frame)
    sure = frame.confidences >= parameters.high_confidence
    tentative = tracks.statuses == TENTATIVE
    unseen = (frame.number - tracks.last_frames) * frame.sparsity
    for who, which, gains in (
        (~tentative & (tracks.statuses != HELD), sure, fused - parameters.first_min_iou),
        (tracks.statuses == TRACKED, ~sure, agreement - parameters.second_min_iou),
        (tentative, sure, fused - (parameters.tentative_min_iou / np.maximum(unseen, 1.0))[:, None]),
    ):
        rows, columns = matching.left(who, which)
        if len(rows) and len(columns):
            matching.pair(rows, columns, gains[rows[:, None], columns])
    return matching.partners


def _turn(tracks: Tracks, motion: Float64, frame: _Frame) -> Float64:
    positions, velocities = motion[:, kalman.POSITION], motion[:, kalman.VELOCITY, :2]
    origins = positions[:, :2] - velocities * (frame.number - tracks.last_frames)[:, None]
    return turn(velocities, origins, positions[:, 3], frame.boxes)


def _aged(tracks: Tracks, motion: Float64, seen: Mask, frame_number: int, lost_buffer_frames: int) -> Tracks:
    """Tracks with new statuses; tentative tracks that were not seen and lost ones that waited too long are gone."""
    held = tracks.statuses == HELD
    last_frames = np.where(seen, frame_number, tracks.last_frames)
    kept = np.flatnonzero(seen | held | ((tracks.statuses != TENTATIVE) & (frame_number - last_frames <= lost_buffer_frames)))
    return Tracks(
        tracks.next_id,
        tracks.ids[kept],
        np.where(held, HELD, np.where(seen, TRACKED, LOST))[kept],
        tracks.first_frames[kept],
        last_frames[kept],
        motion[kept],
    )


def _with_new(tracks: Tracks, boxes: Float64, frame: _Frame) -> Tracks:
    """The tracks and one new one for each box: tentative, but in a video's first frame, as in the reference, or a shot's."""
    if len(boxes) == 0:
        return tracks
    frames = np.full(len(boxes), frame.number)
    return Tracks(
        tracks.next_id + len(boxes),
        np.concatenate([tracks.ids, np.arange(tracks.next_id, tracks.next_id + len(boxes))]),
        np.concatenate([tracks.statuses, np.full(len(boxes), TRACKED if frame.opens else TENTATIVE)]),
        np.concatenate([tracks.first_frames, frames]),
        np.concatenate([tracks.last_frames, frames]),
        np.concatenate([tracks.motion, kalman.initiate(kalman.measure(boxes), frame.step)]),
    )


def _rows(state: TrackerState, detections: SegmentDetections, owners: Int64) -> SegmentTracks:
    frame_numbers = np.repeat(np.arange(len(detections.frame_pts)), detections.detection_counts)
    rows = np.flatnonzero(owners)
    rows = rows[np.lexsort((owners[rows], frame_numbers[rows]))]
    return SegmentTracks(
        frame_offset=state.frame_count,
        detection_offset=state.detection_count,
        frame_pts=detections.frame_pts,
        cuts=(),
        track_ids=owners[rows],
        frame_numbers=state.frame_count + frame_numbers[rows],
        detection_indices=state.detection_count + rows,
        boxes=detections.boxes[rows],
        confidences=detections.confidences[rows],
        unexamined=state.frame_count + np.flatnonzero(~detections.examined),
    )


def _from_state(state: TrackerState) -> Tracks:
    motion = kalman.from_full(state.means, state.covariances)
    return Tracks(state.next_track_id, state.track_ids, state.statuses, state.first_frames, state.last_frames, motion)


def _to_state(tracks: Tracks, before: TrackerState, detections: SegmentDetections) -> TrackerState:
    means, covariances = kalman.to_full(tracks.motion)
    return TrackerState(
        next_track_id=tracks.next_id,
        frame_count=before.frame_count + len(detections.frame_pts),
        detection_count=before.detection_count + len(detections.boxes),
        track_ids=tracks.ids,
        statuses=tracks.statuses,
        first_frames=tracks.first_frames,
        last_frames=tracks.last_frames,
        means=means,
        covariances=covariances,
        shots=before.shots,
    )
