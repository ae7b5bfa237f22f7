from . import filesystem_pb2 as _filesystem_pb2
from . import hold_pb2 as _hold_pb2
from . import hold_stream_pb2 as _hold_stream_pb2
from . import options_pb2 as _options_pb2
from . import plan_pb2 as _plan_pb2
from . import receipt_pb2 as _receipt_pb2
from . import target_pb2 as _target_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FreezeRequest(_message.Message):
    __slots__ = ("request_id", "targets", "all_freezable", "ttl", "freeze_timeout", "presync", "hooks", "purpose")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    ALL_FREEZABLE_FIELD_NUMBER: _ClassVar[int]
    TTL_FIELD_NUMBER: _ClassVar[int]
    FREEZE_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    PRESYNC_FIELD_NUMBER: _ClassVar[int]
    HOOKS_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    targets: _containers.RepeatedCompositeFieldContainer[_target_pb2.Target]
    all_freezable: _target_pb2.AllFreezable
    ttl: _duration_pb2.Duration
    freeze_timeout: _duration_pb2.Duration
    presync: _options_pb2.Presync
    hooks: _options_pb2.Hooks
    purpose: str
    def __init__(self, request_id: _Optional[str] = ..., targets: _Optional[_Iterable[_Union[_target_pb2.Target, _Mapping]]] = ..., all_freezable: _Optional[_Union[_target_pb2.AllFreezable, _Mapping]] = ..., ttl: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., freeze_timeout: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., presync: _Optional[_Union[_options_pb2.Presync, _Mapping]] = ..., hooks: _Optional[_Union[_options_pb2.Hooks, _Mapping]] = ..., purpose: _Optional[str] = ...) -> None: ...

class FreezeResponse(_message.Message):
    __slots__ = ("hold",)
    HOLD_FIELD_NUMBER: _ClassVar[int]
    hold: _hold_pb2.Hold
    def __init__(self, hold: _Optional[_Union[_hold_pb2.Hold, _Mapping]] = ...) -> None: ...

class ThawRequest(_message.Message):
    __slots__ = ("hold_id", "target", "force")
    HOLD_ID_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    FORCE_FIELD_NUMBER: _ClassVar[int]
    hold_id: str
    target: _target_pb2.Target
    force: bool
    def __init__(self, hold_id: _Optional[str] = ..., target: _Optional[_Union[_target_pb2.Target, _Mapping]] = ..., force: bool = ...) -> None: ...

class ThawResponse(_message.Message):
    __slots__ = ("receipt", "forced")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    FORCED_FIELD_NUMBER: _ClassVar[int]
    receipt: _receipt_pb2.Receipt
    forced: ForcedThaw
    def __init__(self, receipt: _Optional[_Union[_receipt_pb2.Receipt, _Mapping]] = ..., forced: _Optional[_Union[ForcedThaw, _Mapping]] = ...) -> None: ...

class ForcedThaw(_message.Message):
    __slots__ = ("filesystem", "frozen_by", "state")
    FILESYSTEM_FIELD_NUMBER: _ClassVar[int]
    FROZEN_BY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    filesystem: _filesystem_pb2.Filesystem
    frozen_by: _containers.RepeatedCompositeFieldContainer[_filesystem_pb2.FrozenBy]
    state: _filesystem_pb2.FreezeState
    def __init__(self, filesystem: _Optional[_Union[_filesystem_pb2.Filesystem, _Mapping]] = ..., frozen_by: _Optional[_Iterable[_Union[_filesystem_pb2.FrozenBy, _Mapping]]] = ..., state: _Optional[_Union[_filesystem_pb2.FreezeState, str]] = ...) -> None: ...

