import io

import numpy as np
import pytest
from PIL import Image

from services.reporter.rendering.webp import LETTERBOX_RGB, AnimationStyle, encode_animation, encode_animations
from tests.fixtures.synthetic_cast import draw_person

STYLE = AnimationStyle(size_px=64, rate_fps=10.0, quality=80)


def jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def crops() -> list[bytes]:
    return [jpeg(draw_person(1, step, height_px)) for step, height_px in enumerate((80, 120, 200, 40, 90))]


def decode(data: bytes) -> tuple[Image.Image, list[Image.Image], list[int]]:
    animation = Image.open(io.BytesIO(data))
    frames, durations_ms = [], []
    for number in range(animation.n_frames):
        animation.seek(number)
        animation.load()
        frames.append(animation.convert("RGB"))
        durations_ms.append(animation.info["duration"])
    return animation, frames, durations_ms


def test_frames_size_pace_and_loop(crops):
    animation, frames, durations_ms = decode(encode_animation(crops, STYLE))
    assert (animation.format, animation.n_frames, animation.info["loop"]) == ("WEBP", 5, 0)
    assert {frame.size for frame in frames} == {(64, 64)}
    assert durations_ms == [100] * 5


def test_the_default_is_a_quarter_kilopixel_square_at_ten_frames_a_second(crops):
    animation, frames, durations_ms = decode(encode_animation(crops * 10, AnimationStyle(256, 10.0, 80)))
    assert (animation.n_frames, frames[0].size, sum(durations_ms)) == (50, (256, 256), 5000)


def test_an_uneven_pace_does_not_drift(crops):
    *_, durations_ms = decode(encode_animation(crops, AnimationStyle(64, 30.0, 80)))
    assert durations_ms == [33, 34, 33, 33, 34]


def test_a_person_is_letterboxed_not_squashed(crops):
    frame = np.asarray(decode(encode_animation(crops, STYLE))[1][0]).astype(int)
    bars = np.concatenate([frame[:, :14], frame[:, -14:]], axis=1)  # a 1:2 crop fills the middle half
    assert np.abs(bars - LETTERBOX_RGB).max() < 12
    assert np.abs(frame[:, 20:44] - LETTERBOX_RGB).max(axis=(1, 2)).min() > 40


def test_colours_are_those_of_the_crop():
    red = jpeg(Image.new("RGB", (40, 40), (200, 30, 20)))
    frame = np.asarray(decode(encode_animation([red, red], STYLE))[1][1]).astype(int)
    assert np.abs(frame.mean(axis=(0, 1)) - (200, 30, 20)).max() < 6


def test_every_frame_stands_for_itself(crops):
    """Nothing of an earlier frame shines through, and equal crops stay separate frames."""
    alone = np.asarray(decode(encode_animation([crops[4], crops[4]], STYLE))[1][1])
    after_others = np.asarray(decode(encode_animation(crops, STYLE))[1][4])
    assert np.array_equal(alone, after_others)
    assert decode(encode_animation([crops[0]] * 3, STYLE))[0].n_frames == 3


def test_one_crop_gives_a_still_picture(crops):
    still = Image.open(io.BytesIO(encode_animation(crops[:1], STYLE)))
    assert (still.format, still.size, getattr(still, "n_frames", 1)) == ("WEBP", (64, 64), 1)


def test_bytes_do_not_depend_on_threads(crops):
    persons = [(3, crops), (2, crops[:2]), (1, crops[::-1]), (5, [])]
    alone = list(encode_animations(persons, STYLE, threads=1))
    assert [person_id for person_id, _ in alone] == [3, 2, 1]
    assert alone == list(encode_animations(persons, STYLE, threads=3))


@pytest.mark.parametrize("width_height", [(1, 300), (300, 1), (1, 1), (2000, 3000)])
def test_odd_shapes_are_shown_whole(width_height):
    picture = jpeg(Image.new("RGB", width_height, (10, 200, 10)))
    assert decode(encode_animation([picture, picture], STYLE))[1][0].size == (64, 64)


def test_what_is_no_picture_is_refused():
    with pytest.raises(OSError, match="cannot identify"):
        encode_animation([b"GIF89a is not what we store"], STYLE)
