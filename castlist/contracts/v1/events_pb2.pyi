from castlist.contracts.v1 import jobs_pb2 as _jobs_pb2
from castlist.contracts.v1 import objects_pb2 as _objects_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FailureKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FAILURE_KIND_UNSPECIFIED: _ClassVar[FailureKind]
    FAILURE_KIND_INPUT: _ClassVar[FailureKind]
    FAILURE_KIND_TASK: _ClassVar[FailureKind]
    FAILURE_KIND_BUG: _ClassVar[FailureKind]
    FAILURE_KIND_DEAD_LETTER: _ClassVar[FailureKind]
    FAILURE_KIND_RELEASED: _ClassVar[FailureKind]
FAILURE_KIND_UNSPECIFIED: FailureKind
FAILURE_KIND_INPUT: FailureKind
FAILURE_KIND_TASK: FailureKind
FAILURE_KIND_BUG: FailureKind
FAILURE_KIND_DEAD_LETTER: FailureKind
FAILURE_KIND_RELEASED: FailureKind

class Event(_message.Message):
    __slots__ = ("job_id", "task_done", "task_failed", "job_rejected", "job_cancelled", "job_retried", "result_edited")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    TASK_DONE_FIELD_NUMBER: _ClassVar[int]
    TASK_FAILED_FIELD_NUMBER: _ClassVar[int]
    JOB_REJECTED_FIELD_NUMBER: _ClassVar[int]
    JOB_CANCELLED_FIELD_NUMBER: _ClassVar[int]
    JOB_RETRIED_FIELD_NUMBER: _ClassVar[int]
    RESULT_EDITED_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    task_done: TaskDone
    task_failed: TaskFailed
    job_rejected: JobRejected
    job_cancelled: JobCancelled
    job_retried: JobRetried
    result_edited: ResultEdited
    def __init__(self, job_id: _Optional[str] = ..., task_done: _Optional[_Union[TaskDone, _Mapping]] = ..., task_failed: _Optional[_Union[TaskFailed, _Mapping]] = ..., job_rejected: _Optional[_Union[JobRejected, _Mapping]] = ..., job_cancelled: _Optional[_Union[JobCancelled, _Mapping]] = ..., job_retried: _Optional[_Union[JobRetried, _Mapping]] = ..., result_edited: _Optional[_Union[ResultEdited, _Mapping]] = ...) -> None: ...

class TaskDone(_message.Message):
    __slots__ = ("stage", "index", "attempt", "outputs", "counts", "warnings", "run")
    class CountsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    STAGE_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    stage: _jobs_pb2.Stage
    index: int
    attempt: int
    outputs: _containers.RepeatedCompositeFieldContainer[_objects_pb2.NamedObject]
    counts: _containers.ScalarMap[str, int]
    warnings: _containers.RepeatedScalarFieldContainer[str]
    run: TaskRun
    def __init__(self, stage: _Optional[_Union[_jobs_pb2.Stage, str]] = ..., index: _Optional[int] = ..., attempt: _Optional[int] = ..., outputs: _Optional[_Iterable[_Union[_objects_pb2.NamedObject, _Mapping]]] = ..., counts: _Optional[_Mapping[str, int]] = ..., warnings: _Optional[_Iterable[str]] = ..., run: _Optional[_Union[TaskRun, _Mapping]] = ...) -> None: ...

class TaskRun(_message.Message):
    __slots__ = ("delivery_count", "reused", "worker", "started_unix_seconds", "finished_unix_seconds")
    DELIVERY_COUNT_FIELD_NUMBER: _ClassVar[int]
    REUSED_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    STARTED_UNIX_SECONDS_FIELD_NUMBER: _ClassVar[int]
    FINISHED_UNIX_SECONDS_FIELD_NUMBER: _ClassVar[int]
    delivery_count: int
    reused: bool
    worker: str
    started_unix_seconds: float
    finished_unix_seconds: float
    def __init__(self, delivery_count: _Optional[int] = ..., reused: bool = ..., worker: _Optional[str] = ..., started_unix_seconds: _Optional[float] = ..., finished_unix_seconds: _Optional[float] = ...) -> None: ...

class TaskFailed(_message.Message):
    __slots__ = ("stage", "index", "attempt", "delivery_count", "kind", "permanent", "reason")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_COUNT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PERMANENT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    stage: _jobs_pb2.Stage
    index: int
    attempt: int
    delivery_count: int
    kind: FailureKind
    permanent: bool
    reason: str
    def __init__(self, stage: _Optional[_Union[_jobs_pb2.Stage, str]] = ..., index: _Optional[int] = ..., attempt: _Optional[int] = ..., delivery_count: _Optional[int] = ..., kind: _Optional[_Union[FailureKind, str]] = ..., permanent: bool = ..., reason: _Optional[str] = ...) -> None: ...

class JobRejected(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: str
    def __init__(self, reason: _Optional[str] = ...) -> None: ...

class JobCancelled(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class JobRetried(_message.Message):
    __slots__ = ("attempt",)
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    attempt: int
    def __init__(self, attempt: _Optional[int] = ...) -> None: ...

class ResultEdited(_message.Message):
    __slots__ = ("revision", "edit")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    EDIT_FIELD_NUMBER: _ClassVar[int]
    revision: int
    edit: _objects_pb2.ObjectRef
    def __init__(self, revision: _Optional[int] = ..., edit: _Optional[_Union[_objects_pb2.ObjectRef, _Mapping]] = ...) -> None: ...
