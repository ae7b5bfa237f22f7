"""What the client tells, as immutable values that mirror the contract's messages field by field.

Durations are timedeltas, instants by the wall clock aware datetimes (UTC), instants since boot
(CLOCK_BOOTTIME, which nobody can set) timedeltas; what is finer than a microsecond is cut off. None
is what the service did not say. The comments of proto/fsfreeze/v1 have the full meaning.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message

from ._names import (
    Certainty,
    DeviceRole,
    EndCause,
    EvidenceKind,
    EvidenceResult,
    FreezePhase,
    Freezer,
    FreezeState,
    HoldFilesystemState,
    HoldKind,
    HoldState,
    IntervalEnd,
    PresyncMode,
    Reason,
    StateEvidence,
    Verdict,
)
from ._targets import DeviceNumber


@dataclass(frozen=True, kw_only=True)
class Model:
    """A message of the contract as it came, with all that this version does not know."""

    _message: Message = field(repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """The contract's own form (proto3 JSON), which protobuf libraries of every language
        read."""
        return json_format.MessageToDict(self._message)

    def to_json(self, *, indent: int | None = None) -> str:
        """The same as text: the form to keep beside a snapshot."""
        return json.dumps(self.to_dict(), indent=indent)


@dataclass(frozen=True, kw_only=True)
class BlockDevice(Model):
    """A block device that a file system lies on."""

    number: DeviceNumber
    name: str
    """Kernel name, e.g. "loop0"."""
    role: DeviceRole


@dataclass(frozen=True, kw_only=True)
class Filesystem(Model):
    """Which file system is meant."""

    mount_point: str
    """Empty where it is not mounted (frozen, then unmounted)."""
    mount_point_escaped: bool
    r"""True where `mount_point` is not UTF-8: other bytes and backslashes are written `\ooo`."""
    type: str
    """"ext4", "xfs", "btrfs" ..."""
    uuid: str | None
    device: DeviceNumber
    """The third field of /proc/self/mountinfo."""
    devices: tuple[BlockDevice, ...]
    """Every device that it writes to, the mounted one first. Empty where they are not known."""
    read_only: bool
    source: str
    """What it was mounted from, e.g. "/dev/loop3". May be empty."""


@dataclass(frozen=True, kw_only=True)
class UnixIdentity(Model):
    """A caller on a Unix socket, as the kernel attests it."""

    uid: int | None
    """None where the service could not map it; never to be read as root's."""
    gid: int | None
    pid: int
    """0 where it is not visible to the service."""


@dataclass(frozen=True, kw_only=True)
class TlsIdentity(Model):
    """A caller with a client certificate."""

    subject: str
    subject_alt_names: tuple[str, ...]
    fingerprint_sha256: str


@dataclass(frozen=True, kw_only=True)
class Owner(Model):
    """Who called: by one of the identities, or by nothing but the address."""

    unix_peer: UnixIdentity | None
    tls_peer: TlsIdentity | None
    address: str


@dataclass(frozen=True, kw_only=True)
class HoldReference(Model):
    """Names a hold to somebody who is not its owner."""

    hold_id: str
    owner: Owner | None
    purpose: str


@dataclass(frozen=True, kw_only=True)
class FrozenBy(Model):
    """One holder of a freeze; a file system can have more than one."""

    freezer: Freezer
    holds: tuple[HoldReference, ...]
    """Only with THIS_SERVICE."""
    device: str
    """The suspended device-mapper device, e.g. "dm-3". Only with KERNEL; may be empty."""


@dataclass(frozen=True, kw_only=True)
class ErrorDetail(Model):
    """A reason told inside a message rather than as the status of a call."""

    reason: Reason
    message: str
    """For people; never branch on it."""
    metadata: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class PassedOver(Model):
    """A file system that "all freezable" left out."""

    filesystem: Filesystem
    refusal: ErrorDetail | None
    """None: an exclude pattern matched."""


@dataclass(frozen=True, kw_only=True)
class Presync:
    """Writing back before the freeze, while still writable. Asked for, or as it is in effect."""

    mode: PresyncMode | None = None
    """Default: the service's choice."""
    timeout: timedelta | float | None = None
    """For all passes together; a number is of seconds. Default: 60 s."""


