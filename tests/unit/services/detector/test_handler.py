import hashlib
import itertools
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from threading import BoundedSemaphore, Semaphore

import cv2
import numpy as np
import onnxruntime
import pytest

from castlist.adapters.directory_store import DirectoryStore
from castlist.codec.crop_list import decode_crop_list
from castlist.codec.crops_hdf5 import decode_crops
from castlist.codec.messages import decode_detections, decode_model_choice, decode_video_plan, encode_model_choice, encode_video_plan
from castlist.codec.thumbnails import decode_thumbnails
from castlist.domain.devices import CPU_ALONE, Device, Devices, DeviceWish
from castlist.domain.jobs import NamedObject, ObjectRef, Parameter, Stage, Task
from castlist.domain.video import ModelChoice, Segment, VideoPlan
from castlist.errors import InputError, NotReadyForTask, TaskFailed
from castlist.inference.onnx_runtime import cuda_fault
from castlist.manifest import PACKAGED_FOLDER, ModelLibrary
from castlist.ports import Output, TaskResult
from castlist.worker.objects import VerifiedReader
from services.detector.handlers import detect
from services.detector.handlers.detect import DetectHandler
from services.detector.handlers.plan import PlanHandler
from services.detector.models import loaded
from services.detector.video.records import Frame
from tests.conftest import REPOSITORY
from tests.fixtures.clips import make_clip, with_noise, x264_groups

CLIP = REPOSITORY / "examples" / "campus-clip.mp4"
FRAME_PTS = 1024  # of the example clip


class Workplace:
    """A folder as store, the tasks that read from it, and the packaged models."""

    def __init__(self, folder: Path, library: ModelLibrary, devices: Devices = CPU_ALONE) -> None:
        self.store = DirectoryStore(folder / "store")
        self.reader = VerifiedReader(self.store, folder / "cache")
        self.library = library
        self.devices = devices

    def put(self, name: str, data: bytes) -> NamedObject:
        self.store.put(f"jobs/test/{name}", data)
        return NamedObject(name, ObjectRef(f"jobs/test/{name}", len(data), hashlib.sha256(data).hexdigest()))

    def plan(self, video: Path, **parameters: str | float) -> TaskResult:
        source = self.put("source", video.read_bytes())
        task = Task("test", Stage.PLAN, 0, 0, _parameters(parameters), (source,))
        return PlanHandler(self.library, self.devices)(task, self.reader)

    def detect(
        self, video: Path, plan: VideoPlan, choice: ModelChoice, index: int = 0, handler: DetectHandler | None = None, **parameters: float
    ) -> TaskResult:
        inputs = (
            self.put("source", video.read_bytes()),
            self.put("video", encode_video_plan(plan)),
            self.put("detector", encode_model_choice(choice)),
        )
        task = Task("test", Stage.DETECT, index, 0, _parameters(parameters), inputs)
        result = (handler or DetectHandler(self.library))(task, self.reader)
        return TaskResult(tuple(result.outputs), result.counts, tuple(result.warnings))


def _parameters(values: Mapping[str, str | float]) -> dict[str, Parameter]:
    return {name: Parameter(value, "request") for name, value in values.items()}


def output(result: TaskResult, name: str) -> bytes:
    (found,) = [item.data for item in result.outputs if item.name == name]
    return found


def planned(result: TaskResult) -> tuple[VideoPlan, ModelChoice]:
    return decode_video_plan(output(result, "video")), decode_model_choice(output(result, "detector"))


def shortened(plan: VideoPlan, frames: int) -> VideoPlan:
    return replace(plan, segments=(Segment(plan.first_pts, plan.first_pts + frames * FRAME_PTS),))


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path, ModelLibrary())


def test_plan_gives_segments_and_models(workplace: Workplace) -> None:
    result = workplace.plan(CLIP)
    assert [item.name for item in result.outputs] == ["video", "detector", "embedder"]
    assert not any(item.published for item in result.outputs)
    assert result.counts == {"segments": 2, "lost_frames": 0}
    assert result.warnings == ()
    plan, detector = planned(result)
    assert len(plan.segments) == 2
    assert detector.name == "ssdlite_pedestrian"
    assert detector.sha256 == "2e9b0002ea92c12decc219f750c4befea353930dea82a1716f505e04c1ce435b"
    assert detector.runtime.startswith("onnxruntime ")
    assert detector.runtime.endswith(" cpu float32")


