from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UnixIdentity(_message.Message):
    __slots__ = ("uid", "gid", "pid")
    UID_FIELD_NUMBER: _ClassVar[int]
    GID_FIELD_NUMBER: _ClassVar[int]
    PID_FIELD_NUMBER: _ClassVar[int]
    uid: int
    gid: int
    pid: int
    def __init__(self, uid: _Optional[int] = ..., gid: _Optional[int] = ..., pid: _Optional[int] = ...) -> None: ...

class TlsIdentity(_message.Message):
    __slots__ = ("subject", "subject_alt_names", "fingerprint_sha256")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_ALT_NAMES_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_SHA256_FIELD_NUMBER: _ClassVar[int]
    subject: str
    subject_alt_names: _containers.RepeatedScalarFieldContainer[str]
    fingerprint_sha256: str
    def __init__(self, subject: _Optional[str] = ..., subject_alt_names: _Optional[_Iterable[str]] = ..., fingerprint_sha256: _Optional[str] = ...) -> None: ...

class Owner(_message.Message):
    __slots__ = ("unix_peer", "tls_peer", "address")
    UNIX_PEER_FIELD_NUMBER: _ClassVar[int]
    TLS_PEER_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    unix_peer: UnixIdentity
    tls_peer: TlsIdentity
    address: str
    def __init__(self, unix_peer: _Optional[_Union[UnixIdentity, _Mapping]] = ..., tls_peer: _Optional[_Union[TlsIdentity, _Mapping]] = ..., address: _Optional[str] = ...) -> None: ...
