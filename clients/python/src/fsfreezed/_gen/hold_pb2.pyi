from . import filesystem_pb2 as _filesystem_pb2
from . import options_pb2 as _options_pb2
from . import owner_pb2 as _owner_pb2
from . import receipt_pb2 as _receipt_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class HoldState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HOLD_STATE_UNSPECIFIED: _ClassVar[HoldState]
    HOLD_STATE_OPEN: _ClassVar[HoldState]
    HOLD_STATE_FREEZING: _ClassVar[HoldState]
    HOLD_STATE_FROZEN: _ClassVar[HoldState]
    HOLD_STATE_THAWING: _ClassVar[HoldState]
    HOLD_STATE_ENDED: _ClassVar[HoldState]

class HoldFilesystemState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HOLD_FILESYSTEM_STATE_UNSPECIFIED: _ClassVar[HoldFilesystemState]
    HOLD_FILESYSTEM_STATE_OPEN: _ClassVar[HoldFilesystemState]
    HOLD_FILESYSTEM_STATE_WAITING: _ClassVar[HoldFilesystemState]
    HOLD_FILESYSTEM_STATE_FREEZING: _ClassVar[HoldFilesystemState]
    HOLD_FILESYSTEM_STATE_FROZEN: _ClassVar[HoldFilesystemState]
    HOLD_FILESYSTEM_STATE_THAWING: _ClassVar[HoldFilesystemState]
    HOLD_FILESYSTEM_STATE_THAWED: _ClassVar[HoldFilesystemState]
    HOLD_FILESYSTEM_STATE_BROKEN: _ClassVar[HoldFilesystemState]
HOLD_STATE_UNSPECIFIED: HoldState
HOLD_STATE_OPEN: HoldState
HOLD_STATE_FREEZING: HoldState
HOLD_STATE_FROZEN: HoldState
HOLD_STATE_THAWING: HoldState
HOLD_STATE_ENDED: HoldState
HOLD_FILESYSTEM_STATE_UNSPECIFIED: HoldFilesystemState
HOLD_FILESYSTEM_STATE_OPEN: HoldFilesystemState
HOLD_FILESYSTEM_STATE_WAITING: HoldFilesystemState
HOLD_FILESYSTEM_STATE_FREEZING: HoldFilesystemState
HOLD_FILESYSTEM_STATE_FROZEN: HoldFilesystemState
HOLD_FILESYSTEM_STATE_THAWING: HoldFilesystemState
HOLD_FILESYSTEM_STATE_THAWED: HoldFilesystemState
HOLD_FILESYSTEM_STATE_BROKEN: HoldFilesystemState

class HoldFilesystem(_message.Message):
    __slots__ = ("filesystem", "state", "frozen_time", "frozen_boottime", "freeze_duration")
    FILESYSTEM_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    FROZEN_TIME_FIELD_NUMBER: _ClassVar[int]
    FROZEN_BOOTTIME_FIELD_NUMBER: _ClassVar[int]
    FREEZE_DURATION_FIELD_NUMBER: _ClassVar[int]
    filesystem: _filesystem_pb2.Filesystem
    state: HoldFilesystemState
    frozen_time: _timestamp_pb2.Timestamp
    frozen_boottime: _duration_pb2.Duration
    freeze_duration: _duration_pb2.Duration
    def __init__(self, filesystem: _Optional[_Union[_filesystem_pb2.Filesystem, _Mapping]] = ..., state: _Optional[_Union[HoldFilesystemState, str]] = ..., frozen_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., frozen_boottime: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., freeze_duration: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Hold(_message.Message):
    __slots__ = ("hold_id", "kind", "state", "owner", "purpose", "filesystems", "effective", "open_time", "frozen_time", "skew", "expire_time", "linger_expire_time", "passed_over", "receipt")
    HOLD_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    FILESYSTEMS_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_FIELD_NUMBER: _ClassVar[int]
    OPEN_TIME_FIELD_NUMBER: _ClassVar[int]
    FROZEN_TIME_FIELD_NUMBER: _ClassVar[int]
    SKEW_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    LINGER_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    PASSED_OVER_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    hold_id: str
    kind: _options_pb2.HoldKind
    state: HoldState
    owner: _owner_pb2.Owner
    purpose: str
    filesystems: _containers.RepeatedCompositeFieldContainer[HoldFilesystem]
    effective: _options_pb2.HoldOptions
    open_time: _timestamp_pb2.Timestamp
    frozen_time: _timestamp_pb2.Timestamp
    skew: _duration_pb2.Duration
    expire_time: _timestamp_pb2.Timestamp
    linger_expire_time: _timestamp_pb2.Timestamp
    passed_over: _containers.RepeatedCompositeFieldContainer[_filesystem_pb2.PassedOver]
    receipt: _receipt_pb2.Receipt
    def __init__(self, hold_id: _Optional[str] = ..., kind: _Optional[_Union[_options_pb2.HoldKind, str]] = ..., state: _Optional[_Union[HoldState, str]] = ..., owner: _Optional[_Union[_owner_pb2.Owner, _Mapping]] = ..., purpose: _Optional[str] = ..., filesystems: _Optional[_Iterable[_Union[HoldFilesystem, _Mapping]]] = ..., effective: _Optional[_Union[_options_pb2.HoldOptions, _Mapping]] = ..., open_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., frozen_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., skew: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., expire_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., linger_expire_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., passed_over: _Optional[_Iterable[_Union[_filesystem_pb2.PassedOver, _Mapping]]] = ..., receipt: _Optional[_Union[_receipt_pb2.Receipt, _Mapping]] = ...) -> None: ...
