from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EvidenceKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVIDENCE_KIND_UNSPECIFIED: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_OWNER_RELEASE: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_FROZEN_STATE: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_FREEZE_GENERATION: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_GENERATION_FALLBACK: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_THAW_RESULT: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_DEVICE_HEALTH: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_SECTORS_WRITTEN: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_SECTORS_DISCARDED: _ClassVar[EvidenceKind]
    EVIDENCE_KIND_COUNTERS_ALIVE: _ClassVar[EvidenceKind]

class EvidenceResult(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVIDENCE_RESULT_UNSPECIFIED: _ClassVar[EvidenceResult]
    EVIDENCE_RESULT_HELD: _ClassVar[EvidenceResult]
    EVIDENCE_RESULT_CONTRADICTED: _ClassVar[EvidenceResult]
    EVIDENCE_RESULT_MISSING: _ClassVar[EvidenceResult]
    EVIDENCE_RESULT_NOT_NEEDED: _ClassVar[EvidenceResult]
EVIDENCE_KIND_UNSPECIFIED: EvidenceKind
EVIDENCE_KIND_OWNER_RELEASE: EvidenceKind
EVIDENCE_KIND_FROZEN_STATE: EvidenceKind
EVIDENCE_KIND_FREEZE_GENERATION: EvidenceKind
EVIDENCE_KIND_GENERATION_FALLBACK: EvidenceKind
EVIDENCE_KIND_THAW_RESULT: EvidenceKind
EVIDENCE_KIND_DEVICE_HEALTH: EvidenceKind
EVIDENCE_KIND_SECTORS_WRITTEN: EvidenceKind
EVIDENCE_KIND_SECTORS_DISCARDED: EvidenceKind
EVIDENCE_KIND_COUNTERS_ALIVE: EvidenceKind
EVIDENCE_RESULT_UNSPECIFIED: EvidenceResult
EVIDENCE_RESULT_HELD: EvidenceResult
EVIDENCE_RESULT_CONTRADICTED: EvidenceResult
EVIDENCE_RESULT_MISSING: EvidenceResult
EVIDENCE_RESULT_NOT_NEEDED: EvidenceResult

class EvidenceItem(_message.Message):
    __slots__ = ("kind", "result", "detail")
    KIND_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    kind: EvidenceKind
    result: EvidenceResult
    detail: str
    def __init__(self, kind: _Optional[_Union[EvidenceKind, str]] = ..., result: _Optional[_Union[EvidenceResult, str]] = ..., detail: _Optional[str] = ...) -> None: ...

class Evidence(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[EvidenceItem]
    def __init__(self, items: _Optional[_Iterable[_Union[EvidenceItem, _Mapping]]] = ...) -> None: ...
