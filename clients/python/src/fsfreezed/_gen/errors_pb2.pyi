from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_INVALID_REQUEST: _ClassVar[ErrorReason]
    ERROR_REASON_TARGET_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_HOLD_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_A_DIRECTORY: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_A_MOUNT_POINT: _ClassVar[ErrorReason]
    ERROR_REASON_TARGET_MISMATCH: _ClassVar[ErrorReason]
    ERROR_REASON_TARGET_AMBIGUOUS: _ClassVar[ErrorReason]
    ERROR_REASON_PROTECTED_FILESYSTEM: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_FREEZABLE: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_FROZEN: _ClassVar[ErrorReason]
    ERROR_REASON_FROZEN_BY_ANOTHER: _ClassVar[ErrorReason]
    ERROR_REASON_DEVICE_SUSPENDED: _ClassVar[ErrorReason]
    ERROR_REASON_LOWER_LAYER_FROZEN: _ClassVar[ErrorReason]
    ERROR_REASON_FROZEN_TOO_LONG: _ClassVar[ErrorReason]
    ERROR_REASON_HOLD_ENDED: _ClassVar[ErrorReason]
    ERROR_REASON_HOLD_AMBIGUOUS: _ClassVar[ErrorReason]
    ERROR_REASON_HOOKS_IMPOSSIBLE: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_PERMITTED: _ClassVar[ErrorReason]
    ERROR_REASON_RESUME_REFUSED: _ClassVar[ErrorReason]
    ERROR_REASON_UNAUTHENTICATED: _ClassVar[ErrorReason]
    ERROR_REASON_FREEZE_TIMEOUT: _ClassVar[ErrorReason]
    ERROR_REASON_HOLD_EXPIRED: _ClassVar[ErrorReason]
    ERROR_REASON_FREEZE_BROKEN: _ClassVar[ErrorReason]
    ERROR_REASON_HOLD_TAKEN_OVER: _ClassVar[ErrorReason]
    ERROR_REASON_TOO_MANY_HOLDS: _ClassVar[ErrorReason]
    ERROR_REASON_TOO_MANY_STUCK_FREEZES: _ClassVar[ErrorReason]
    ERROR_REASON_GUARDIAN_UNAVAILABLE: _ClassVar[ErrorReason]
    ERROR_REASON_SHUTTING_DOWN: _ClassVar[ErrorReason]
    ERROR_REASON_UNSUPPORTED: _ClassVar[ErrorReason]
    ERROR_REASON_DAEMON_NOT_PRIVILEGED: _ClassVar[ErrorReason]
    ERROR_REASON_IO_ERROR: _ClassVar[ErrorReason]
    ERROR_REASON_INTERNAL: _ClassVar[ErrorReason]
    ERROR_REASON_FREEZE_CANCELLED: _ClassVar[ErrorReason]
    ERROR_REASON_CLIENT_GONE: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_INVALID_REQUEST: ErrorReason
ERROR_REASON_TARGET_NOT_FOUND: ErrorReason
ERROR_REASON_HOLD_NOT_FOUND: ErrorReason
ERROR_REASON_NOT_A_DIRECTORY: ErrorReason
ERROR_REASON_NOT_A_MOUNT_POINT: ErrorReason
ERROR_REASON_TARGET_MISMATCH: ErrorReason
ERROR_REASON_TARGET_AMBIGUOUS: ErrorReason
ERROR_REASON_PROTECTED_FILESYSTEM: ErrorReason
ERROR_REASON_NOT_FREEZABLE: ErrorReason
ERROR_REASON_NOT_FROZEN: ErrorReason
ERROR_REASON_FROZEN_BY_ANOTHER: ErrorReason
ERROR_REASON_DEVICE_SUSPENDED: ErrorReason
ERROR_REASON_LOWER_LAYER_FROZEN: ErrorReason
ERROR_REASON_FROZEN_TOO_LONG: ErrorReason
ERROR_REASON_HOLD_ENDED: ErrorReason
ERROR_REASON_HOLD_AMBIGUOUS: ErrorReason
ERROR_REASON_HOOKS_IMPOSSIBLE: ErrorReason
ERROR_REASON_NOT_PERMITTED: ErrorReason
ERROR_REASON_RESUME_REFUSED: ErrorReason
ERROR_REASON_UNAUTHENTICATED: ErrorReason
ERROR_REASON_FREEZE_TIMEOUT: ErrorReason
ERROR_REASON_HOLD_EXPIRED: ErrorReason
ERROR_REASON_FREEZE_BROKEN: ErrorReason
ERROR_REASON_HOLD_TAKEN_OVER: ErrorReason
ERROR_REASON_TOO_MANY_HOLDS: ErrorReason
ERROR_REASON_TOO_MANY_STUCK_FREEZES: ErrorReason
ERROR_REASON_GUARDIAN_UNAVAILABLE: ErrorReason
ERROR_REASON_SHUTTING_DOWN: ErrorReason
ERROR_REASON_UNSUPPORTED: ErrorReason
ERROR_REASON_DAEMON_NOT_PRIVILEGED: ErrorReason
ERROR_REASON_IO_ERROR: ErrorReason
ERROR_REASON_INTERNAL: ErrorReason
ERROR_REASON_FREEZE_CANCELLED: ErrorReason
ERROR_REASON_CLIENT_GONE: ErrorReason

class ErrorDetail(_message.Message):
    __slots__ = ("reason", "message", "metadata")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    reason: ErrorReason
    message: str
    metadata: _containers.ScalarMap[str, str]
    def __init__(self, reason: _Optional[_Union[ErrorReason, str]] = ..., message: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ...) -> None: ...
