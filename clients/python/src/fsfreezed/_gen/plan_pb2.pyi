from . import errors_pb2 as _errors_pb2
from . import filesystem_pb2 as _filesystem_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PlannedFilesystem(_message.Message):
    __slots__ = ("filesystem", "step", "dirty_bytes", "device_stack", "state", "certainty", "frozen_by", "refusal", "warnings")
    FILESYSTEM_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    DIRTY_BYTES_FIELD_NUMBER: _ClassVar[int]
    DEVICE_STACK_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CERTAINTY_FIELD_NUMBER: _ClassVar[int]
    FROZEN_BY_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    filesystem: _filesystem_pb2.Filesystem
    step: int
    dirty_bytes: int
    device_stack: _containers.RepeatedCompositeFieldContainer[_filesystem_pb2.BlockDevice]
    state: _filesystem_pb2.FreezeState
    certainty: _filesystem_pb2.Certainty
    frozen_by: _containers.RepeatedCompositeFieldContainer[_filesystem_pb2.FrozenBy]
    refusal: _errors_pb2.ErrorDetail
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, filesystem: _Optional[_Union[_filesystem_pb2.Filesystem, _Mapping]] = ..., step: _Optional[int] = ..., dirty_bytes: _Optional[int] = ..., device_stack: _Optional[_Iterable[_Union[_filesystem_pb2.BlockDevice, _Mapping]]] = ..., state: _Optional[_Union[_filesystem_pb2.FreezeState, str]] = ..., certainty: _Optional[_Union[_filesystem_pb2.Certainty, str]] = ..., frozen_by: _Optional[_Iterable[_Union[_filesystem_pb2.FrozenBy, _Mapping]]] = ..., refusal: _Optional[_Union[_errors_pb2.ErrorDetail, _Mapping]] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class Plan(_message.Message):
    __slots__ = ("filesystems", "passed_over", "warnings")
    FILESYSTEMS_FIELD_NUMBER: _ClassVar[int]
    PASSED_OVER_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    filesystems: _containers.RepeatedCompositeFieldContainer[PlannedFilesystem]
    passed_over: _containers.RepeatedCompositeFieldContainer[_filesystem_pb2.PassedOver]
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, filesystems: _Optional[_Iterable[_Union[PlannedFilesystem, _Mapping]]] = ..., passed_over: _Optional[_Iterable[_Union[_filesystem_pb2.PassedOver, _Mapping]]] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...
