"""The contract's enums as strings that tolerate what only a newer service says."""

from __future__ import annotations

import enum
from typing import TypeVar

_N = TypeVar("_N", bound="Name")


class Name(str, enum.Enum):
    """A member is equal to its name, e.g. `Verdict.INTACT == "INTACT"`.

    A value that this version of the client does not know is a member all the same, `UNKNOWN_17`
    (its number in the contract), and never an error.
    """

    def __str__(self) -> str:
        return str.__str__(self)

    def __format__(self, format_spec: str) -> str:
        return str.__format__(self, format_spec)

    @classmethod
    def _missing_(cls: type[_N], value: object) -> _N | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        # The same object for the same value, so that `is` works as for the others. Two threads
        # that meet a value for the first time agree, because setdefault is atomic.
        known = cls._value2member_map_.setdefault(value, member)
        assert isinstance(known, cls)
        return known


class Reason(Name):
    """Why something was refused or failed: branch on it, never on a message.

    The first five are the client's own, the others the contract's (proto/fsfreeze/v1/errors.proto
    says when each is given, and which metadata come with it). Reasons of a newer service are
    members that this version does not know: go by the status code then.
    """

    UNREACHABLE = "UNREACHABLE"
    """The service cannot be reached, or the connection broke. Whether a call took effect is not
    known."""
    TIMED_OUT = "TIMED_OUT"
    """No answer in time. Whether the call took effect is not known."""
    CANCELLED = "CANCELLED"
    """The caller cancelled it, or closed the client."""
    UNPROVEN = "UNPROVEN"
    """Nothing wrong was seen, but a piece of the proof is missing: see the receipt, and
    `accept_unproven`."""
    PROTOCOL = "PROTOCOL"
    """The service answered with a status but no reason, or otherwise than the contract says."""

    INVALID_REQUEST = "INVALID_REQUEST"
    TARGET_NOT_FOUND = "TARGET_NOT_FOUND"
    HOLD_NOT_FOUND = "HOLD_NOT_FOUND"
    NOT_A_DIRECTORY = "NOT_A_DIRECTORY"
    NOT_A_MOUNT_POINT = "NOT_A_MOUNT_POINT"
    TARGET_MISMATCH = "TARGET_MISMATCH"
    TARGET_AMBIGUOUS = "TARGET_AMBIGUOUS"
    PROTECTED_FILESYSTEM = "PROTECTED_FILESYSTEM"
    NOT_FREEZABLE = "NOT_FREEZABLE"
    NOT_FROZEN = "NOT_FROZEN"
    FROZEN_BY_ANOTHER = "FROZEN_BY_ANOTHER"
    DEVICE_SUSPENDED = "DEVICE_SUSPENDED"
    LOWER_LAYER_FROZEN = "LOWER_LAYER_FROZEN"
    FROZEN_TOO_LONG = "FROZEN_TOO_LONG"
    HOLD_ENDED = "HOLD_ENDED"
    HOLD_AMBIGUOUS = "HOLD_AMBIGUOUS"
    HOOKS_IMPOSSIBLE = "HOOKS_IMPOSSIBLE"
    NOT_PERMITTED = "NOT_PERMITTED"
    RESUME_REFUSED = "RESUME_REFUSED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FREEZE_TIMEOUT = "FREEZE_TIMEOUT"
    HOLD_EXPIRED = "HOLD_EXPIRED"
    FREEZE_BROKEN = "FREEZE_BROKEN"
    HOLD_TAKEN_OVER = "HOLD_TAKEN_OVER"
    TOO_MANY_HOLDS = "TOO_MANY_HOLDS"
    TOO_MANY_STUCK_FREEZES = "TOO_MANY_STUCK_FREEZES"
    GUARDIAN_UNAVAILABLE = "GUARDIAN_UNAVAILABLE"
    SHUTTING_DOWN = "SHUTTING_DOWN"
    UNSUPPORTED = "UNSUPPORTED"
    DAEMON_NOT_PRIVILEGED = "DAEMON_NOT_PRIVILEGED"
    IO_ERROR = "IO_ERROR"
    INTERNAL = "INTERNAL"
    FREEZE_CANCELLED = "FREEZE_CANCELLED"
    CLIENT_GONE = "CLIENT_GONE"


class FreezeState(Name):
    """Whether a file system is frozen, in the kernel."""

    THAWED = "THAWED"
    FREEZING = "FREEZING"
    FROZEN = "FROZEN"
    UNKNOWN = "UNKNOWN"


class Certainty(Name):
    """How far a FreezeState can be trusted."""

    CERTAIN = "CERTAIN"
    LIKELY = "LIKELY"


