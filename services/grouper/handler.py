"""The group stage: tracks and crops of all segments in, canonical persons and their chosen crops out."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from castlist.codec.arrays import encode_npz
from castlist.codec.crops_hdf5 import decode_crops, encode_crops
from castlist.codec.documents import encode_json
from castlist.codec.messages import decode_tracks, decode_video_plan
from castlist.codec.motchallenge import MotRows, format_rows
from castlist.codec.persons import encode_persons
from castlist.domain.jobs import Task
from castlist.domain.parameters import GroupParameters, build
from castlist.domain.records import CropPack, Person, SegmentTracks, Tracklet
from castlist.ports import ObjectReader, Output, TaskResult
from services.grouper.algorithms.analysis import Analysis, analyse
from services.grouper.algorithms.crop_choice import whole_person_batches
from services.grouper.algorithms.crop_table import CropTable, PersonCrops, choose_crops, join_tables, owners, tabulate
from services.grouper.algorithms.documents import (
    appearance_lines,
    appearances_document,
    candidates_document,
    crop_lines,
    grouping_document,
    ranking_document,
    tracklet_columns,
)

Chosen = Mapping[int, PersonCrops]


def handle(task: Task, objects: ObjectReader) -> TaskResult:
    """Group a video's tracks.

    Inputs: `video`, `tracks` of every segment, `crops` of every segment or, for tracks without a video, none:
    then persons have no pictures and nothing is embedded.
    """
    parameters = build(GroupParameters, task.parameters)
    video = decode_video_plan(objects.read(task.ref("video")))
    segments = [decode_tracks(objects.read(ref)) for ref in task.refs("tracks")]
    analysis = analyse(segments, video, parameters)
    chosen = choose_crops(
        _crop_table(task, objects, segments, analysis.persons),
        [person.person_id for person in analysis.persons],
        frozenset(person.person_id for person in analysis.ranking[: parameters.animated_persons]),
        (video.width_px, video.height_px),
        parameters,
    )
    outputs = (*_published(analysis, chosen), *_crop_outputs(task, objects, chosen, parameters.embed_batch_crops))
    counts = {"tracklets": len(analysis.tracklets), "persons": len(analysis.persons)}
    return TaskResult(outputs, counts, tuple(_warnings(task, analysis, chosen)))


def _crop_table(task: Task, objects: ObjectReader, segments: Sequence[SegmentTracks], persons: Sequence[Person]) -> CropTable:
    """All crops of persons. One segment's pack is in memory at a time, here and when the chosen images are read."""
    refs = task.refs("crops")
    owned = owners(persons)
    return join_tables(
        [
            tabulate(number, decode_crops(objects.read(ref)), tracks, owned)
            for number, (ref, tracks) in enumerate(zip(refs, segments, strict=len(refs) > 0))
        ]
    )


def _chosen_images(task: Task, objects: ObjectReader, chosen: Chosen) -> dict[int, bytes]:
    """JPEG bytes of the crops to show or embed, by detection index."""
    wanted: dict[int, list[tuple[int, int]]] = {}
    for person in chosen.values():
        crops = person.crops.take(np.union1d(person.animated, person.embedded))
        for number, row, index in zip(crops.pack_numbers.tolist(), crops.pack_rows.tolist(), crops.detection_indices.tolist(), strict=True):
            wanted.setdefault(number, []).append((row, index))
    images: dict[int, bytes] = {}
    for number, ref in enumerate(task.refs("crops")):
        if number in wanted:
            pack = decode_crops(objects.read(ref))
            images.update({index: pack.images[row] for row, index in wanted[number]})
    return images


def _published(analysis: Analysis, chosen: Chosen) -> Iterator[Output]:
    files = {
        "tracklets.mot.txt": format_rows(_mot_rows(analysis.tracklets)),
        "persons.mot.txt": format_rows(_mot_rows(analysis.persons)),
        "appearances.json": encode_json(appearances_document(analysis)),
        "appearances.csv": "".join(appearance_lines(analysis)).encode(),
        "canonical_persons.npz": encode_persons(analysis.persons),
        "tracklet_stats.npz": encode_npz(tracklet_columns(analysis)),
        "reid_candidates.json": encode_json(candidates_document(analysis)),
        "ranking_results.json": encode_json(ranking_document(analysis)),
        "grouping_log.json": encode_json(grouping_document(analysis)),
        "crop_quality.csv": "".join(crop_lines(chosen)).encode(),
    }
    return (Output(name, data, published=True) for name, data in files.items())


def _mot_rows(tracks: Sequence[Tracklet] | Sequence[Person]) -> MotRows:
    ids = [track.tracklet_id if isinstance(track, Tracklet) else track.person_id for track in tracks]
    return MotRows(
        frame_numbers=np.concatenate([np.zeros(0, np.int64), *(track.frame_numbers for track in tracks)]),
        ids=np.repeat(np.array(ids, np.int64), [len(track.frame_numbers) for track in tracks]),
        boxes=np.concatenate([np.zeros((0, 4)), *(track.boxes for track in tracks)]),
        confidences=np.concatenate([np.zeros(0), *(track.confidences for track in tracks)]),
    )


def _crop_outputs(task: Task, objects: ObjectReader, chosen: Chosen, batch_crops: int) -> Iterator[Output]:
    """The animation's crops of all persons, and one object for each batch to embed, whole persons in each."""
    images = _chosen_images(task, objects, chosen)
    yield Output("person_crops", encode_crops(_pack([person.crops.take(person.animated) for person in chosen.values()], images)))
    embedded = [person.crops.take(person.embedded) for person in chosen.values()]
    for batch in whole_person_batches([len(crops.frame_numbers) for crops in embedded], batch_crops):
        yield Output("embed_crops", encode_crops(_pack(embedded[batch.start : batch.stop], images)))


def _pack(tables: Sequence[CropTable], images: Mapping[int, bytes]) -> CropPack:
    table = join_tables(tables)
    return CropPack(
        images=tuple(images[index] for index in table.detection_indices.tolist()),
        frame_numbers=table.frame_numbers,
        detection_indices=table.detection_indices,
        boxes=table.boxes,
        confidences=table.confidences,
        shapes=table.shapes,
        person_ids=table.person_ids,
    )


def _warnings(task: Task, analysis: Analysis, chosen: Chosen) -> Iterator[str]:
    unseen = [person.person_id for person in analysis.persons if person.person_id not in chosen]
    if unseen and task.refs("crops"):
        listed = ", ".join(map(str, unseen[:10])) + (", ..." if len(unseen) > 10 else "")
        yield (
            f"{len(unseen)} of {len(analysis.persons)} persons have no picture and are not compared (person {listed}): "
            "they were seen too briefly or too faintly; lower detect.crop_interval_s or detect.crop_min_confidence to get some"
        )
