from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class HoldKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HOLD_KIND_UNSPECIFIED: _ClassVar[HoldKind]
    HOLD_KIND_STREAM: _ClassVar[HoldKind]
    HOLD_KIND_LEASE: _ClassVar[HoldKind]

class PresyncMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRESYNC_MODE_UNSPECIFIED: _ClassVar[PresyncMode]
    PRESYNC_MODE_OFF: _ClassVar[PresyncMode]
    PRESYNC_MODE_UNTIL_CALM: _ClassVar[PresyncMode]
HOLD_KIND_UNSPECIFIED: HoldKind
HOLD_KIND_STREAM: HoldKind
HOLD_KIND_LEASE: HoldKind
PRESYNC_MODE_UNSPECIFIED: PresyncMode
PRESYNC_MODE_OFF: PresyncMode
PRESYNC_MODE_UNTIL_CALM: PresyncMode

class Presync(_message.Message):
    __slots__ = ("mode", "timeout")
    MODE_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    mode: PresyncMode
    timeout: _duration_pb2.Duration
    def __init__(self, mode: _Optional[_Union[PresyncMode, str]] = ..., timeout: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Hooks(_message.Message):
    __slots__ = ("names", "timeout")
    NAMES_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    names: _containers.RepeatedScalarFieldContainer[str]
    timeout: _duration_pb2.Duration
    def __init__(self, names: _Optional[_Iterable[str]] = ..., timeout: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class HoldOptions(_message.Message):
    __slots__ = ("ttl", "freeze_timeout", "presync", "linger", "hooks")
    TTL_FIELD_NUMBER: _ClassVar[int]
    FREEZE_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    PRESYNC_FIELD_NUMBER: _ClassVar[int]
    LINGER_FIELD_NUMBER: _ClassVar[int]
    HOOKS_FIELD_NUMBER: _ClassVar[int]
    ttl: _duration_pb2.Duration
    freeze_timeout: _duration_pb2.Duration
    presync: Presync
    linger: _duration_pb2.Duration
    hooks: Hooks
    def __init__(self, ttl: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., freeze_timeout: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., presync: _Optional[_Union[Presync, _Mapping]] = ..., linger: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., hooks: _Optional[_Union[Hooks, _Mapping]] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("max_ttl", "max_freeze_timeout", "max_presync_timeout", "max_linger", "max_frozen")
    MAX_TTL_FIELD_NUMBER: _ClassVar[int]
    MAX_FREEZE_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    MAX_PRESYNC_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    MAX_LINGER_FIELD_NUMBER: _ClassVar[int]
    MAX_FROZEN_FIELD_NUMBER: _ClassVar[int]
    max_ttl: _duration_pb2.Duration
    max_freeze_timeout: _duration_pb2.Duration
    max_presync_timeout: _duration_pb2.Duration
    max_linger: _duration_pb2.Duration
    max_frozen: _duration_pb2.Duration
    def __init__(self, max_ttl: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., max_freeze_timeout: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., max_presync_timeout: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., max_linger: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., max_frozen: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...
