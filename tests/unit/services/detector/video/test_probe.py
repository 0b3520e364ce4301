from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from castlist.domain.video import Segment
from castlist.errors import InputError
from services.detector.video.probe import probe
from services.detector.video.transport_streams import is_out_of_step
from tests.conftest import REPOSITORY
from tests.fixtures.clips import X264, make_clip, make_sound, with_noise, x264_groups

CLIP = REPOSITORY / "examples" / "campus-clip.mp4"


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        probe(path, 5.0, path.name)
    return str(caught.value)


def test_the_example_clip() -> None:
    plan, lost_frames, warnings, _ = probe(CLIP, 5.0)
    assert (plan.width_px, plan.height_px, plan.container, plan.codec) == (768, 576, "mp4", "h264")
    assert (plan.frame_rate, plan.declared_frame_count, plan.duration_s, plan.first_pts) == (10, 150, 15.0, 0)
    assert plan.segments == (Segment(0, 51200), Segment(51200, 102400, 50176), Segment(102400, 153600, 101376))
    assert (lost_frames, warnings, plan.times_counted) == (0, (), False)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_size_is_that_of_the_upright_frame(tmp_path: Path, rotation: int) -> None:
    plan = probe(make_clip(tmp_path / "turned.mp4", frames=2, rotation=rotation), 5.0).plan
    assert (plan.width_px, plan.height_px) == ((96, 64) if rotation == 180 else (64, 96))


def test_one_frame(tmp_path: Path) -> None:
    plan = probe(make_clip(tmp_path / "one.mp4", frames=1), 5.0).plan
    assert len(plan.segments) == 1
    assert plan.duration_s == pytest.approx(0.1)


def test_odd_size_and_full_colour(tmp_path: Path) -> None:
    plan = probe(make_clip(tmp_path / "odd.mkv", frames=3, size_px=(97, 63), pixel_format="yuv444p"), 5.0).plan
    assert (plan.width_px, plan.height_px) == (97, 63)


@pytest.mark.parametrize("name", ["Grüße 👋 an alle.mp4", "two\nlines.mp4", "concat:a|b.mp4", "-i.mp4", "%d.mp4"])
def test_any_file_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(make_clip(tmp_path / "plain.mp4", frames=2).read_bytes())
    assert probe(path, 5.0).plan.declared_frame_count == 2


def test_a_header_that_states_a_wrong_rate_is_not_believed(tmp_path: Path) -> None:
    times = [number * 500 for number in range(20)]
    plan = probe(make_clip(tmp_path / "slow.mkv", rate=25, frames=20, times=times), 5.0).plan
    assert plan.frame_rate == Fraction(2)
    assert plan.seconds(plan.segments[-1].end_pts) >= 9.5


def test_a_pause_makes_no_slower_video(tmp_path: Path) -> None:
    """A track that ends with the video would else end seconds behind it, and a stride leave out seconds."""
    times = [number * 40 + 60_000 * (number >= 10) for number in range(20)]
    for ending in ("mp4", "mkv", "ts"):
        assert probe(make_clip(tmp_path / f"paused.{ending}", rate=5, frames=20, times=times), 5.0).plan.frame_rate == Fraction(25), ending


def test_bytes_that_are_overwritten_in_a_transport_stream_are_noticed(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "zeros.ts", frames=60, options=x264_groups(10), size_px=(192, 128))
    data = bytearray(path.read_bytes())
    assert not is_out_of_step(path)
    data[20_004:30_000] = bytes(9_996)  # the first packet keeps its head, which FFmpeg is content with
    path.write_bytes(data)
    assert is_out_of_step(path)
    found = probe(path, 5.0)
    assert found.lost_frames > 0
    assert all("are not in the file and missing from the result" in warning for warning in found.warnings)
    path.write_bytes(bytes(data[:20_004]))  # the last packet may be a part of one
    assert not is_out_of_step(path)


def test_a_few_frames_at_the_end_of_a_damaged_file_are_missed(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "end.mkv", frames=60, options=x264_groups(10, b_frames=0), container_options={"cluster_time_limit": "300"})
    with av.open(str(path)) as container:
        places = [packet.pos for packet in container.demux(video=0) if packet.pos]
    data = bytearray(path.read_bytes())
    data[places[57] :] = bytes(len(data) - places[57])
    path.write_bytes(data)
    found = probe(path, 5.0)
    assert (found.lost_frames, [(span.start_s, span.end_s) for span in found.damage]) == (3, [(pytest.approx(5.7), pytest.approx(6.0))])