@dataclass(frozen=True, kw_only=True)
class Hooks:
    """The operator's programs around a freeze. Asked for, or as they are in effect."""

    names: tuple[str, ...] = ()
    """Empty: all that the operator installed."""
    timeout: timedelta | float | None = None
    """For each; a number is of seconds. Default: 10 s."""


@dataclass(frozen=True, kw_only=True)
class HoldOptions(Model):
    """Options as asked for, or as in effect."""

    ttl: timedelta | None
    freeze_timeout: timedelta | None
    presync: Presync | None
    linger: timedelta | None
    hooks: Hooks | None


@dataclass(frozen=True, kw_only=True)
class Limits(Model):
    """The operator's limits, to which longer times are clamped."""

    max_ttl: timedelta | None
    max_freeze_timeout: timedelta | None
    max_presync_timeout: timedelta | None
    max_linger: timedelta | None
    max_frozen: timedelta | None
    """Longest time that a file system stays frozen in one piece, by all holds and renewals."""


@dataclass(frozen=True, kw_only=True)
class EvidenceItem(Model):
    """One proof and what it showed."""

    kind: EvidenceKind
    result: EvidenceResult
    detail: str
    """For people, may be empty."""


@dataclass(frozen=True, kw_only=True)
class Evidence(Model):
    """What the verdict of an interval rests on."""

    items: tuple[EvidenceItem, ...]


@dataclass(frozen=True, kw_only=True)
class FreezeInterval(Model):
    """One time that a hold kept one file system frozen."""

    freeze_duration: timedelta | None
    """How long FIFREEZE took."""
    frozen_time: datetime | None
    frozen_boottime: timedelta | None
    thawed_time: datetime | None
    thawed_boottime: timedelta | None
    intact_until: datetime | None
    """The last instant that the evidence covers: a copy complete by then is good even where the
    verdict is NOT_INTACT."""
    intact_until_boottime: timedelta | None
    sectors_written: int | None
    """Sectors of 512 bytes. None where they could not be counted."""
    sectors_discarded: int | None
    evidence: Evidence
    verdict: Verdict | None
    """None: it has not ended."""
    end: IntervalEnd | None


@dataclass(frozen=True, kw_only=True)
class PresyncPass(Model):
    """One pass of syncfs(2) before a freeze."""

    duration: timedelta | None
    dirty_bytes_left: int | None


@dataclass(frozen=True, kw_only=True)
class FilesystemReceipt(Model):
    """What happened to one file system of a hold."""

    filesystem: Filesystem
    presync_passes: tuple[PresyncPass, ...]
    intervals: tuple[FreezeInterval, ...]
    """Empty: never frozen."""
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Receipt(Model):
    """What a hold was and whether it held. `to_json()` is its file form."""

    hold_id: str
    kind: HoldKind | None
    host_name: str
    boot_id: str
    owner: Owner
    purpose: str
    requested: HoldOptions
    effective: HoldOptions
    end_cause: EndCause
    verdict: Verdict
    frozen_count: int
    """How many file systems it froze or joined, counted once for each interval."""
    thawed_count: int
    """How many of those the service thawed at the end of the interval."""
    filesystems: tuple[FilesystemReceipt, ...]
    passed_over: tuple[PassedOver, ...]
    open_time: datetime | None
    end_time: datetime | None
    failure: ErrorDetail | None
    """What ended it, where that was an error."""
    simulated: bool
    """True: the service ran on its simulated kernel, and nothing was really frozen."""

    def shortcomings(self) -> Iterable[tuple[Filesystem, EvidenceItem]]:
        """What spoke against an intact image (CONTRADICTED) or could not be had (MISSING), with
        the file system that it is about. Nothing where the verdict is INTACT."""
        for of in self.filesystems:
            for interval in of.intervals:
                for item in interval.evidence.items:
                    if item.result not in (EvidenceResult.HELD, EvidenceResult.NOT_NEEDED):
                        yield of.filesystem, item


