import struct

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from castlist.codec.pictures import decode_picture, encode_png, stored_size
from castlist.errors import ObjectCorrupt

SIDES = st.integers(1, 40)


@settings(deadline=None)
@given(arrays.arrays(np.uint8, st.tuples(SIDES, SIDES, st.just(3)), elements=st.integers(0, 255)))
def test_png_keeps_every_pixel(picture):
    np.testing.assert_array_equal(decode_picture(encode_png(picture), *picture.shape[:2]), picture)


@pytest.mark.parametrize("options", [[], [cv2.IMWRITE_JPEG_PROGRESSIVE, 1], [cv2.IMWRITE_JPEG_RST_INTERVAL, 1]])
def test_jpeg_files_of_all_kinds_state_their_size(options):
    picture = np.random.default_rng(1).integers(0, 256, (37, 19, 3), np.uint8)
    data = cv2.imencode(".jpg", picture, options)[1].tobytes()
    assert stored_size(data) == (37, 19)
    np.testing.assert_array_equal(decode_picture(data, 37, 19), cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR))


PNG = encode_png(np.zeros((4, 3, 3), np.uint8))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PNG[:20],
        PNG[:16] + struct.pack(">2I", 60_000, 60_000) + PNG[24:],  # 10.8 GB
        cv2.imencode(".webp", np.zeros((4, 3, 3), np.uint8))[1].tobytes(),  # other decoders are not reached
        b"\xff\xd8\xff\xff\xff\xff",
        b"\xff\xd8\xff\xe0\x00\x00\xff\xe0\x00\x00",
        PNG[:40] + b"\x00" * 8 + PNG[48:],
    ],
)
def test_what_is_not_the_picture_that_was_announced_is_refused(data):
    with pytest.raises(ObjectCorrupt, match="an image of 4 x 3 pixels is"):
        decode_picture(data, 4, 3)


@given(st.binary(max_size=60))
def test_any_header_is_read_without_stumbling(data):
    assert stored_size(b"\xff\xd8\xff" + data) is None or len(data) > 6
