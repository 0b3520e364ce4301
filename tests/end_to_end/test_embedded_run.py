"""`castlist run` as a user meets it: good videos, bad ones, interruptions, second runs."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import av
import numpy as np
import pytest

from castlist.codec.documents import decode_json
from cli.main import main
from cli.output_folder import compare
from tests.conftest import REPOSITORY
from tests.end_to_end.conftest import CLIP, SHORT_SEGMENTS, models_environment, run_cli, wait_for

PROMISED = {
    "person_selection.html",
    "stitches.json",
    "tracklets.mot.txt",
    "persons.mot.txt",
    "appearances.json",
    "appearances.csv",
    "canonical_persons.npz",
    "primary_person.npz",
    "selected_persons.npz",
    "tracklet_stats.npz",
    "reid_candidates.json",
    "ranking_results.json",
    "ranking_report.json",
    "grouping_log.json",
    "grouping_pairs.npz",
    "similarity_matrix.json",
    "similarity_matrix.npy",
    "embeddings.json",
    "embeddings.npy",
    "run.json",
    "timings.json",
}


@pytest.fixture(autouse=True)
def _models(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in models_environment().items():
        monkeypatch.setenv(name, value)


def write_video(path: Path, frames: int = 12, size: tuple[int, int] = (160, 120)) -> Path:
    """A grey video with nobody in it."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        picture = np.full((size[1], size[0], 3), 96, np.uint8)
        for _ in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        container.mux(stream.encode())
    return path


def write_sound(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        silence.sample_rate = 8000
        container.mux(stream.encode(silence))
        container.mux(stream.encode())
    return path


def test_all_promised_files_are_there_and_agree(embedded_results: Path) -> None:
    names = {path.relative_to(embedded_results).as_posix() for path in embedded_results.rglob("*") if path.is_file()}
    assert names >= PROMISED
    with np.load(embedded_results / "canonical_persons.npz", allow_pickle=False) as persons:
        assert len(persons["detection_indices"]) == len(persons["frame_numbers"]) == len(persons["bboxes"]) == persons["offsets"][-1]
        ids = persons["person_ids"].tolist()
    assert ids == list(range(1, len(ids) + 1))
    assert len(ids) >= 5
    assert {f"webp/person_{number:03d}.webp" for number in ids} <= names
    assert len(np.load(embedded_results / "similarity_matrix.npy")) <= len(ids)
    run = decode_json((embedded_results / "run.json").read_bytes())
    assert run["parameters"]["track.lost_buffer_s"]["source"] == "default"


def test_a_second_run_takes_over_what_is_the_same_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    video = write_video(tmp_path / "grey.mp4")
    folder = tmp_path / "out"
    assert main(["run", str(video), "-o", str(folder)]) == 0
    assert "reused" not in capsys.readouterr().err
    assert main(["run", str(video), "-o", str(folder)]) == 0
    assert capsys.readouterr().err.count("reused from an earlier run") == 8  # nothing to embed
    assert main(["run", str(video), "-o", str(folder), "--set", "group.max_temporal_gap_frames=5"]) == 0
    assert capsys.readouterr().err.count("reused from an earlier run") == 6, "all but group and report get the same input"
    assert main(["run", str(video), "-o", str(folder), "--from", "group"]) == 0
    assert capsys.readouterr().err.count("reused from an earlier run") == 4
    assert not list(folder.glob(".castlist/jobs/*/detect/0/*/crops.0")), "segments' crops are deleted once those to keep are picked"
    assert main(["run", str(video), "-o", str(folder), "--set", "pick.embed_crops_per_tracklet=3"]) == 0
    assert (folder / "person_selection.html").exists(), "crops that are needed again are made again"
    capsys.readouterr()
    assert main(["run", str(video), "-o", str(folder), "--from", "pick"]) == 0
    assert capsys.readouterr().err.count("reused from an earlier run") == 1
    assert main(["run", str(video), "-o", str(folder), "--force"]) == 0
    assert "reused" not in capsys.readouterr().err
    assert main(["run", str(video), "-o", str(folder), "--until", "cast"]) == 0
    assert not (folder / "person_selection.html").exists(), "an older report does not stand beside newer results"
    assert (folder / "persons.mot.txt").exists()


def test_nobody_in_the_video_gives_a_valid_empty_report(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert main(["run", str(write_video(tmp_path / "grey.mp4")), "-o", str(folder)]) == 0
    assert decode_json((folder / "appearances.json").read_bytes())["persons"] == []
    assert (folder / "persons.mot.txt").read_bytes() == b""
    assert np.load(folder / "similarity_matrix.npy").shape == (0, 0)
    assert "grey.mp4" in (folder / "person_selection.html").read_text()


def test_a_folder_of_another_video_is_not_overwritten_without_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = write_video(tmp_path / "first.mp4"), write_video(tmp_path / "second.mp4", frames=13)
    folder = tmp_path / "out"
    assert main(["run", str(first), "-o", str(folder)]) == 0
    assert main(["run", str(second), "-o", str(folder)]) == 2
    assert "holds the results of another video" in capsys.readouterr().err
    assert main(["run", str(second), "-o", str(folder), "--force"]) == 0
    assert "second.mp4" in (folder / "person_selection.html").read_text()


def bad_inputs(folder: Path) -> dict[str, tuple[Path, str]]:
    """File and words that its message must hold."""
    clip = CLIP.read_bytes()
    text, empty, playlist, cut, noise = (folder / name for name in ("text.mp4", "empty.mp4", "list.mp4", "cut.mp4", "noise.mp4"))
    fifo, device, dangling = (folder / name for name in ("fifo.mp4", "device.mp4", "dangling.mp4"))
    os.mkfifo(fifo)
    device.symlink_to("/dev/zero")
    dangling.symlink_to("nowhere.mp4")
    text.write_text("this is no video\n" * 100)
    empty.touch()
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{CLIP}\n#EXT-X-ENDLIST\n")
    cut.write_bytes(clip[: clip.index(b"moov") + 40])
    pictures = clip.index(b"mdat") + 4
    noise.write_bytes(clip[:pictures] + bytes(len(clip) - pictures))
    return {
        "missing": (folder / "missing.mp4", "does not exist"),
        "folder": (folder, "is a folder"),
        "fifo": (fifo, "fifo.mp4 is no regular file: copy the video to a file first"),
        "device": (device, "device.mp4 is no regular file: copy the video to a file first"),
        "dangling": (dangling, "dangling.mp4 does not exist"),
        "empty": (empty, "is empty"),
        "text": (text, "text.mp4"),
        "playlist": (playlist, "list.mp4"),
        "cut": (cut, "cut.mp4"),
        "noise": (noise, "noise.mp4"),
        "sound": (write_sound(folder / "sound.mp4"), "no video stream"),
    }


@pytest.mark.parametrize("kind", ["missing", "folder", "fifo", "device", "dangling", "empty", "text", "playlist", "cut", "noise", "sound"])
def test_bad_input_gets_one_clear_sentence_and_code_3(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    video, words = bad_inputs(tmp_path)[kind]
    assert main(["run", str(video), "-o", str(tmp_path / "out"), "-q"]) == 3
    message = capsys.readouterr().err
    assert words in message
    assert "Traceback" not in message
    assert message.startswith("castlist: ")
    assert not (tmp_path / "out" / "person_selection.html").exists()
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("castlist-task") and thread.daemon] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--models", "/nowhere"], "the models folder /nowhere can't be read"),
        (["--set", "detect.nms_iuo=1"], "did you mean 'detect.nms_iou'"),
        (["--set", "detect.nms_iou=3"], "a number from 0 to 1"),
        (["--set", "detect.nms_iou"], "STAGE.NAME=VALUE"),
    ],
)
def test_wrong_usage_is_said_before_any_work(arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(CLIP), "-o", str(tmp_path / "out"), *arguments]) == 2
    assert words in capsys.readouterr().err


