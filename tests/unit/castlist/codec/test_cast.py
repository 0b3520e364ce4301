import json

import pytest

from castlist.codec.cast import decode_cast, encode_cast
from castlist.domain.cast import Cast, CastPerson, UnappliedEdit
from castlist.errors import ObjectCorrupt

CAST = Cast(
    persons=(CastPerson(1, (1, 4), (1, 3), name="Änne", selected=True), CastPerson(2, (2,), (2,), ignored=True)),
    highest_number=4,
    kept_apart=((1, 2),),
    unapplied_edits=(UnappliedEdit("ignore person 9", "nobody is seen where person 9 was"),),
)


def test_a_cast_comes_back():
    assert decode_cast(encode_cast(CAST)) == CAST
    assert decode_cast(encode_cast(Cast(()))) == Cast(())


def test_a_cast_is_plain_json():
    document = json.loads(encode_cast(CAST))
    assert document["persons"][0] == {
        "person_id": 1,
        "tracklet_ids": [1, 4],
        "from_persons": [1, 3],
        "name": "Änne",
        "ignored": False,
        "selected": True,
    }
    assert document["highest_number"] == 4
    assert document["kept_apart"] == [[1, 2]]
    assert document["unapplied_edits"] == [{"edit": "ignore person 9", "reason": "nobody is seen where person 9 was"}]


@pytest.mark.parametrize("data", [b"{", b"[]", b"{}", b'{"persons": [{}], "highest_number": 1, "kept_apart": [], "unapplied_edits": []}'])
def test_what_is_no_cast_is_refused(data):
    with pytest.raises(ObjectCorrupt, match="no cast"):
        decode_cast(data)
