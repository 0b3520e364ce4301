from castlist.contracts.v1 import objects_pb2 as _objects_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Stage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STAGE_UNSPECIFIED: _ClassVar[Stage]
    STAGE_FETCH: _ClassVar[Stage]
    STAGE_PLAN: _ClassVar[Stage]
    STAGE_DETECT: _ClassVar[Stage]
    STAGE_TRACK: _ClassVar[Stage]
    STAGE_PICK: _ClassVar[Stage]
    STAGE_EMBED: _ClassVar[Stage]
    STAGE_GROUP: _ClassVar[Stage]
    STAGE_COMPARE: _ClassVar[Stage]
    STAGE_CAST: _ClassVar[Stage]
    STAGE_REPORT: _ClassVar[Stage]
STAGE_UNSPECIFIED: Stage
STAGE_FETCH: Stage
STAGE_PLAN: Stage
STAGE_DETECT: Stage
STAGE_TRACK: Stage
STAGE_PICK: Stage
STAGE_EMBED: Stage
STAGE_GROUP: Stage
STAGE_COMPARE: Stage
STAGE_CAST: Stage
STAGE_REPORT: Stage

class JobRequest(_message.Message):
    __slots__ = ("job_id", "source", "file_name", "overrides", "until", "settings", "source_url")
    class OverridesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    OVERRIDES_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_URL_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    source: _objects_pb2.ObjectRef
    file_name: str
    overrides: _containers.ScalarMap[str, str]
    until: Stage
    settings: Settings
    source_url: str
    def __init__(self, job_id: _Optional[str] = ..., source: _Optional[_Union[_objects_pb2.ObjectRef, _Mapping]] = ..., file_name: _Optional[str] = ..., overrides: _Optional[_Mapping[str, str]] = ..., until: _Optional[_Union[Stage, str]] = ..., settings: _Optional[_Union[Settings, _Mapping]] = ..., source_url: _Optional[str] = ...) -> None: ...

class Settings(_message.Message):
    __slots__ = ("profile", "profile_values", "environment", "file_values", "file_name")
    class ProfileValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class EnvironmentEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class FileValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    PROFILE_VALUES_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    FILE_VALUES_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    profile: str
    profile_values: _containers.ScalarMap[str, str]
    environment: _containers.ScalarMap[str, str]
    file_values: _containers.ScalarMap[str, str]
    file_name: str
    def __init__(self, profile: _Optional[str] = ..., profile_values: _Optional[_Mapping[str, str]] = ..., environment: _Optional[_Mapping[str, str]] = ..., file_values: _Optional[_Mapping[str, str]] = ..., file_name: _Optional[str] = ...) -> None: ...

class Parameter(_message.Message):
    __slots__ = ("switch_value", "integer_value", "number_value", "text_value", "source")
    SWITCH_VALUE_FIELD_NUMBER: _ClassVar[int]
    INTEGER_VALUE_FIELD_NUMBER: _ClassVar[int]
    NUMBER_VALUE_FIELD_NUMBER: _ClassVar[int]
    TEXT_VALUE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    switch_value: bool
    integer_value: int
    number_value: float
    text_value: str
    source: str
    def __init__(self, switch_value: bool = ..., integer_value: _Optional[int] = ..., number_value: _Optional[float] = ..., text_value: _Optional[str] = ..., source: _Optional[str] = ...) -> None: ...

class Task(_message.Message):
    __slots__ = ("job_id", "stage", "index", "attempt", "parameters", "inputs", "warnings")
    class ParametersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: Parameter
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Parameter, _Mapping]] = ...) -> None: ...
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    stage: Stage
    index: int
    attempt: int
    parameters: _containers.MessageMap[str, Parameter]
    inputs: _containers.RepeatedCompositeFieldContainer[_objects_pb2.NamedObject]
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, job_id: _Optional[str] = ..., stage: _Optional[_Union[Stage, str]] = ..., index: _Optional[int] = ..., attempt: _Optional[int] = ..., parameters: _Optional[_Mapping[str, Parameter]] = ..., inputs: _Optional[_Iterable[_Union[_objects_pb2.NamedObject, _Mapping]]] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...
