"""The detect stage: a segment to detections, thumbnails and crops."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from castlist.codec.crop_list import encode_crop_list
from castlist.codec.messages import decode_model_choice, decode_video_plan, encode_detections
from castlist.codec.thumbnails import encode_thumbnails
from castlist.domain.damage import spans_in_words
from castlist.domain.decoding import DecodingLimits
from castlist.domain.devices import DeviceWish
from castlist.domain.jobs import Task
from castlist.domain.parameters import DetectParameters, build
from castlist.domain.records import Float32, Int64
from castlist.domain.video import ModelChoice, Segment, VideoPlan
from castlist.errors import NotReadyForTask
from castlist.inference.engines import check_runtime
from castlist.manifest import ModelEntry, ModelLibrary, entry_named
from castlist.ports import ObjectReader, Output, TaskResult
from services.detector.algorithms.collecting import DetectionColumns
from services.detector.algorithms.sampling import Sampling
from services.detector.algorithms.suppression import at_least_high, people_in_frame
from services.detector.algorithms.tiling import cut_out, in_picture, views_of
from services.detector.handlers.damage import damage_output
from services.detector.handlers.segment_crops import SegmentCrops
from services.detector.models.detector import Detector, detect_all
from services.detector.models.loaded import LoadedDetectors
from services.detector.video.decoders import Decoders, decoders_of
from services.detector.video.records import Frame, ReadingReport
from services.detector.video.thumbnails import SegmentThumbnails

_WARM_UP_SHAPE = (360, 640, 3)
_MOST_WAITING = 256  # frames that are noted together, where few of them are examined
_LOOK_AGAIN_S = 0.5  # a thread that uses no processor time for minutes is taken for one that hangs (`castlist.worker.vitals`)
_MOSTLY_DEGENERATE = (
    "the detector gave {count} boxes in a segment that are none, not finite or without area, more than others: people may be missed; "
    "plan.precision=float32 or other weights may help"
)

Picture = NDArray[np.uint8]
Found = tuple[Float32, Float32]
"""Boxes `(N, 4)` and confidences `(N,)` of the people in a frame, one box each, by falling confidence."""

Find = Callable[[Sequence[Picture]], Sequence[Found]]


class DetectHandler:
    """Detects people in one segment. Loaded models are kept, as the next task most likely names the same.

    At most `turns` threads read frames at a time; others fetch their inputs or store results meanwhile, without a picture in memory.
    """

    def __init__(
        self, library: ModelLibrary, device: DeviceWish = DeviceWish.CPU, decoders: Decoders | None = None, turns: int = 1
    ) -> None:
        self._library = library
        self._decoders = decoders or decoders_of(DecodingLimits())
        self._device = device
        self._detectors = LoadedDetectors()
        self._turns = BoundedSemaphore(turns)

    def __call__(self, task: Task, objects: ObjectReader) -> TaskResult:
        """Inputs: `source`, `video`, `detector`. Raises `NotReadyForTask` without that model or runtime.

        The segment is read while the outputs are taken: packs of crops leave as they fill, so that memory is bounded.
        """
        parameters = build(DetectParameters, task.parameters)
        plan = decode_video_plan(objects.read(task.ref("video")))
        choice = decode_model_choice(objects.read(task.ref("detector")))
        detector = self._detector(choice, parameters.input_side_px)
        views = views_of(plan.width_px, plan.height_px, _entry(choice).tile_side_px, parameters.tiles)

        reading = SegmentReading(plan, task.index, parameters)

        def find(pictures: Sequence[Picture]) -> list[Found]:
            return find_people_in(pictures, views, detector, parameters, reading.finds)

        frames = self._decoders.frames_of(objects.local_path(task.ref("source")), plan, reading.segment, reading.report)
        return TaskResult(reading.outputs(self._in_turn(frames), find), reading.counts, reading.warnings)

    def _in_turn(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The frames, once a turn is free, which is kept until the last one; a video is not opened before."""
        while not self._turns.acquire(timeout=_LOOK_AGAIN_S):
            pass
        try:
            yield from frames
        finally:
            self._turns.release()

    def warm_up(self, choice: ModelChoice) -> ModelChoice:
        """Load a model and use it once, on a grey picture."""
        self._detector(choice).detect(np.full(_WARM_UP_SHAPE, 128, np.uint8), min_confidence=0.5)
        return choice

    def _detector(self, choice: ModelChoice, input_side_px: int = 0) -> Detector:
        runtime = check_runtime(choice, _entry(choice).engine, self._device)
        return self._detectors.get(choice.name, choice.sha256, self._library.path_of(choice), runtime, input_side_px)


def _entry(choice: ModelChoice) -> ModelEntry:
    entry = entry_named(choice.name)
    if entry is None:
        raise NotReadyForTask(f"this worker does not know the detector {choice.name!r}; give all workers the same version")
    return entry


@dataclass(slots=True)
class FindingReport:
    """What became of boxes that a network gave."""

    degenerate_boxes: int = 0


class _Waiting(NamedTuple):
    """A frame whose turn to be noted comes; its picture, if it is examined, and whether it leaves crops."""

    pts: int
    picture: Picture | None
    leaves_crops: bool


