"""What a configuration file may say, and how its faults are told."""

import tomllib

import pytest

from castlist.domain.configuration import Profile, read_configuration

OWN = {"fast": Profile("Quick.", {"detect.nms_iou": "0.4", "group.split": "off"})}


def read(text):
    return read_configuration(tomllib.loads(text), OWN)


def test_every_type_of_value():
    found = read(
        """
        profile = "fast"
        [detect]
        min_confidence = 0.2
        nms_iou = 1
        crop_jpeg_quality = 80
        [group]
        split = false
        [compare]
        merge = "auto"
        cluster_thresh = 0.6
        """
    )
    assert found.faults == []
    assert found.profile == "fast"
    assert found.values == {
        "detect.min_confidence": "0.2",
        "detect.nms_iou": "1",
        "detect.crop_jpeg_quality": "80",
        "group.split": "off",
        "compare.merge": "auto",
        "compare.similarity_threshold": "0.6",
    }


def test_profiles_of_the_users_own():
    found = read(
        """
        profile = "mine"
        [profiles.mine]
        description = "For the hall."
        based_on = "fast"
        [profiles.mine.detect]
        nms_iou = 0.6
        [profiles.other.group]
        split = true
        """
    )
    assert found.faults == []
    assert found.profile == "mine"
    assert found.profiles == {
        "mine": Profile("For the hall.", {"detect.nms_iou": "0.6", "group.split": "off"}),
        "other": Profile("", {"group.split": "on"}),
    }


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[detect]\nnms_iuo = 1", "there is no parameter 'detect.nms_iuo'; did you mean 'detect.nms_iou'?"),
        ("[detcet]\nnms_iou = 1", "there is no section 'detcet'; did you mean 'detect'?"),
        ("detect = 3", "detect must be a section, as [detect]"),
        ("nms_iou = 1", "nms_iou stands in no section: there is no parameter 'nms_iou'; did you mean 'detect.nms_iou'?"),
        ("[detect]\nnms_iou = 1.5", "detect.nms_iou must be a number from 0 to 1, not 1.5"),
        ("[detect]\nnms_iou = inf", "detect.nms_iou must be a number from 0 to 1, not inf"),
        ('[detect]\nnms_iou = "0.5"', 'detect.nms_iou must be a number from 0 to 1, not "0.5"'),
        ("[detect]\nnms_iou = true", "detect.nms_iou must be a number from 0 to 1, not true"),
        ("[detect]\ncrop_jpeg_quality = 80.0", "detect.crop_jpeg_quality must be a whole number from 1 to 100, not 80.0"),
        ("[detect]\nnms_iou = [0.5]", "detect.nms_iou must be a number from 0 to 1, not [0.5]"),
        ('[group]\nsplit = "on"', 'group.split must be true or false, not "on"'),
        ("[group]\nsplit = 1", "group.split must be true or false, not 1"),
        ('[compare]\nmerge = "all"', "compare.merge must be one of plan, auto, not 'all'"),
        ("[compare]\nmerge = true", "compare.merge must be one of plan, auto, not true"),
        (
            "[compare]\ncluster_thresh = 0.5\nsimilarity_threshold = 0.5",
            "compare.cluster_thresh is another name of compare.similarity_threshold: give one of the two",
        ),
        ('profile = "fats"', "profile: there is no profile 'fats'; did you mean 'fast'?"),
        ('profile = "FAST"', "profile: there is no profile 'FAST'; did you mean 'fast'?"),
        ("profile = 3", "profile: there is no profile '3'"),
        ("profile = {}", "profile: there is no profile '{}'"),
        ("profiles = 3", "profiles must be sections, as [profiles.mine.detect]"),
        ("[profiles]\nmine = 3", "profiles.mine must be a section, as [profiles.mine.detect]"),
        ("[profiles.mine]", "profiles.mine says nothing: give it a section, as [profiles.mine.detect], or based_on"),
        ('[profiles.mine]\nbased_on = "slow"', "profiles.mine.based_on: there is no profile 'slow'"),
        ("[profiles.mine]\nbased_on = ['fast']", "profiles.mine.based_on: there is no profile \"['fast']\"; did you mean 'fast'?"),
        (
            "[profiles.mine.detect]\nnms_iuo = 1",
            "profiles.mine.detect.nms_iuo: there is no parameter 'detect.nms_iuo'; did you mean 'detect.nms_iou'?",
        ),
        ("[profiles.mine.detect]\nnms_iou = 7", "profiles.mine.detect.nms_iou must be a number from 0 to 1, not 7"),
        (
            "[profiles.fast.group]\nsplit = true",
            "profiles.fast: choose another name, of letters, digits, _ and -, that none of Castlist's own profiles has",
        ),
        (
            '[profiles."my own".group]\nsplit = true',
            "profiles.my own: choose another name, of letters, digits, _ and -, that none of Castlist's own profiles has",
        ),
    ],
)
def test_a_fault_names_its_key_and_what_would_do(text, fault):
    assert fault in read(text).faults


def test_all_faults_are_told_and_the_rest_is_read():
    found = read("profile = 1\n[detect]\nnms_iou = 2\nmin_confidence = 0.3\n[x]\n")
    assert len(found.faults) == 3
    assert found.values == {"detect.min_confidence": "0.3"}
    assert found.profile == ""
