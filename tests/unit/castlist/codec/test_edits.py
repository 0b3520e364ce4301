import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.codec.edits import decode_edit, encode_edit
from castlist.domain.anchors import PersonAnchor, Place, TrackletAnchor
from castlist.domain.edits import Ignore, KeepApart, Merge, Move, Redo, Rename, Select, Split, Undo
from castlist.errors import ObjectCorrupt

numbers = st.integers(0, 2**31 - 1)
coordinates = st.floats(-1e6, 1e6, width=32)
places = st.builds(Place, numbers, st.tuples(coordinates, coordinates, coordinates, coordinates))
tracklets = st.builds(TrackletAnchor, numbers, numbers, st.lists(places, max_size=3).map(tuple))
persons = st.builds(PersonAnchor, numbers, st.lists(tracklets, max_size=3).map(tuple))
several = st.lists(persons, max_size=3).map(tuple)
edits = st.one_of(
    st.builds(Merge, several),
    st.builds(Split, persons, st.lists(tracklets, max_size=3).map(tuple)),
    st.builds(Move, tracklets, st.none() | persons),
    st.builds(Rename, persons, st.text(max_size=8)),
    st.builds(Ignore, persons, st.booleans()),
    st.builds(Select, several),
    st.builds(KeepApart, persons, persons),
    st.just(Undo()),
    st.just(Redo()),
)


@given(edits)
def test_edits_come_back(edit):
    assert decode_edit(encode_edit(edit)) == edit


@pytest.mark.parametrize("data", [b"", b"\xff\xff", struct.pack("<BBB", 0xA2, 0x06, 0)])
def test_what_is_no_edit_or_of_an_unknown_kind_is_refused(data):
    with pytest.raises(ObjectCorrupt):
        decode_edit(data)


def test_columns_of_different_lengths_are_refused():
    data = encode_edit(Move(TrackletAnchor(1, 1, (Place(5, (1.0, 2.0, 3.0, 4.0)),)), None))
    assert data.count(struct.pack("<f", 4.0)) == 1
    shortened = data.replace(b"\x3a\x04" + struct.pack("<f", 4.0), b"\x78\x00\x78\x00\x78\x00")  # another field instead
    with pytest.raises(ObjectCorrupt, match="tracklet 1 in an edit are not of one length"):
        decode_edit(shortened)