def test_plan_says_that_it_falls_back_and_what_to_do(workplace: Workplace) -> None:
    result = workplace.plan(CLIP)
    embedder = decode_model_choice(output(result, "embedder"))
    assert embedder.name == "colour_stripes"
    assert len(embedder.sha256) == 64
    assert "No OSNet weights were found" in embedder.note
    assert "put osnet_x0_25_msmt17.onnx into the folder that CASTLIST_MODELS names" in embedder.note
    assert "put yolox_nano.onnx into the folder" in planned(result)[1].note


def test_what_was_asked_for_by_name_needs_no_note(workplace: Workplace) -> None:
    result = workplace.plan(CLIP, detector="ssdlite_pedestrian", embedder="colour_stripes")
    assert planned(result)[1].note == ""
    assert decode_model_choice(output(result, "embedder")).note == ""


@pytest.mark.parametrize("wish", [{"detector": "yolox_nano"}, {"embedder": "osnet_x0_25_msmt17"}])
def test_a_model_that_was_asked_for_and_is_not_here_ends_the_job(workplace: Workplace, wish: dict[str, str]) -> None:
    with pytest.raises(TaskFailed, match=r"are not on this machine: run once with a network, or put .*onnx into the folder"):
        workplace.plan(CLIP, **wish)


def test_better_models_are_preferred(tmp_path: Path, shared_data: Path) -> None:
    result = Workplace(tmp_path, ModelLibrary(shared_data / "models")).plan(CLIP)
    detector, embedder = planned(result)[1], decode_model_choice(output(result, "embedder"))
    assert (detector.name, embedder.name) == ("yolox_nano", "osnet_x0_25_msmt17")
    assert (detector.origin, embedder.origin) == ("models folder", "models folder")


