from . import errors_pb2 as _errors_pb2
from . import evidence_pb2 as _evidence_pb2
from . import filesystem_pb2 as _filesystem_pb2
from . import options_pb2 as _options_pb2
from . import owner_pb2 as _owner_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EndCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    END_CAUSE_UNSPECIFIED: _ClassVar[EndCause]
    END_CAUSE_RELEASED: _ClassVar[EndCause]
    END_CAUSE_CLIENT_GONE: _ClassVar[EndCause]
    END_CAUSE_EXPIRED: _ClassVar[EndCause]
    END_CAUSE_FREEZE_FAILED: _ClassVar[EndCause]
    END_CAUSE_FOREIGN_THAW: _ClassVar[EndCause]
    END_CAUSE_DEVICE_FAILED: _ClassVar[EndCause]
    END_CAUSE_ADMINISTRATOR: _ClassVar[EndCause]
    END_CAUSE_SHUTDOWN: _ClassVar[EndCause]
    END_CAUSE_DAEMON_RESTART: _ClassVar[EndCause]

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_INTACT: _ClassVar[Verdict]
    VERDICT_NOT_INTACT: _ClassVar[Verdict]
    VERDICT_UNPROVEN: _ClassVar[Verdict]
    VERDICT_NEVER_FROZEN: _ClassVar[Verdict]

