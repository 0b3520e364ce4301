"""The plan stage: a video to segments and models."""

from castlist.codec.messages import encode_model_choice, encode_video_plan
from castlist.domain.devices import CPU_ALONE, Devices
from castlist.domain.jobs import Task
from castlist.domain.parameters import PlanParameters, build
from castlist.domain.video import ModelChoice
from castlist.inference.choices import RuntimeWish
from castlist.manifest import ModelLibrary
from castlist.ports import ObjectReader, Output, TaskResult
from services.detector.models.choosing import AUTO, ModelChooser
from services.detector.video.probe import probe


class PlanHandler:
    """Probes and cuts the video, and fixes the models."""

    def __init__(self, library: ModelLibrary, devices: Devices = CPU_ALONE) -> None:
        self._models = ModelChooser(library, devices)

    def __call__(self, task: Task, objects: ObjectReader) -> TaskResult:
        """Input: `source`. Raises `InputError` for what is no video, `TaskFailed` for a model that is not at hand."""
        parameters = build(PlanParameters, task.parameters)
        runtimes = RuntimeWish(parameters.runtime, parameters.precision)
        plan, lost_frames, warnings = probe(objects.local_path(task.ref("source")), parameters.segment_s)
        outputs = (
            Output("video", encode_video_plan(plan)),
            Output("detector", encode_model_choice(self._models.detector(parameters.detector, runtimes))),
            Output("embedder", encode_model_choice(self._models.embedder(parameters.embedder, runtimes))),
        )
        return TaskResult(outputs, {"segments": len(plan.segments), "lost_frames": lost_frames}, warnings)

    def preferred_detector(self) -> ModelChoice:
        """What a job gets that names none."""
        return self._models.detector(AUTO)