@dataclass(frozen=True, kw_only=True)
class HoldFilesystem(Model):
    """One file system of a hold, as it is for this hold. The kernel's state may differ: ask
    `is_frozen` or `status`."""

    filesystem: Filesystem
    state: HoldFilesystemState
    frozen_time: datetime | None
    frozen_boottime: timedelta | None
    freeze_duration: timedelta | None


@dataclass(frozen=True, kw_only=True)
class HoldInfo(Model):
    """A hold as the service tells of it."""

    hold_id: str
    kind: HoldKind
    state: HoldState
    owner: Owner
    purpose: str
    filesystems: tuple[HoldFilesystem, ...]
    effective: HoldOptions
    open_time: datetime | None
    frozen_time: datetime | None
    """When all of it was frozen. None: it is not."""
    skew: timedelta | None
    """Between the first and the last frozen."""
    expire_time: datetime | None
    """The deadline. None: none runs."""
    linger_expire_time: datetime | None
    passed_over: tuple[PassedOver, ...]
    receipt: Receipt | None
    """There when, and only when, it has ended."""


@dataclass(frozen=True, kw_only=True)
class FrozenStatus(Model):
    """The kernel's truth about one file system, whoever froze it."""

    filesystem: Filesystem
    state: FreezeState
    certainty: Certainty | None
    """None where the state is UNKNOWN."""
    frozen_by: tuple[FrozenBy, ...]
    """Empty when it is not frozen."""
    evidence: StateEvidence | None


@dataclass(frozen=True, kw_only=True)
class FilesystemStatus(Model):
    """One file system in a HoldStatus."""

    filesystem: Filesystem
    state: FreezeState
    certainty: Certainty | None
    held_by_this: bool
    frozen_by: tuple[FrozenBy, ...]
    evidence: StateEvidence | None


@dataclass(frozen=True, kw_only=True)
class HoldStatus(Model):
    """What a hold holds, and what the kernel says."""

    state: FreezeState
    """The kernel's state for the whole hold."""
    held_by_this: bool
    """True where this hold keeps all its file systems frozen."""
    filesystems: tuple[FilesystemStatus, ...]
    expire_time: datetime | None


@dataclass(frozen=True, kw_only=True)
class FilesystemInfo(Model):
    """What a file system is, whether it can be frozen and whether it is."""

    filesystem: Filesystem
    mount_points: tuple[str, ...]
    refusal: ErrorDetail | None
    """None: the service can freeze it."""
    state: FreezeState
    certainty: Certainty | None
    frozen_by: tuple[FrozenBy, ...]
    evidence: StateEvidence | None


@dataclass(frozen=True, kw_only=True)
class PlannedFilesystem(Model):
    """One file system of a plan."""

    filesystem: Filesystem
    step: int
    """Those of one step are frozen together; lower steps first."""
    dirty_bytes: int | None
    device_stack: tuple[BlockDevice, ...]
    state: FreezeState | None
    certainty: Certainty | None
    frozen_by: tuple[FrozenBy, ...]
    refusal: ErrorDetail | None
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Plan(Model):
    """What a hold on some targets would freeze, and in which order."""

    filesystems: tuple[PlannedFilesystem, ...]
    passed_over: tuple[PassedOver, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ForcedThaw(Model):
    """What a forced thaw did."""

    filesystem: Filesystem
    frozen_by: tuple[FrozenBy, ...]
    state: FreezeState
    """The kernel's state after it."""


@dataclass(frozen=True, kw_only=True)
class Progress(Model):
    """How far one file system is on its way to frozen."""

    filesystem: Filesystem
    phase: FreezePhase
    sync_pass: int
    """From 1; 0 outside SYNCING."""
    dirty_bytes_left: int | None
    elapsed: timedelta | None
    """Since this phase began."""
    waiting_for: ErrorDetail | None
    """What it waits for, while WAITING."""


@dataclass(frozen=True, kw_only=True)
class WatchEvent(Model):
    """What a `watch` tells."""

    hold: HoldInfo | None
    """A hold as it is now: one of the first picture, a new one, or one that changed or ended.
    None: this is the end of the first picture; what follows are changes. Told once."""

    @property
    def picture_complete(self) -> bool:
        return self.hold is None
