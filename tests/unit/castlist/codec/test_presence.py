import pytest

from castlist.codec.presence import decode_presence, encode_presence
from castlist.domain.presence import Presence, TaskInHand
from castlist.errors import ObjectCorrupt


def test_what_a_service_says_comes_back() -> None:
    said = Presence("detector", "host:12", "0.1.0", 1.5, {"plan": 1, "detect": 2}, (TaskInHand("film", "detect", 3, 2.5),), {"EVENTS": 7})
    assert decode_presence(encode_presence(said)) == said


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"in_hand": []}', b'{"in_hand": [3]}', b"\xff"])
def test_what_no_service_says_is_refused(data: bytes) -> None:
    with pytest.raises(ObjectCorrupt, match="can't be read"):
        decode_presence(data)
