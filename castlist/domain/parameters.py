"""Every parameter of a job: one frozen dataclass a stage, with unit, range and effect beside the default.

`castlist.domain.resolving` puts in what requests, environment, profiles and files say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from castlist.domain.jobs import Parameter, Stage
from castlist.domain.parameter_fields import SAMPLING as _SAMPLING
from castlist.domain.parameter_fields import choice as _choice
from castlist.domain.parameter_fields import model as _model
from castlist.domain.parameter_fields import number as _number
from castlist.domain.parameter_fields import switch as _switch
from castlist.domain.revised_parameters import CastParameters, CompareParameters, ReportParameters

__all__ = [
    "STAGE_PARAMETERS",
    "CastParameters",
    "CompareParameters",
    "DetectParameters",
    "EmbedParameters",
    "FetchParameters",
    "GroupParameters",
    "P",
    "PickParameters",
    "PlanParameters",
    "ReportParameters",
    "StageParameters",
    "TrackParameters",
    "build",
]


@dataclass(frozen=True, slots=True)
class FetchParameters:
    """None: what may be fetched is the operator's to say (`castlist.domain.egress`)."""


@dataclass(frozen=True, slots=True)
class PlanParameters:
    """What the video is cut into and which models are used."""

    segment_s: float = _number(
        0.0,
        "Wanted seconds of a segment, cut at keyframes. Shorter: more parallel. 0: five, or 100 frames; in long videos up to 200 frames.",
        0.0,
        600.0,
    )
    largest_side_px: int = _number(8192, "Videos with wider or higher pictures are refused before one is decoded.", 16, 32_768)
    detector: str = _model(
        "auto",
        "Detection model; `auto` is the best one that is present. Also the file of a YOLO of yours, as in `best.onnx`.",
        "auto",
        "ultralytics_yolo",
        "ultralytics_yolo_torchscript",
        "yolox_nano",
        "ssdlite_pedestrian",
    )
    embedder: str = _choice(
        "auto",
        "Appearance model; `auto` is OSNet where weights are present, else the colour stripes.",
        "auto",
        "osnet_torchreid",
        "osnet_x0_25_msmt17",
        "osnet_x0_5_msmt17",
        "osnet_x0_75_msmt17",
        "osnet_x1_0_msmt17",
        "osnet_ain_x1_0_msmt17",
        "osnet_x0_25_market1501",
        "osnet_x0_5_market1501",
        "osnet_x0_75_market1501",
        "osnet_x1_0_market1501",
        "colour_stripes",
    )
    runtime: str = _choice(
        "auto",
        "What runs networks in ONNX files; `auto` is what was measured to be fastest for each network, of what is installed.",
        "auto",
        "onnxruntime",
        "openvino",
    )
    precision: str = _choice(
        "float32",
        "Precision of networks in ONNX files; `auto` allows bfloat16 where it is faster and was found to be as accurate (OpenVINO).",
        "float32",
        "auto",
        "bfloat16",
    )


@dataclass(frozen=True, slots=True)
class DetectParameters:
    """Detection and the crops kept for later stages."""

    frame_stride: int = _number(1, "People are looked for in every n-th frame, counted by time at the video's frame rate.", 1, 1000)
    detection_fps_limit: float = _number(0.0, "People are looked for in at most so many frames a second; 0: no limit.", 0.0, 1000.0)
    tiles: str = _choice(
        "auto",
        "Parts of a frame that the network is shown beside the whole, to find small people; `auto` is what the model needs, a "
        "number is up to so many, and no fewer than it needs.",
        "auto",
        "off",
        *map(str, range(2, 7)),
    )
    input_side_px: int = _number(
        0, "Side of the network's input, for networks that take several: larger finds smaller people; 0: the network's own.", 0, 4096
    )
    batch_frames: int = _number(
        1, "Frames that go through a YOLO together; helps where a network runs on a GPU, not on a CPU. Last digits may differ.", 1, 64
    )
    min_size: float = _number(0.0, "Detections less high than this are dropped, in pixels of the frame.", 0.0, 10_000.0)
    min_confidence: float = _number(0.1, "Weaker detections are dropped. ByteTrack uses weak ones to bridge occlusions.", 0.0, 1.0)
    nms_iou: float = _number(0.5, "Of two boxes that overlap more than this the weaker one is dropped.", 0.0, 1.0)
    crops: bool = _switch(True, "Detections leave crops; off: no picture of anybody is stored or shown, and nobody is compared by looks.")
    crop_interval_s: float = _number(0.2, "At most one frame's crops are kept per this many seconds.", 0.0, 60.0)
    crop_still_interval_s: float = _number(
        0.5, "Who stands still leaves one crop per this many seconds, of more that `crop_interval_s` allows; 0: no such rule.", 0.0, 3600.0
    )
    max_crops_per_frame: int = _number(64, "In larger crowds people leave a crop in turn.", 1, 100_000)
    crop_min_confidence: float = _number(0.3, "Weaker detections leave no crop.", 0.0, 1.0)
    crop_codec: str = _choice("jpeg", "How crops are stored; `png` is lossless, and three times as large.", "jpeg", "png")
    crop_jpeg_quality: int = _number(95, "Quality of crops stored as JPEG.", 1, 100)
    crop_max_side_px: int = _number(1024, "Crops with a longer side are scaled down to it; 0: never.", 0, 65_535)


