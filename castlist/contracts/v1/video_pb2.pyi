from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class VideoPlan(_message.Message):
    __slots__ = ("width_px", "height_px", "time_base_numerator", "time_base_denominator", "first_pts", "frame_rate_numerator", "frame_rate_denominator", "declared_frame_count", "duration_seconds", "container", "codec", "segment_start_pts", "segment_end_pts", "times_counted", "segment_previous_pts")
    WIDTH_PX_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_PX_FIELD_NUMBER: _ClassVar[int]
    TIME_BASE_NUMERATOR_FIELD_NUMBER: _ClassVar[int]
    TIME_BASE_DENOMINATOR_FIELD_NUMBER: _ClassVar[int]
    FIRST_PTS_FIELD_NUMBER: _ClassVar[int]
    FRAME_RATE_NUMERATOR_FIELD_NUMBER: _ClassVar[int]
    FRAME_RATE_DENOMINATOR_FIELD_NUMBER: _ClassVar[int]
    DECLARED_FRAME_COUNT_FIELD_NUMBER: _ClassVar[int]
    DURATION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    CONTAINER_FIELD_NUMBER: _ClassVar[int]
    CODEC_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_START_PTS_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_END_PTS_FIELD_NUMBER: _ClassVar[int]
    TIMES_COUNTED_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_PREVIOUS_PTS_FIELD_NUMBER: _ClassVar[int]
    width_px: int
    height_px: int
    time_base_numerator: int
    time_base_denominator: int
    first_pts: int
    frame_rate_numerator: int
    frame_rate_denominator: int
    declared_frame_count: int
    duration_seconds: float
    container: str
    codec: str
    segment_start_pts: _containers.RepeatedScalarFieldContainer[int]
    segment_end_pts: _containers.RepeatedScalarFieldContainer[int]
    times_counted: bool
    segment_previous_pts: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, width_px: _Optional[int] = ..., height_px: _Optional[int] = ..., time_base_numerator: _Optional[int] = ..., time_base_denominator: _Optional[int] = ..., first_pts: _Optional[int] = ..., frame_rate_numerator: _Optional[int] = ..., frame_rate_denominator: _Optional[int] = ..., declared_frame_count: _Optional[int] = ..., duration_seconds: _Optional[float] = ..., container: _Optional[str] = ..., codec: _Optional[str] = ..., segment_start_pts: _Optional[_Iterable[int]] = ..., segment_end_pts: _Optional[_Iterable[int]] = ..., times_counted: bool = ..., segment_previous_pts: _Optional[_Iterable[int]] = ...) -> None: ...

class ModelChoice(_message.Message):
    __slots__ = ("name", "sha256", "runtime", "origin", "note", "licence")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    RUNTIME_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    name: str
    sha256: bytes
    runtime: str
    origin: str
    note: str
    licence: str
    def __init__(self, name: _Optional[str] = ..., sha256: _Optional[bytes] = ..., runtime: _Optional[str] = ..., origin: _Optional[str] = ..., note: _Optional[str] = ..., licence: _Optional[str] = ...) -> None: ...
