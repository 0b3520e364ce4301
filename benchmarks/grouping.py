"""Seconds, memory and sizes of who-is-who for long videos: the handlers of pick, group, compare and cast on synthetic tracks.

python -m benchmarks.grouping [TRACKS ...]

About ten people are on screen at any time, so that a video with more tracks is a longer one. A visit of a person is broken
into five tracks by gaps of a few frames, which pick is told not to join; every person comes four times on average. Each tracklet
has four embedded crops with vectors of 512 numbers, whose cosines are near .85 for one person and .5 for two. Every size runs in a
process of its own.
"""

import hashlib
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from castlist.codec.arrays import encode_npz
from castlist.codec.crop_table import encode_crop_table
from castlist.codec.documents import decode_json
from castlist.codec.messages import encode_model_choice, encode_tracks, encode_video_plan
from castlist.codec.tracklets import decode_tracklets
from castlist.domain.jobs import NamedObject, ObjectRef, Stage, Task
from castlist.domain.records import CropTable, ImagePlaces, SegmentTracks, Tracklet, kept_columns
from castlist.domain.resolving import resolve
from castlist.domain.video import ModelChoice, VideoPlan
from services.grouper.handlers import cast, group, pick
from services.reid.handlers import compare

SIZES = (1_000, 5_000, 20_000)
WIDTH_PX, HEIGHT_PX, FRAME_RATE = 1920, 1080, 25
ON_SCREEN, TRACKLETS_A_VISIT, VISITS_A_PERSON, TRACKLET_FRAMES = 10, 5, 4, 60
CROPS_A_TRACKLET, DIMENSIONS = 4, 512
SAME, ALIKE = 0.85, 0.5  # cosines of two crops of one person, and of two people
PARAMETERS = {"pick.link_max_cost": "0"}  # else pick joins most of the tracks, and grouping has less to do
STAGES = {Stage.PICK: pick.handle, Stage.GROUP: group.handle, Stage.COMPARE: compare.handle, Stage.CAST: cast.handle}


class Held:
    """Objects in memory."""

    def __init__(self) -> None:
        self.data: dict[str, bytes] = {}

    def put(self, name: str, data: bytes) -> NamedObject:
        self.data[name] = data
        return NamedObject(name, ObjectRef(name, len(data), hashlib.sha256(data).hexdigest()))

    def read(self, ref: ObjectRef) -> bytes:
        return self.data[ref.key]

    def local_path(self, ref: ObjectRef) -> Path:
        raise FileNotFoundError(ref.key)


