from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Transition(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSITION_UNSPECIFIED: _ClassVar[Transition]
    TRANSITION_CUT: _ClassVar[Transition]
    TRANSITION_FADE: _ClassVar[Transition]
    TRANSITION_DISSOLVE: _ClassVar[Transition]

class TrackStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRACK_STATUS_UNSPECIFIED: _ClassVar[TrackStatus]
    TRACK_STATUS_TENTATIVE: _ClassVar[TrackStatus]
    TRACK_STATUS_TRACKED: _ClassVar[TrackStatus]
    TRACK_STATUS_LOST: _ClassVar[TrackStatus]
    TRACK_STATUS_HELD: _ClassVar[TrackStatus]
TRANSITION_UNSPECIFIED: Transition
TRANSITION_CUT: Transition
TRANSITION_FADE: Transition
TRANSITION_DISSOLVE: Transition
TRACK_STATUS_UNSPECIFIED: TrackStatus
TRACK_STATUS_TENTATIVE: TrackStatus
TRACK_STATUS_TRACKED: TrackStatus
TRACK_STATUS_LOST: TrackStatus
TRACK_STATUS_HELD: TrackStatus

class SegmentTracks(_message.Message):
    __slots__ = ("frame_offset", "detection_offset", "frame_pts", "track_id", "frame_number", "detection_index", "x1_px", "y1_px", "x2_px", "y2_px", "confidence", "cut", "unexamined", "cut_transition", "cut_from_frame", "cut_score", "camera_motion")
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
    CUT_TRANSITION_FIELD_NUMBER: _ClassVar[int]
    CUT_FROM_FRAME_FIELD_NUMBER: _ClassVar[int]
    CUT_SCORE_FIELD_NUMBER: _ClassVar[int]
    CAMERA_MOTION_FIELD_NUMBER: _ClassVar[int]
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
    cut_transition: _containers.RepeatedScalarFieldContainer[Transition]
    cut_from_frame: _containers.RepeatedScalarFieldContainer[int]
    cut_score: _containers.RepeatedScalarFieldContainer[float]
    camera_motion: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, frame_offset: _Optional[int] = ..., detection_offset: _Optional[int] = ..., frame_pts: _Optional[_Iterable[int]] = ..., track_id: _Optional[_Iterable[int]] = ..., frame_number: _Optional[_Iterable[int]] = ..., detection_index: _Optional[_Iterable[int]] = ..., x1_px: _Optional[_Iterable[float]] = ..., y1_px: _Optional[_Iterable[float]] = ..., x2_px: _Optional[_Iterable[float]] = ..., y2_px: _Optional[_Iterable[float]] = ..., confidence: _Optional[_Iterable[float]] = ..., cut: _Optional[_Iterable[int]] = ..., unexamined: _Optional[_Iterable[int]] = ..., cut_transition: _Optional[_Iterable[_Union[Transition, str]]] = ..., cut_from_frame: _Optional[_Iterable[int]] = ..., cut_score: _Optional[_Iterable[float]] = ..., camera_motion: _Optional[_Iterable[float]] = ...) -> None: ...

class TrackerState(_message.Message):
    __slots__ = ("next_track_id", "frame_count", "detection_count", "track_id", "status", "first_frame", "last_frame", "mean", "covariance", "shots")
    NEXT_TRACK_ID_FIELD_NUMBER: _ClassVar[int]
    FRAME_COUNT_FIELD_NUMBER: _ClassVar[int]
    DETECTION_COUNT_FIELD_NUMBER: _ClassVar[int]
    TRACK_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    FIRST_FRAME_FIELD_NUMBER: _ClassVar[int]
    LAST_FRAME_FIELD_NUMBER: _ClassVar[int]
    MEAN_FIELD_NUMBER: _ClassVar[int]
    COVARIANCE_FIELD_NUMBER: _ClassVar[int]
    SHOTS_FIELD_NUMBER: _ClassVar[int]
    next_track_id: int
    frame_count: int
    detection_count: int
    track_id: _containers.RepeatedScalarFieldContainer[int]
    status: _containers.RepeatedScalarFieldContainer[TrackStatus]
    first_frame: _containers.RepeatedScalarFieldContainer[int]
    last_frame: _containers.RepeatedScalarFieldContainer[int]
    mean: _containers.RepeatedScalarFieldContainer[float]
    covariance: _containers.RepeatedScalarFieldContainer[float]
    shots: ShotState
    def __init__(self, next_track_id: _Optional[int] = ..., frame_count: _Optional[int] = ..., detection_count: _Optional[int] = ..., track_id: _Optional[_Iterable[int]] = ..., status: _Optional[_Iterable[_Union[TrackStatus, str]]] = ..., first_frame: _Optional[_Iterable[int]] = ..., last_frame: _Optional[_Iterable[int]] = ..., mean: _Optional[_Iterable[float]] = ..., covariance: _Optional[_Iterable[float]] = ..., shots: _Optional[_Union[ShotState, _Mapping]] = ...) -> None: ...

