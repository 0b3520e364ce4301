"""Seconds of work for a second of video, and when they say nothing."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from castlist.domain.jobs import Stage, TaskDone
from cli.run_speed import UNKNOWN, VideoLength, length_of, run_speed

RUN = TaskDone(Stage.DETECT, 3, 0, (), {}, ())


@pytest.mark.parametrize(
    ("wall_s", "on_gpu", "name", "factor", "verdict"),
    [
        (180, False, "realtime_factor", 3.0, "pass"),
        (181, False, "realtime_factor", 181 / 60, "warn"),
        (361, False, "realtime_factor", 361 / 60, "fail"),
        (10, True, "realtime_factor_gpu", 10 / 60, "pass"),
        (11, True, "realtime_factor_gpu", 11 / 60, "warn"),
    ],
)
def test_a_whole_run_is_judged(wall_s: float, on_gpu: bool, name: str, factor: float, verdict: str) -> None:
    found = run_speed([RUN], wall_s, VideoLength(60.0, on_gpu=on_gpu))
    assert found[name] == factor
    assert [(item["metric"], item["verdict"]) for item in found["acceptance"]] == [(name, verdict)]


def test_what_was_not_done_at_one_go_is_not() -> None:
    video = VideoLength(60.0, on_gpu=False)
    assert run_speed([RUN, replace(RUN, reused=True)], 10, video) == {}
    assert run_speed([RUN, replace(RUN, stage=Stage.REPORT, index=1)], 10, video) == {}
    assert run_speed([RUN], 10, UNKNOWN) == {}


def test_the_results_say_how_long_the_video_is_and_what_looked_at_it(tmp_path: Path) -> None:
    assert length_of(tmp_path) == UNKNOWN
    (tmp_path / "track_metrics.json").write_text(json.dumps({"video_seconds": 79.5}))
    for runtime, on_gpu in (("onnxruntime 1.27.0 CPU float32", False), ("onnxruntime 1.27.0 CUDA float32", True)):
        (tmp_path / "run.json").write_text(json.dumps({"models": {"detector": {"runtime": runtime}}}))
        assert length_of(tmp_path) == VideoLength(79.5, on_gpu=on_gpu)
