"""Which stages an action stands for, which parameters it reads, and what the report says."""

from pathlib import Path

import pytest

from castlist.domain.jobs import JobRequest, ObjectRef, Stage
from castlist.errors import UsageError
from cli.cleanup import ACTIONS, check_overrides, overrides_of_profile, report, stages_of, told
from cli.main import main

REQUEST = JobRequest("job-1", ObjectRef("k", 1, "0" * 64), "film.mp4")


def test_all_actions_are_all_stages_from_pick_on() -> None:
    assert stages_of(ACTIONS) == [Stage.PICK, Stage.EMBED, Stage.GROUP, Stage.COMPARE, Stage.CAST]
    assert stages_of(["group_clusters", "recluster"]) == [Stage.GROUP, Stage.COMPARE, Stage.CAST]


@pytest.mark.parametrize(
    ("actions", "name"),
    [
        ("recluster", "group.check_area"),
        ("recluster", "group.clear_overlap"),
        ("split_tracks", "group.split_similarity"),
        ("split_tracks", "group.clear_overlap"),
        ("reembed", "pick.embed_crops_per_tracklet"),
        ("group_clusters", "cast.crops_per_person"),
        ("group_clusters", "report.webp_fps"),
    ],
)
def test_parameters_that_an_action_reads(actions: str, name: str) -> None:
    check_overrides([actions], {name: "1"})
    check_overrides(["reembed"], {"plan.embedder": "colour_stripes"})


@pytest.mark.parametrize(
    ("action", "name", "words"),
    [
        ("recluster", "compare.cluster_thresh", "compare.cluster_thresh has no effect on recluster: add the action group_clusters, or"),
        ("recluster", "plan.embedder", "plan.embedder has no effect on recluster: add the action reembed, or leave it out"),
        ("recluster", "group.split_similarity", "group.split_similarity has no effect on recluster: add the action split_tracks, or"),
        ("split_tracks", "group.check_area", "group.check_area has no effect on split_tracks: add the action recluster, or leave it out"),
        ("reembed", "plan.detector", "plan.detector has no effect on reembed: run the video again with it, or leave it out"),
        ("reembed", "pick.nothing", "there is no parameter 'pick.nothing'"),
    ],
)
def test_parameters_that_it_does_not(action: str, name: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        check_overrides([action], {name: "yolox_nano" if name == "plan.detector" else "auto" if name == "plan.embedder" else "1"})


def test_of_a_profile_counts_what_the_actions_read() -> None:
    values = {"detect.frame_stride": "3", "pick.embed_crops_beside": "8", "group.split": "off", "compare.merge": "auto"}
    assert overrides_of_profile(["reembed", "split_tracks"], values) == {"pick.embed_crops_beside": "8", "group.split": "off"}
    assert overrides_of_profile(["group_clusters"], values) == {"compare.merge": "auto"}


def test_improvement_is_after_minus_before() -> None:
    before = {"video_seconds": 110.2, "tracks": 120, "tracks_per_minute": 65.3, "id_switch_rate": 0.15}
    after = {"video_seconds": 110.2, "tracks": 95, "tracks_per_minute": 51.7, "id_switch_rate": 0.06}
    found = report(REQUEST, ["reembed", "split_tracks"], before, after)
    assert found == {
        "ep_id": "job-1",
        "file_name": "film.mp4",
        "cleanup_actions": ["split_tracks", "reembed"],
        "before": before,
        "after": after,
        "improvement": {"tracks": -25, "tracks_per_minute": pytest.approx(-13.6), "id_switch_rate": pytest.approx(-0.09)},
    }
    assert told(found).splitlines()[1:3] == [
        "tracks             120     95      -25",
        "tracks_per_minute  65.300  51.700  -13.600",
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "nowhere is no folder that `castlist run` filled. A job of the services keeps the parameters"),
        (["."], "holds no job of its own: name a folder that `castlist run` filled"),
        ([".", "--actions", "polish"], "there is no action 'polish'; there are split_tracks, reembed, recluster, group_clusters"),
    ],
)
def test_what_can_not_be_cleaned_up(arguments: list[str], words: str, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["cleanup", *arguments]) == 2
    assert words in capsys.readouterr().err
