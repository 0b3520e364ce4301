"""The pick stage: tracks and crops of all segments in, tracklets and the chosen crops of each out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from castlist.codec.crop_table import encode_crop_table
from castlist.codec.crops_hdf5 import decode_crops, encode_crops
from castlist.codec.documents import encode_json
from castlist.codec.messages import decode_tracks, decode_video_plan
from castlist.codec.motchallenge import format_rows
from castlist.codec.tracklets import encode_tracklets
from castlist.domain.jobs import ObjectRef, Task
from castlist.domain.ownership import owners
from castlist.domain.parameters import PickParameters, build
from castlist.domain.records import Int64, SegmentTracks, TrackletSet
from castlist.ports import ObjectReader, Output, TaskResult
from services.grouper.algorithms.continuation import scene_of
from services.grouper.algorithms.crop_warnings import crop_warnings
from services.grouper.algorithms.documents import stitches_document
from services.grouper.algorithms.picking import LocatedCrops, PickedCrops, join_crops, pick_crops, tabulate
from services.grouper.algorithms.stitching import stitch
from services.grouper.algorithms.tracklets import collect_tracklets, frame_times, unexamined_frames
from services.grouper.handlers.images import pack_of, read_images
from services.grouper.handlers.track_rows import track_rows

CROPS = "crops."
"""A segment's packs of crops bear this name and the segment's number."""

Packs = Sequence[tuple[int, ObjectRef]]


def handle(task: Task, objects: ObjectReader) -> TaskResult:
    """Pick the crops of a video's tracklets.

    Inputs: `video`, `tracks` of every segment, any number of `crops.i` of segment i or, for tracks without a video, none: then
    nothing is kept or embedded, and as no looks can decide later, tracks are joined without asking for `link_margin`.
    One pack's images are in memory at a time, then one batch of chosen ones.
    """
    parameters = build(PickParameters, task.parameters)
    packs = crop_packs(task)
    if not packs:
        parameters = replace(parameters, link_margin=0.0)
    video = decode_video_plan(objects.read(task.ref("video")))
    segments = [decode_tracks(objects.read(ref)) for ref in task.refs("tracks")]
    tracks = collect_tracklets(segments, parameters.min_tracklet_frames)
    times, unexamined = frame_times(segments), unexamined_frames(segments)
    tracklets, stitches = stitch(tracks, scene_of(video, len(times), unexamined), parameters)
    found = TrackletSet(times, tracklets, tuple(tracklet.tracklet_id for tracklet in tracklets), unexamined)
    picked = pick_crops(_located(packs, objects, segments, owners(tracklets)), (video.width_px, video.height_px), parameters)
    counts = {"tracklets": len(tracklets), "crops": int(picked.crops.table.embedded.sum()), "kept_crops": picked.kept}
    published = Output("stitches.json", encode_json(stitches_document(stitches)), published=True)
    warnings = tuple(crop_warnings(picked.wanted, picked.kept, parameters))
    return TaskResult(chain([published], _outputs(objects, packs, found, picked)), counts, warnings)


def crop_packs(task: Task) -> list[tuple[int, ObjectRef]]:
    """Every pack of crops with the number of its segment, in the order of the task's inputs."""
    return [(int(item.name.removeprefix(CROPS)), item.ref) for item in task.inputs if item.name.startswith(CROPS)]


def _located(packs: Packs, objects: ObjectReader, segments: Sequence[SegmentTracks], owned: tuple[Int64, Int64]) -> LocatedCrops:
    return join_crops(
        [tabulate(number, decode_crops(objects.read(ref)), segments[segment], owned) for number, (segment, ref) in enumerate(packs)]
    )


def _outputs(objects: ObjectReader, packs: Packs, found: TrackletSet, picked: PickedCrops) -> Iterator[Output]:
    yield Output("tracklets.mot.txt", format_rows(track_rows(found.tracklets)), published=True)
    yield Output("tracklets", encode_tracklets(found))
    yield Output("crop_table", encode_crop_table(picked.crops.table))
    for name, batches in (("kept_crops", picked.kept_batches), ("embed_crops", picked.embed_batches)):
        for rows in batches:
            crops = picked.crops.take(rows)
            images = read_images(objects, [ref for _, ref in packs], crops.packs, crops.rows)
            yield Output(name, encode_crops(pack_of(crops.table, images)))