def test_a_detector_of_the_users_own_comes_first(tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    shutil.copy(PACKAGED_FOLDER / "ssdlite_pedestrian.onnx", models / "ultralytics_yolo.onnx")
    detector = planned(Workplace(tmp_path, ModelLibrary(models)).plan(CLIP))[1]
    assert (detector.name, detector.origin) == ("ultralytics_yolo", "models folder")
    assert detector.note.startswith("ultralytics_yolo.onnx does not name its classes, so class 0 is taken for a person")
    assert detector.licence.startswith("AGPL-3.0")
    assert detector.runtime == f"onnxruntime {onnxruntime.__version__} cpu float32"


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is installed")
def test_a_model_without_its_engine_is_passed_over_and_that_is_said(tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / "ultralytics_yolo.torchscript").write_bytes(b"no matter what")
    detector = planned(Workplace(tmp_path, ModelLibrary(models)).plan(CLIP))[1]
    assert detector.name == "ssdlite_pedestrian"
    words = "ultralytics_yolo.torchscript was passed over, since ultralytics, torch is not installed: pip install 'castlist[ultralytics]'."
    assert detector.note == words


@pytest.mark.skipif(find_spec("torchreid") is not None, reason="torchreid is installed")
def test_a_model_without_its_engine_ends_the_job(workplace: Workplace) -> None:
    with pytest.raises(TaskFailed, match=r"^osnet_torchreid needs .*torchreid.*, not installed here: pip install 'castlist\[torch\]'$"):
        workplace.plan(CLIP, embedder="osnet_torchreid")


def test_plan_speaks_for_workers_that_embed_elsewhere(tmp_path: Path, shared_data: Path) -> None:
    result = Workplace(tmp_path, ModelLibrary(shared_data / "models"), Devices(reid=Device.CUDA)).plan(CLIP)
    detector, embedder = planned(result)[1], decode_model_choice(output(result, "embedder"))
    assert detector.runtime.endswith(" cpu float32")
    assert embedder.runtime.endswith(" cuda float32")
    assert "CUDA" not in embedder.note


@pytest.mark.skipif(not cuda_fault(), reason="CUDA can be used here")
def test_auto_without_a_gpu_is_the_cpu_and_said(tmp_path: Path) -> None:
    detector = planned(Workplace(tmp_path, ModelLibrary(), Devices(DeviceWish.AUTO)).plan(CLIP))[1]
    assert detector.runtime.endswith(" cpu float32")
    assert re.search(r"CUDA was wished for, but .*, so the CPU was used: mend that, or set CASTLIST_DEVICE=cpu\.$", detector.note)


def test_no_video_ends_the_job(workplace: Workplace, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no video")
    with pytest.raises(InputError, match=r"^the video is no video file that can be read"):
        workplace.plan(text)


def test_a_wished_segment_length_is_met(workplace: Workplace) -> None:
    assert workplace.plan(CLIP, segment_s=10.0).counts["segments"] == 2


def test_detect_finds_the_people(workplace: Workplace) -> None:
    plan, choice = planned(workplace.plan(CLIP))
    result = workplace.detect(CLIP, shortened(plan, 7), choice)
    detections, crops = decode_detections(output(result, "detections")), decode_crops(output(result, "crops.0"))

    assert [item.name for item in result.outputs] == ["crops.0", "crop_list", "thumbnails", "detections"]
    assert [item.transient for item in result.outputs] == [True, False, False, False]
    assert decode_thumbnails(output(result, "thumbnails")).luma.shape == (7, 48, 64)
    assert result.counts == {
        "frames": 7,
        "examined_frames": 7,
        "detections": len(detections.boxes),
        "crops": len(decode_crop_list(output(result, "crop_list")).boxes),
        "crop_images": len(crops.images),
        "degenerate_boxes": 0,
        "blank_crops": 0,
        "lost_frames": 0,
        "damaged_frames": 0,
    }
    assert result.warnings == ()
    assert detections.frame_pts.tolist() == [number * FRAME_PTS for number in range(7)]
    sure = detections.confidences >= 0.3
    assert 2 * 7 <= sure.sum() <= 4 * 7  # three people are in sight
    sides = detections.boxes[sure, 2:] - detections.boxes[sure, :2]
    assert (sides[:, 1] > sides[:, 0]).all()
    assert (detections.boxes >= 0).all()
    assert (detections.boxes <= [768, 576, 768, 576]).all()


def test_every_second_frame_of_ten_a_second_leaves_crops(workplace: Workplace) -> None:
    plan, choice = planned(workplace.plan(CLIP))
    result = workplace.detect(CLIP, shortened(plan, 7), choice, crop_min_confidence=0.5, crop_still_interval_s=0.0)
    detections, crops = decode_detections(output(result, "detections")), decode_crops(output(result, "crops.0"))
    assert sorted(set(crops.frame_numbers.tolist())) == [0, 2, 4, 6]
    assert (crops.confidences >= 0.5).all()
    frames = np.repeat(np.arange(7), detections.detection_counts)
    wanted = np.flatnonzero((frames % 2 == 0) & (detections.confidences >= 0.5))
    assert crops.detection_indices.tolist() == wanted.tolist()
    assert crops.boxes.tolist() == detections.boxes[wanted].tolist()
    for image, (height, width), box in zip(crops.images, crops.shapes.tolist(), crops.boxes, strict=True):
        picture = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR)
        assert picture.shape == (height, width, 3)
        assert (np.floor(box[:2]) <= box[:2]).all()
        assert [width, height] == (np.ceil(box[2:]) - np.floor(box[:2])).astype(int).tolist()


def test_a_strided_segment_is_the_same_however_the_video_is_cut(workplace: Workplace) -> None:
    plan, choice = planned(workplace.plan(CLIP))
    edges = (0, 4, 5, 9)
    parts = tuple(
        Segment(start * FRAME_PTS, end * FRAME_PTS, (start - 1) * FRAME_PTS if start else None) for start, end in itertools.pairwise(edges)
    )
    parameters = {"frame_stride": 3, "crop_interval_s": 0.5, "min_size": 50.0, "tiles": "off"}

    def found(plan: VideoPlan) -> tuple[list[bool], list[int], list[float]]:
        results = [workplace.detect(CLIP, plan, choice, index, **parameters) for index in range(len(plan.segments))]
        detections = [decode_detections(output(result, "detections")) for result in results]
        crops = [decode_crop_list(output(result, "crop_list")) for result in results]
        starts = np.cumsum([0, *(len(part.frame_pts) for part in detections)]).tolist()
        return (
            [examined for part in detections for examined in part.examined.tolist()],
            [start + frame for start, part in zip(starts, crops, strict=False) for frame in part.frame_numbers.tolist()],
            [edge for part in detections for edge in part.boxes.ravel().tolist()],
        )

    examined, cropped, edges_px = found(replace(plan, segments=parts))
    assert (examined, cropped, edges_px) == found(shortened(plan, 9))
    assert examined == [True, False, False] * 3
    assert set(cropped) == {0, 6}
    boxes = np.array(edges_px).reshape(-1, 4)
    assert (boxes[:, 3] - boxes[:, 1] >= 50).all()


def test_a_side_that_the_network_can_not_take_ends_the_job_with_a_remedy(workplace: Workplace) -> None:
    plan, choice = planned(workplace.plan(CLIP))
    with pytest.raises(
        TaskFailed, match=r"ssdlite_pedestrian.onnx takes pictures of 300 x 300 px and nothing else: set detect.input_side_px to 0"
    ):
        workplace.detect(CLIP, shortened(plan, 1), choice, input_side_px=640)
    assert workplace.detect(CLIP, shortened(plan, 1), choice, input_side_px=300).counts["frames"] == 1


def test_without_crops_nothing_of_a_picture_is_stored(workplace: Workplace) -> None:
    plan, choice = planned(workplace.plan(CLIP))
    with_crops, without = (workplace.detect(CLIP, shortened(plan, 2), choice, crops=crops) for crops in (True, False))
    assert [item.name for item in without.outputs] == [item.name for item in with_crops.outputs if not item.name.startswith("crop")]
    assert output(without, "detections") == output(with_crops, "detections")
    assert (with_crops.counts["crops"] > 0, without.counts["crops"]) == (True, 0)


def test_segments_side_by_side_give_the_same_bytes(workplace: Workplace) -> None:
    plan, choice = planned(workplace.plan(CLIP))
    parts = replace(plan, segments=tuple(Segment(start * FRAME_PTS, (start + 3) * FRAME_PTS) for start in (0, 3, 6, 9)))

    def outputs(handler: DetectHandler, index: int) -> tuple[Output, ...]:
        return workplace.detect(CLIP, parts, choice, index, handler).outputs

    one_by_one = [outputs(DetectHandler(workplace.library), index) for index in range(4)]
    shared = DetectHandler(workplace.library)
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(lambda index: outputs(shared, index), range(4))) == one_by_one


