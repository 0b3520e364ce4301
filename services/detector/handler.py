"""The plan and detect stages: a video to segments and models, a segment to detections and crops."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from castlist.codec.crops_hdf5 import encode_crops
from castlist.codec.messages import (
    decode_model_choice,
    decode_video_plan,
    encode_detections,
    encode_model_choice,
    encode_video_plan,
)
from castlist.domain.devices import CPU_ALONE, Devices, DeviceWish
from castlist.domain.jobs import Task
from castlist.domain.parameters import DetectParameters, PlanParameters, build
from castlist.domain.records import Float32, Int64
from castlist.domain.video import ModelChoice, Segment, VideoPlan
from castlist.errors import NotReadyForTask
from castlist.inference.engines import check_runtime
from castlist.manifest import ModelLibrary, manifest
from castlist.ports import ObjectReader, Output, TaskResult
from services.detector.algorithms.collecting import SegmentColumns
from services.detector.algorithms.cropping import crop_rectangles
from services.detector.algorithms.suppression import people_in_frame
from services.detector.algorithms.thinning import Thinning
from services.detector.algorithms.tiling import detect_in_views, views_of
from services.detector.models.choosing import AUTO, ModelChooser
from services.detector.models.detector import Detector
from services.detector.models.loaded import LoadedDetectors
from services.detector.video.crops import encode_jpegs, laplacian_variances
from services.detector.video.probe import probe
from services.detector.video.reading import ReadingReport, frames_of

_WARM_UP_SHAPE = (360, 640, 3)

Find = Callable[[NDArray[np.uint8]], tuple[Float32, Float32]]


class PlanHandler:
    """Probes and cuts the video, and fixes the models."""

    def __init__(self, library: ModelLibrary, devices: Devices = CPU_ALONE) -> None:
        self._models = ModelChooser(library, devices)

    def __call__(self, task: Task, objects: ObjectReader) -> TaskResult:
        """Input: `source`. Raises `InputError` for what is no video, `TaskFailed` for a model that is not at hand."""
        parameters = build(PlanParameters, task.parameters)
        plan, lost_frames, warnings = probe(objects.local_path(task.ref("source")), parameters.segment_s)
        outputs = (
            Output("video", encode_video_plan(plan)),
            Output("detector", encode_model_choice(self._models.detector(parameters.detector))),
            Output("embedder", encode_model_choice(self._models.embedder(parameters.embedder))),
        )
        return TaskResult(outputs, {"segments": len(plan.segments), "lost_frames": lost_frames}, warnings)

    def preferred_detector(self) -> ModelChoice:
        """What a job gets that names none."""
        return self._models.detector(AUTO)


class DetectHandler:
    """Detects people in one segment. Loaded models are kept, as the next task most likely names the same."""

    def __init__(self, library: ModelLibrary, device: DeviceWish = DeviceWish.CPU) -> None:
        self._library = library
        self._device = device
        self._detectors = LoadedDetectors()

    def __call__(self, task: Task, objects: ObjectReader) -> TaskResult:
        """Inputs: `source`, `video`, `detector`. Raises `NotReadyForTask` without that model or runtime."""
        parameters = build(DetectParameters, task.parameters)
        plan = decode_video_plan(objects.read(task.ref("video")))
        choice = decode_model_choice(objects.read(task.ref("detector")))
        detector = self._detector(choice)
        views = views_of(plan.width_px, plan.height_px, manifest()[choice.name].tile_side_px)
        segment = plan.segments[task.index]

        def find(picture: NDArray[np.uint8]) -> tuple[Float32, Float32]:
            return find_people(picture, views, detector, parameters)

        columns, report = read_segment(objects.local_path(task.ref("source")), plan, segment, parameters, find)
        return _result(columns, report, _warnings(plan, segment, report))

    def warm_up(self, choice: ModelChoice) -> ModelChoice:
        """Load a model and use it once, on a grey picture."""
        self._detector(choice).detect(np.full(_WARM_UP_SHAPE, 128, np.uint8), min_confidence=0.5)
        return choice

    def _detector(self, choice: ModelChoice) -> Detector:
        entry = manifest().get(choice.name)
        if entry is None:
            raise NotReadyForTask(f"this worker does not know the detector {choice.name!r}; give all workers the same version")
        device = check_runtime(choice, entry.engine, self._device)
        return self._detectors.get(choice.name, choice.sha256, self._library.path_of(choice), device)


def read_segment(
    video: Path, plan: VideoPlan, segment: Segment, parameters: DetectParameters, find: Find
) -> tuple[SegmentColumns, ReadingReport]:
    """What `find` sees in each frame, and the crops of it that are kept; `find` gets the segment's frames in order."""
    columns, report = SegmentColumns(), ReadingReport()
    thinning = Thinning.of_segment(plan, segment, parameters.crop_interval_s)
    for pts, picture in frames_of(video, plan, segment, report):
        boxes, confidences = find(picture)
        columns.add_frame(pts, boxes, confidences)
        if thinning.chooses(pts):
            _keep_crops(columns, picture, boxes[confidences >= parameters.crop_min_confidence], parameters)
    return columns, report


def find_people(picture: NDArray[np.uint8], views: Int64, detector: Detector, parameters: DetectParameters) -> tuple[Float32, Float32]:
    """Boxes `(N, 4)` and confidences `(N,)` of the people in a frame, one box each, by falling confidence."""
    boxes, confidences, view_of = detect_in_views(picture, views, lambda tile: detector.detect(tile, parameters.min_confidence))
    return people_in_frame(boxes, confidences, view_of, views, (picture.shape[1], picture.shape[0]), parameters.nms_iou)


def _keep_crops(columns: SegmentColumns, picture: NDArray[np.uint8], boxes: Float32, parameters: DetectParameters) -> None:
    rectangles = crop_rectangles(boxes, picture.shape[1], picture.shape[0])
    columns.add_crops(encode_jpegs(picture, rectangles, parameters.crop_jpeg_quality), rectangles, laplacian_variances(picture, rectangles))


def _result(columns: SegmentColumns, report: ReadingReport, warnings: tuple[str, ...]) -> TaskResult:
    detections, crops = columns.detections(), columns.crops()
    outputs = Output("detections", encode_detections(detections)), Output("crops", encode_crops(crops))
    counts = {"frames": len(detections.frame_pts), "detections": len(detections.boxes), "crops": len(crops.images)}
    counts["lost_frames"] = report.lost_frames
    return TaskResult(outputs, counts, warnings)


def _warnings(plan: VideoPlan, segment: Segment, report: ReadingReport) -> tuple[str, ...]:
    place = f"the video, {plan.seconds(segment.start_pts):.1f} to {plan.seconds(segment.end_pts):.1f} s"
    warnings = []
    if report.lost_frames:
        warnings.append(f"{place}: {report.lost_frames} of {report.stored_frames} frames can't be decoded and are missing from the result")
    if report.damaged_frames:
        warnings.append(f"{place}: {report.damaged_frames} of {report.decoded_frames} frames are damaged; people in them may be missed")
    return tuple(warnings)
