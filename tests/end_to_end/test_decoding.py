"""Whole jobs whatever way the video is cut, timed or decoded, and whatever becomes of the processes that decode."""

import asyncio
import csv
import os
import signal
import threading
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import psutil
import pytest

from castlist.adapters.directory_store import DirectoryStore
from castlist.codec.documents import decode_json
from castlist.domain.decoding import DecodingLimits
from castlist.domain.jobs import FailureKind, JobRequest, Stage
from castlist.manifest import ModelLibrary
from cli.embedded import House, builds_of_all_services, house_of
from cli.main import main
from cli.output_folder import compare
from cli.submitting import announce, make_request, store_request
from cli.watching import follow_job
from services.coordinator.algorithms.decide import JobState, Status
from tests.conftest import REPOSITORY
from tests.fixtures.clips import x264_groups

CLIP = REPOSITORY / "examples" / "campus-clip.mp4"
FRAMES = 60
EVEN = [number * 100 for number in range(FRAMES)]
UNEVEN = [number * 60 + (number * number * 7) % 53 for number in range(FRAMES)]
"""Milliseconds; distances between 8 and 112."""


@pytest.fixture(autouse=True)
def _packaged_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CASTLIST_MODELS", raising=False)
    monkeypatch.setenv("CASTLIST_CACHE", str(tmp_path / "cache"))


def people(path: Path, times_ms: Sequence[int]) -> Path:
    """The first frames of the example, half as large, at other times, a keyframe every three."""
    with av.open(str(CLIP)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", rate=10, options=x264_groups(3))
        stream.width, stream.height, stream.pix_fmt = 384, 288, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for frame, time_ms in zip(source.decode(video=0), times_ms, strict=False):
            small = frame.reformat(384, 288, "yuv420p")
            small.pts, small.time_base = time_ms, stream.codec_context.time_base
            target.mux(stream.encode(small))
        target.mux(stream.encode(None))
    return path


def run(video: Path, folder: Path, segment_s: float) -> Path:
    choices = ["--set", f"plan.segment_s={segment_s}", "--set", "detect.frame_stride=2", "--offline", "-q"]
    assert main(["run", str(video), "-o", str(folder), *choices]) == 0
    return folder


def test_one_three_and_twenty_segments_give_the_same_results(tmp_path: Path) -> None:
    video = people(tmp_path / "people.mp4", EVEN)
    folders = [run(video, tmp_path / f"{segment_s}", segment_s) for segment_s in (600, 2.1, 0.3)]
    records = [decode_json((folder / "run.json").read_bytes()) for folder in folders]
    assert [record["counts"]["segments"] for record in records] == [1, 3, 20]
    assert len(decode_json((folders[0] / "appearances.json").read_bytes())["persons"]) >= 2
    for folder in folders[1:]:
        assert compare(folders[0], folder) == ["differs: run.json"]
    for record in records:
        del record["counts"]["segments"], record["parameters"]["plan.segment_s"]
    assert records[1:] == records[:1] * 2


def test_intervals_of_a_varying_rate_are_right_to_the_frame(tmp_path: Path) -> None:
    folder = run(people(tmp_path / "uneven.mp4", UNEVEN), tmp_path / "out", 1)
    with (folder / "appearances.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) >= 2
    seconds = [time_ms / 1000 for time_ms in UNEVEN]
    for row in rows:
        first, last = int(row["start_frame"]), int(row["end_frame"]) - 1
        assert float(row["start_s"]) == pytest.approx(seconds[first], abs=0.0011)
        assert seconds[last] - 0.0011 <= float(row["end_s"]) <= seconds[last] + 0.2


def decoders_of_this_process() -> set[int]:
    return {child.pid for child in psutil.Process().children() if "decoder_process" in " ".join(child.cmdline())}


async def job_in(house: House, request: JobRequest) -> JobState:
    async with asyncio.timeout(60):
        async for view in follow_job(house.bus, request.job_id):
            state = view.state
    return state


async def two_jobs(folder: Path, limits: DecodingLimits, harm: str) -> tuple[JobState, JobState]:
    """The first job meets processes that were stopped; with `crash` they then die of a fault. The second follows."""
    store = DirectoryStore(folder / "store")
    requests = [make_request(CLIP, name, {"detect.detection_fps_limit": "0.1"}, Stage.DETECT) for name in ("first", "second")]
    for request in requests:
        store_request(store, request, CLIP)
    before = decoders_of_this_process()
    builds = builds_of_all_services(ModelLibrary(), decoding=limits)

    def disturb() -> None:
        while not (found := decoders_of_this_process() - before):
            time.sleep(0.01)
        for pid in found:
            os.kill(pid, signal.SIGSTOP)
        if harm == "crash":
            time.sleep(2)
            for pid in found:
                os.kill(pid, signal.SIGSEGV)
                os.kill(pid, signal.SIGCONT)

    disturber = threading.Thread(target=disturb)
    disturber.start()
    async with house_of(store, folder, requests[0], 1, builds) as house:
        first = await job_in(house, requests[0])
        await announce(house.bus, requests[1])
        second = await job_in(house, requests[1])
    disturber.join()
    return first, second


@pytest.mark.parametrize(
    ("harm", "stall_s", "words"),
    [
        ("hang", 1.5, "the video: decoding stood still for 1.5 s while its packets were read; the file is damaged there"),
        ("crash", 40.0, "the video: the decoder crashed (SIGSEGV) while its packets were read; the file is damaged there"),
    ],
)
def test_a_decoder_that_hangs_or_crashes_ends_its_job_and_no_other(harm: str, stall_s: float, words: str, tmp_path: Path) -> None:
    first, second = asyncio.run(two_jobs(tmp_path, DecodingLimits(stall_s=stall_s), harm))
    assert (first.status, first.failure_kind) == (Status.FAILED, FailureKind.INPUT)
    assert first.reason.startswith(words)
    assert second.status is Status.DONE, second.reason
