"""`castlist cleanup` on a real result: what it does again, what it leaves, what it reports."""

import shutil
from pathlib import Path

from castlist.codec.documents import decode_json
from cli.main import main
from cli.output_folder import compare
from tests.end_to_end.conftest import CLIP, models_environment

SETTING = "pick.min_tracklet_frames=100"


def test_a_cleanup_is_a_run_with_those_parameters_and_a_report(embedded_results: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    for name, value in models_environment().items():
        monkeypatch.setenv(name, value)
    folder, whole = tmp_path / "cleaned", tmp_path / "whole"
    shutil.copytree(embedded_results, folder)
    assert main(["cleanup", str(folder), "--actions", "reembed", "--set", SETTING, "-q"]) == 0
    assert capsys.readouterr().out.splitlines()[0].split() == ["BEFORE", "AFTER", "CHANGE"]

    found = decode_json((folder / "cleanup_report.json").read_bytes())
    before, after = found["before"], found["after"]
    assert (found["cleanup_actions"], found["before_was_stored"]) == (["reembed"], True)
    assert after["tracks"] < before["tracks"]
    assert found["improvement"]["tracks"] == after["tracks"] - before["tracks"]
    assert before["video_seconds"] == after["video_seconds"] == 15.0
    assert before["tracks_per_minute"] == before["tracks"] * 4
    tasks = decode_json((folder / "timings.json").read_bytes())["tasks"]
    reused = {
        stage: all(task["reused"] for task in tasks if task["stage"] == stage) for stage in ("plan", "detect", "track", "pick", "embed")
    }
    assert reused == {"plan": True, "detect": False, "track": True, "pick": False, "embed": False}, "pick needs its crops again"

    shutil.copytree(embedded_results, whole)
    assert main(["run", str(CLIP), "-o", str(whole), "--set", SETTING, "-q"]) == 0
    assert compare(folder, whole) == [f"only in {folder}: cleanup_report.json"]
    assert main(["rename", str(folder), "1", "Ann", "-q"]) == 0, "the folder goes on with the new parameters"
    persons = decode_json((folder / "appearances.json").read_bytes())["persons"]
    assert len(persons) == after["persons"]
    assert not (folder / "cleanup_report.json").exists(), "it would speak of older results"