class IntervalEnd(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INTERVAL_END_UNSPECIFIED: _ClassVar[IntervalEnd]
    INTERVAL_END_THAWED: _ClassVar[IntervalEnd]
    INTERVAL_END_LEFT_FROZEN: _ClassVar[IntervalEnd]
    INTERVAL_END_FOREIGN_THAW: _ClassVar[IntervalEnd]
    INTERVAL_END_DEVICE_FAILED: _ClassVar[IntervalEnd]
    INTERVAL_END_UNKNOWN: _ClassVar[IntervalEnd]
END_CAUSE_UNSPECIFIED: EndCause
END_CAUSE_RELEASED: EndCause
END_CAUSE_CLIENT_GONE: EndCause
END_CAUSE_EXPIRED: EndCause
END_CAUSE_FREEZE_FAILED: EndCause
END_CAUSE_FOREIGN_THAW: EndCause
END_CAUSE_DEVICE_FAILED: EndCause
END_CAUSE_ADMINISTRATOR: EndCause
END_CAUSE_SHUTDOWN: EndCause
END_CAUSE_DAEMON_RESTART: EndCause
VERDICT_UNSPECIFIED: Verdict
VERDICT_INTACT: Verdict
VERDICT_NOT_INTACT: Verdict
VERDICT_UNPROVEN: Verdict
VERDICT_NEVER_FROZEN: Verdict
INTERVAL_END_UNSPECIFIED: IntervalEnd
INTERVAL_END_THAWED: IntervalEnd
INTERVAL_END_LEFT_FROZEN: IntervalEnd
INTERVAL_END_FOREIGN_THAW: IntervalEnd
INTERVAL_END_DEVICE_FAILED: IntervalEnd
INTERVAL_END_UNKNOWN: IntervalEnd

class PresyncPass(_message.Message):
    __slots__ = ("duration", "dirty_bytes_left")
    DURATION_FIELD_NUMBER: _ClassVar[int]
    DIRTY_BYTES_LEFT_FIELD_NUMBER: _ClassVar[int]
    duration: _duration_pb2.Duration
    dirty_bytes_left: int
    def __init__(self, duration: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., dirty_bytes_left: _Optional[int] = ...) -> None: ...

class FreezeInterval(_message.Message):
    __slots__ = ("freeze_duration", "frozen_time", "frozen_boottime", "thawed_time", "thawed_boottime", "intact_until", "intact_until_boottime", "sectors_written", "sectors_discarded", "evidence", "verdict", "end")
    FREEZE_DURATION_FIELD_NUMBER: _ClassVar[int]
    FROZEN_TIME_FIELD_NUMBER: _ClassVar[int]
    FROZEN_BOOTTIME_FIELD_NUMBER: _ClassVar[int]
    THAWED_TIME_FIELD_NUMBER: _ClassVar[int]
    THAWED_BOOTTIME_FIELD_NUMBER: _ClassVar[int]
    INTACT_UNTIL_FIELD_NUMBER: _ClassVar[int]
    INTACT_UNTIL_BOOTTIME_FIELD_NUMBER: _ClassVar[int]
    SECTORS_WRITTEN_FIELD_NUMBER: _ClassVar[int]
    SECTORS_DISCARDED_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    freeze_duration: _duration_pb2.Duration
    frozen_time: _timestamp_pb2.Timestamp
    frozen_boottime: _duration_pb2.Duration
    thawed_time: _timestamp_pb2.Timestamp
    thawed_boottime: _duration_pb2.Duration
    intact_until: _timestamp_pb2.Timestamp
    intact_until_boottime: _duration_pb2.Duration
    sectors_written: int
    sectors_discarded: int
    evidence: _evidence_pb2.Evidence
    verdict: Verdict
    end: IntervalEnd
    def __init__(self, freeze_duration: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., frozen_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., frozen_boottime: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., thawed_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., thawed_boottime: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., intact_until: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., intact_until_boottime: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., sectors_written: _Optional[int] = ..., sectors_discarded: _Optional[int] = ..., evidence: _Optional[_Union[_evidence_pb2.Evidence, _Mapping]] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., end: _Optional[_Union[IntervalEnd, str]] = ...) -> None: ...

class FilesystemReceipt(_message.Message):
    __slots__ = ("filesystem", "presync_passes", "intervals", "verdict")
    FILESYSTEM_FIELD_NUMBER: _ClassVar[int]
    PRESYNC_PASSES_FIELD_NUMBER: _ClassVar[int]
    INTERVALS_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    filesystem: _filesystem_pb2.Filesystem
    presync_passes: _containers.RepeatedCompositeFieldContainer[PresyncPass]
    intervals: _containers.RepeatedCompositeFieldContainer[FreezeInterval]
    verdict: Verdict
    def __init__(self, filesystem: _Optional[_Union[_filesystem_pb2.Filesystem, _Mapping]] = ..., presync_passes: _Optional[_Iterable[_Union[PresyncPass, _Mapping]]] = ..., intervals: _Optional[_Iterable[_Union[FreezeInterval, _Mapping]]] = ..., verdict: _Optional[_Union[Verdict, str]] = ...) -> None: ...

class Receipt(_message.Message):
    __slots__ = ("hold_id", "host_name", "boot_id", "owner", "purpose", "requested", "effective", "end_cause", "verdict", "frozen_count", "thawed_count", "filesystems", "passed_over", "open_time", "end_time", "failure", "kind", "simulated")
    HOLD_ID_FIELD_NUMBER: _ClassVar[int]
    HOST_NAME_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_FIELD_NUMBER: _ClassVar[int]
    END_CAUSE_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    FROZEN_COUNT_FIELD_NUMBER: _ClassVar[int]
    THAWED_COUNT_FIELD_NUMBER: _ClassVar[int]
    FILESYSTEMS_FIELD_NUMBER: _ClassVar[int]
    PASSED_OVER_FIELD_NUMBER: _ClassVar[int]
    OPEN_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SIMULATED_FIELD_NUMBER: _ClassVar[int]
    hold_id: str
    host_name: str
    boot_id: str
    owner: _owner_pb2.Owner
    purpose: str
    requested: _options_pb2.HoldOptions
    effective: _options_pb2.HoldOptions
    end_cause: EndCause
    verdict: Verdict
    frozen_count: int
    thawed_count: int
    filesystems: _containers.RepeatedCompositeFieldContainer[FilesystemReceipt]
    passed_over: _containers.RepeatedCompositeFieldContainer[_filesystem_pb2.PassedOver]
    open_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    failure: _errors_pb2.ErrorDetail
    kind: _options_pb2.HoldKind
    simulated: bool
    def __init__(self, hold_id: _Optional[str] = ..., host_name: _Optional[str] = ..., boot_id: _Optional[str] = ..., owner: _Optional[_Union[_owner_pb2.Owner, _Mapping]] = ..., purpose: _Optional[str] = ..., requested: _Optional[_Union[_options_pb2.HoldOptions, _Mapping]] = ..., effective: _Optional[_Union[_options_pb2.HoldOptions, _Mapping]] = ..., end_cause: _Optional[_Union[EndCause, str]] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., frozen_count: _Optional[int] = ..., thawed_count: _Optional[int] = ..., filesystems: _Optional[_Iterable[_Union[FilesystemReceipt, _Mapping]]] = ..., passed_over: _Optional[_Iterable[_Union[_filesystem_pb2.PassedOver, _Mapping]]] = ..., open_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., failure: _Optional[_Union[_errors_pb2.ErrorDetail, _Mapping]] = ..., kind: _Optional[_Union[_options_pb2.HoldKind, str]] = ..., simulated: bool = ...) -> None: ...