class ShotState(_message.Message):
    __slots__ = ("frame_count", "last_frame", "clear_frame", "empty_from", "shot_from", "contrast", "usual_change", "pending", "kept_frame", "kept_width", "kept_height", "kept_luma", "kept_chroma", "tick_frame", "tick")
    FRAME_COUNT_FIELD_NUMBER: _ClassVar[int]
    LAST_FRAME_FIELD_NUMBER: _ClassVar[int]
    CLEAR_FRAME_FIELD_NUMBER: _ClassVar[int]
    EMPTY_FROM_FIELD_NUMBER: _ClassVar[int]
    SHOT_FROM_FIELD_NUMBER: _ClassVar[int]
    CONTRAST_FIELD_NUMBER: _ClassVar[int]
    USUAL_CHANGE_FIELD_NUMBER: _ClassVar[int]
    PENDING_FIELD_NUMBER: _ClassVar[int]
    KEPT_FRAME_FIELD_NUMBER: _ClassVar[int]
    KEPT_WIDTH_FIELD_NUMBER: _ClassVar[int]
    KEPT_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    KEPT_LUMA_FIELD_NUMBER: _ClassVar[int]
    KEPT_CHROMA_FIELD_NUMBER: _ClassVar[int]
    TICK_FRAME_FIELD_NUMBER: _ClassVar[int]
    TICK_FIELD_NUMBER: _ClassVar[int]
    frame_count: int
    last_frame: int
    clear_frame: int
    empty_from: int
    shot_from: int
    contrast: float
    usual_change: float
    pending: _containers.RepeatedCompositeFieldContainer[PendingCut]
    kept_frame: _containers.RepeatedScalarFieldContainer[int]
    kept_width: int
    kept_height: int
    kept_luma: bytes
    kept_chroma: bytes
    tick_frame: _containers.RepeatedScalarFieldContainer[int]
    tick: bytes
    def __init__(self, frame_count: _Optional[int] = ..., last_frame: _Optional[int] = ..., clear_frame: _Optional[int] = ..., empty_from: _Optional[int] = ..., shot_from: _Optional[int] = ..., contrast: _Optional[float] = ..., usual_change: _Optional[float] = ..., pending: _Optional[_Iterable[_Union[PendingCut, _Mapping]]] = ..., kept_frame: _Optional[_Iterable[int]] = ..., kept_width: _Optional[int] = ..., kept_height: _Optional[int] = ..., kept_luma: _Optional[bytes] = ..., kept_chroma: _Optional[bytes] = ..., tick_frame: _Optional[_Iterable[int]] = ..., tick: _Optional[bytes] = ...) -> None: ...

class PendingCut(_message.Message):
    __slots__ = ("frame", "transition", "from_frame", "score", "reference_frame", "sure", "change")
    FRAME_FIELD_NUMBER: _ClassVar[int]
    TRANSITION_FIELD_NUMBER: _ClassVar[int]
    FROM_FRAME_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FRAME_FIELD_NUMBER: _ClassVar[int]
    SURE_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    frame: int
    transition: Transition
    from_frame: int
    score: float
    reference_frame: int
    sure: bool
    change: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, frame: _Optional[int] = ..., transition: _Optional[_Union[Transition, str]] = ..., from_frame: _Optional[int] = ..., score: _Optional[float] = ..., reference_frame: _Optional[int] = ..., sure: bool = ..., change: _Optional[_Iterable[float]] = ...) -> None: ...
