from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.jobs import Stage
from castlist.domain.parameters import STAGE_PARAMETERS, CastParameters, DetectParameters, GroupParameters, PickParameters, build
from castlist.domain.resolving import resolve


def test_defaults_of_the_inventory() -> None:
    group = GroupParameters()
    assert (group.max_temporal_gap_frames, group.max_spatial_distance_px, group.min_area_ratio) == (30, 200.0, 0.7)
    assert (group.min_motion_alignment, group.max_jitter_difference_px) == (0.6, 40.0)
    assert (group.candidate_max_gap_frames, group.candidate_max_distance_px, group.candidate_min_area_ratio) == (60, 200.0, 0.5)
    cast = CastParameters()
    weights = (cast.rank_weight_duration, cast.rank_weight_coverage, cast.rank_weight_center, cast.rank_weight_smoothness)
    assert weights == (0.4, 0.3, 0.2, 0.1)
    assert (cast.crops_per_person, PickParameters().embed_crops_per_tracklet) == (50, 16)


@pytest.mark.parametrize("stage", list(Stage))
def test_every_parameter_is_documented_and_its_default_is_allowed(stage) -> None:
    for spec in fields(STAGE_PARAMETERS[stage]):
        assert spec.metadata["doc"].endswith((".", "`"))
        text = str(spec.default).lower() if isinstance(spec.default, bool) else str(spec.default)
        assert resolve({f"{stage}.{spec.name}": text})[stage][spec.name].value == spec.default


@given(st.floats(0, 1))
def test_numbers_survive_their_text(value) -> None:
    assert build(DetectParameters, resolve({"detect.nms_iou": repr(value)})[Stage.DETECT]).nms_iou == value
