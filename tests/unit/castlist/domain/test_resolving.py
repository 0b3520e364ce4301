"""Which of several places counts, and what is refused in each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.jobs import Parameter, Settings, Stage
from castlist.domain.parameter_fields import as_text, default_of
from castlist.domain.parameter_names import known_parameters, parameter_of, variable_of
from castlist.domain.parameters import CastParameters, build
from castlist.domain.resolving import resolve
from castlist.errors import UsageError

NAMES = sorted(known_parameters())
LAYERS = ("request", "environment", "profile mine", "file castlist.toml")


def texts_of(name):
    """Texts that a parameter takes."""
    _, spec = known_parameters()[name]
    if isinstance(spec.default, bool):
        return st.sampled_from(["on", "off"])
    if isinstance(spec.default, str):
        return st.sampled_from(spec.metadata["choices"])
    low, high = max(spec.metadata["low"], -1000), min(spec.metadata["high"], 1000)
    return (st.integers(int(low), int(high)) if isinstance(spec.default, int) else st.floats(low, high)).map(repr)


values = st.lists(st.sampled_from(NAMES), unique=True, max_size=6).flatmap(
    lambda names: st.fixed_dictionaries({name: texts_of(name) for name in names})
)
SOME = {"detect.nms_iou": "0.25"}


def settings_of(environment, profile, file):
    return Settings(environment, "mine" if profile else "", profile, file, "castlist.toml" if file else "")


@given(values, values, values, values)
def test_the_first_place_that_names_a_parameter_counts_whatever_the_others_say(request_values, environment, profile, file):
    found = resolve(request_values, settings_of(environment, profile, file))
    for name, (stage, spec) in known_parameters().items():
        said = [
            (text[name], source) for text, source in zip((request_values, environment, profile, file), LAYERS, strict=True) if name in text
        ]
        text, source = said[0] if said else (as_text(default_of(spec)), "default")
        assert found[stage][spec.name] == Parameter(resolve({name: text})[stage][spec.name].value, source)


@pytest.mark.parametrize(
    ("place", "settings"),
    [
        ("environment", Settings(environment=SOME)),
        ("profile mine", Settings(profile="mine", profile_values=SOME)),
        ("file my.toml", Settings(file_values=SOME, file_name="my.toml")),
    ],
)
def test_a_place_alone_is_named(place, settings):
    assert resolve({}, settings)[Stage.DETECT]["nms_iou"] == Parameter(0.25, place)
    assert resolve({"detect.nms_iou": "0.75"}, settings)[Stage.DETECT]["nms_iou"] == Parameter(0.75, "request")


def test_values_know_where_they_come_from():
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
        ("nms_iou", "1", "there is no parameter 'nms_iou'; did you mean 'detect.nms_iou'?"),
        ("track.nms_iou", "1", "there is no parameter 'track.nms_iou'; did you mean 'detect.nms_iou'?"),
        ("xyz", "1", "there is no parameter 'xyz'"),
        ("", "1", "there is no parameter ''"),
        ("detect.nms_iou", "2", "detect.nms_iou must be a number from 0 to 1, not 2"),
        ("detect.nms_iou", "nan", "detect.nms_iou must be a number from 0 to 1, not nan"),
        ("detect.nms_iou", "much", "detect.nms_iou must be a number from 0 to 1, not 'much'"),
        ("cast.appearance_max_gap_s", "-1", "cast.appearance_max_gap_s must be a number from 0 on, not -1"),
        ("cast.crops_per_person", "1.5", "cast.crops_per_person must be a whole number from 1 to 1000, not '1.5'"),
        ("pick.min_tracklet_frames", "0", "pick.min_tracklet_frames must be a whole number from 1 to 1000000, not 0"),
        ("group.check_area", "maybe", "group.check_area must be on or off, not 'maybe'"),
        ("compare.merge", "all", "compare.merge must be one of plan, auto, not 'all'"),
    ],
)
def test_faults_are_named_with_their_remedy(name, text, words):
    with pytest.raises(UsageError) as caught:
        resolve({name: text})
    assert str(caught.value) == words


def test_all_faults_of_all_places_are_told_at_once_each_with_its_place():
    with pytest.raises(UsageError) as caught:
        resolve(
            {"x.y": "1", "detect.nms_iou": "9"},
            Settings({"detect.nms_iou": "8"}, "fast_cup", {}, {"detect.nms_iou": "7"}, "castlist.toml"),
        )
    assert str(caught.value).split("; ") == [
        "there is no profile 'fast_cup'",
        "did you mean 'fast_cpu'?",
        "detect.nms_iou must be a number from 0 to 1, not 9",
        "there is no parameter 'x.y'",
        "CASTLIST_SET_DETECT_NMS_IOU: detect.nms_iou must be a number from 0 to 1, not 8",
        "file castlist.toml: detect.nms_iou must be a number from 0 to 1, not 7",
    ]


def test_two_names_of_one_parameter():
    assert resolve({"compare.cluster_thresh": "0.58"})[Stage.COMPARE]["similarity_threshold"] == Parameter(0.58, "request")
    lower = Settings(file_values={"compare.similarity_threshold": "0.6"}, file_name="castlist.toml")
    assert resolve({"compare.cluster_thresh": "0.58"}, lower)[Stage.COMPARE]["similarity_threshold"] == Parameter(0.58, "request")
    with pytest.raises(UsageError, match=r"compare\.cluster_thresh is another name of compare\.similarity_threshold: give one of the two"):
        resolve({"compare.cluster_thresh": "0.58", "compare.similarity_threshold": "0.6"})


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_has_a_variable_of_its_own(name):
    assert parameter_of(variable_of(name)) == name
    assert variable_of(name).replace("_", "").isalnum()
