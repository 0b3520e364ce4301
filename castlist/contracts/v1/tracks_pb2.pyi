from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TrackStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRACK_STATUS_UNSPECIFIED: _ClassVar[TrackStatus]
    TRACK_STATUS_TENTATIVE: _ClassVar[TrackStatus]
    TRACK_STATUS_TRACKED: _ClassVar[TrackStatus]
    TRACK_STATUS_LOST: _ClassVar[TrackStatus]
TRACK_STATUS_UNSPECIFIED: TrackStatus
TRACK_STATUS_TENTATIVE: TrackStatus
TRACK_STATUS_TRACKED: TrackStatus
TRACK_STATUS_LOST: TrackStatus

class SegmentTracks(_message.Message):
    __slots__ = ("frame_offset", "detection_offset", "frame_pts", "track_id", "frame_number", "detection_index", "x1_px", "y1_px", "x2_px", "y2_px", "confidence", "cut", "unexamined")
    FRAME_OFFSET_FIELD_NUMBER: _ClassVar[int]
    DETECTION_OFFSET_FIELD_NUMBER: _ClassVar[int]
    FRAME_PTS_FIELD_NUMBER: _ClassVar[int]
    TRACK_ID_FIELD_NUMBER: _ClassVar[int]
    FRAME_NUMBER_FIELD_NUMBER: _ClassVar[int]
    DETECTION_INDEX_FIELD_NUMBER: _ClassVar[int]
    X1_PX_FIELD_NUMBER: _ClassVar[int]
    Y1_PX_FIELD_NUMBER: _ClassVar[int]
    X2_PX_FIELD_NUMBER: _ClassVar[int]
    Y2_PX_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    CUT_FIELD_NUMBER: _ClassVar[int]
    UNEXAMINED_FIELD_NUMBER: _ClassVar[int]
    frame_offset: int
    detection_offset: int
    frame_pts: _containers.RepeatedScalarFieldContainer[int]
    track_id: _containers.RepeatedScalarFieldContainer[int]
    frame_number: _containers.RepeatedScalarFieldContainer[int]
    detection_index: _containers.RepeatedScalarFieldContainer[int]
    x1_px: _containers.RepeatedScalarFieldContainer[float]
    y1_px: _containers.RepeatedScalarFieldContainer[float]
    x2_px: _containers.RepeatedScalarFieldContainer[float]
    y2_px: _containers.RepeatedScalarFieldContainer[float]
    confidence: _containers.RepeatedScalarFieldContainer[float]
    cut: _containers.RepeatedScalarFieldContainer[int]
    unexamined: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, frame_offset: _Optional[int] = ..., detection_offset: _Optional[int] = ..., frame_pts: _Optional[_Iterable[int]] = ..., track_id: _Optional[_Iterable[int]] = ..., frame_number: _Optional[_Iterable[int]] = ..., detection_index: _Optional[_Iterable[int]] = ..., x1_px: _Optional[_Iterable[float]] = ..., y1_px: _Optional[_Iterable[float]] = ..., x2_px: _Optional[_Iterable[float]] = ..., y2_px: _Optional[_Iterable[float]] = ..., confidence: _Optional[_Iterable[float]] = ..., cut: _Optional[_Iterable[int]] = ..., unexamined: _Optional[_Iterable[int]] = ...) -> None: ...

class TrackerState(_message.Message):
    __slots__ = ("next_track_id", "frame_count", "detection_count", "track_id", "status", "first_frame", "last_frame", "mean", "covariance")
    NEXT_TRACK_ID_FIELD_NUMBER: _ClassVar[int]
    FRAME_COUNT_FIELD_NUMBER: _ClassVar[int]
    DETECTION_COUNT_FIELD_NUMBER: _ClassVar[int]
    TRACK_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    FIRST_FRAME_FIELD_NUMBER: _ClassVar[int]
    LAST_FRAME_FIELD_NUMBER: _ClassVar[int]
    MEAN_FIELD_NUMBER: _ClassVar[int]
    COVARIANCE_FIELD_NUMBER: _ClassVar[int]
    next_track_id: int
    frame_count: int
    detection_count: int
    track_id: _containers.RepeatedScalarFieldContainer[int]
    status: _containers.RepeatedScalarFieldContainer[TrackStatus]
    first_frame: _containers.RepeatedScalarFieldContainer[int]
    last_frame: _containers.RepeatedScalarFieldContainer[int]
    mean: _containers.RepeatedScalarFieldContainer[float]
    covariance: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, next_track_id: _Optional[int] = ..., frame_count: _Optional[int] = ..., detection_count: _Optional[int] = ..., track_id: _Optional[_Iterable[int]] = ..., status: _Optional[_Iterable[_Union[TrackStatus, str]]] = ..., first_frame: _Optional[_Iterable[int]] = ..., last_frame: _Optional[_Iterable[int]] = ..., mean: _Optional[_Iterable[float]] = ..., covariance: _Optional[_Iterable[float]] = ...) -> None: ...
