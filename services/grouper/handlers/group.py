"""The group stage: tracklets and how their crops look in, persons before merging out, with a reason for every decision."""

from collections.abc import Iterator

from castlist.codec.arrays import encode_npz
from castlist.codec.crop_table import decode_crop_table
from castlist.codec.documents import encode_json
from castlist.codec.embeddings import decode_embeddings
from castlist.codec.messages import decode_video_plan
from castlist.codec.persons import encode_persons
from castlist.codec.tracklets import decode_tracklets, encode_tracklets
from castlist.domain.jobs import Task
from castlist.domain.parameters import GroupParameters, build
from castlist.domain.video import VideoPlan
from castlist.ports import ObjectReader, Output, TaskResult
from services.grouper.algorithms.analysis import Analysis, analyse, prediction_per_frame
from services.grouper.algorithms.appearances import frame_edges_s
from services.grouper.algorithms.documents import candidates_document, grouping_document, pair_columns, tracklet_columns
from services.grouper.algorithms.handovers import doubled_tails
from services.grouper.algorithms.parting import PartedTracklets, part_tracklets, splits_document


def handle(task: Task, objects: ObjectReader) -> TaskResult:
    """Group a video's tracklets. Inputs: `video`, `tracklets`, `crop_table`, `embeddings` of every batch."""
    parameters = build(GroupParameters, task.parameters)
    video = decode_video_plan(objects.read(task.ref("video")))
    found = decode_tracklets(objects.read(task.ref("tracklets")))
    detections, vectors = decode_embeddings(objects.read(ref) for ref in task.refs("embeddings"))
    parted = part_tracklets(found, decode_crop_table(objects.read(task.ref("crop_table"))), detections, vectors, parameters)
    tracklets = parted.split.tracklets
    analysis = analyse(tracklets, parted.looks, video, parameters)
    counts = {"tracklets": len(analysis.tracklets), "splits": len(parted.split.cuts), "persons": len(analysis.persons)}
    outputs = (Output("tracklets_split", encode_tracklets(tracklets)), Output("persons", encode_persons(analysis.persons)))
    return TaskResult((*outputs, *_published(analysis, parted, video, parameters)), counts)


def _published(analysis: Analysis, parted: PartedTracklets, video: VideoPlan, parameters: GroupParameters) -> Iterator[Output]:
    seconds = frame_edges_s(video, parted.split.tracklets.frame_pts)[:-1]
    log = grouping_document(analysis, parameters, prediction_per_frame(video, parameters))
    files = {
        "splits.json": encode_json(splits_document(parted)),
        "tracklet_stats.npz": encode_npz(tracklet_columns(analysis, seconds)),
        "reid_candidates.json": encode_json(candidates_document(analysis)),
        "grouping_log.json": encode_json(log | {"doubled_tails": doubled_tails(parted.handovers)}),
        "grouping_pairs.npz": encode_npz(pair_columns(analysis)),
    }
    return (Output(name, data, published=True) for name, data in files.items())
