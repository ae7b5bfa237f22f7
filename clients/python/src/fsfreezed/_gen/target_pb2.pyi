from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DeviceNumber(_message.Message):
    __slots__ = ("major", "minor")
    MAJOR_FIELD_NUMBER: _ClassVar[int]
    MINOR_FIELD_NUMBER: _ClassVar[int]
    major: int
    minor: int
    def __init__(self, major: _Optional[int] = ..., minor: _Optional[int] = ...) -> None: ...

class Target(_message.Message):
    __slots__ = ("path", "block_device", "device_number", "filesystem_uuid", "allow_subdirectory", "expect_uuid", "expect_device")
    PATH_FIELD_NUMBER: _ClassVar[int]
    BLOCK_DEVICE_FIELD_NUMBER: _ClassVar[int]
    DEVICE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    FILESYSTEM_UUID_FIELD_NUMBER: _ClassVar[int]
    ALLOW_SUBDIRECTORY_FIELD_NUMBER: _ClassVar[int]
    EXPECT_UUID_FIELD_NUMBER: _ClassVar[int]
    EXPECT_DEVICE_FIELD_NUMBER: _ClassVar[int]
    path: str
    block_device: str
    device_number: DeviceNumber
    filesystem_uuid: str
    allow_subdirectory: bool
    expect_uuid: str
    expect_device: DeviceNumber
    def __init__(self, path: _Optional[str] = ..., block_device: _Optional[str] = ..., device_number: _Optional[_Union[DeviceNumber, _Mapping]] = ..., filesystem_uuid: _Optional[str] = ..., allow_subdirectory: bool = ..., expect_uuid: _Optional[str] = ..., expect_device: _Optional[_Union[DeviceNumber, _Mapping]] = ...) -> None: ...

class AllFreezable(_message.Message):
    __slots__ = ("exclude_patterns",)
    EXCLUDE_PATTERNS_FIELD_NUMBER: _ClassVar[int]
    exclude_patterns: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, exclude_patterns: _Optional[_Iterable[str]] = ...) -> None: ...