def test_frames_in_batches_give_the_same_in_the_same_order(workplace: Workplace) -> None:
    plan, choice = planned(workplace.plan(CLIP))
    one_by_one, batched = (workplace.detect(CLIP, shortened(plan, 9), choice, frame_stride=2, batch_frames=size) for size in (1, 3))
    assert decode_detections(output(batched, "detections")).examined.tolist() == [number % 2 == 0 for number in range(9)]
    assert batched.counts["detections"] > 10
    assert (batched.outputs, batched.counts) == (one_by_one.outputs, one_by_one.counts)


def test_nobody_in_sight(workplace: Workplace, tmp_path: Path) -> None:
    empty = make_clip(tmp_path / "empty.mp4", frames=4)
    plan, choice = planned(workplace.plan(empty))
    result = workplace.detect(empty, plan, choice, min_confidence=0.3)
    assert result.counts == {
        "frames": 4,
        "examined_frames": 4,
        "detections": 0,
        "degenerate_boxes": 0,
        "crops": 0,
        "crop_images": 0,
        "blank_crops": 0,
        "lost_frames": 0,
        "damaged_frames": 0,
    }
    assert decode_detections(output(result, "detections")).detection_counts.tolist() == [0, 0, 0, 0]
    assert len(decode_crop_list(output(result, "crop_list")).boxes) == 0
    assert "crops.0" not in [item.name for item in result.outputs]