class StateEvidence(Name):
    """Which way answered for a FreezeState."""

    NONE = "NONE"
    SUPERBLOCK = "SUPERBLOCK"
    EXT4_RECOVERY_FLAG = "EXT4_RECOVERY_FLAG"
    XFS_RESERVE = "XFS_RESERVE"
    SIMULATED = "SIMULATED"


class Freezer(Name):
    """Who keeps a file system frozen."""

    THIS_SERVICE = "THIS_SERVICE"
    ANOTHER_TOOL = "ANOTHER_TOOL"
    KERNEL = "KERNEL"
    UNKNOWN = "UNKNOWN"


class DeviceRole(Name):
    """What a block device is to the file system that writes to it."""

    DATA = "DATA"
    LOG = "LOG"
    REALTIME = "REALTIME"
    LOWER = "LOWER"


class HoldKind(Name):
    """STREAM: tied to its client's stream (`hold`). LEASE: to its deadline alone (`freeze`)."""

    STREAM = "STREAM"
    LEASE = "LEASE"


class HoldState(Name):
    """Where a hold is in its life."""

    OPEN = "OPEN"
    FREEZING = "FREEZING"
    FROZEN = "FROZEN"
    THAWING = "THAWING"
    ENDED = "ENDED"


class HoldFilesystemState(Name):
    """Where one file system of a hold is, for this hold."""

    OPEN = "OPEN"
    WAITING = "WAITING"
    FREEZING = "FREEZING"
    FROZEN = "FROZEN"
    THAWING = "THAWING"
    THAWED = "THAWED"
    BROKEN = "BROKEN"


class FreezePhase(Name):
    """What is being done to a file system on its way to frozen, or to thawed."""

    WAITING = "WAITING"
    SYNCING = "SYNCING"
    FREEZING = "FREEZING"
    FROZEN = "FROZEN"
    THAWING = "THAWING"
    THAWED = "THAWED"


class EndCause(Name):
    """Why a hold ended."""

    RELEASED = "RELEASED"
    CLIENT_GONE = "CLIENT_GONE"
    EXPIRED = "EXPIRED"
    FREEZE_FAILED = "FREEZE_FAILED"
    FOREIGN_THAW = "FOREIGN_THAW"
    DEVICE_FAILED = "DEVICE_FAILED"
    ADMINISTRATOR = "ADMINISTRATOR"
    SHUTDOWN = "SHUTDOWN"
    DAEMON_RESTART = "DAEMON_RESTART"


class Verdict(Name):
    """Whether what was copied while the hold was frozen is one consistent image."""

    INTACT = "INTACT"
    NOT_INTACT = "NOT_INTACT"
    UNPROVEN = "UNPROVEN"
    NEVER_FROZEN = "NEVER_FROZEN"


class IntervalEnd(Name):
    """How an interval ended for its file system."""

    THAWED = "THAWED"
    LEFT_FROZEN = "LEFT_FROZEN"
    FOREIGN_THAW = "FOREIGN_THAW"
    DEVICE_FAILED = "DEVICE_FAILED"
    UNKNOWN = "UNKNOWN"


class EvidenceKind(Name):
    """One kind of proof that a file system stayed frozen and its image unchanged."""

    OWNER_RELEASE = "OWNER_RELEASE"
    FROZEN_STATE = "FROZEN_STATE"
    FREEZE_GENERATION = "FREEZE_GENERATION"
    GENERATION_FALLBACK = "GENERATION_FALLBACK"
    THAW_RESULT = "THAW_RESULT"
    DEVICE_HEALTH = "DEVICE_HEALTH"
    SECTORS_WRITTEN = "SECTORS_WRITTEN"
    SECTORS_DISCARDED = "SECTORS_DISCARDED"
    COUNTERS_ALIVE = "COUNTERS_ALIVE"


class EvidenceResult(Name):
    """What a proof showed."""

    HELD = "HELD"
    CONTRADICTED = "CONTRADICTED"
    MISSING = "MISSING"
    NOT_NEEDED = "NOT_NEEDED"


class PresyncMode(Name):
    """Whether dirty data are written back before the freeze, while still writable."""

    OFF = "OFF"
    UNTIL_CALM = "UNTIL_CALM"


class HealthStatus(Name):
    """What the health service says (grpc.health.v1)."""

    UNKNOWN = "UNKNOWN"
    SERVING = "SERVING"
    NOT_SERVING = "NOT_SERVING"
    SERVICE_UNKNOWN = "SERVICE_UNKNOWN"