@dataclass(frozen=True, slots=True)
class TrackParameters:
    """ByteTrack (Zhang et al., ECCV 2022, section 3 and algorithm 1)."""

    high_confidence: float = _number(0.55, "Detections at least this sure take part in the first association.", 0.0, 1.0)
    new_track_confidence: float = _number(0.7, "Only unmatched detections at least this sure start a track.", 0.0, 1.0)
    first_min_iou: float = _number(0.1, "Smallest score-fused IoU for a match in the first association.", 0.0, 1.0)
    turn_cost: float = _number(0.25, "Taken off the score-fused IoU where a track would turn right round.", 0.0, 1.0)
    second_min_iou: float = _number(0.4, "Smallest IoU for a match of a weak detection.", 0.0, 1.0)
    tentative_min_iou: float = _number(0.35, "Smallest score-fused IoU for a match of an unconfirmed track.", 0.0, 1.0)
    lost_buffer_s: float = _number(2.0, "A track unseen for longer than this many seconds is closed.", 0.0, 3600.0)
    shot_cuts: bool = _switch(True, "End all tracks where a new shot begins: at cuts, fades and dissolves.")
    cut_min_change: float = _number(
        0.3,
        "A cut changes the picture at least this much: 0 is not at all, about 1 altogether. Lower finds more, and false ones.",
        0.01,
        2.0,
    )
    cut_min_ratio: float = _number(2.5, "And this many times as much as it changes from frame to frame at that time.", 1.0, 100.0)
    camera_motion: bool = _switch(False, "Move tracks as the camera moves, which is told from the thumbnails; for cameras in motion.")
    flash_max_s: float = _number(0.25, "No cut where the picture is again what it was within this many seconds.", 0.0, 5.0)


@dataclass(frozen=True, slots=True)
class PickParameters:
    """Tracklets and the choice of their crops."""

    min_tracklet_frames: int = _number(3, "Tracklets with fewer observations are dropped as noise.", 1, 1_000_000)
    link_max_gap_s: float = _number(
        3.0, "Tracks are joined across gaps up to this, where only one continuation is likely; 0: none.", 0.0, 60.0
    )
    link_max_cost: float = _number(2.0, "How doubtful such a join may be: miss in place and size, and length of the gap.", 0.0, 100.0)
    link_margin: float = _number(
        0.5, "How much more doubtful every other join of either of the two must be; 0 without pictures.", 0.0, 100.0
    )
    cut_min_cost: float = _number(2.25, "A track is cut at a gap across which its going on is at least this doubtful.", 0.0, 100.0)
    shown_crops_per_tracklet: int = _number(50, "Crops of a tracklet kept for animations, chosen over its whole length.", 1, 1000)
    embed: bool = _switch(True, "Crops are embedded; off: nobody is compared by looks, and the time for it is saved.")
    embed_crops_per_tracklet: int = _number(16, "Crops embedded, chosen over the tracklet's whole length.", 1, 1000)
    embed_crops_beside: int = _number(
        16, "Crops embedded besides, before and after each place where a track may have changed person.", 0, 1000
    )
    max_crops_per_job: int = _number(
        10_000, "Crops kept in all, embedded or shown: 4 of each tracklet first, then the others fairly.", 1, 100_000_000
    )
    sampling_strategy: str = _choice(
        "quality_weighted",
        "Which of more crops than wanted: the best in each of equal parts (stratified) or of parts of equal quality, or every n-th.",
        *_SAMPLING,
    )
    embed_max_overlap: float = _number(0.15, "Crops that another person covers more are embedded only for want of others.", 0.0, 1.0)
    min_quality_score: float = _number(3.0, "As above: crops whose quality, on a scale to 10, is lower.", 0.0, 10.0)
    min_crop_confidence: float = _number(0.4, "As above: crops of detections that were less sure.", 0.0, 1.0)
    min_crop_height_px: float = _number(32.0, "As above: crops that are less high.", 0.0, 10_000.0)
    min_relative_sharpness: float = _number(0.1, "As above: crops less sharp than this part of the tracklet's sharp ones.", 0.0, 1.0)
    embed_batch_crops: int = _number(256, "Crops in one embed task, tracklets kept whole.", 1, 100_000)
    kept_batch_crops: int = _number(1024, "Crops in one stored object of kept crops, tracklets kept whole.", 1, 100_000)


