"""The plan stage: a video to segments and models."""

from castlist.codec.messages import encode_model_choice, encode_video_plan
from castlist.domain.decoding import DecodingLimits
from castlist.domain.devices import CPU_ALONE, Devices
from castlist.domain.jobs import Task
from castlist.domain.parameters import PlanParameters, build
from castlist.domain.video import ModelChoice
from castlist.inference.choices import RuntimeWish
from castlist.manifest import ModelLibrary
from castlist.ports import ObjectReader, Output, TaskResult
from services.detector.handlers.damage import damage_output
from services.detector.models.choosing import AUTO, ModelChooser
from services.detector.video.decoders import Decoders, decoders_of


class PlanHandler:
    """Probes and cuts the video, and fixes the models."""

    def __init__(self, library: ModelLibrary, devices: Devices = CPU_ALONE, decoders: Decoders | None = None) -> None:
        self._models = ModelChooser(library, devices)
        self._decoders = decoders or decoders_of(DecodingLimits())

    def __call__(self, task: Task, objects: ObjectReader) -> TaskResult:
        """Input: `source`. Raises `InputError` for what is no video, `TaskFailed` for a model that is not at hand."""
        parameters = build(PlanParameters, task.parameters)
        runtimes = RuntimeWish(parameters.runtime, parameters.precision)
        video = objects.local_path(task.ref("source"))
        plan, lost_frames, warnings, damage = self._decoders.probe(video, parameters.segment_s, parameters.largest_side_px)
        outputs = (
            *damage_output(damage),
            Output("video", encode_video_plan(plan)),
            Output("detector", encode_model_choice(self._models.detector(parameters.detector, runtimes))),
            Output("embedder", encode_model_choice(self._models.embedder(parameters.embedder, runtimes))),
        )
        return TaskResult(outputs, {"segments": len(plan.segments), "lost_frames": lost_frames}, warnings)

    def preferred_detector(self) -> ModelChoice:
        """What a job gets that names none."""
        return self._models.detector(AUTO)
