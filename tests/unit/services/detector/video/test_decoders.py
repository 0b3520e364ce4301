"""Videos read by processes of their own: the same frames, and no fault of theirs goes further."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from castlist.domain.decoding import DecodingLimits
from castlist.errors import InputError
from services.detector.video.containers import LARGEST_SIDE_PX
from services.detector.video.decoder_child import DecoderLost
from services.detector.video.decoders import Decoders
from services.detector.video.probe import probe
from services.detector.video.reading import frames_of
from services.detector.video.records import Frame, ReadingReport
from tests.conftest import REPOSITORY
from tests.fixtures.clips import make_clip, with_noise, x264_groups

CLIP = REPOSITORY / "examples" / "campus-clip.mp4"
ROOM = DecodingLimits(memory_mb=4096, stall_s=60.0, total_s=600.0)


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    found = Decoders(ROOM)
    yield found
    found.close()


def children() -> list[psutil.Process]:
    """Decoders' processes, the newest last: numbers of processes begin anew."""
    found = [child for child in psutil.Process().children() if "decoder_process" in " ".join(child.cmdline())]
    return sorted(found, key=psutil.Process.create_time)


def same(left: Frame, right: Frame) -> bool:
    return left.pts == right.pts and np.array_equal(left.picture, right.picture)


def first_frame_and_rest(decoders: Decoders, path: Path) -> tuple[Frame, Iterator[Frame]]:
    plan = decoders.probe(path, 600.0, LARGEST_SIDE_PX).plan
    frames = decoders.frames_of(path, plan, plan.segments[0], name="clip.mp4")
    return next(frames), frames


@pytest.mark.parametrize("rotation", [0, 90])
def test_frames_and_report_are_those_of_reading_in_this_process(tmp_path: Path, decoders: Decoders, rotation: int) -> None:
    clip = make_clip(tmp_path / "whole.mp4", frames=30, options=x264_groups(10), rotation=rotation)
    size = clip.stat().st_size
    damaged = with_noise(clip, tmp_path / "damaged.mp4", size * 45 // 100, size * 55 // 100)
    for path in (clip, damaged):
        found = probe(path, 1.0)
        assert decoders.probe(path, 1.0, LARGEST_SIDE_PX) == found
        for segment in found.plan.segments:
            here, there = ReadingReport(), ReadingReport()
            frames = list(frames_of(path, found.plan, segment, here))
            others = list(decoders.frames_of(path, found.plan, segment, there))
            assert len(others) == len(frames)
            assert all(same(*pair) for pair in zip(others, frames, strict=True))
            assert there == here


def test_a_picture_stays_what_it_is_while_others_are_read(decoders: Decoders) -> None:
    plan = probe(CLIP, 600.0).plan
    frames = list(decoders.frames_of(CLIP, plan, plan.segments[0]))
    assert all(same(*pair) for pair in zip(frames, frames_of(CLIP, plan, plan.segments[0]), strict=True))


def test_processes_are_used_again(decoders: Decoders) -> None:
    decoders.probe(CLIP, 5.0, LARGEST_SIDE_PX)
    before = children()
    for _ in range(3):
        _, rest = first_frame_and_rest(decoders, CLIP)
        assert len(list(rest)) == 149
    assert children() == before


def test_what_is_refused_is_said_in_the_same_words(tmp_path: Path, decoders: Decoders) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("no video")
    with pytest.raises(InputError, match=r"^notes\.mp4 is no video file that can be read"):
        decoders.probe(text, 5.0, LARGEST_SIDE_PX, "notes.mp4")
    wide = make_clip(tmp_path / "wide.mp4", frames=1, size_px=(320, 16))
    with pytest.raises(InputError, match=r"^wide\.mp4: its pictures are 320 x 16 pixels, at most 300 x 300 are read; scale it down"):
        decoders.probe(wide, 5.0, 300, "wide.mp4")


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT])
def test_a_crash_is_told_with_file_and_place_and_the_next_file_is_read(number: signal.Signals) -> None:
    decoders = Decoders(ROOM)
    _, rest = first_frame_and_rest(decoders, CLIP)
    next(rest)
    (child,) = children()[-1:]
    child.send_signal(number)
    with pytest.raises(
        InputError,
        match=rf"^clip\.mp4: the decoder crashed \({number.name}\) behind \d+\.\d s; the file is damaged there .*: convert it first",
    ):
        list(rest)
    assert decoders.probe(CLIP, 5.0, LARGEST_SIDE_PX).plan == probe(CLIP, 5.0).plan
    decoders.close()


