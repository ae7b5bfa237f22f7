from . import errors_pb2 as _errors_pb2
from . import filesystem_pb2 as _filesystem_pb2
from . import hold_pb2 as _hold_pb2
from . import options_pb2 as _options_pb2
from . import plan_pb2 as _plan_pb2
from . import receipt_pb2 as _receipt_pb2
from . import target_pb2 as _target_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FreezePhase(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FREEZE_PHASE_UNSPECIFIED: _ClassVar[FreezePhase]
    FREEZE_PHASE_WAITING: _ClassVar[FreezePhase]
    FREEZE_PHASE_SYNCING: _ClassVar[FreezePhase]
    FREEZE_PHASE_FREEZING: _ClassVar[FreezePhase]
    FREEZE_PHASE_FROZEN: _ClassVar[FreezePhase]
    FREEZE_PHASE_THAWING: _ClassVar[FreezePhase]
    FREEZE_PHASE_THAWED: _ClassVar[FreezePhase]
FREEZE_PHASE_UNSPECIFIED: FreezePhase
FREEZE_PHASE_WAITING: FreezePhase
FREEZE_PHASE_SYNCING: FreezePhase
FREEZE_PHASE_FREEZING: FreezePhase
FREEZE_PHASE_FROZEN: FreezePhase
FREEZE_PHASE_THAWING: FreezePhase
FREEZE_PHASE_THAWED: FreezePhase

class HoldFreezeRequest(_message.Message):
    __slots__ = ("seq", "open", "freeze", "thaw", "status", "renew", "release")
    SEQ_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    FREEZE_FIELD_NUMBER: _ClassVar[int]
    THAW_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    RENEW_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    seq: int
    open: HoldOpen
    freeze: HoldFreezeCommand
    thaw: HoldThawCommand
    status: HoldStatusCommand
    renew: HoldRenewCommand
    release: HoldReleaseCommand
    def __init__(self, seq: _Optional[int] = ..., open: _Optional[_Union[HoldOpen, _Mapping]] = ..., freeze: _Optional[_Union[HoldFreezeCommand, _Mapping]] = ..., thaw: _Optional[_Union[HoldThawCommand, _Mapping]] = ..., status: _Optional[_Union[HoldStatusCommand, _Mapping]] = ..., renew: _Optional[_Union[HoldRenewCommand, _Mapping]] = ..., release: _Optional[_Union[HoldReleaseCommand, _Mapping]] = ...) -> None: ...

class HoldOpen(_message.Message):
    __slots__ = ("targets", "all_freezable", "ttl", "freeze_timeout", "presync", "freeze_on_open", "linger", "hooks", "purpose", "resume_hold_id", "resume_token")
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    ALL_FREEZABLE_FIELD_NUMBER: _ClassVar[int]
    TTL_FIELD_NUMBER: _ClassVar[int]
    FREEZE_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    PRESYNC_FIELD_NUMBER: _ClassVar[int]
    FREEZE_ON_OPEN_FIELD_NUMBER: _ClassVar[int]
    LINGER_FIELD_NUMBER: _ClassVar[int]
    HOOKS_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    RESUME_HOLD_ID_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    targets: _containers.RepeatedCompositeFieldContainer[_target_pb2.Target]
    all_freezable: _target_pb2.AllFreezable
    ttl: _duration_pb2.Duration
    freeze_timeout: _duration_pb2.Duration
    presync: _options_pb2.Presync
    freeze_on_open: bool
    linger: _duration_pb2.Duration
    hooks: _options_pb2.Hooks
    purpose: str
    resume_hold_id: str
    resume_token: str
    def __init__(self, targets: _Optional[_Iterable[_Union[_target_pb2.Target, _Mapping]]] = ..., all_freezable: _Optional[_Union[_target_pb2.AllFreezable, _Mapping]] = ..., ttl: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., freeze_timeout: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., presync: _Optional[_Union[_options_pb2.Presync, _Mapping]] = ..., freeze_on_open: bool = ..., linger: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., hooks: _Optional[_Union[_options_pb2.Hooks, _Mapping]] = ..., purpose: _Optional[str] = ..., resume_hold_id: _Optional[str] = ..., resume_token: _Optional[str] = ...) -> None: ...

class HoldFreezeCommand(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class HoldThawCommand(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class HoldStatusCommand(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class HoldRenewCommand(_message.Message):
    __slots__ = ("ttl",)
    TTL_FIELD_NUMBER: _ClassVar[int]
    ttl: _duration_pb2.Duration
    def __init__(self, ttl: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class HoldReleaseCommand(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class HoldFreezeResponse(_message.Message):
    __slots__ = ("seq", "opened", "progress", "frozen", "renewed", "thawed", "status", "failed", "expiring", "broken", "ended")
    SEQ_FIELD_NUMBER: _ClassVar[int]
    OPENED_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    FROZEN_FIELD_NUMBER: _ClassVar[int]
    RENEWED_FIELD_NUMBER: _ClassVar[int]
    THAWED_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    EXPIRING_FIELD_NUMBER: _ClassVar[int]
    BROKEN_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    seq: int
    opened: HoldOpened
    progress: HoldProgress
    frozen: HoldFrozen
    renewed: HoldRenewed
    thawed: HoldThawed
    status: HoldStatus
    failed: HoldFailed
    expiring: HoldExpiring
    broken: HoldBroken
    ended: HoldEnded
    def __init__(self, seq: _Optional[int] = ..., opened: _Optional[_Union[HoldOpened, _Mapping]] = ..., progress: _Optional[_Union[HoldProgress, _Mapping]] = ..., frozen: _Optional[_Union[HoldFrozen, _Mapping]] = ..., renewed: _Optional[_Union[HoldRenewed, _Mapping]] = ..., thawed: _Optional[_Union[HoldThawed, _Mapping]] = ..., status: _Optional[_Union[HoldStatus, _Mapping]] = ..., failed: _Optional[_Union[HoldFailed, _Mapping]] = ..., expiring: _Optional[_Union[HoldExpiring, _Mapping]] = ..., broken: _Optional[_Union[HoldBroken, _Mapping]] = ..., ended: _Optional[_Union[HoldEnded, _Mapping]] = ...) -> None: ...

class HoldOpened(_message.Message):
    __slots__ = ("hold", "resume_token", "limits", "plan")
    HOLD_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    hold: _hold_pb2.Hold
    resume_token: str
    limits: _options_pb2.Limits
    plan: _plan_pb2.Plan
    def __init__(self, hold: _Optional[_Union[_hold_pb2.Hold, _Mapping]] = ..., resume_token: _Optional[str] = ..., limits: _Optional[_Union[_options_pb2.Limits, _Mapping]] = ..., plan: _Optional[_Union[_plan_pb2.Plan, _Mapping]] = ...) -> None: ...

class HoldProgress(_message.Message):
    __slots__ = ("filesystem", "phase", "sync_pass", "dirty_bytes_left", "elapsed", "waiting_for")
    FILESYSTEM_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    SYNC_PASS_FIELD_NUMBER: _ClassVar[int]
    DIRTY_BYTES_LEFT_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_FIELD_NUMBER: _ClassVar[int]
    WAITING_FOR_FIELD_NUMBER: _ClassVar[int]
    filesystem: _filesystem_pb2.Filesystem
    phase: FreezePhase
    sync_pass: int
    dirty_bytes_left: int
    elapsed: _duration_pb2.Duration
    waiting_for: _errors_pb2.ErrorDetail
    def __init__(self, filesystem: _Optional[_Union[_filesystem_pb2.Filesystem, _Mapping]] = ..., phase: _Optional[_Union[FreezePhase, str]] = ..., sync_pass: _Optional[int] = ..., dirty_bytes_left: _Optional[int] = ..., elapsed: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., waiting_for: _Optional[_Union[_errors_pb2.ErrorDetail, _Mapping]] = ...) -> None: ...

class HoldFrozen(_message.Message):
    __slots__ = ("hold",)
    HOLD_FIELD_NUMBER: _ClassVar[int]
    hold: _hold_pb2.Hold
    def __init__(self, hold: _Optional[_Union[_hold_pb2.Hold, _Mapping]] = ...) -> None: ...

class HoldRenewed(_message.Message):
    __slots__ = ("expire_time",)
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, expire_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class HoldThawed(_message.Message):
    __slots__ = ("still_frozen_by",)
    STILL_FROZEN_BY_FIELD_NUMBER: _ClassVar[int]
    still_frozen_by: _containers.RepeatedCompositeFieldContainer[_filesystem_pb2.FrozenBy]
    def __init__(self, still_frozen_by: _Optional[_Iterable[_Union[_filesystem_pb2.FrozenBy, _Mapping]]] = ...) -> None: ...

class HoldStatus(_message.Message):
    __slots__ = ("state", "held_by_this", "filesystems", "expire_time")
    STATE_FIELD_NUMBER: _ClassVar[int]
    HELD_BY_THIS_FIELD_NUMBER: _ClassVar[int]
    FILESYSTEMS_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    state: _filesystem_pb2.FreezeState
    held_by_this: bool
    filesystems: _containers.RepeatedCompositeFieldContainer[FilesystemStatus]
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, state: _Optional[_Union[_filesystem_pb2.FreezeState, str]] = ..., held_by_this: bool = ..., filesystems: _Optional[_Iterable[_Union[FilesystemStatus, _Mapping]]] = ..., expire_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class FilesystemStatus(_message.Message):
    __slots__ = ("filesystem", "state", "certainty", "held_by_this", "frozen_by", "evidence")
    FILESYSTEM_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CERTAINTY_FIELD_NUMBER: _ClassVar[int]
    HELD_BY_THIS_FIELD_NUMBER: _ClassVar[int]
    FROZEN_BY_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    filesystem: _filesystem_pb2.Filesystem
    state: _filesystem_pb2.FreezeState
    certainty: _filesystem_pb2.Certainty
    held_by_this: bool
    frozen_by: _containers.RepeatedCompositeFieldContainer[_filesystem_pb2.FrozenBy]
    evidence: _filesystem_pb2.StateEvidence
    def __init__(self, filesystem: _Optional[_Union[_filesystem_pb2.Filesystem, _Mapping]] = ..., state: _Optional[_Union[_filesystem_pb2.FreezeState, str]] = ..., certainty: _Optional[_Union[_filesystem_pb2.Certainty, str]] = ..., held_by_this: bool = ..., frozen_by: _Optional[_Iterable[_Union[_filesystem_pb2.FrozenBy, _Mapping]]] = ..., evidence: _Optional[_Union[_filesystem_pb2.StateEvidence, str]] = ...) -> None: ...

class HoldFailed(_message.Message):
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
    reason: _errors_pb2.ErrorReason
    message: str
    metadata: _containers.ScalarMap[str, str]
    def __init__(self, reason: _Optional[_Union[_errors_pb2.ErrorReason, str]] = ..., message: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ...) -> None: ...

class HoldExpiring(_message.Message):
    __slots__ = ("expire_time",)
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, expire_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class HoldBroken(_message.Message):
    __slots__ = ("filesystem", "cause")
    FILESYSTEM_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    filesystem: _filesystem_pb2.Filesystem
    cause: _receipt_pb2.EndCause
    def __init__(self, filesystem: _Optional[_Union[_filesystem_pb2.Filesystem, _Mapping]] = ..., cause: _Optional[_Union[_receipt_pb2.EndCause, str]] = ...) -> None: ...

class HoldEnded(_message.Message):
    __slots__ = ("receipt",)
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    receipt: _receipt_pb2.Receipt
    def __init__(self, receipt: _Optional[_Union[_receipt_pb2.Receipt, _Mapping]] = ...) -> None: ...
