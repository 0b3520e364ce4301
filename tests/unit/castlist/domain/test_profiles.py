"""Castlist's own profiles: the same questions, three answers."""

import pytest

from castlist.domain.jobs import Settings, Stage
from castlist.domain.parameter_fields import default_of
from castlist.domain.parameter_names import find
from castlist.domain.profiles import PROFILES
from castlist.domain.resolving import resolve


def test_their_names_and_order():
    assert list(PROFILES) == ["fast_cpu", "balanced", "high_accuracy"]


@pytest.mark.parametrize("name", list(PROFILES))
def test_each_answers_the_same_questions_with_values_that_are_allowed(name):
    assert PROFILES[name].values.keys() == PROFILES["balanced"].values.keys()
    assert PROFILES[name].description.endswith(".")
    resolved = resolve({}, Settings(profile=name))
    sources = {item.source for stage in Stage for item in resolved[stage].values()}
    assert sources == {"default", f"profile {name}"}


def test_balanced_is_what_holds_without_a_profile():
    resolved = resolve({}, Settings(profile="balanced"))
    for name in PROFILES["balanced"].values:
        stage, spec = find(name)
        assert resolved[stage][spec.name].value == default_of(spec), name


def test_parameters_are_called_as_users_of_the_earlier_system_know_them():
    known = ["detect.frame_stride", "detect.detection_fps_limit", "detect.min_size", "pick.min_quality_score"]
    for name in [*known, "compare.cluster_thresh", "compare.min_cluster_size", "compare.min_identity_sim"]:
        find(name)
