"""The pick stage: tracks and crops of all segments in, tracklets and the chosen crops of each out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from castlist.acceptance import wanted
from castlist.codec.crop_list import decode_crop_list
from castlist.codec.crop_table import encode_crop_table
from castlist.codec.crops_hdf5 import encode_crops, pack_crops
from castlist.codec.documents import encode_json
from castlist.codec.image_places import places_in
from castlist.codec.messages import decode_tracks, decode_video_plan
from castlist.codec.motchallenge import format_rows
from castlist.codec.stored_images import read_images
from castlist.codec.tracklets import encode_tracklets
from castlist.domain.jobs import ObjectRef, Task
from castlist.domain.ownership import owners
from castlist.domain.parameters import PickParameters, build
from castlist.domain.records import CropList, CropPack, ImagePlaces, Int64, SegmentTracks, TrackletSet
from castlist.domain.track_metrics import CropStats, crop_stats
from castlist.ports import ObjectReader, Output, TaskResult
from services.grouper.algorithms.appearances import frame_edges_s
from services.grouper.algorithms.continuation import scene_of
from services.grouper.algorithms.crop_warnings import crop_warnings
from services.grouper.algorithms.documents import stitches_document
from services.grouper.algorithms.picking import LocatedCrops, PickedCrops, join_crops, pick_crops, tabulate, with_kept
from services.grouper.algorithms.shots import collect_cuts, cut_frames, shots_document
from services.grouper.algorithms.still_images import without_still
from services.grouper.algorithms.stitching import stitch
from services.grouper.algorithms.tracklets import camera_motions, collect_tracklets, frame_times, unexamined_frames
from services.grouper.handlers.images import pack_of
from services.grouper.handlers.track_rows import track_rows

CROPS = "crops."
"""A segment's packs of crops bear this name and the segment's number."""

Packs = Sequence[tuple[int, ObjectRef]]


def handle(task: Task, objects: ObjectReader) -> TaskResult:
    """Pick the crops of a video's tracklets.

    Inputs: `video`, `tracks` of every segment, its `crop_list` and any number of `crops.i` of segment i or, for tracks without a
    video, none: then nothing is kept or embedded. Where nothing is, no looks can decide later, and tracks are joined without
    asking for `link_margin`. Of packs only the chosen images are read, each once, one batch at a time.
    """
    parameters = _without_looks(build(PickParameters, task.parameters), any_crops=bool(task.refs("crop_list")))
    video = decode_video_plan(objects.read(task.ref("video")))
    segments = [decode_tracks(objects.read(ref)) for ref in task.refs("tracks")]
    times, unexamined, shot_cuts = frame_times(segments), unexamined_frames(segments), collect_cuts(segments)
    cuts = cut_frames(shot_cuts)
    tracks = collect_tracklets(segments, parameters.min_tracklet_frames, cuts)
    camera = camera_motions(segments)
    tracklets, stitches = stitch(tracks, scene_of(video, len(times), unexamined, cuts, camera), parameters)
    found = TrackletSet(times, tracklets, tuple(tracklet.tracklet_id for tracklet in tracklets), unexamined, cuts, camera)
    packs = crop_packs(task)
    lists = [decode_crop_list(objects.read(ref)) for ref in task.refs("crop_list")]
    picked = pick_crops(_located(lists, packs, segments, owners(tracklets)), (video.width_px, video.height_px), parameters)
    counts = {"tracklets": len(tracklets), "crops": int(picked.crops.table.embedded.sum()), "kept_crops": picked.kept}
    published = (
        Output("stitches.json", encode_json(stitches_document(stitches)), published=True),
        Output("shots.json", encode_json(shots_document(shot_cuts, frame_edges_s(video, times))), published=True),
    )
    warnings = tuple(crop_warnings(_stats(lists), wanted("blank_fraction"), picked, parameters))
    return TaskResult(chain(published, _outputs(objects, [ref for _, ref in packs], found, picked)), counts, warnings)


def _without_looks(parameters: PickParameters, *, any_crops: bool) -> PickParameters:
    """The parameters, changed where no looks will decide later."""
    if any_crops and parameters.embed:
        return parameters
    return replace(parameters, link_margin=0.0, embed_crops_per_tracklet=0, embed_crops_beside=0)


def crop_packs(task: Task) -> list[tuple[int, ObjectRef]]:
    """Every pack of crops with the number of its segment, in the order of the task's inputs."""
    return [(int(item.name.removeprefix(CROPS)), item.ref) for item in task.inputs if item.name.startswith(CROPS)]


def _located(lists: Sequence[CropList], packs: Packs, segments: Sequence[SegmentTracks], owned: tuple[Int64, Int64]) -> LocatedCrops:
    counts = np.bincount([segment for segment, _ in packs], minlength=len(segments))
    first_packs = (np.cumsum(counts) - counts).tolist()
    rows = zip(without_still(lists), first_packs, segments, strict=len(lists) > 0)
    return join_crops([tabulate(crops, first, tracks, owned) for crops, first, tracks in rows])


def _stats(lists: Sequence[CropList]) -> CropStats:
    return crop_stats(sum(len(crops.blank) for crops in lists), sum(int(crops.blank.sum()) for crops in lists))


def _outputs(objects: ObjectReader, packs: Sequence[ObjectRef], found: TrackletSet, picked: PickedCrops) -> Iterator[Output]:
    yield Output("tracklets.mot.txt", format_rows(track_rows(found.tracklets)), published=True)
    yield Output("tracklets", encode_tracklets(found))
    kept: list[ImagePlaces] = []
    images: dict[int, bytes] = {}
    to_embed = list(picked.embed_batches)
    for number, (rows, shown) in enumerate(zip(picked.read_batches, picked.kept_batches, strict=True)):
        images |= zip(rows.tolist(), read_images(objects, packs, picked.crops.places.take(rows)), strict=True)
        pack = _pack(picked, images, shown)
        packed = pack_crops(pack)
        kept.append(places_in(number, packed, pack.images))
        yield Output("kept_crops", packed.data)
        while to_embed and to_embed[0][-1] <= rows[-1]:
            yield Output("embed_crops", encode_crops(_pack(picked, images, to_embed.pop(0))))
        first = int(to_embed[0][0]) if to_embed else len(picked.crops.table.boxes)
        images = {row: image for row, image in images.items() if row >= first}
    yield Output("crop_table", encode_crop_table(with_kept(picked.crops.table, picked.kept_batches, kept)))


def _pack(picked: PickedCrops, images: Mapping[int, bytes], rows: Int64) -> CropPack:
    return pack_of(picked.crops.table.take(rows), [images[row] for row in rows.tolist()])
