from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Edit(_message.Message):
    __slots__ = ("merge", "split", "move", "rename", "ignore", "select", "keep_apart", "undo", "redo")
    MERGE_FIELD_NUMBER: _ClassVar[int]
    SPLIT_FIELD_NUMBER: _ClassVar[int]
    MOVE_FIELD_NUMBER: _ClassVar[int]
    RENAME_FIELD_NUMBER: _ClassVar[int]
    IGNORE_FIELD_NUMBER: _ClassVar[int]
    SELECT_FIELD_NUMBER: _ClassVar[int]
    KEEP_APART_FIELD_NUMBER: _ClassVar[int]
    UNDO_FIELD_NUMBER: _ClassVar[int]
    REDO_FIELD_NUMBER: _ClassVar[int]
    merge: MergePersons
    split: SplitPerson
    move: MoveTracklet
    rename: RenamePerson
    ignore: IgnorePerson
    select: SelectPersons
    keep_apart: KeepPersonsApart
    undo: UndoEdit
    redo: RedoEdit
    def __init__(self, merge: _Optional[_Union[MergePersons, _Mapping]] = ..., split: _Optional[_Union[SplitPerson, _Mapping]] = ..., move: _Optional[_Union[MoveTracklet, _Mapping]] = ..., rename: _Optional[_Union[RenamePerson, _Mapping]] = ..., ignore: _Optional[_Union[IgnorePerson, _Mapping]] = ..., select: _Optional[_Union[SelectPersons, _Mapping]] = ..., keep_apart: _Optional[_Union[KeepPersonsApart, _Mapping]] = ..., undo: _Optional[_Union[UndoEdit, _Mapping]] = ..., redo: _Optional[_Union[RedoEdit, _Mapping]] = ...) -> None: ...

class MergePersons(_message.Message):
    __slots__ = ("persons",)
    PERSONS_FIELD_NUMBER: _ClassVar[int]
    persons: _containers.RepeatedCompositeFieldContainer[PersonAnchor]
    def __init__(self, persons: _Optional[_Iterable[_Union[PersonAnchor, _Mapping]]] = ...) -> None: ...

class SplitPerson(_message.Message):
    __slots__ = ("person", "tracklets")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    TRACKLETS_FIELD_NUMBER: _ClassVar[int]
    person: PersonAnchor
    tracklets: _containers.RepeatedCompositeFieldContainer[TrackletAnchor]
    def __init__(self, person: _Optional[_Union[PersonAnchor, _Mapping]] = ..., tracklets: _Optional[_Iterable[_Union[TrackletAnchor, _Mapping]]] = ...) -> None: ...

class MoveTracklet(_message.Message):
    __slots__ = ("tracklet", "to")
    TRACKLET_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    tracklet: TrackletAnchor
    to: PersonAnchor
    def __init__(self, tracklet: _Optional[_Union[TrackletAnchor, _Mapping]] = ..., to: _Optional[_Union[PersonAnchor, _Mapping]] = ...) -> None: ...

class RenamePerson(_message.Message):
    __slots__ = ("person", "name")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    person: PersonAnchor
    name: str
    def __init__(self, person: _Optional[_Union[PersonAnchor, _Mapping]] = ..., name: _Optional[str] = ...) -> None: ...

class IgnorePerson(_message.Message):
    __slots__ = ("person", "ignored")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    IGNORED_FIELD_NUMBER: _ClassVar[int]
    person: PersonAnchor
    ignored: bool
    def __init__(self, person: _Optional[_Union[PersonAnchor, _Mapping]] = ..., ignored: bool = ...) -> None: ...

class SelectPersons(_message.Message):
    __slots__ = ("persons",)
    PERSONS_FIELD_NUMBER: _ClassVar[int]
    persons: _containers.RepeatedCompositeFieldContainer[PersonAnchor]
    def __init__(self, persons: _Optional[_Iterable[_Union[PersonAnchor, _Mapping]]] = ...) -> None: ...

class KeepPersonsApart(_message.Message):
    __slots__ = ("first", "second")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    SECOND_FIELD_NUMBER: _ClassVar[int]
    first: PersonAnchor
    second: PersonAnchor
    def __init__(self, first: _Optional[_Union[PersonAnchor, _Mapping]] = ..., second: _Optional[_Union[PersonAnchor, _Mapping]] = ...) -> None: ...

class UndoEdit(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RedoEdit(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PersonAnchor(_message.Message):
    __slots__ = ("person_id", "tracklets")
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    TRACKLETS_FIELD_NUMBER: _ClassVar[int]
    person_id: int
    tracklets: _containers.RepeatedCompositeFieldContainer[TrackletAnchor]
    def __init__(self, person_id: _Optional[int] = ..., tracklets: _Optional[_Iterable[_Union[TrackletAnchor, _Mapping]]] = ...) -> None: ...

class TrackletAnchor(_message.Message):
    __slots__ = ("tracklet_id", "row_count", "frame_number", "x1_px", "y1_px", "x2_px", "y2_px")
    TRACKLET_ID_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    FRAME_NUMBER_FIELD_NUMBER: _ClassVar[int]
    X1_PX_FIELD_NUMBER: _ClassVar[int]
    Y1_PX_FIELD_NUMBER: _ClassVar[int]
    X2_PX_FIELD_NUMBER: _ClassVar[int]
    Y2_PX_FIELD_NUMBER: _ClassVar[int]
    tracklet_id: int
    row_count: int
    frame_number: _containers.RepeatedScalarFieldContainer[int]
    x1_px: _containers.RepeatedScalarFieldContainer[float]
    y1_px: _containers.RepeatedScalarFieldContainer[float]
    x2_px: _containers.RepeatedScalarFieldContainer[float]
    y2_px: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, tracklet_id: _Optional[int] = ..., row_count: _Optional[int] = ..., frame_number: _Optional[_Iterable[int]] = ..., x1_px: _Optional[_Iterable[float]] = ..., y1_px: _Optional[_Iterable[float]] = ..., x2_px: _Optional[_Iterable[float]] = ..., y2_px: _Optional[_Iterable[float]] = ...) -> None: ...