@dataclass(frozen=True, slots=True)
class EmbedParameters:
    """OSNet embeddings."""

    batch_size: int = _number(16, "Crops in one forward pass.", 1, 1024)


@dataclass(frozen=True, slots=True)
class GroupParameters:
    """Splits, tracklet analysis, candidates and the checks."""

    split: bool = _switch(True, "Cut tracklets in two where their looks say that they hold two people.")
    split_similarity: float = _number(0.70, "Cut where looks before and after a disturbance are less alike (cosine).", -1.0, 1.0)
    split_similarity_calm: float = _number(0.60, "The same where nothing disturbed the track.", -1.0, 1.0)
    split_window_crops: int = _number(12, "Crops on each side of a place whose mean is its look.", 1, 1000)
    split_least_crops: int = _number(3, "With fewer crops on a side nothing is cut.", 1, 1000)
    clear_overlap: float = _number(0.15, "Crops that another tracked box covers more say nothing about looks.", 0.0, 1.0)
    handover_max_frames: int = _number(
        5, "Tails up to this long that show the person of the next track a second time are dropped.", 0, 1000
    )
    handover_min_covered: float = _number(0.7, "How much of the smaller box the other must cover for that.", 0.0, 1.0)
    candidate_max_gap_frames: int = _number(60, "ReID candidates: largest gap in time.", 0, 1_000_000)
    candidate_max_distance_px: float = _number(200.0, "ReID candidates: largest distance of last and first box centre.", 0.0)
    candidate_min_area_ratio: float = _number(0.5, "ReID candidates: smallest ratio of the smaller to the larger mean area.", 0.0, 1.0)
    check_temporal: bool = _switch(True, "Check 1: the gap in time is at most `max_temporal_gap_frames`.")
    max_temporal_gap_frames: int = _number(30, "Check 1: start2 - end1 may be at most this.", 0, 1_000_000)
    check_spatial: bool = _switch(True, "Check 2: the jump in place is at most `max_spatial_distance_px`.")
    max_spatial_distance_px: float = _number(200.0, "Check 2: last to first box centre may be at most this far.", 0.0)
    check_area: bool = _switch(True, "Check 3: the sizes agree.")
    min_area_ratio: float = _number(0.7, "Check 3: smaller mean area / larger mean area must be at least this.", 0.0, 1.0)
    check_motion: bool = _switch(True, "Check 4: the directions of motion agree; skipped unless both move.")
    min_motion_alignment: float = _number(0.6, "Check 4: cosine of the mean velocities must be at least this.", -1.0, 1.0)
    check_jitter: bool = _switch(True, "Check 5: the centre jitters agree.")
    max_jitter_difference_px: float = _number(40.0, "Check 5: the jitters may differ by at most this.", 0.0)
    check_prediction: bool = _switch(True, "Beyond the five: each tracklet's motion leads to the other.")
    max_prediction_error_heights: float = _number(0.5, "How far it may miss, in body heights, mean of forward and backward.", 0.0)
    prediction_doubt_heights_per_s: float = _number(0.25, "Added to the error for each second of the gap: more others can come by.", 0.0)
    prediction_window_s: float = _number(1.0, "Seconds at a tracklet's end or start that tell its pace.", 0.0, 60.0)
    check_cuts: bool = _switch(
        True, "Beyond the five: no cut lies between; off: looks alone join across cuts here, else the merge plan judges them."
    )
    check_looks: bool = _switch(True, "Beyond the five: they look alike; skipped where one has no clear crop.")
    min_looks_similarity: float = _number(0.70, "Cosine of the mean of the last and of the first clear crops.", -1.0, 1.0)
    max_predecessors: int = _number(100, "Earlier tracklets considered for each; of more, those that end last.", 1, 1_000_000)


StageParameters = (
    FetchParameters
    | PlanParameters
    | DetectParameters
    | TrackParameters
    | PickParameters
    | EmbedParameters
    | GroupParameters
    | CompareParameters
    | CastParameters
    | ReportParameters
)

STAGE_PARAMETERS: Mapping[Stage, type[StageParameters]] = {
    Stage.FETCH: FetchParameters,
    Stage.PLAN: PlanParameters,
    Stage.DETECT: DetectParameters,
    Stage.TRACK: TrackParameters,
    Stage.PICK: PickParameters,
    Stage.EMBED: EmbedParameters,
    Stage.GROUP: GroupParameters,
    Stage.COMPARE: CompareParameters,
    Stage.CAST: CastParameters,
    Stage.REPORT: ReportParameters,
}

P = TypeVar("P", bound=StageParameters)


def build(kind: type[P], parameters: Mapping[str, Parameter]) -> P:
    """A stage's parameters as its dataclass; names that a task lacks keep their defaults."""
    values: dict[str, Any] = {spec.name: parameters[spec.name].value for spec in fields(kind) if spec.name in parameters}
    return kind(**values)
