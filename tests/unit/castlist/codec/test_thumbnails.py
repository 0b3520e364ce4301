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


@pytest.mark.parametrize(
    "shapes", [((2, 8, 8), (2, 2, 2, 1)), ((2, 8, 8), (1, 2, 2, 2)), ((2, 6, 8), (2, 2, 1, 2)), ((2, 8, 8), (2, 1, 2, 2))]
)
def test_planes_that_do_not_fit_are_told(shapes):
    data = encode_npz({name: np.zeros(shape, np.uint8) for name, shape in zip(("luma", "chroma"), shapes, strict=True)})
    with pytest.raises(ObjectCorrupt, match="do not fit"):
        decode_thumbnails(data)


@pytest.mark.parametrize("data", [b"", b"PK", encode_npz({"luma": np.zeros((1, 4, 4), np.uint8)})])
def test_what_is_no_thumbnails_is_told(data):
    with pytest.raises(ObjectCorrupt, match="the thumbnails"):
        decode_thumbnails(data)