def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path, embedded_results: Path) -> None:
    folder, marker = tmp_path / "out", tmp_path / "first-segment-detected"
    environment = dict(os.environ) | SHORT_SEGMENTS
    command = [sys.executable, "-m", "cli", "run", str(CLIP), "-o", str(folder), "--slots", "1"]
    stopped = environment | {"CASTLIST_FAILPOINTS": f"track:taken:{marker}"}  # can't end before the signal comes
    process = subprocess.Popen(command, cwd=REPOSITORY, env=stopped, stderr=subprocess.PIPE, text=True)
    wait_for(marker)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "interrupted" in said
    assert "Traceback" not in said
    assert not (folder / "person_selection.html").exists()
    again = run_cli("run", CLIP, "-o", folder, environment=environment)
    assert again.returncode == 0, again.stderr
    assert "of 3 reused from an earlier run" in again.stderr
    assert compare(folder, embedded_results) == ["differs: run.json"]
    wait_for(folder / "person_selection.html", 1)


def test_without_any_weights_the_report_says_what_was_used_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CASTLIST_MODELS", raising=False)
    monkeypatch.setenv("CASTLIST_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "out"
    assert main(["run", str(CLIP), "-o", str(folder), "--offline", "-q"]) == 0
    models = decode_json((folder / "run.json").read_bytes())["models"]
    assert (models["detector"]["name"], models["embedder"]["name"]) == ("ssdlite_pedestrian", "colour_stripes")
    assert models["embedder"]["note"] in (folder / "person_selection.html").read_text()
    assert len(decode_json((folder / "appearances.json").read_bytes())["persons"]) >= 5
    assert len(decode_json((folder / "embeddings.json").read_bytes())["embeddings"]) >= 5


def test_a_film_that_breaks_off_gives_a_partial_result_that_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = CLIP.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(clip[: len(clip) * 2 // 3])
    folder = tmp_path / "out"
    assert main(["run", str(cut), "-o", str(folder), "-q"]) == 0
    assert "warning: " in capsys.readouterr().err
    run = decode_json((folder / "run.json").read_bytes())
    assert run["warnings"] != []
    assert run["partial"]
    assert [span["end_s"] for span in run["damage"]][-1] == pytest.approx(15.0, abs=0.3), "the clip should have lasted so long"
    assert 30 < sum(span["lost_frames"] for span in run["damage"]) < 70
    assert len(decode_json((folder / "appearances.json").read_bytes())["persons"]) >= 3
    assert main(["run", str(cut), "-o", str(folder), "-q", "--strict"]) == 4
