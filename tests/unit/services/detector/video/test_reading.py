import gc
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from castlist.domain.video import Segment, VideoPlan
from services.detector.video.probe import probe
from services.detector.video.reading import frames_of
from services.detector.video.records import ReadingReport
from tests.conftest import REPOSITORY
from tests.corpus.boxes import overwritten, spoiled
from tests.fixtures.clips import X264, make_clip, painted, with_noise, x264_groups

CLIP = REPOSITORY / "examples" / "campus-clip.mp4"
REFRESH = X264 | {"x264-params": "keyint=12:min-keyint=12:scenecut=0:bframes=0:intra-refresh=1"}
VARYING = np.cumsum(np.random.default_rng(1).integers(10, 400, 40)).tolist()

Digests = list[tuple[int, str]]

CLIPS: dict[str, Callable[[Path], Path]] = {
    "example": lambda _: CLIP,
    "closed groups with B-frames": lambda folder: make_clip(folder / "closed.mp4", options=x264_groups(8)),
    "open groups": lambda folder: make_clip(folder / "open.mp4", options=x264_groups(8, open_gop=True, b_frames=3)),
    "open groups in Matroska": lambda folder: make_clip(folder / "open.mkv", options=x264_groups(8, open_gop=True, b_frames=3)),
    "open groups in MPEG-TS": lambda folder: make_clip(folder / "open.ts", options=x264_groups(8, open_gop=True, b_frames=3)),
    "varying frame rate": lambda folder: make_clip(folder / "varying.mp4", options=x264_groups(8), times=VARYING),
    "varying frame rate, open groups": lambda folder: make_clip(
        folder / "varying.mkv", options=x264_groups(8, open_gop=True), times=VARYING
    ),
    "gradual refresh": lambda folder: make_clip(folder / "refresh.mp4", options=REFRESH),
    "gradual refresh in MPEG-TS": lambda folder: make_clip(folder / "refresh.ts", options=REFRESH),
    "AVI": lambda folder: make_clip(folder / "plain.avi", codec="mpeg4", options={"g": "8"}),
    "AVI without times": lambda folder: make_clip(folder / "bframes.avi", options=x264_groups(8)),
    "VP9": lambda folder: make_clip(folder / "vp9.webm", codec="libvpx-vp9", options={"g": "8", "deadline": "realtime", "cpu-used": "8"}),
    "every frame a keyframe": lambda folder: make_clip(
        folder / "stills.avi", codec="mjpeg", options={}, pixel_format="yuvj420p", frames=25
    ),
    "Flash": lambda folder: make_clip(folder / "open.flv", options=x264_groups(8, open_gop=True)),
    "Windows Media": lambda folder: make_clip(folder / "old.wmv", codec="wmv2", options={"g": "8"}),
    "MPEG program stream": lambda folder: make_clip(
        folder / "disc.mpg", codec="mpeg2video", rate=25, options={"bf": "2", "g": "8", "sc_threshold": "1000000000"}
    ),
}


def digest(picture: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(picture)).hexdigest()[:16]


def read(path: Path, plan: VideoPlan) -> Digests:
    return [(frame.pts, digest(frame.picture)) for segment in plan.segments for frame in frames_of(path, plan, segment)]


def decoded_straight(path: Path) -> Iterator[tuple[int | None, str]]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.pts, digest(frame.to_ndarray(format="bgr24"))


@pytest.mark.parametrize("kind", CLIPS)
def test_segments_joined_are_the_whole(tmp_path: Path, kind: str) -> None:
    path = CLIPS[kind](tmp_path)
    straight = list(decoded_straight(path))
    whole_plan = probe(path, 600.0).plan
    whole = read(path, whole_plan)
    assert len(whole_plan.segments) == 1
    assert [picture for _, picture in whole] == [picture for _, picture in straight]
    assert whole_plan.times_counted or [pts for pts, _ in whole] == [pts for pts, _ in straight]
    for segment_s in (5.0, 0.7, 0.1):
        assert read(path, probe(path, segment_s).plan) == whole


@pytest.mark.parametrize("count", [1, 3, 20])
def test_any_number_of_segments_joins_to_the_whole(count: int) -> None:
    plan = probe(CLIP, 600.0).plan
    edges = np.linspace(0, plan.segments[0].end_pts, count + 1).astype(int).tolist()  # not at keyframes, where count is not 3
    parts = replace(plan, segments=tuple(Segment(start, end) for start, end in pairwise(edges)))
    assert len(parts.segments) == count
    assert read(CLIP, parts) == read(CLIP, plan)


def test_times_rise_and_lie_in_the_segment() -> None:
    plan = probe(CLIP, 5.0).plan
    for segment in plan.segments:
        times = [frame.pts for frame in frames_of(CLIP, plan, segment)]
        assert len(times) == 50
        assert times == list(range(segment.start_pts, segment.end_pts, 1024))


