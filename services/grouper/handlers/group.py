"""The group stage: tracklets and how their crops look in, persons before merging out, with a reason for every decision."""

from collections.abc import Iterator

from castlist.codec.arrays import encode_npz
from castlist.codec.documents import encode_json
from castlist.codec.messages import decode_video_plan
from castlist.codec.persons import encode_persons
from castlist.codec.tracklets import decode_tracklets, encode_tracklets
from castlist.domain.jobs import Task
from castlist.domain.parameters import GroupParameters, build
from castlist.domain.records import TrackletSet
from castlist.domain.video import VideoPlan
from castlist.ports import ObjectReader, Output, TaskResult
from services.grouper.algorithms.analysis import Analysis, analyse, prediction_per_frame
from services.grouper.algorithms.appearances import frame_edges_s
from services.grouper.algorithms.documents import candidates_document, grouping_document, pair_columns, tracklet_columns


def handle(task: Task, objects: ObjectReader) -> TaskResult:
    """Group a video's tracklets. Inputs: `video`, `tracklets`, `crop_table`, `embeddings` of every batch."""
    parameters = build(GroupParameters, task.parameters)
    video = decode_video_plan(objects.read(task.ref("video")))
    found = decode_tracklets(objects.read(task.ref("tracklets")))
    analysis = analyse(found.tracklets, video, parameters)
    counts = {"tracklets": len(analysis.tracklets), "persons": len(analysis.persons)}
    outputs = (Output("tracklets_split", encode_tracklets(found)), Output("persons", encode_persons(analysis.persons)))
    return TaskResult((*outputs, *_published(analysis, found, video, parameters)), counts)


def _published(analysis: Analysis, found: TrackletSet, video: VideoPlan, parameters: GroupParameters) -> Iterator[Output]:
    files = {
        "splits.json": encode_json([]),
        "tracklet_stats.npz": encode_npz(tracklet_columns(analysis, frame_edges_s(video, found.frame_pts)[:-1])),
        "reid_candidates.json": encode_json(candidates_document(analysis)),
        "grouping_log.json": encode_json(grouping_document(analysis, parameters, prediction_per_frame(video, parameters))),
        "grouping_pairs.npz": encode_npz(pair_columns(analysis)),
    }
    return (Output(name, data, published=True) for name, data in files.items())
