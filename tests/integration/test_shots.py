"""A video with cuts at, just before and just after keyframes, through decoding, tracking and picking, in one, three and twenty segments.

Somebody stands in the same place all the time, so that a tracker that does not know of cuts would follow one person throughout.
"""

import json
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from castlist.codec.messages import decode_video_plan
from castlist.codec.tracklets import decode_tracklets
from castlist.domain.jobs import NamedObject, Stage, Task
from castlist.domain.parameters import DetectParameters
from castlist.domain.resolving import resolve
from castlist.manifest import ModelLibrary
from services.detector.handlers.detect import SegmentReading
from services.detector.handlers.plan import PlanHandler
from services.detector.video.reading import frames_of
from services.grouper.handlers import pick
from services.tracker import handler as tracker
from tests.fixtures.clips import x264_groups
from tests.fixtures.stored_objects import StoredObjects
from tests.fixtures.views import view

FRAMES, GROUP = 200, 10
CUTS = [60, 99, 141]
"""The first is a keyframe, the second the frame before one, the third the frame after one."""

FLASH = range(120, 122)
"""From a keyframe on."""

BOXES = np.array([[100, 40, 140, 150], [20, 30, 55, 130]], np.float32)


def picture(number):
    shot = sum(number >= cut for cut in CUTS)
    grey = cv2.resize(view(shot, 36, 64), (320, 180), interpolation=cv2.INTER_CUBIC)
    light = 190 + grey * 0.2 if number in FLASH else grey
    return np.repeat(np.clip(light, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


@pytest.fixture(scope="module")
def video(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("shots") / "edited.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options=x264_groups(GROUP))
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(FRAMES):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(number), format="bgr24")))
        container.mux(stream.encode(None))
    return path


def run(video: Path, segment_s: float, **overrides: str) -> tuple[int, dict[str, bytes]]:
    """Number of segments, and what `pick` leaves."""
    objects = StoredObjects()
    parameters = resolve({"plan.segment_s": str(segment_s), "detect.crops": "off", **overrides})

    def task(stage: Stage, index: int, inputs: list[NamedObject]) -> Task:
        return Task("job", stage, index, 0, parameters[stage], tuple(inputs))

    source = objects.add("source", video.read_bytes())
    planned = PlanHandler(ModelLibrary())(task(Stage.PLAN, 0, [source]), objects)
    (data,) = (output.data for output in planned.outputs if output.name == "video")
    plan, named, states, tracks = decode_video_plan(data), objects.add("video", data), [], []
    for index, segment in enumerate(plan.segments):
        reading = SegmentReading(plan, index, DetectParameters(crops=False))
        outputs = list(
            reading.outputs(frames_of(video, plan, segment), lambda pictures: [(BOXES, np.array([0.9, 0.8], np.float32))] * len(pictures))
        )
        seen = [objects.add(item.name, item.data) for item in outputs if item.name in {"detections", "thumbnails"}]
        for item in tracker.handle(task(Stage.TRACK, index, [named, *seen, *states[-1:]]), objects).outputs:
            (states if item.name == "state" else tracks).append(objects.add(item.name, item.data))
    found = pick.handle(task(Stage.PICK, 0, [named, *tracks]), objects)
    return len(plan.segments), {item.name: item.data for item in found.outputs}


@pytest.fixture(scope="module")
def whole(video):
    segments, found = run(video, 600.0)
    assert segments == 1
    return found


def test_every_cut_is_found_and_the_flash_is_none(whole):
    shots = json.loads(whole["shots.json"])["shots"]
    assert [(shot["first_frame"], shot["last_frame"]) for shot in shots] == [(0, 59), (60, 98), (99, 140), (141, 199)]
    assert [shot["transition"] and shot["transition"]["kind"] for shot in shots] == [None, "cut", "cut", "cut"]
    assert [(shot["start_s"], shot["end_s"]) for shot in shots] == [(0.0, 2.4), (2.4, 3.96), (3.96, 5.64), (5.64, 8.0)]


def test_no_tracklet_goes_on_across_a_cut(whole):
    tracklets = decode_tracklets(whole["tracklets"]).tracklets
    spans = [(int(tracklet.frame_numbers[0]), int(tracklet.frame_numbers[-1])) for tracklet in tracklets]
    assert spans == [(0, 59)] * 2 + [(60, 98)] * 2 + [(99, 140)] * 2 + [(141, 199)] * 2


def test_without_finding_cuts_there_is_one_shot(video):
    _, found = run(video, 600.0, **{"track.shot_cuts": "off"})
    assert len(json.loads(found["shots.json"])["shots"]) == 1
    assert len(decode_tracklets(found["tracklets"]).tracklets) == 2


@pytest.mark.parametrize(("segment_s", "segments"), [(2.7, 3), (0.4, 20)])
@pytest.mark.parametrize("camera_motion", ["off", "on"])
def test_any_number_of_segments_gives_the_same(video, whole, segment_s, segments, camera_motion):
    switch = {"track.camera_motion": camera_motion}
    expected = run(video, 600.0, **switch)[1] if camera_motion == "on" else whole
    found_segments, found = run(video, segment_s, **switch)
    assert found_segments == segments
    assert found == expected
