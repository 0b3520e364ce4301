"""Tracks of a camera in motion with and without `track.camera_motion`, and what is made of them: a view that moves over the PETS09 clip.

The detections of `tests/quality` and the ground truth are moved with the view exactly and clipped to it, so that only tracking differs.

python -m benchmarks.camera_motion
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.quality import CLIPS, given_detections
from castlist.codec.motchallenge import MotRows
from castlist.domain.camera_path import camera_path
from castlist.domain.joining import join_tracklets
from castlist.domain.parameters import CastParameters, PickParameters, TrackParameters
from castlist.domain.records import Float64, SegmentDetections, SegmentTracks
from castlist.domain.shots import NO_CUTS, Thumbnails
from cli.evaluate import Scores, read_ground_truth, score
from services.detector.video.thumbnails import SegmentThumbnails
from services.grouper.algorithms.continuation import Scene
from services.grouper.algorithms.interpolation import interpolate
from services.grouper.algorithms.smoothing import smooth
from services.grouper.algorithms.stitching import stitch
from services.grouper.algorithms.tracklets import collect_tracklets
from services.grouper.handlers.track_rows import track_rows
from services.tracker.algorithms.bytetrack import initial_state, track_segment
from services.tracker.algorithms.camera_motion import CameraWatch

_VIEW_PX = np.array([512.0, 384.0])
_LEAST_IN_VIEW = 0.5  # of a box

FRAMES_PER_S = 7.0
"""Of PETS09-S2L1."""


@dataclass(frozen=True, slots=True)
class Journey:
    """How the view moves: px and turns a frame of a sweep, and the standard deviation of what shakes it; zoom likewise."""

    name: str
    sweep_px: float = 0.0
    shake_px: float = 0.0
    zoom_rate: float = 0.0
    roll_rate: float = 0.0


JOURNEYS = (
    Journey("still"),
    Journey("pan", sweep_px=3.0),
    Journey("fast pan", sweep_px=10.0),
    Journey("shake", shake_px=6.0),
    Journey("zoom", zoom_rate=0.01),
    Journey("by hand", sweep_px=4.0, shake_px=4.0, zoom_rate=0.004, roll_rate=0.003),
)


def view_matrices(journey: Journey, frame_size_px: NDArray[np.float64], frames: int) -> Iterator[Float64]:
    """For each frame the matrix (2, 3) that takes a place in the clip to one in the view."""
    generator = np.random.default_rng(7)
    room = (frame_size_px - _VIEW_PX) / 2 * 0.9
    for number in range(frames):
        swing = np.array([np.sin(number * journey.sweep_px / room[0]), 0.6 * np.sin(number * journey.sweep_px / room[1] / 1.7)])
        centre = frame_size_px / 2 + room * swing + generator.normal(0, journey.shake_px, 2) * (journey.shake_px > 0)
        zoom = np.exp(0.15 * np.sin(number * journey.zoom_rate / 0.15))
        angle = 0.05 * np.sin(number * journey.roll_rate / 0.05)
        turn = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        yield np.concatenate([turn, (_VIEW_PX / 2 - turn @ centre)[:, None]], axis=1)


def moved(rows: MotRows, matrices: Float64) -> MotRows:
    """Boxes as the view shows them: centres moved, sides zoomed, clipped; those that lie in it by half at least."""
    of = matrices[rows.frame_numbers]
    centres = (rows.boxes[:, :2] + rows.boxes[:, 2:]) / 2
    sides = (rows.boxes[:, 2:] - rows.boxes[:, :2]) * np.hypot(of[:, 0, 0], of[:, 1, 0])[:, None]
    middles = np.einsum("nij,nj->ni", of[:, :, :2], centres) + of[:, :, 2]
    boxes = np.concatenate([middles - sides / 2, middles + sides / 2], axis=1)
    clipped = np.clip(boxes, 0, np.tile(_VIEW_PX, 2))
    kept = np.prod(clipped[:, 2:] - clipped[:, :2], axis=1) >= _LEAST_IN_VIEW * np.prod(sides, axis=1)
    return MotRows(rows.frame_numbers[kept], rows.ids[kept], clipped[kept], rows.confidences[kept])


def thumbnails_of(video: Path, matrices: Float64) -> Thumbnails:
    """What the detector would leave of the view."""
    found = SegmentThumbnails()
    width, height = _VIEW_PX.astype(int).tolist()
    with av.open(str(video)) as container:
        for frame, matrix in zip(container.decode(video=0), matrices, strict=True):
            view = cv2.warpAffine(frame.to_ndarray(format="bgr24"), matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
            found.add(view.astype(np.uint8))
    return found.taken()


def as_segment(rows: MotRows, frames: int) -> SegmentDetections:
    order = np.lexsort((-rows.confidences, rows.frame_numbers))
    counts = np.bincount(rows.frame_numbers, minlength=frames).astype(np.int64)
    boxes, sure = rows.boxes[order].astype(np.float32), rows.confidences[order].astype(np.float32)
    return SegmentDetections(np.arange(frames), np.ones(frames, np.bool_), counts, boxes, sure)


def as_rows(tracks: SegmentTracks) -> MotRows:
    return MotRows(tracks.frame_numbers, tracks.track_ids, tracks.boxes.astype(np.float64), tracks.confidences.astype(np.float64))


def tracked(detections: SegmentDetections, camera: Float64 | None) -> SegmentTracks:
    return track_segment(initial_state(), detections, TrackParameters(), FRAMES_PER_S, camera=camera)[0]


def finished(tracks: SegmentTracks, camera: Float64 | None) -> MotRows:
    """Tracks joined, smoothed and filled in as `pick` and `cast` do, each tracklet a person of its own."""
    picking, casting = PickParameters(), CastParameters()
    path = None if camera is None else camera_path(camera, NO_CUTS)
    scene = Scene(*_VIEW_PX.astype(int).tolist(), FRAMES_PER_S, camera=path)
    tracklets, _ = stitch(collect_tracklets([tracks], picking.min_tracklet_frames), scene, picking)
    persons = [join_tracklets([tracklet], tracklet.tracklet_id) for tracklet in smooth(tracklets, casting.smooth_deviation_frames, path)]
    return track_rows([interpolate(person, scene, casting.interpolate_max_gap_frames, casting.interpolate_max_cost) for person in persons])


@dataclass(frozen=True, slots=True)
class Comparison:
    """Scores of tracks and of what is made of them, each without and with; how the view moves in px a frame; ms a frame to tell that."""

    tracks: tuple[Scores, Scores]
    finished: tuple[Scores, Scores]
    pace_px: float
    taken_ms: float


def compare(journey: Journey, sequence: Path) -> Comparison:
    """What is finished comes of tracks with camera motion, both times."""
    truth, found = read_ground_truth(sequence / "gt.txt"), given_detections(CLIPS["pets-yolox"], sequence)
    frames = int(truth.frame_numbers.max()) + 1
    matrices = np.stack(list(view_matrices(journey, np.array([768.0, 576.0]), frames)))
    detections, seen_truth = as_segment(moved(found, matrices), frames), moved(truth, matrices)
    thumbnails = thumbnails_of(sequence / "vtest.avi", matrices)
    width, height = _VIEW_PX.astype(int).tolist()
    started = time.process_time()
    watch = CameraWatch(None, detections, (width, height))
    watch.seen(thumbnails)
    taken_ms = (time.process_time() - started) / frames * 1000
    camera = watch.motions({}, 0)
    plain, moving = tracked(detections, None), tracked(detections, camera)
    middle = np.array([384.0, 288.0])
    places = matrices[:, :, :2] @ middle + matrices[:, :, 2]
    return Comparison(
        (score(as_rows(plain), seen_truth), score(as_rows(moving), seen_truth)),
        (score(finished(moving, None), seen_truth), score(finished(moving, camera), seen_truth)),
        float(np.hypot(*np.diff(places, axis=0).T).mean()),
        taken_ms,
    )


def main() -> None:
    shared = Path(os.environ.get("CASTLIST_SHARED", "../shared"))
    figures = " | ".join(f"{what}: HOTA | IDF1 | switches" for what in ("tracks", "finished"))
    print(f"| view | moves, px a frame | {figures} | ms a frame |\n{'|---' * 9}|")
    for journey in JOURNEYS:
        found = compare(journey, shared / "data" / "pets09-s2l1")
        columns = [
            f"{plain.hota:.1f} / {moving.hota:.1f} | {plain.idf1:.1f} / {moving.idf1:.1f} | {plain.switches} / {moving.switches}"
            for plain, moving in (found.tracks, found.finished)
        ]
        print(f"| {journey.name} | {found.pace_px:.1f} | {' | '.join(columns)} | {found.taken_ms:.2f} |", flush=True)


if __name__ == "__main__":
    main()