def test_one_that_is_killed_from_outside_is_no_fault_of_the_file() -> None:
    decoders = Decoders(ROOM)
    _, rest = first_frame_and_rest(decoders, CLIP)
    children()[-1].kill()
    with pytest.raises(
        DecoderLost, match=r"^the decoder was killed, perhaps by the system: give it more memory, or lower CASTLIST_DECODER_MEMORY_MB$"
    ):
        list(rest)
    decoders.close()


def test_one_that_hangs_is_ended() -> None:
    decoders = Decoders(DecodingLimits(stall_s=3.0))
    _, rest = first_frame_and_rest(decoders, CLIP)
    child = children()[-1]
    child.suspend()
    with pytest.raises(InputError, match=r"^clip\.mp4: decoding stood still for 3 s behind .* s; .*or raise CASTLIST_DECODER_STALL_S$"):
        list(rest)
    assert not child.is_running()
    decoders.close()


def test_one_that_takes_too_long_altogether_is_ended() -> None:
    decoders = Decoders(DecodingLimits(total_s=0.001))
    plan = probe(CLIP, 600.0).plan
    with pytest.raises(InputError, match=r"^clip\.mp4: decoding took longer than 0\.001 s behind 0\.0 s; .*CASTLIST_DECODER_TOTAL_S$"):
        list(decoders.frames_of(CLIP, plan, plan.segments[0], name="clip.mp4"))
    decoders.close()


def grey_still(path: Path, side_px: int) -> Path:
    """One large picture, kilobytes as a file."""
    frame = av.VideoFrame(side_px, side_px, "yuvj420p")
    for plane in frame.planes:
        plane.update(bytes([128]) * plane.buffer_size)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=1)
        stream.width, stream.height, stream.pix_fmt = side_px, side_px, "yuvj420p"
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_one_that_needs_too_much_memory_is_told(tmp_path: Path) -> None:
    large = grey_still(tmp_path / "large.avi", 8192)
    decoders = Decoders(DecodingLimits(memory_mb=700))
    plan = decoders.probe(large, 5.0, LARGEST_SIDE_PX).plan
    words = r"^large\.avi: decoding needed more than 700 MB of memory behind 0\.0 s; scale it down first.*CASTLIST_DECODER_MEMORY_MB$"
    with pytest.raises(InputError, match=words):
        list(decoders.frames_of(large, plan, plan.segments[0], name="large.avi"))
    assert decoders.probe(CLIP, 5.0, LARGEST_SIDE_PX).plan == probe(CLIP, 5.0).plan
    decoders.close()


def test_an_abandoned_reading_leaves_no_process(decoders: Decoders) -> None:
    _, rest = first_frame_and_rest(decoders, CLIP)
    child = children()[-1]
    rest.close()
    assert not child.is_running()


HOLDS_A_FRAME = """
import sys, time
from pathlib import Path
from castlist.domain.decoding import DecodingLimits
from services.detector.video.decoders import Decoders
decoders = Decoders(DecodingLimits())
clip = Path(sys.argv[1])
plan = decoders.probe(clip, 600.0, 8192).plan
frames = decoders.frames_of(clip, plan, plan.segments[0])
next(frames)
print("holds", flush=True)
time.sleep(60)
"""


def test_no_process_outlives_a_service_that_is_killed() -> None:
    service = subprocess.Popen([sys.executable, "-c", HOLDS_A_FRAME, str(CLIP)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    with service:
        assert service.stdout is not None
        assert service.stdout.readline() == "holds\n"
        (child,) = psutil.Process(service.pid).children()
        os.kill(service.pid, signal.SIGKILL)
    gone, alive = psutil.wait_procs([child], timeout=20)
    assert (gone, alive) == ([child], [])


def test_it_knows_no_secrets_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASTLIST_S3_SECRET_KEY", "not for strangers")
    decoders = Decoders(ROOM)
    before = set(children())
    decoders.prepare(1)
    decoders.probe(CLIP, 5.0, LARGEST_SIDE_PX)
    (child,) = set(children()) - before  # once it has answered: as it begins it has no command line yet
    assert "not for strangers" not in " ".join(child.environ().values())
    decoders.close()
    assert not child.is_running()


def test_it_writes_no_file_and_leaves_no_core(decoders: Decoders) -> None:
    decoders.probe(CLIP, 5.0, LARGEST_SIDE_PX)
    limits = Path(f"/proc/{children()[-1].pid}/limits").read_text()
    assert "Max core file size        0 " in limits
    assert f"Max address space         {4096 << 20} " in limits