class RenewHoldRequest(_message.Message):
    __slots__ = ("hold_id", "ttl")
    HOLD_ID_FIELD_NUMBER: _ClassVar[int]
    TTL_FIELD_NUMBER: _ClassVar[int]
    hold_id: str
    ttl: _duration_pb2.Duration
    def __init__(self, hold_id: _Optional[str] = ..., ttl: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class RenewHoldResponse(_message.Message):
    __slots__ = ("hold",)
    HOLD_FIELD_NUMBER: _ClassVar[int]
    hold: _hold_pb2.Hold
    def __init__(self, hold: _Optional[_Union[_hold_pb2.Hold, _Mapping]] = ...) -> None: ...

class IsFrozenRequest(_message.Message):
    __slots__ = ("target",)
    TARGET_FIELD_NUMBER: _ClassVar[int]
    target: _target_pb2.Target
    def __init__(self, target: _Optional[_Union[_target_pb2.Target, _Mapping]] = ...) -> None: ...

class IsFrozenResponse(_message.Message):
    __slots__ = ("filesystem", "state", "certainty", "frozen_by", "evidence")
    FILESYSTEM_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CERTAINTY_FIELD_NUMBER: _ClassVar[int]
    FROZEN_BY_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    filesystem: _filesystem_pb2.Filesystem
    state: _filesystem_pb2.FreezeState
    certainty: _filesystem_pb2.Certainty
    frozen_by: _containers.RepeatedCompositeFieldContainer[_filesystem_pb2.FrozenBy]
    evidence: _filesystem_pb2.StateEvidence
    def __init__(self, filesystem: _Optional[_Union[_filesystem_pb2.Filesystem, _Mapping]] = ..., state: _Optional[_Union[_filesystem_pb2.FreezeState, str]] = ..., certainty: _Optional[_Union[_filesystem_pb2.Certainty, str]] = ..., frozen_by: _Optional[_Iterable[_Union[_filesystem_pb2.FrozenBy, _Mapping]]] = ..., evidence: _Optional[_Union[_filesystem_pb2.StateEvidence, str]] = ...) -> None: ...

class PlanFreezeRequest(_message.Message):
    __slots__ = ("targets", "all_freezable")
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    ALL_FREEZABLE_FIELD_NUMBER: _ClassVar[int]
    targets: _containers.RepeatedCompositeFieldContainer[_target_pb2.Target]
    all_freezable: _target_pb2.AllFreezable
    def __init__(self, targets: _Optional[_Iterable[_Union[_target_pb2.Target, _Mapping]]] = ..., all_freezable: _Optional[_Union[_target_pb2.AllFreezable, _Mapping]] = ...) -> None: ...

class PlanFreezeResponse(_message.Message):
    __slots__ = ("plan",)
    PLAN_FIELD_NUMBER: _ClassVar[int]
    plan: _plan_pb2.Plan
    def __init__(self, plan: _Optional[_Union[_plan_pb2.Plan, _Mapping]] = ...) -> None: ...

class ListFilesystemsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListFilesystemsResponse(_message.Message):
    __slots__ = ("filesystems", "next_page_token")
    FILESYSTEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    filesystems: _containers.RepeatedCompositeFieldContainer[_filesystem_pb2.FilesystemInfo]
    next_page_token: str
    def __init__(self, filesystems: _Optional[_Iterable[_Union[_filesystem_pb2.FilesystemInfo, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetHoldRequest(_message.Message):
    __slots__ = ("hold_id",)
    HOLD_ID_FIELD_NUMBER: _ClassVar[int]
    hold_id: str
    def __init__(self, hold_id: _Optional[str] = ...) -> None: ...

class GetHoldResponse(_message.Message):
    __slots__ = ("hold",)
    HOLD_FIELD_NUMBER: _ClassVar[int]
    hold: _hold_pb2.Hold
    def __init__(self, hold: _Optional[_Union[_hold_pb2.Hold, _Mapping]] = ...) -> None: ...

class ListHoldsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListHoldsResponse(_message.Message):
    __slots__ = ("holds", "next_page_token")
    HOLDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    holds: _containers.RepeatedCompositeFieldContainer[_hold_pb2.Hold]
    next_page_token: str
    def __init__(self, holds: _Optional[_Iterable[_Union[_hold_pb2.Hold, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WatchHoldsRequest(_message.Message):
    __slots__ = ("include_ended",)
    INCLUDE_ENDED_FIELD_NUMBER: _ClassVar[int]
    include_ended: bool
    def __init__(self, include_ended: bool = ...) -> None: ...

class WatchHoldsResponse(_message.Message):
    __slots__ = ("hold", "picture_complete")
    HOLD_FIELD_NUMBER: _ClassVar[int]
    PICTURE_COMPLETE_FIELD_NUMBER: _ClassVar[int]
    hold: _hold_pb2.Hold
    picture_complete: WatchPictureComplete
    def __init__(self, hold: _Optional[_Union[_hold_pb2.Hold, _Mapping]] = ..., picture_complete: _Optional[_Union[WatchPictureComplete, _Mapping]] = ...) -> None: ...

class WatchPictureComplete(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