def test_an_avi_that_was_cut_off_lacks_its_end(tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "whole.avi", frames=60, codec="mpeg4", options={"g": "10"})
    path = tmp_path / "cut.avi"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size * 3 // 4])
    found = probe(path, 5.0)
    (span,) = found.damage
    assert 0 < found.lost_frames == span.lost_frames < 30
    assert (span.start_s, span.end_s) == (pytest.approx(6 - found.lost_frames / 10), pytest.approx(6.0))


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    assert refusal(path) == "empty.mp4 is empty; copy or download it again"


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone.mp4") == "gone.mp4: there is no such file; check the path"
    assert "there is no such file" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"All work and no play makes Jack a dull boy.\n" * 50, "is no video file that can be read"),
        (b"#EXTM3U\n#EXTINF:10,\nfile:///etc/hostname\n", "is a playlist"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nplain.mp4\n#EXT-X-ENDLIST\n", "is a playlist"),
        (b"ffconcat version 1.0\nfile plain.mp4\n", "is a list of files"),
        (b"<html><body>404</body></html>", "is a web page"),
        (b"PK\x03\x04" + bytes(500), "is a ZIP archive"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8L" + bytes(28), "is a WebP picture, not a video"),
        (
            b"\x00\x00\x00\x01\x67" + bytes(500),
            "is no video file that can be read (MP4, MOV, MKV, WebM, AVI, MPEG-TS and the like); check that it plays elsewhere, and if",
        ),
    ],
)
def test_what_only_calls_itself_a_video(tmp_path: Path, content: bytes, reason: str) -> None:
    make_clip(tmp_path / "plain.mp4", frames=2)
    path = tmp_path / "named.mp4"
    path.write_bytes(content)
    assert refusal(path).startswith(f"named.mp4 {reason}")


def test_a_picture_named_as_a_video(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "picture.png"), np.zeros((60, 80, 3), np.uint8))
    path = (tmp_path / "picture.png").rename(tmp_path / "picture.mp4")
    assert refusal(path) == "picture.mp4 is a PNG picture, not a video"


def test_a_recording_without_its_index(tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "whole.mp4")
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert refusal(path).startswith("cut.mp4 is an MP4 file without its index (moov)")


def test_sound_only(tmp_path: Path) -> None:
    assert refusal(make_sound(tmp_path / "sound.mp4")) == "sound.mp4 holds sound but no video stream; choose the file with the pictures"


def test_a_clip_of_which_nothing_decodes(tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "whole.mp4", options={**X264, "movflags": "+faststart"})
    data = whole.read_bytes()
    start = data.index(b"mdat") + 4
    end = data.index(b"moov") - 4 if data.index(b"moov") > start else len(data)
    assert refusal(with_noise(whole, tmp_path / "noise.mp4", start, end)).startswith("noise.mp4: none of its 40 frames can be decoded")


def test_pictures_beyond_the_limit_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "wide.mp4", frames=1, size_px=(8224, 16))
    assert refusal(path).startswith("wide.mp4: its pictures are 8224 x 16 pixels, at most 8192 x 8192 are read")


def test_a_codec_beyond_the_list_is_refused(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "moving.avi", frames=2, codec="png", options={}, pixel_format="rgb24")
    assert refusal(path).startswith("moving.avi: its video codec 'png' is not read; convert it first")


def test_a_cut_off_copy_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    data = CLIP.read_bytes()
    path = tmp_path / "part.mp4"
    path.write_bytes(data[: len(data) * 2 // 3])
    plan, lost_frames, warnings, _ = probe(path, 5.0)
    assert plan.declared_frame_count == 150
    assert 30 < lost_frames < 70
    (warning,) = warnings
    assert warning == (
        f"the video was cut off or damaged: {lost_frames} of the 150 frames that it declares "
        "are not in the file and missing from the result (9.3 to 9.6 s, 9.7 to 15.0 s)"
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda path: make_clip(path / "bframes.avi", options=x264_groups(10)),
        lambda path: make_clip(path / "mpeg4.avi", codec="mpeg4", options={"bf": "2", "g": "10"}),
    ],
)
def test_where_the_file_states_no_times_frames_are_counted(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    plan, _, warnings, _ = probe(make(tmp_path), 1.0)
    assert plan.times_counted
    assert plan.segments == (Segment(0, 40),)
    assert plan.time_base == Fraction(1, 10)
    assert warnings == ("the video states no usable times for its frames, so they are taken to come evenly, 10 a second",)
