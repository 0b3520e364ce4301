"""`castlist track`: tracker and grouper on MOTChallenge detections, without a video, a broker or a store."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from castlist.codec.messages import encode_detections, encode_model_choice, encode_video_plan
from castlist.codec.motchallenge import MotRows, SequenceInfo, parse_detections, parse_sequence_info
from castlist.domain.jobs import NO_SETTINGS, NamedObject, ObjectRef, Parameter, Settings, Stage, Task
from castlist.domain.parameters import DetectParameters, build
from castlist.domain.records import SegmentDetections
from castlist.domain.resolving import resolve
from castlist.domain.video import ModelChoice, Segment, VideoPlan
from castlist.errors import InputError, ObjectMissing, UsageError
from castlist.ports import Handler, ObjectPart, Output
from cli.text_file import read_text
from services.detector.algorithms.sampling import Sampling
from services.grouper.handlers import cast, group, pick
from services.reid.handlers import compare
from services.tracker.handler import handle as track

_HANDLERS: Mapping[Stage, Handler] = {
    Stage.TRACK: track,
    Stage.PICK: pick.handle,
    Stage.GROUP: group.handle,
    Stage.COMPARE: compare.handle,
    Stage.CAST: cast.handle,
}
_NO_EMBEDDER = ModelChoice("none", "", "", "", note="There are no pictures to compare.")


def run_track(detections: Path, seqinfo: Path, output: Path, overrides: Mapping[str, str], settings: Settings = NO_SETTINGS) -> None:
    """Track and group, and write the published files to `output`, which is made if need be.

    The same handlers as in a job, so the same results for the same detections. Of these those are left out that the
    detector would leave out or not look for, by `detect.min_confidence`, `min_size`, `frame_stride` and `detection_fps_limit`.
    Raises `InputError` for bad files and `UsageError` for bad overrides.
    """
    parameters = resolve(overrides, settings)
    info = parse_sequence_info(read_text(seqinfo), str(seqinfo))
    rows = parse_detections(read_text(detections), str(detections))
    last = rows.frame_numbers.max(initial=-1)
    if last >= info.frame_count:
        raise InputError(f"{detections} has frame {last + 1}, but {seqinfo} says seqLength={info.frame_count}; correct seqLength")
    _write(output, _results(info, rows, parameters))


class HeldObjects:
    """An object reader over what was put into it; in memory, so without local files."""

    def __init__(self) -> None:
        self._data: dict[str, bytes] = {}

    def put(self, name: str, data: bytes) -> NamedObject:
        self._data[name] = data
        return NamedObject(name, ObjectRef(name, len(data), hashlib.sha256(data).hexdigest()))

    def read(self, ref: ObjectRef) -> bytes:
        return self._data[ref.key]

    def local_path(self, ref: ObjectRef) -> Path:
        raise ObjectMissing(f"{ref.key} is held in memory only")

    def read_parts(self, ref: ObjectRef, parts: Sequence[ObjectPart]) -> list[bytes]:
        return [self._data[ref.key][part.start : part.start + part.length] for part in parts]


def _results(info: SequenceInfo, rows: MotRows, parameters: Mapping[Stage, Mapping[str, Parameter]]) -> list[Output]:
    """What the stages from tracking to the cast write; without pictures nothing is embedded."""
    objects, video = HeldObjects(), _as_video(info)
    inputs = [
        objects.put("detections", encode_detections(_as_segment(rows, video, build(DetectParameters, parameters[Stage.DETECT])))),
        objects.put("video", encode_video_plan(video)),
        objects.put("embedder", encode_model_choice(_NO_EMBEDDER)),
    ]
    written: list[Output] = []
    for stage, handler in _HANDLERS.items():
        result = handler(Task("track", stage, 0, 0, parameters[stage], tuple(inputs)), objects)
        for output in result.outputs:
            inputs.append(objects.put(output.name, output.data))
            written.append(output)
    return written


def _as_segment(rows: MotRows, video: VideoPlan, parameters: DetectParameters) -> SegmentDetections:
    frames = np.arange(video.declared_frame_count, dtype=np.int64)
    sampling = Sampling.of_segment(video, video.segments[0], parameters)
    examined = np.array([sampling.examines(pts) for pts in frames.tolist()], np.bool_)
    kept = (rows.confidences >= parameters.min_confidence) & (rows.boxes[:, 3] - rows.boxes[:, 1] >= parameters.min_size)
    rows = rows.take(np.flatnonzero(kept & examined[rows.frame_numbers]))
    order = np.lexsort((-rows.confidences, rows.frame_numbers))
    return SegmentDetections(
        frame_pts=frames,
        examined=examined,
        detection_counts=np.bincount(rows.frame_numbers, minlength=len(frames)).astype(np.int64),
        boxes=rows.boxes[order].astype(np.float32),
        confidences=rows.confidences[order].astype(np.float32),
    )


def _as_video(info: SequenceInfo) -> VideoPlan:
    """One segment, one tick a frame."""
    return VideoPlan(
        width_px=info.width_px,
        height_px=info.height_px,
        time_base=1 / info.frame_rate,
        first_pts=0,
        frame_rate=info.frame_rate,
        declared_frame_count=info.frame_count,
        duration_s=float(info.frame_count / info.frame_rate),
        container="motchallenge",
        codec="none",
        segments=(Segment(0, info.frame_count),),
    )


def _write(folder: Path, outputs: Iterable[Output]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for item in outputs:
            if item.published:
                (folder / item.name).write_bytes(item.data)
    except OSError as fault:
        raise UsageError(f"can't write to {folder}: {fault.strerror}; choose another folder with -o") from fault