def test_damage_is_told_with_place_and_numbers(workplace: Workplace, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "whole.mp4", frames=30, options=x264_groups(10))
    size = clip.stat().st_size
    damaged = with_noise(clip, tmp_path / "damaged.mp4", size * 40 // 100, size * 60 // 100)
    plan, choice = planned(workplace.plan(damaged, segment_s=1.0))
    results = [workplace.detect(damaged, plan, choice, index) for index in range(len(plan.segments))]
    assert sum(result.counts["frames"] + result.counts["lost_frames"] for result in results) == 30
    assert results[0].warnings == ()
    told = [warning for result in results for warning in result.warnings]
    pattern = r"the video, [0-2]\.0 to [1-3]\.0 s: \d+ of \d+ frames (can't be decoded and are missing|are damaged; people in them)"
    assert told
    assert all(re.match(pattern, warning) for warning in told)


@pytest.mark.parametrize(
    "change",
    [
        lambda choice: replace(choice, sha256="0" * 64),
        lambda choice: replace(choice, runtime="onnxruntime 0.1 cpu float32"),
        lambda choice: replace(choice, name="yolox_huge"),
    ],
)
def test_a_model_or_runtime_that_is_not_here_is_left_to_another_worker(
    workplace: Workplace, change: Callable[[ModelChoice], ModelChoice]
) -> None:
    plan, choice = planned(workplace.plan(CLIP))
    with pytest.raises(NotReadyForTask, match="give all workers the same"):
        workplace.detect(CLIP, plan, change(choice))


def test_a_warm_detector_has_loaded_what_the_first_task_names(workplace: Workplace, tmp_path: Path) -> None:
    weights = PACKAGED_FOLDER / "ssdlite_pedestrian.onnx"
    models = tmp_path / "models"
    models.mkdir()
    shutil.copy(weights, models)
    library = ModelLibrary(models)
    choice = PlanHandler(library).preferred_detector()
    assert choice.name == "ssdlite_pedestrian"
    handler = DetectHandler(library)
    handler.warm_up(choice)
    plan, found = planned(workplace.plan(CLIP, segment_s=1))
    assert found == replace(choice, origin=found.origin)
    opened: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loaded, "open_network", lambda _, name: opened.append(name))
        workplace.detect(CLIP, shortened(plan, 1), found, handler=handler)
    assert opened == []


def test_a_turn_lasts_from_the_first_frame_to_the_last(workplace: Workplace) -> None:
    plan, _ = planned(workplace.plan(CLIP))
    handler = DetectHandler(workplace.library, turns=1)
    opened: list[int] = []

    def frames(segment: int) -> Iterator[Frame]:
        opened.append(segment)
        yield from (Frame(pts, np.zeros((plan.height_px, plan.width_px, 3), np.uint8)) for pts in range(2))

    first, second = handler._in_turn(frames(0)), handler._in_turn(frames(1))
    next(first)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(lambda: len(list(second)))
        assert opened == [0]
        assert len(list(first)) == 1
        assert waiting.result(60) == 2
    assert opened == [0, 1]
    abandoned = handler._in_turn(frames(2))
    next(abandoned)
    del abandoned  # a task that failed while its crops were stored
    assert len(list(handler._in_turn(frames(3)))) == 2


class WatchedTurns(BoundedSemaphore):
    """One turn; `in_vain` counts who looked for it and found it taken."""

    def __init__(self) -> None:
        super().__init__(1)
        self.in_vain = Semaphore(0)

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        found = super().acquire(blocking, timeout)
        if not found:
            self.in_vain.release()
        return found


def test_who_waits_for_a_turn_shows_signs_of_life(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service one of whose threads stands still for minutes is started anew; the segment before may take longer than that."""
    monkeypatch.setattr(detect, "_LOOK_AGAIN_S", 0.01)
    handler = DetectHandler(workplace.library)
    handler._turns = turns = WatchedTurns()
    picture = np.zeros((2, 2, 3), np.uint8)
    first, second = handler._in_turn(iter([Frame(0, picture)])), handler._in_turn(iter([Frame(1, picture)]))
    next(first)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(lambda: len(list(second)))
        assert all(turns.in_vain.acquire(timeout=60) for _ in range(3))
        assert list(first) == []
        assert waiting.result(60) == 1
