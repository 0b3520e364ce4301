from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.jobs import Parameter, Stage
from castlist.domain.parameters import STAGE_PARAMETERS, CastParameters, DetectParameters, GroupParameters, PickParameters, build, resolve
from castlist.errors import UsageError


def test_defaults_of_the_inventory() -> None:
    group = GroupParameters()
    assert (group.max_temporal_gap_frames, group.max_spatial_distance_px, group.min_area_ratio) == (30, 200.0, 0.7)
    assert (group.min_motion_alignment, group.max_jitter_difference_px) == (0.6, 40.0)
    assert (group.candidate_max_gap_frames, group.candidate_max_distance_px, group.candidate_min_area_ratio) == (60, 200.0, 0.5)
    cast = CastParameters()
    weights = (cast.rank_weight_duration, cast.rank_weight_coverage, cast.rank_weight_center, cast.rank_weight_smoothness)
    assert weights == (0.4, 0.3, 0.2, 0.1)
    assert (cast.crops_per_person, PickParameters().embed_crops_per_tracklet) == (50, 16)


def test_values_know_where_they_come_from() -> None:
    resolved = resolve({"detect.nms_iou": "0.6", "group.check_area": "off", "plan.detector": "yolox_nano", "cast.crops_per_person": "7"})
    assert resolved[Stage.DETECT]["nms_iou"] == Parameter(0.6, "request")
    assert resolved[Stage.DETECT]["min_confidence"] == Parameter(0.1, "default")
    assert resolved[Stage.GROUP]["check_area"] == Parameter(False, "request")
    assert resolved[Stage.PLAN]["detector"] == Parameter("yolox_nano", "request")
    assert build(CastParameters, resolved[Stage.CAST]).crops_per_person == 7


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("detect.nms_iuo", "1", "there is no parameter 'detect.nms_iuo'; did you mean 'detect.nms_iou'?"),
        ("xyz", "1", "there is no parameter 'xyz'"),
        ("detect.nms_iou", "2", "nms_iou must lie between 0 and 1, not 2"),
        ("detect.nms_iou", "nan", "nms_iou must lie between 0 and 1, not nan"),
        ("detect.nms_iou", "much", "nms_iou must be a number, not 'much'"),
        ("cast.crops_per_person", "1.5", "crops_per_person must be a whole number, not '1.5'"),
        ("group.check_area", "maybe", "check_area must be on or off, not 'maybe'"),
        (
            "plan.detector",
            "yolo99",
            "detector must be one of auto, ultralytics_yolo, ultralytics_yolo_torchscript, yolox_nano, ssdlite_pedestrian, not 'yolo99'",
        ),
    ],
)
def test_faults_are_named_with_their_remedy(name, text, words) -> None:
    with pytest.raises(UsageError) as caught:
        resolve({name: text})
    assert str(caught.value) == words


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(UsageError, match=r"nms_iou must lie.*; there is no parameter 'x\.y'"):
        resolve({"x.y": "1", "detect.nms_iou": "9"})


def test_two_names_of_one_parameter() -> None:
    assert resolve({"compare.cluster_thresh": "0.58"})[Stage.COMPARE]["similarity_threshold"] == Parameter(0.58, "request")
    with pytest.raises(UsageError, match=r"compare\.cluster_thresh is another name of compare\.similarity_threshold: give one of the two"):
        resolve({"compare.cluster_thresh": "0.58", "compare.similarity_threshold": "0.6"})


@pytest.mark.parametrize("stage", list(Stage))
def test_every_parameter_is_documented_and_its_default_is_allowed(stage) -> None:
    for spec in fields(STAGE_PARAMETERS[stage]):
        assert spec.metadata["doc"].endswith((".", "`"))
        text = str(spec.default).lower() if isinstance(spec.default, bool) else str(spec.default)
        assert resolve({f"{stage}.{spec.name}": text})[stage][spec.name].value == spec.default


@given(st.floats(0, 1))
def test_numbers_survive_their_text(value) -> None:
    assert build(DetectParameters, resolve({"detect.nms_iou": repr(value)})[Stage.DETECT]).nms_iou == value