def test_counted_times_are_frame_numbers(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "bframes.avi", options=x264_groups(8))
    assert [pts for pts, _ in read(path, probe(path, 1.0).plan)] == list(range(40))


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_frames_are_upright(tmp_path: Path, rotation: int) -> None:
    path = make_clip(tmp_path / "turned.mp4", frames=1, rotation=rotation)
    plan = probe(path, 5.0).plan
    picture = next(frames_of(path, plan, plan.segments[0])).picture
    upright = np.rot90(painted(0, 96, 64), rotation // 90)  # counter-clockwise, as the container means it
    assert picture.shape == upright.shape
    assert picture.flags.c_contiguous
    assert np.abs(picture.astype(int) - upright).mean() < 12


@pytest.mark.parametrize(
    ("matrix", "turns"),
    [
        ((-1, 0, 0, 1), lambda seen: seen[:, ::-1]),
        ((1, 0, 0, -1), lambda seen: seen[::-1]),
        ((0, 1, 1, 0), lambda seen: seen.swapaxes(0, 1)),
    ],
)
def test_mirrored_frames_are_seen_as_the_file_says(tmp_path: Path, matrix: tuple[int, ...], turns: Callable) -> None:
    """Left for right is not upside down, which is what its angle alone would say."""
    first, second, third, fourth = ((number << 16).to_bytes(4, signed=True) for number in matrix)
    box = first + second + bytes(4) + third + fourth
    path = spoiled(make_clip(tmp_path / "plain.mp4", frames=1), tmp_path / "mirrored.mp4", b"tkhd", overwritten(40, box))
    plan = probe(path, 5.0).plan
    picture = next(frames_of(path, plan, plan.segments[0])).picture
    seen = turns(painted(0, 96, 64))
    assert picture.shape == seen.shape
    assert np.abs(picture.astype(int) - seen).mean() < 12


def test_pictures_are_bgr(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "colours.mp4", frames=1)
    plan = probe(path, 5.0).plan
    picture = next(frames_of(path, plan, plan.segments[0])).picture
    assert picture.dtype == np.uint8
    block = picture[38:42, 4:12].astype(int)  # painted blue 0, green 255, red 255
    assert block[..., 0].mean() < 60
    assert block[..., 2].mean() > 200


def test_a_size_that_changes_on_the_way_is_scaled_to_the_first(tmp_path: Path) -> None:
    joined = tmp_path / "joined.ts"
    parts = [
        make_clip(tmp_path / f"{number}.ts", frames=10, size_px=size, times=[(number * 10 + index) * 100 for index in range(10)])
        for number, size in enumerate([(96, 64), (128, 96)])
    ]
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    plan = probe(joined, 5.0).plan
    shapes = {frame.picture.shape for segment in plan.segments for frame in frames_of(joined, plan, segment)}
    assert shapes == {(64, 96, 3)}


def test_damage_in_the_middle_is_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    size = CLIP.stat().st_size
    path = with_noise(CLIP, tmp_path / "damaged.mp4", size * 45 // 100, size * 55 // 100)
    plan = probe(path, 5.0).plan
    reports = []
    for segment in plan.segments:
        report = ReadingReport()
        frames = sum(1 for _ in frames_of(path, plan, segment, report))
        assert frames == report.decoded_frames
        reports.append(report)
    assert [report.stored_frames for report in reports] == [50, 50, 50]
    assert [report.lost_frames for report in reports][::2] == [0, 0]
    assert reports[1].lost_frames + reports[1].damaged_frames > 0


def test_reading_ends_where_the_file_breaks_off(tmp_path: Path) -> None:
    data = CLIP.read_bytes()
    path = tmp_path / "part.mp4"
    path.write_bytes(data[: len(data) * 2 // 3])
    plan, lost_frames, _, _ = probe(path, 5.0)
    reports = [ReadingReport() for _ in plan.segments]
    for segment, report in zip(plan.segments, reports, strict=True):
        for _ in frames_of(path, plan, segment, report):
            pass
    assert sum(report.stored_frames for report in reports) == 150 - lost_frames
    assert sum(report.lost_frames for report in reports) <= 2


def test_a_decoded_frame_is_gone_when_the_next_one_comes() -> None:
    plan = probe(CLIP, 100).plan
    gc.collect()
    gc.disable()  # what only the collector frees is, of a 4K video, gigabytes by the time it looks
    try:
        alive = [sum(isinstance(thing, VideoFrame) for thing in gc.get_objects()) for _ in frames_of(CLIP, plan, plan.segments[0])]
    finally:
        gc.enable()
    assert len(alive) > 20
    assert max(alive) <= 5  # decoded, converted, and those that wait in a list
