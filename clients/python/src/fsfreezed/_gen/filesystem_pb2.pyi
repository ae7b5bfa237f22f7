from . import errors_pb2 as _errors_pb2
from . import owner_pb2 as _owner_pb2
from . import target_pb2 as _target_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FreezeState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FREEZE_STATE_UNSPECIFIED: _ClassVar[FreezeState]
    FREEZE_STATE_THAWED: _ClassVar[FreezeState]
    FREEZE_STATE_FREEZING: _ClassVar[FreezeState]
    FREEZE_STATE_FROZEN: _ClassVar[FreezeState]
    FREEZE_STATE_UNKNOWN: _ClassVar[FreezeState]

class Certainty(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CERTAINTY_UNSPECIFIED: _ClassVar[Certainty]
    CERTAINTY_CERTAIN: _ClassVar[Certainty]
    CERTAINTY_LIKELY: _ClassVar[Certainty]

class StateEvidence(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATE_EVIDENCE_UNSPECIFIED: _ClassVar[StateEvidence]
    STATE_EVIDENCE_NONE: _ClassVar[StateEvidence]
    STATE_EVIDENCE_SUPERBLOCK: _ClassVar[StateEvidence]
    STATE_EVIDENCE_EXT4_RECOVERY_FLAG: _ClassVar[StateEvidence]
    STATE_EVIDENCE_XFS_RESERVE: _ClassVar[StateEvidence]
    STATE_EVIDENCE_SIMULATED: _ClassVar[StateEvidence]

class Freezer(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FREEZER_UNSPECIFIED: _ClassVar[Freezer]
    FREEZER_THIS_SERVICE: _ClassVar[Freezer]
    FREEZER_ANOTHER_TOOL: _ClassVar[Freezer]
    FREEZER_KERNEL: _ClassVar[Freezer]
    FREEZER_UNKNOWN: _ClassVar[Freezer]

class DeviceRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEVICE_ROLE_UNSPECIFIED: _ClassVar[DeviceRole]
    DEVICE_ROLE_DATA: _ClassVar[DeviceRole]
    DEVICE_ROLE_LOG: _ClassVar[DeviceRole]
    DEVICE_ROLE_REALTIME: _ClassVar[DeviceRole]
    DEVICE_ROLE_LOWER: _ClassVar[DeviceRole]
FREEZE_STATE_UNSPECIFIED: FreezeState
FREEZE_STATE_THAWED: FreezeState
FREEZE_STATE_FREEZING: FreezeState
FREEZE_STATE_FROZEN: FreezeState
FREEZE_STATE_UNKNOWN: FreezeState
CERTAINTY_UNSPECIFIED: Certainty
CERTAINTY_CERTAIN: Certainty
CERTAINTY_LIKELY: Certainty
STATE_EVIDENCE_UNSPECIFIED: StateEvidence
STATE_EVIDENCE_NONE: StateEvidence
STATE_EVIDENCE_SUPERBLOCK: StateEvidence
STATE_EVIDENCE_EXT4_RECOVERY_FLAG: StateEvidence
STATE_EVIDENCE_XFS_RESERVE: StateEvidence
STATE_EVIDENCE_SIMULATED: StateEvidence
FREEZER_UNSPECIFIED: Freezer
FREEZER_THIS_SERVICE: Freezer
FREEZER_ANOTHER_TOOL: Freezer
FREEZER_KERNEL: Freezer
FREEZER_UNKNOWN: Freezer
DEVICE_ROLE_UNSPECIFIED: DeviceRole
DEVICE_ROLE_DATA: DeviceRole
DEVICE_ROLE_LOG: DeviceRole
DEVICE_ROLE_REALTIME: DeviceRole
DEVICE_ROLE_LOWER: DeviceRole

class FrozenBy(_message.Message):
    __slots__ = ("freezer", "holds", "device")
    FREEZER_FIELD_NUMBER: _ClassVar[int]
    HOLDS_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    freezer: Freezer
    holds: _containers.RepeatedCompositeFieldContainer[HoldReference]
    device: str
    def __init__(self, freezer: _Optional[_Union[Freezer, str]] = ..., holds: _Optional[_Iterable[_Union[HoldReference, _Mapping]]] = ..., device: _Optional[str] = ...) -> None: ...

class HoldReference(_message.Message):
    __slots__ = ("hold_id", "owner", "purpose")
    HOLD_ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    hold_id: str
    owner: _owner_pb2.Owner
    purpose: str
    def __init__(self, hold_id: _Optional[str] = ..., owner: _Optional[_Union[_owner_pb2.Owner, _Mapping]] = ..., purpose: _Optional[str] = ...) -> None: ...

class BlockDevice(_message.Message):
    __slots__ = ("number", "name", "role")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    number: _target_pb2.DeviceNumber
    name: str
    role: DeviceRole
    def __init__(self, number: _Optional[_Union[_target_pb2.DeviceNumber, _Mapping]] = ..., name: _Optional[str] = ..., role: _Optional[_Union[DeviceRole, str]] = ...) -> None: ...

class Filesystem(_message.Message):
    __slots__ = ("mount_point", "mount_point_escaped", "type", "uuid", "device", "devices", "read_only", "source")
    MOUNT_POINT_FIELD_NUMBER: _ClassVar[int]
    MOUNT_POINT_ESCAPED_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    UUID_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    DEVICES_FIELD_NUMBER: _ClassVar[int]
    READ_ONLY_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    mount_point: str
    mount_point_escaped: bool
    type: str
    uuid: str
    device: _target_pb2.DeviceNumber
    devices: _containers.RepeatedCompositeFieldContainer[BlockDevice]
    read_only: bool
    source: str
    def __init__(self, mount_point: _Optional[str] = ..., mount_point_escaped: bool = ..., type: _Optional[str] = ..., uuid: _Optional[str] = ..., device: _Optional[_Union[_target_pb2.DeviceNumber, _Mapping]] = ..., devices: _Optional[_Iterable[_Union[BlockDevice, _Mapping]]] = ..., read_only: bool = ..., source: _Optional[str] = ...) -> None: ...

class FilesystemInfo(_message.Message):
    __slots__ = ("filesystem", "mount_points", "refusal", "state", "certainty", "frozen_by", "evidence")
    FILESYSTEM_FIELD_NUMBER: _ClassVar[int]
    MOUNT_POINTS_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CERTAINTY_FIELD_NUMBER: _ClassVar[int]
    FROZEN_BY_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    filesystem: Filesystem
    mount_points: _containers.RepeatedScalarFieldContainer[str]
    refusal: _errors_pb2.ErrorDetail
    state: FreezeState
    certainty: Certainty
    frozen_by: _containers.RepeatedCompositeFieldContainer[FrozenBy]
    evidence: StateEvidence
    def __init__(self, filesystem: _Optional[_Union[Filesystem, _Mapping]] = ..., mount_points: _Optional[_Iterable[str]] = ..., refusal: _Optional[_Union[_errors_pb2.ErrorDetail, _Mapping]] = ..., state: _Optional[_Union[FreezeState, str]] = ..., certainty: _Optional[_Union[Certainty, str]] = ..., frozen_by: _Optional[_Iterable[_Union[FrozenBy, _Mapping]]] = ..., evidence: _Optional[_Union[StateEvidence, str]] = ...) -> None: ...

class PassedOver(_message.Message):
    __slots__ = ("filesystem", "refusal")
    FILESYSTEM_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    filesystem: Filesystem
    refusal: _errors_pb2.ErrorDetail
    def __init__(self, filesystem: _Optional[_Union[Filesystem, _Mapping]] = ..., refusal: _Optional[_Union[_errors_pb2.ErrorDetail, _Mapping]] = ...) -> None: ...
