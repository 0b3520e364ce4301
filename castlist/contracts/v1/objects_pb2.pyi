from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ObjectRef(_message.Message):
    __slots__ = ("key", "length_bytes", "sha256")
    KEY_FIELD_NUMBER: _ClassVar[int]
    LENGTH_BYTES_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    key: str
    length_bytes: int
    sha256: bytes
    def __init__(self, key: _Optional[str] = ..., length_bytes: _Optional[int] = ..., sha256: _Optional[bytes] = ...) -> None: ...

class NamedObject(_message.Message):
    __slots__ = ("name", "ref", "published", "transient")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REF_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_FIELD_NUMBER: _ClassVar[int]
    TRANSIENT_FIELD_NUMBER: _ClassVar[int]
    name: str
    ref: ObjectRef
    published: bool
    transient: bool
    def __init__(self, name: _Optional[str] = ..., ref: _Optional[_Union[ObjectRef, _Mapping]] = ..., published: bool = ..., transient: bool = ...) -> None: ...
