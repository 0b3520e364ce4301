"""Edits as protobuf bytes."""

from collections.abc import Callable, Iterable
from typing import Any

from castlist.codec.messages import encode, parse
from castlist.contracts.v1 import edits_pb2
from castlist.domain.anchors import PersonAnchor, Place, TrackletAnchor
from castlist.domain.edits import Edit, Ignore, KeepApart, Merge, Move, Redo, Rename, Select, Split, Undo
from castlist.errors import ObjectCorrupt


def encode_edit(edit: Edit) -> bytes:
    return encode(_message(edit))


def decode_edit(data: bytes) -> Edit:
    """Raises `ObjectCorrupt` for bytes that are no edit, or one of a kind that this version does not know."""
    message = parse(edits_pb2.Edit, data)
    kind = message.WhichOneof("kind")
    if kind is None:
        raise ObjectCorrupt("an edit of a kind that this version does not know")
    return _READERS[kind](getattr(message, kind))


def _message(edit: Edit) -> edits_pb2.Edit:
    match edit:
        case Merge():
            message = edits_pb2.Edit(merge=edits_pb2.MergePersons(persons=map(_person, edit.persons)))
        case Split():
            message = edits_pb2.Edit(
                split=edits_pb2.SplitPerson(person=_person(edit.person), tracklets=map(_tracklet, edit.tracklets)),
            )
        case Move():
            to = None if edit.to is None else _person(edit.to)
            message = edits_pb2.Edit(move=edits_pb2.MoveTracklet(tracklet=_tracklet(edit.tracklet), to=to))
        case Rename():
            message = edits_pb2.Edit(rename=edits_pb2.RenamePerson(person=_person(edit.person), name=edit.name))
        case Ignore():
            message = edits_pb2.Edit(ignore=edits_pb2.IgnorePerson(person=_person(edit.person), ignored=edit.ignored))
        case Select():
            message = edits_pb2.Edit(select=edits_pb2.SelectPersons(persons=map(_person, edit.persons)))
        case KeepApart():
            pair = edits_pb2.KeepPersonsApart(first=_person(edit.first), second=_person(edit.second))
            message = edits_pb2.Edit(keep_apart=pair)
        case Undo():
            message = edits_pb2.Edit(undo=edits_pb2.UndoEdit())
        case Redo():
            message = edits_pb2.Edit(redo=edits_pb2.RedoEdit())
    return message


_READERS: dict[str, Callable[[Any], Edit]] = {
    "merge": lambda message: Merge(_read_persons(message.persons)),
    "split": lambda message: Split(_read_person(message.person), tuple(map(_read_tracklet, message.tracklets))),
    "move": lambda message: Move(_read_tracklet(message.tracklet), _read_person(message.to) if message.HasField("to") else None),
    "rename": lambda message: Rename(_read_person(message.person), message.name),
    "ignore": lambda message: Ignore(_read_person(message.person), message.ignored),
    "select": lambda message: Select(_read_persons(message.persons)),
    "keep_apart": lambda message: KeepApart(_read_person(message.first), _read_person(message.second)),
    "undo": lambda _: Undo(),
    "redo": lambda _: Redo(),
}


def _person(anchor: PersonAnchor) -> edits_pb2.PersonAnchor:
    return edits_pb2.PersonAnchor(person_id=anchor.person_id, tracklets=map(_tracklet, anchor.tracklets))


def _tracklet(anchor: TrackletAnchor) -> edits_pb2.TrackletAnchor:
    return edits_pb2.TrackletAnchor(
        tracklet_id=anchor.tracklet_id,
        row_count=anchor.row_count,
        frame_number=[place.frame_number for place in anchor.places],
        x1_px=[place.box[0] for place in anchor.places],
        y1_px=[place.box[1] for place in anchor.places],
        x2_px=[place.box[2] for place in anchor.places],
        y2_px=[place.box[3] for place in anchor.places],
    )


def _read_persons(messages: Iterable[edits_pb2.PersonAnchor]) -> tuple[PersonAnchor, ...]:
    return tuple(map(_read_person, messages))


def _read_person(message: edits_pb2.PersonAnchor) -> PersonAnchor:
    return PersonAnchor(message.person_id, tuple(map(_read_tracklet, message.tracklets)))


def _read_tracklet(message: edits_pb2.TrackletAnchor) -> TrackletAnchor:
    columns = (message.x1_px, message.y1_px, message.x2_px, message.y2_px)
    if {len(column) for column in columns} != {len(message.frame_number)}:
        raise ObjectCorrupt(f"the columns of tracklet {message.tracklet_id} in an edit are not of one length")
    boxes = zip(*columns, strict=True)
    return TrackletAnchor(
        message.tracklet_id,
        message.row_count,
        tuple(Place(frame, box) for frame, box in zip(message.frame_number, boxes, strict=True)),
    )