class SegmentReading:
    """One pass over a segment's frames. `counts` and `warnings` are complete once all outputs were taken."""

    def __init__(self, plan: VideoPlan, index: int, parameters: DetectParameters) -> None:
        self.segment = plan.segments[index]
        self.report = ReadingReport()
        self.finds = FindingReport()
        self.counts: dict[str, int] = {}
        self.warnings: list[str] = []
        self._plan = plan
        self._crops_name = f"crops.{index}"
        self._sampling = Sampling.of_segment(plan, self.segment, parameters)
        self._leaves_crops = parameters.crops
        self._batch_frames = parameters.batch_frames
        self._columns = DetectionColumns()
        self._thumbnails = SegmentThumbnails()
        self._crops = SegmentCrops.of_segment(plan, self.segment, parameters)

    def outputs(self, frames: Iterator[Frame], find: Find) -> Iterator[Output]:
        """Packs of crops and parts of thumbnails on the way, then all else; `find` gets the frames that are examined, in order."""
        for some in self._batches(frames):
            found = iter(find([frame.picture for frame in some if frame.picture is not None]))
            for frame in some:
                self._note(frame, next(found) if frame.picture is not None else None)
                if self._crops.is_full:
                    yield self._pack()
            if self._thumbnails.is_full:
                yield self._thumbnails_part()
        self._crops.finish()
        if self._crops.has_images:
            yield self._pack()
        if self._leaves_crops:
            yield Output("crop_list", encode_crop_list(self._crops.listed()))
        if len(self._thumbnails):
            yield self._thumbnails_part()
        detections = self._columns.detections()
        yield Output("detections", encode_detections(detections))
        yield from damage_output(self.report.damage)
        self.counts |= {
            "frames": len(detections.frame_pts),
            "examined_frames": int(detections.examined.sum()),
            "detections": len(detections.boxes),
            "degenerate_boxes": self.finds.degenerate_boxes,
            "crops": self._crops.count,
            "blank_crops": self._crops.blank_count,
            "crop_images": self._crops.image_count,
            "lost_frames": self.report.lost_frames,
            "damaged_frames": self.report.damaged_frames,
        }
        self.warnings += _warnings(self._plan, self.segment, self.report)
        if self.finds.degenerate_boxes > len(detections.boxes):
            self.warnings.append(_MOSTLY_DEGENERATE.format(count=self.finds.degenerate_boxes))

    def _batches(self, frames: Iterator[Frame]) -> Iterator[list[_Waiting]]:
        """All frames, cut behind each that completes a batch of examined ones."""
        waiting: list[_Waiting] = []
        examined = 0
        for pts, picture in frames:
            self._thumbnails.add(picture)
            examines = self._sampling.examines(pts)
            leaves_crops = examines and self._leaves_crops and self._sampling.leaves_crops()
            waiting.append(_Waiting(pts, picture if examines else None, leaves_crops))
            examined += examines
            if examined == self._batch_frames or len(waiting) == _MOST_WAITING or self._thumbnails.is_full:
                yield waiting
                waiting, examined = [], 0
        if waiting:
            yield waiting

    def _note(self, frame: _Waiting, found: Found | None) -> None:
        if frame.picture is None or found is None:
            self._columns.add_unexamined(frame.pts)
            return
        boxes, confidences = found
        if frame.leaves_crops:
            self._crops.add(frame.pts, frame.picture, self._columns.place(), boxes, confidences)
        self._columns.add_frame(frame.pts, boxes, confidences)

    def _pack(self) -> Output:
        return Output(self._crops_name, self._crops.taken(), transient=True)

    def _thumbnails_part(self) -> Output:
        return Output("thumbnails", encode_thumbnails(self._thumbnails.taken()))


def find_people(picture: Picture, views: Int64, detector: Detector, parameters: DetectParameters) -> Found:
    """The people in one frame."""
    return find_people_in([picture], views, detector, parameters, FindingReport())[0]


def find_people_in(
    pictures: Sequence[Picture], views: Int64, detector: Detector, parameters: DetectParameters, report: FindingReport
) -> list[Found]:
    """The people in each of some frames of one size."""
    parts = [part for picture in pictures for part in cut_out(picture, views)]
    found_in_parts = detect_all(detector, parts, parameters.min_confidence)
    found = []
    for number, picture in enumerate(pictures):
        seen = in_picture(found_in_parts[number * len(views) : (number + 1) * len(views)], views)
        frame_size_px = picture.shape[1], picture.shape[0]
        boxes, confidences, degenerate_count = people_in_frame(*seen, views, frame_size_px, parameters.nms_iou)
        report.degenerate_boxes += degenerate_count
        found.append(at_least_high(boxes, confidences, parameters.min_size))
    return found


def _warnings(plan: VideoPlan, segment: Segment, report: ReadingReport) -> Iterator[str]:
    place = f"the video, {plan.seconds(segment.start_pts):.1f} to {plan.seconds(segment.end_pts):.1f} s"
    where = f"({spans_in_words(report.damage)})"
    if report.lost_frames:
        lost = f"{report.lost_frames} of {report.stored_frames} frames"
        yield f"{place}: {lost} can't be decoded and are missing from the result {where}"
    if report.damaged_frames:
        damaged = f"{report.damaged_frames} of {report.decoded_frames} frames"
        yield f"{place}: {damaged} are damaged; people in them may be missed {where}"
