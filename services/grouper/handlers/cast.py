"""The cast stage: who is who in, every person's boxes, times, rank and pictures out."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from castlist.acceptance import acceptance
from castlist.codec.cast import decode_cast
from castlist.codec.crop_table import decode_crop_table
from castlist.codec.crops_hdf5 import PackedCrops, pack_crops
from castlist.codec.documents import decode_json, encode_json
from castlist.codec.image_places import places_in
from castlist.codec.messages import decode_video_plan
from castlist.codec.motchallenge import format_rows
from castlist.codec.person_images import encode_person_images
from castlist.codec.persons import encode_persons
from castlist.codec.stored_images import read_images
from castlist.codec.tracklets import decode_tracklets
from castlist.domain.cast import Cast
from castlist.domain.jobs import Task
from castlist.domain.parameters import CastParameters, build
from castlist.domain.records import CropPack, Person, PersonImages, TrackletSet
from castlist.domain.track_metrics import crop_stats, track_metrics
from castlist.domain.video import VideoPlan
from castlist.ports import ObjectReader, Output, TaskResult
from services.grouper.algorithms.appearances import frame_edges_s
from services.grouper.algorithms.billing import Billing, bill
from services.grouper.algorithms.cast_documents import appearance_lines, appearances_document, crop_lines, primary_person, ranking_document
from services.grouper.algorithms.metrics_document import metrics_document
from services.grouper.algorithms.person_crops import PersonCrops, crops_of_persons
from services.grouper.algorithms.picking import join_tables
from services.grouper.handlers.images import pack_of
from services.grouper.handlers.track_rows import track_rows

Pictures = Mapping[int, PersonCrops]


def handle(task: Task, objects: ObjectReader) -> TaskResult:
    """Make the cast of a revision.

    Inputs: `video`, `tracklets_split`, `cast`, `identities.json`, `crop_table`, all `kept_crops`. The parameters `counted.*` are what
    the detect tasks counted together; without a video there are none.
    """
    parameters = build(CastParameters, task.parameters)
    video = decode_video_plan(objects.read(task.ref("video")))
    found = decode_tracklets(objects.read(task.ref("tracklets_split")))
    cast = decode_cast(objects.read(task.ref("cast")))
    billing = bill(found, cast, video, parameters)
    animated = frozenset(person.person_id for person in billing.ranking[: parameters.animated_persons])
    table = decode_crop_table(objects.read(task.ref("crop_table")))
    pictures = crops_of_persons(table, billing.persons, animated, (video.width_px, video.height_px), parameters)
    pack = _animations(task, objects, pictures)
    packed = pack_crops(pack)
    outputs = (
        *_published(billing, cast, pictures, parameters),
        Output("track_metrics.json", encode_json(_metrics(task, objects, video, found, billing.persons)), published=True),
        Output("person_crops", packed.data),
        Output("person_crop_list", encode_person_images(_listed(pack, packed))),
    )
    seen = len(table.tracklet_ids) > 0
    return TaskResult(outputs, {"persons": len(billing.persons)}, tuple(_warnings(billing.persons, pictures)) if seen else ())


def _metrics(task: Task, objects: ObjectReader, video: VideoPlan, found: TrackletSet, persons: Sequence[Person]) -> Mapping[str, object]:
    tracks = track_metrics(found.tracklets, persons, frame_edges_s(video, found.frame_pts), found.cuts)
    crops = crop_stats(_counted(task, "crops"), _counted(task, "blank_crops"))
    clusters = decode_json(objects.read(task.ref("identities.json")))["cluster_metrics"]
    return metrics_document(tracks, crops, clusters, len(persons), acceptance())


def _counted(task: Task, name: str) -> int:
    parameter = task.parameters.get(f"counted.{name}")
    return int(parameter.value) if parameter is not None else 0


def _published(billing: Billing, cast: Cast, pictures: Pictures, parameters: CastParameters) -> Iterator[Output]:
    primary = primary_person(billing, cast)
    selected = {person.person_id for person in cast.persons if person.selected}
    ranking = encode_json(ranking_document(billing, cast, parameters))
    files = {
        "persons.mot.txt": format_rows(track_rows(billing.persons)),
        "appearances.json": encode_json(appearances_document(billing)),
        "appearances.csv": "".join(appearance_lines(billing)).encode(),
        "canonical_persons.npz": encode_persons(billing.persons),
        "primary_person.npz": encode_persons([person for person in billing.persons if person.person_id == primary]),
        "selected_persons.npz": encode_persons([person for person in billing.persons if person.person_id in selected]),
        "ranking_results.json": ranking,
        "ranking_report.json": ranking,
        "crop_quality.csv": "".join(crop_lines(pictures)).encode(),
    }
    return (Output(name, data, published=True) for name, data in files.items())


def _listed(pack: CropPack, packed: PackedCrops) -> PersonImages:
    return PersonImages(pack.person_ids, pack.frame_numbers, pack.detection_indices, places_in(0, packed, pack.images))


def _animations(task: Task, objects: ObjectReader, pictures: Pictures) -> CropPack:
    """The crops to show of all persons, by person, then frame."""
    table = join_tables([person.crops.take(person.animated) for person in pictures.values()])
    person_ids = np.repeat(np.array(list(pictures), np.int64), [len(person.animated) for person in pictures.values()])
    return pack_of(table, read_images(objects, task.refs("kept_crops"), table.kept), person_ids)


def _warnings(persons: Sequence[Person], pictures: Pictures) -> Iterator[str]:
    unseen = [person.person_id for person in persons if person.person_id not in pictures]
    if unseen:
        listed = ", ".join(map(str, unseen[:10])) + (", ..." if len(unseen) > 10 else "")
        yield (
            f"{len(unseen)} of {len(persons)} persons have no picture and are not compared (person {listed}): "
            "they were seen too briefly or too faintly; lower detect.crop_interval_s or detect.crop_min_confidence to get some"
        )
