from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class SegmentDetections(_message.Message):
    __slots__ = ("frame_pts", "detection_count", "x1_px", "y1_px", "x2_px", "y2_px", "confidence", "examined")
    FRAME_PTS_FIELD_NUMBER: _ClassVar[int]
    DETECTION_COUNT_FIELD_NUMBER: _ClassVar[int]
    X1_PX_FIELD_NUMBER: _ClassVar[int]
    Y1_PX_FIELD_NUMBER: _ClassVar[int]
    X2_PX_FIELD_NUMBER: _ClassVar[int]
    Y2_PX_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    EXAMINED_FIELD_NUMBER: _ClassVar[int]
    frame_pts: _containers.RepeatedScalarFieldContainer[int]
    detection_count: _containers.RepeatedScalarFieldContainer[int]
    x1_px: _containers.RepeatedScalarFieldContainer[float]
    y1_px: _containers.RepeatedScalarFieldContainer[float]
    x2_px: _containers.RepeatedScalarFieldContainer[float]
    y2_px: _containers.RepeatedScalarFieldContainer[float]
    confidence: _containers.RepeatedScalarFieldContainer[float]
    examined: _containers.RepeatedScalarFieldContainer[bool]
    def __init__(self, frame_pts: _Optional[_Iterable[int]] = ..., detection_count: _Optional[_Iterable[int]] = ..., x1_px: _Optional[_Iterable[float]] = ..., y1_px: _Optional[_Iterable[float]] = ..., x2_px: _Optional[_Iterable[float]] = ..., y2_px: _Optional[_Iterable[float]] = ..., confidence: _Optional[_Iterable[float]] = ..., examined: _Optional[_Iterable[bool]] = ...) -> None: ...