def make_tracklets(count: int, seed: int = 1) -> tuple[list[Tracklet], np.ndarray]:
    """Tracklets by first frame, numbered from 1, and who each one shows."""
    random = np.random.default_rng(seed)
    visits = count // TRACKLETS_A_VISIT
    frame_count = count * TRACKLET_FRAMES // ON_SCREEN
    made = []
    for _ in range(visits):
        who = int(random.integers(max(visits // VISITS_A_PERSON, 1)))
        frame, height = int(random.integers(frame_count)), random.uniform(120, 240)
        place, step = random.uniform([0, 0], [WIDTH_PX - 100, HEIGHT_PX - 240]), random.normal(0, 2, 2)
        for _ in range(TRACKLETS_A_VISIT):
            rows = np.arange(max(3, int(random.exponential(TRACKLET_FRAMES))))
            path = place + np.outer(rows, step) + random.normal(0, 0.7, (len(rows), 2))
            boxes = np.concatenate([path, path + np.array([height * 0.4, height])], axis=1).astype(np.float32)
            made.append((frame, who, rows + frame, boxes))
            gap = int(random.integers(2, 25))
            frame, place = frame + len(rows) + gap, place + step * (len(rows) + gap)
    made.sort(key=lambda item: item[0])
    ends = np.cumsum([len(frames) for _, _, frames, _ in made])
    tracklets = [
        Tracklet(number, frames, np.arange(end - len(frames), end), boxes, np.full(len(frames), 0.8, np.float32))
        for number, (end, (_, _, frames, boxes)) in enumerate(zip(ends.tolist(), made, strict=True), start=1)
    ]
    return tracklets, np.array([who for _, who, _, _ in made])


def as_segment(tracklets: list[Tracklet], frame_count: int) -> SegmentTracks:
    """The rows as the tracker leaves them, in one segment; pictures are left out."""
    frames = np.concatenate([item.frame_numbers for item in tracklets])
    ids = np.repeat([item.tracklet_id for item in tracklets], [len(item.frame_numbers) for item in tracklets])
    order = np.lexsort((ids, frames))
    columns = (np.concatenate([getattr(item, name) for item in tracklets])[order] for name in ("detection_indices", "boxes", "confidences"))
    return SegmentTracks(0, 0, np.arange(frame_count), (), ids[order], frames[order], *columns)


def make_crops(tracklets: Sequence[Tracklet], people: np.ndarray, seed: int = 2) -> tuple[CropTable, dict[str, np.ndarray]]:
    """Crops spread over each tracklet, and their vectors with a part that all share and one of the person; `people` is by detection."""
    random = np.random.default_rng(seed)
    lasts = [len(item.frame_numbers) - 1 for item in tracklets]
    rows = [np.unique(np.linspace(0, last, CROPS_A_TRACKLET).astype(int)) for last in lasts]
    counts = [len(chosen) for chosen in rows]

    def column(name: str) -> np.ndarray:
        return np.concatenate([getattr(item, name)[chosen] for item, chosen in zip(tracklets, rows, strict=True)])

    owners = people[column("detection_indices")]
    shared, looks, vectors = (random.standard_normal((rows, DIMENSIONS), np.float32) for rows in (1, people.max() + 1, len(owners)))
    vectors *= np.float32(np.sqrt(1 - SAME))
    for start in range(0, len(owners), 4096):
        part = slice(start, start + 4096)
        vectors[part] += np.float32(np.sqrt(ALIKE)) * shared + np.float32(np.sqrt(SAME - ALIKE)) * looks[owners[part]]
    table = CropTable(
        tracklet_ids=np.repeat([item.tracklet_id for item in tracklets], counts),
        frame_numbers=column("frame_numbers"),
        detection_indices=column("detection_indices"),
        boxes=column("boxes"),
        confidences=column("confidences"),
        shapes=np.full((len(owners), 2), 100),
        overlaps=np.zeros(len(owners)),
        sharpness=np.full(len(owners), 100, np.float32),
        quality_scores=np.full(len(owners), 0.5),
        rejections=np.zeros(len(owners), np.int64),
        blank=np.zeros(len(owners), np.bool_),
        embedded=np.ones(len(owners), np.bool_),
        **kept_columns(ImagePlaces.none(len(owners))),
    )
    return table, {"detection_indices": table.detection_indices, "embeddings": vectors}


def measure(count: int) -> None:
    """Print what each stage takes."""
    tracks, people = make_tracklets(count)
    frame_count = int(max(item.frame_numbers[-1] for item in tracks)) + 1
    minutes, persons = frame_count / FRAME_RATE / 60, len(set(people.tolist()))
    print(f"{len(tracks):,} tracks, {persons:,} people, {minutes:.0f} min, {_memory_mb():.0f} MB", flush=True)
    video = VideoPlan(
        WIDTH_PX, HEIGHT_PX, Fraction(1, FRAME_RATE), 0, Fraction(FRAME_RATE), frame_count, frame_count / FRAME_RATE, "none", "none", ()
    )
    objects = Held()
    objects.put("video", encode_video_plan(video))
    objects.put("embedder", encode_model_choice(ModelChoice("osnet_x0_25_msmt17", "0" * 64, "none", "")))
    objects.put("tracks", encode_tracks(as_segment(tracks, frame_count)))
    run(Stage.PICK, objects)
    people_of_rows = np.repeat(people, [len(item.frame_numbers) for item in tracks])
    table, vectors = make_crops(decode_tracklets(objects.data["tracklets"]).tracklets, people_of_rows)
    objects.put("crop_table", encode_crop_table(table))
    objects.put("embeddings", encode_npz(vectors))
    for stage in (Stage.GROUP, Stage.COMPARE, Stage.CAST):
        run(stage, objects)
    log = decode_json(objects.data["grouping_log.json"])
    print(f"  {log['pairs_considered']:,} pairs considered, {len(log['pairs']):,} listed")


def run(stage: Stage, objects: Held) -> None:
    """Run a stage on all that there is, and print seconds, memory, counts and the largest results."""
    inputs = tuple(objects.put(name, data) for name, data in list(objects.data.items()))
    started, worked = time.perf_counter(), time.process_time()
    result = STAGES[stage](Task("job", stage, 0, 0, resolve(PARAMETERS)[stage], inputs), objects)
    outputs = list(result.outputs)
    seconds, worked = time.perf_counter() - started, time.process_time() - worked
    for output in outputs:
        objects.put(output.name, output.data)
    sizes = ", ".join(f"{item.name} {len(item.data) / 1e6:.1f} MB" for item in sorted(outputs, key=lambda item: -len(item.data))[:3])
    print(f"  {stage:8}{seconds:7.1f} s {worked:7.1f} CPU-s  peak {_memory_mb():6.0f} MB  {dict(result.counts)}  {sizes}", flush=True)


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sizes = [int(text) for text in sys.argv[1:]] or list(SIZES)
    if len(sizes) == 1:
        measure(sizes[0])
    else:
        for size in sizes:
            subprocess.run([sys.executable, "-m", "benchmarks.grouping", str(size)], check=True)
