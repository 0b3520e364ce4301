import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castlist.codec.arrays import encode_npz
from castlist.codec.thumbnails import decode_thumbnails, encode_thumbnails
from castlist.domain.shots import Thumbnails
from castlist.errors import ObjectCorrupt


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 9), st.integers(1, 4), st.integers(1, 4), st.integers(0, 99))
def test_thumbnails_survive_storage(frames, height, width, seed):
    generator = np.random.default_rng(seed)
    luma = generator.integers(0, 256, (frames, height * 4, width * 4), np.uint8)
    thumbnails = Thumbnails(luma, generator.integers(0, 256, (frames, 2, height, width), np.uint8))
    data = encode_thumbnails(thumbnails)
    decoded = decode_thumbnails(data)
    assert np.array_equal(decoded.luma, luma)
    assert np.array_equal(decoded.chroma, thumbnails.chroma)
    assert encode_thumbnails(decoded) == data


def test_a_still_scene_takes_little_room():
    noise = np.random.default_rng(0).integers(0, 2, (500, 36, 64), np.uint8)
    picture = np.random.default_rng(1).integers(0, 200, (1, 36, 64), np.uint8)
    thumbnails = Thumbnails(picture + noise, np.full((500, 2, 9, 16), 128, np.uint8))
    assert len(encode_thumbnails(thumbnails)) / 500 < 0.3 * 36 * 64


def stored(size, steps):
    return encode_npz({"size": np.array(size, np.int64), "steps": np.frombuffer(steps, np.uint8)})


@pytest.mark.parametrize("size", [(2, 8), (2, 6, 8), (2, 8, 6), (-1, 8, 8)])
def test_a_size_that_is_none_is_told(size):
    with pytest.raises(ObjectCorrupt, match=r"size .* is none"):
        decode_thumbnails(stored(size, zlib.compress(bytes(144))))


@pytest.mark.parametrize("count", [143, 145, 1_000_000])
def test_other_bytes_than_the_size_has_are_told(count):
    with pytest.raises(ObjectCorrupt, match=f"hold {min(count, 145)} bytes where 2 frames have 144"):
        decode_thumbnails(stored((2, 8, 8), zlib.compress(bytes(count))))


@pytest.mark.parametrize("size", [(2, 8, 8), (2**62, 8, 8)])
def test_a_broken_stream_is_told(size):
    with pytest.raises(ObjectCorrupt, match="the thumbnails can't be read"):
        decode_thumbnails(stored(size, b"no stream"))


@pytest.mark.parametrize("data", [b"", b"PK", encode_npz({"steps": np.zeros(4, np.uint8)})])
def test_what_is_no_thumbnails_is_told(data):
    with pytest.raises(ObjectCorrupt, match="the thumbnails"):
        decode_thumbnails(data)
