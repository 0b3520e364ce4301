"""Which frames are read, pixel by pixel and time by time, from videos that make that hard; whole, and cut in 3 and in 20 parts."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from castlist.domain.video import Segment, VideoPlan
from services.detector.video.missing import holes
from services.detector.video.probe import probe
from services.detector.video.reading import frames_of
from services.detector.video.records import ReadingReport
from tests.corpus import unusual
from tests.corpus.bases import Bases
from tests.corpus.inputs import KINDS, SIZES, TIMES, End
from tests.fixtures.clips import make_clip, painted, x264_groups

GOOD = {name: case for name, case in (SIZES | TIMES | KINDS).items() if case.end is End.DONE}

Read = list[tuple[int, str]]


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Bases:
    return Bases(tmp_path_factory.mktemp("bases"))


def read(path: Path, plan: VideoPlan) -> Read:
    """Time and digest of each frame, all segments in turn; nothing may be missing."""
    frames: Read = []
    for segment in plan.segments:
        report = ReadingReport()
        frames += [(pts, hashlib.sha256(picture).hexdigest()[:16]) for pts, picture in frames_of(path, plan, segment, report)]
        assert (report.lost_frames, report.damaged_frames, report.damage) == (0, 0, ())
    return frames


def parts(plan: VideoPlan, count: int) -> VideoPlan:
    """Cut anywhere, at keyframes or not."""
    edges = np.linspace(plan.first_pts, plan.segments[-1].end_pts, count + 1).astype(int).tolist()
    return replace(plan, segments=tuple(Segment(start, end) for start, end in pairwise(edges)))


@pytest.mark.parametrize("name", GOOD)
def test_one_three_and_twenty_parts_give_the_same_frames(name: str, bases: Bases, tmp_path: Path) -> None:
    path = tmp_path / name
    GOOD[name].make(bases, path)
    plan = probe(path, 600.0).plan
    whole = read(path, plan)
    assert read(path, probe(path, 0.1).plan) == whole
    if not plan.times_counted:
        for count in (3, 20):
            assert read(path, parts(plan, count)) == whole
    assert [pts for pts, _ in whole] == sorted({pts for pts, _ in whole})


@pytest.mark.parametrize("name", [name for name in GOOD if "turned" not in name and "rotation" not in name and "grows" not in name])
def test_frames_are_those_of_a_player_that_reads_on_from_the_start(name: str, bases: Bases, tmp_path: Path) -> None:
    path = tmp_path / name
    GOOD[name].make(bases, path)
    with av.open(str(path)) as container:
        pictures = [np.ascontiguousarray(frame.to_ndarray(format="bgr24")) for frame in container.decode(video=0)]
    straight = [hashlib.sha256(picture).hexdigest()[:16] for picture in pictures]
    assert [digest for _, digest in read(path, probe(path, 0.5).plan)] == straight


def shown(path: Path) -> tuple[VideoPlan, list[float], list[int]]:
    """The plan, and of each frame the second and the number that was painted into it."""
    plan = probe(path, 0.5).plan
    seconds, numbers = [], []
    for segment in plan.segments:
        for pts, picture in frames_of(path, plan, segment):
            seconds.append(round(plan.seconds(pts), 3))
            numbers.append(number_in(picture))
    return plan, seconds, numbers


def number_in(picture: np.ndarray) -> int:
    """Which painted frame it looks like most."""
    height, width = picture.shape[:2]
    differences = [np.abs(picture.astype(int) - painted(number, width, height)).mean() for number in range(24)]
    return int(np.argmin(differences))


def tenths(numbers: Sequence[int]) -> list[float]:
    return [number / 10 for number in numbers]


def test_a_start_that_is_cut_off_is_not_shown(bases: Bases, tmp_path: Path) -> None:
    unusual.trimmed(bases, tmp_path / "trimmed.mp4")
    _, seconds, numbers = shown(tmp_path / "trimmed.mp4")
    assert numbers == list(range(10, 24))
    assert seconds == tenths(range(14))


def test_two_edits_show_what_they_name(bases: Bases, tmp_path: Path) -> None:
    unusual.two_edits(bases, tmp_path / "edits.mp4")
    _, seconds, numbers = shown(tmp_path / "edits.mp4")
    assert numbers == [0, 1, 2, 3, 4, 18, 19, 20, 21, 22]
    assert seconds == tenths(range(10))


def test_a_late_start_is_second_zero(bases: Bases, tmp_path: Path) -> None:
    unusual.starts_late(bases, tmp_path / "late.mp4")
    plan, seconds, numbers = shown(tmp_path / "late.mp4")
    assert plan.first_pts * plan.time_base == 1
    assert numbers == list(range(24))
    assert seconds == tenths(range(24))


@pytest.mark.parametrize("ending", ["mp4", "mkv", "ts"])
def test_varying_times_are_kept_to_the_millisecond(ending: str, tmp_path: Path) -> None:
    path = make_clip(tmp_path / f"varying.{ending}", frames=24, options=x264_groups(6), times=unusual.VARYING)
    plan, seconds, numbers = shown(path)
    assert numbers == list(range(24))
    assert seconds == pytest.approx([(time - unusual.VARYING[0]) / 1000 for time in unusual.VARYING], abs=0.0011)
    assert len(plan.segments) > 3


def test_same_times_leave_the_others_as_they_are(bases: Bases, tmp_path: Path) -> None:
    unusual.twice_at_times(bases, tmp_path / "twice.mkv")
    plan, seconds, numbers = shown(tmp_path / "twice.mkv")
    stated = [unusual.VARYING[number - (number in (8, 15))] - unusual.VARYING[0] for number in range(24)]
    assert numbers == list(range(24))
    assert seconds == pytest.approx([time / 1000 + 0.001 * (number in (8, 15)) for number, time in enumerate(stated)])
    assert len(plan.segments) > 3


def test_places_that_are_empty_are_no_lost_frames(bases: Bases, tmp_path: Path) -> None:
    unusual.dropped_frames(bases, tmp_path / "dropped.avi")
    found = probe(tmp_path / "dropped.avi", 5.0)
    assert (found.plan.declared_frame_count, found.lost_frames, found.damage) == (27, 0, ())
    assert shown(tmp_path / "dropped.avi")[1] == tenths([*range(8), *range(11, 27)])


def test_of_two_videos_that_are_not_told_apart_the_larger_one_is_taken(bases: Bases, tmp_path: Path) -> None:
    unusual.two_videos(bases, tmp_path / "two.ts")
    plan = probe(tmp_path / "two.ts", 5.0).plan
    assert (plan.width_px, plan.height_px) == (128, 96)


def test_of_two_videos_the_default_one_is_taken(bases: Bases, tmp_path: Path) -> None:
    unusual.two_videos(bases, tmp_path / "two.mp4")
    plan = probe(tmp_path / "two.mp4", 5.0).plan
    assert (plan.width_px, plan.height_px) == (64, 48)


def test_a_negative_first_time_is_second_zero(tmp_path: Path) -> None:
    options = unusual.X264_B
    path = make_clip(tmp_path / "negative.mp4", frames=24, options=options, container_options={"movflags": "negative_cts_offsets"})
    with av.open(str(path)) as container:
        assert min(packet.dts for packet in container.demux(video=0) if packet.dts is not None) < 0
    _, seconds, numbers = shown(path)
    assert (numbers, seconds) == (list(range(24)), tenths(range(24)))


def test_a_recording_in_one_group_is_read_from_any_place(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "one.mkv", frames=120, options=x264_groups(1000), container_options={"live": "1"})
    plan = probe(path, 1.0).plan
    assert len(plan.segments) == 1, "there is no keyframe to cut at"
    cut = parts(plan, 3)
    whole = read(path, plan)
    assert [read(path, replace(cut, segments=(segment,))) for segment in cut.segments] == [whole[:40], whole[40:80], whole[80:]]


def test_ten_bits_are_brought_to_eight(tmp_path: Path) -> None:
    options = {"preset": "ultrafast", "qp": "0"}
    clips = [make_clip(tmp_path / f"{kind}.mkv", frames=1, pixel_format=kind, options=options) for kind in ("yuv444p", "yuv444p10le")]
    eight, ten = (next(frames_of(path, probe(path, 5.0).plan, probe(path, 5.0).plan.segments[0])).picture for path in clips)
    assert np.abs(eight.astype(int) - ten).max() <= 3


def test_lines_of_interlaced_frames_stay_where_they_are(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "fields.mp4", frames=2, options={"preset": "veryfast", "x264-params": "tff=1"}, size_px=(96, 64))
    with av.open(str(path)) as container:
        assert next(container.decode(video=0)).interlaced_frame
    _, seconds, numbers = shown(path)
    assert (seconds, numbers) == ([0.0, 0.1], [0, 1])


def test_a_clip_without_damage_has_no_holes(bases: Bases) -> None:
    for name in ("mp4", "mkv", "webm", "flv", "ts", "mpg", "wmv"):
        with av.open(str(bases[name])) as container:
            times = sorted(packet.pts for packet in container.demux(video=0) if packet.pts is not None)
        assert holes(np.array(times)) == [], name


def test_a_time_base_of_a_nanosecond(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "fine.mov", frames=24, container_options={"video_track_timescale": "1000000000"})
    plan, seconds, _ = shown(path)
    assert plan.time_base == Fraction(1, 1_000_000_000)
    assert seconds == tenths(range(24))
