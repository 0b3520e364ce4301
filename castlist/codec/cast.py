"""The cast as JSON: a list of persons with their tracklets, what the user said of them, and edits that have no effect.

{"persons": [{"person_id", "tracklet_ids", "from_persons", "name", "ignored", "selected"}],
 "kept_apart": [[person, person]], "unapplied_edits": [{"edit", "reason"}]}
"""

from dataclasses import asdict

from castlist.codec.documents import decode_json, encode_json
from castlist.domain.cast import Cast, CastPerson, UnappliedEdit
from castlist.errors import ObjectCorrupt


def encode_cast(cast: Cast) -> bytes:
    return encode_json(asdict(cast))


def decode_cast(data: bytes) -> Cast:
    """Raises `ObjectCorrupt` for what is no cast."""
    try:
        document = decode_json(data)
        return Cast(
            persons=tuple(
                CastPerson(**person | {name: tuple(person[name]) for name in ("tracklet_ids", "from_persons")})
                for person in document["persons"]
            ),
            highest_number=document["highest_number"],
            kept_apart=tuple((first, second) for first, second in document["kept_apart"]),
            unapplied_edits=tuple(UnappliedEdit(**edit) for edit in document["unapplied_edits"]),
        )
    except (ValueError, KeyError, TypeError) as fault:
        raise ObjectCorrupt(f"this is no cast: {fault}") from fault
