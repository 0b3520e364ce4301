"""From picking to the report, each stage with what those before it wrote."""

import io
import json
from fractions import Fraction

import numpy as np
import pytest

from castlist.codec.messages import encode_model_choice, encode_tracks, encode_video_plan
from castlist.domain.jobs import NamedObject, Parameter, Stage, Task
from castlist.domain.records import CropPack, SegmentTracks
from castlist.domain.video import ModelChoice, Segment, VideoPlan
from services.grouper.handlers import cast, group, pick
from services.reid.handlers import compare
from services.reid.handlers.embed import EmbedHandler
from services.reporter.handler import handle as report
from tests.fixtures.packed_crops import segment_objects
from tests.fixtures.stored_objects import StoredObjects
from tests.fixtures.synthetic_cast import draw_person, job_parameters

FRAMES = 160
# Track 1 and, four seconds later at the other side, track 3 wear the same; track 2 is there all the time.
TRACKS = {1: (range(40), 60.0, 1), 2: (range(FRAMES), 300.0, 2), 3: (range(80, 140), 600.0, 1)}


@pytest.fixture(scope="module")
def pages() -> dict[str, bytes]:
    """Outputs of all these stages by name."""
    objects = StoredObjects()
    video = VideoPlan(768, 576, Fraction(1, 10), 0, Fraction(10), FRAMES, FRAMES / 10, "mov,mp4", "h264", (Segment(0, FRAMES),))
    plan = (
        objects.add("source", b"not read"),
        objects.add("video", encode_video_plan(video)),
        objects.add("detector", encode_model_choice(ModelChoice("ssdlite_pedestrian", "5e" * 32, "a runtime", "a folder"))),
        objects.add(
            "embedder", encode_model_choice(ModelChoice("colour_stripes", "", "numpy", "Castlist", "Looks are compared by colour."))
        ),
    )
    tracks, crops = _tracked()
    inputs = [*plan, objects.add("tracks", encode_tracks(tracks)), *segment_objects(objects, 0, crops)]
    embed = EmbedHandler(models=lambda choice: pytest.fail(f"{choice.name} needs no file"))
    stages = {
        Stage.PICK: pick.handle,
        Stage.EMBED: embed,
        Stage.GROUP: group.handle,
        Stage.COMPARE: compare.handle,
        Stage.CAST: cast.handle,
        Stage.REPORT: report,
    }
    written: dict[str, bytes] = {}
    for stage, handle in stages.items():
        made = list(handle(_task(stage, tuple(inputs)), objects).outputs)
        inputs += [objects.add(output.name, output.data) for output in made]
        written |= {output.name: output.data for output in made}
    return written


def _task(stage: Stage, inputs: tuple[NamedObject, ...]) -> Task:
    parameters = job_parameters()
    if stage is Stage.REPORT:
        return Task("a-job", stage, 0, 0, parameters | {"source.file_name": Parameter("clip.mp4", "request")}, inputs)
    own = {name.removeprefix(f"{stage}."): item for name, item in parameters.items() if name.startswith(f"{stage}.")}
    return Task("a-job", stage, 0, 0, own, inputs)


def _tracked() -> tuple[SegmentTracks, CropPack]:
    rows = sorted((frame, track_id, left, look) for track_id, (frames, left, look) in TRACKS.items() for frame in frames)
    frame_numbers, track_ids = (np.array([row[column] for row in rows], np.int64) for column in (0, 1))
    left = np.array([row[2] for row in rows]) + frame_numbers * 0.5
    boxes = np.stack([left, np.full(len(rows), 200.0), left + 60, np.full(len(rows), 320.0)], axis=1).astype(np.float32)
    sure = np.full(len(rows), 0.9, np.float32)
    indices = np.arange(len(rows))
    tracks = SegmentTracks(0, 0, np.arange(FRAMES), (), track_ids, frame_numbers, indices, boxes, sure)
    kept = indices[frame_numbers % 4 == 0]
    crops = CropPack(
        images=tuple(_jpeg(rows[row][3], rows[row][0]) for row in kept),
        frame_numbers=frame_numbers[kept],
        detection_indices=indices[kept],
        boxes=boxes[kept],
        confidences=sure[kept],
        sharpness=np.ones(len(kept), np.float32),
        shapes=np.full((len(kept), 2), (120, 60), np.int64),
        person_ids=np.zeros(len(kept), np.int64),
    )
    return tracks, crops


def _jpeg(look: int, step: int) -> bytes:
    buffer = io.BytesIO()
    draw_person(look, step, 120).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def test_the_report_shows_everybody(pages):
    page = pages["person_selection.html"].decode()
    assert all(f'id="person-{person_id}"' in page for person_id in (1, 2, 3))
    assert page.count("data:image/webp;base64,") == 3
    assert {"webp/person_001.webp", "webp/person_002.webp", "webp/person_003.webp"} <= pages.keys()


def test_who_came_back_is_recommended(pages):
    page = pages["person_selection.html"].decode()
    assert [(pair["person_1"], pair["person_2"]) for pair in json.loads(pages["similarity_matrix.json"])["recommended"]] == [(1, 3)]
    assert '<a href="#person-1"><bdi>Person 1</bdi></a> &amp; <a href="#person-3"><bdi>Person 3</bdi></a>' in page
    assert "Person 3 appears 4.0 s after Person 1 was last seen." in page


def test_exact_intervals_and_the_note_on_the_model_reach_the_page(pages):
    page = pages["person_selection.html"].decode()
    assert "0:08.0 to 0:14.0, 6.0 s, frames 80 to 139" in page
    assert "Looks are compared by colour." in page


def test_counts_reach_the_record(pages):
    assert json.loads(pages["run.json"])["counts"] == {
        "frames": 160,
        "near": 0,
        "persons": 3,
        "recommended": 1,
        "segments": 1,
        "tracklets": 3,
    }


def test_the_page_lists_the_files_that_these_stages_publish(pages):
    page = pages["person_selection.html"].decode()
    unpublished = {
        *(
            "tracklets",
            "crop_table",
            "kept_crops",
            "embed_crops",
            "embeddings",
            "tracklets_split",
            "persons",
            "cast",
            "person_crops",
            "person_crop_list",
        ),
        "person_selection.html",
    }
    names = {name for name in pages if name not in unpublished and not name.startswith("webp/")}
    assert all(f'<a href="{name}">' in page for name in names)
