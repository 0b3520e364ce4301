"""The stages of a job on a real video, with detections that are given: from files of detectors, or ground truth."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from castlist.codec.messages import decode_video_plan
from castlist.codec.motchallenge import MotRows
from castlist.domain.devices import Devices
from castlist.domain.jobs import NamedObject, ObjectRef, Parameter, Stage, Task
from castlist.domain.parameters import DetectParameters, build
from castlist.domain.records import Float32
from castlist.domain.resolving import resolve
from castlist.manifest import ModelLibrary
from castlist.ports import Handler, ObjectPart
from services.detector.handlers.detect import SegmentReading
from services.detector.handlers.plan import PlanHandler
from services.detector.video.reading import frames_of
from services.grouper.handlers import cast, group, pick
from services.reid.handlers import compare
from services.reid.handlers.embed import EmbedHandler
from services.tracker.handler import handle as track

_FILES = ("tracklets.mot.txt", "persons.mot.txt")


@dataclass(frozen=True, slots=True)
class Source:
    """A video, detections for each of its frames (by frame, in any order), and where weights lie."""

    video: Path
    detections: MotRows
    library: ModelLibrary


class _Objects:
    """Objects as files of a folder, and the video."""

    def __init__(self, folder: Path, video: Path) -> None:
        self._folder = folder
        self._count = 0
        self.video = NamedObject("source", ObjectRef(str(video.resolve()), 0, ""))

    def put(self, name: str, data: bytes) -> NamedObject:
        self._count += 1
        path = self._folder / str(self._count)
        path.write_bytes(data)
        return NamedObject(name, ObjectRef(str(path), len(data), ""))

    def read(self, ref: ObjectRef) -> bytes:
        return Path(ref.key).read_bytes()

    def local_path(self, ref: ObjectRef) -> Path:
        return Path(ref.key)

    def read_parts(self, ref: ObjectRef, parts: Sequence[ObjectPart]) -> list[bytes]:
        data = self.read(ref)
        return [data[part.start : part.start + part.length] for part in parts]


class GivenJob:
    """One job with given detections, run as far as its embeddings; then grouped and merged by `finish`, any number of times.

    `work` is an empty folder for what the stages write.
    """

    def __init__(self, source: Source, overrides: Mapping[str, str], work: Path) -> None:
        self._parameters = resolve(overrides)
        self._objects = _Objects(work, source.video)
        self._inputs: list[NamedObject] = [self._objects.video]
        self._published: dict[str, bytes] = {}
        self._run(Stage.PLAN, PlanHandler(source.library, Devices()))
        self._detect(source)
        self._track()
        self._run(Stage.PICK, pick.handle)
        self._embed(EmbedHandler(source.library.path_of))

    def finish(self, overrides: Mapping[str, str], folder: Path) -> Mapping[str, bytes]:
        """Group, compare and cast with these parameters as well, and write tracklets and persons to an empty folder.

        Returns all that the stages published.
        """
        before, parameters = list(self._inputs), self._parameters
        self._parameters = {stage: {**values, **_given(overrides, stage)} for stage, values in parameters.items()}
        for stage, handler in ((Stage.GROUP, group.handle), (Stage.COMPARE, compare.handle), (Stage.CAST, cast.handle)):
            self._run(stage, handler)
        for name in _FILES:
            (folder / name).write_bytes(self._published[name])
        self._inputs, self._parameters = before, parameters
        return dict(self._published)

    def _detect(self, source: Source) -> None:
        plan = decode_video_plan(self._read("video"))
        parameters = build(DetectParameters, self._parameters[Stage.DETECT])
        frames = _by_frame(source.detections, parameters.min_confidence)
        for index, segment in enumerate(plan.segments):
            reading = SegmentReading(plan, index, parameters)
            for output in reading.outputs(frames_of(source.video, plan, segment), lambda pictures: [next(frames) for _ in pictures]):
                self._inputs.append(self._objects.put(output.name, output.data))

    def _track(self) -> None:
        states: list[NamedObject] = []
        named_so = [[item for item in self._inputs if item.name == name] for name in ("detections", "thumbnails")]
        for segment in zip(*named_so, strict=True):
            named = (*self._video(), *segment, *states[-1:])
            for output in track(self._task(Stage.TRACK, named), self._objects).outputs:
                put = self._objects.put(output.name, output.data)
                (states if output.name == "state" else self._inputs).append(put)

    def _video(self) -> list[NamedObject]:
        return [item for item in self._inputs if item.name == "video"]

    def _embed(self, handler: Handler) -> None:
        embedder = [item for item in self._inputs if item.name == "embedder"]
        for batch in [item for item in self._inputs if item.name == "embed_crops"]:
            for output in handler(self._task(Stage.EMBED, (batch, *embedder)), self._objects).outputs:
                self._inputs.append(self._objects.put(output.name, output.data))

    def _run(self, stage: Stage, handler: Handler) -> None:
        for output in handler(self._task(stage, tuple(self._inputs)), self._objects).outputs:
            self._inputs.append(self._objects.put(output.name, output.data))
            if output.published:
                self._published[output.name] = output.data

    def _task(self, stage: Stage, inputs: tuple[NamedObject, ...]) -> Task:
        return Task("given", stage, 0, 0, self._parameters[stage], inputs)

    def _read(self, name: str) -> bytes:
        return next(self._objects.read(item.ref) for item in self._inputs if item.name == name)


def _given(overrides: Mapping[str, str], stage: Stage) -> Mapping[str, Parameter]:
    return {name: parameter for name, parameter in resolve(overrides)[stage].items() if f"{stage}.{name}" in overrides}


def _by_frame(detections: MotRows, min_confidence: float) -> Iterator[tuple[Float32, Float32]]:
    """Boxes and confidences of frame 0, 1, ..., by falling confidence, without end."""
    rows = detections.take(np.flatnonzero(detections.confidences >= min_confidence))
    rows = rows.take(np.lexsort((-rows.confidences, rows.frame_numbers)))
    frame = 0
    while True:
        start, stop = np.searchsorted(rows.frame_numbers, [frame, frame + 1]).tolist()
        yield rows.boxes[start:stop].astype(np.float32), rows.confidences[start:stop].astype(np.float32)
        frame += 1
