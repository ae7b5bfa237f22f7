"""Every unary call of the client: its request, how long it may take, and what its answer becomes.

All of it is free of I/O, so that the synchronous client and the asyncio one say the same.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypedDict, TypeVar

import grpc
import grpc.aio
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.wrappers_pb2 import Int32Value, StringValue

from ._decode import decode
from ._errors import protocol_error
from ._gen import freeze_service_pb2 as service_pb2
from ._gen import freeze_service_pb2_grpc as service_grpc
from ._gen import hold_stream_pb2, options_pb2
from ._model import (
    FilesystemInfo,
    ForcedThaw,
    FrozenStatus,
    HoldInfo,
    HoldOptions,
    Hooks,
    Plan,
    Presync,
    Receipt,
    WatchEvent,
)
from ._names import HealthStatus, PresyncMode
from ._targets import TargetLike, Targets, pb_target, pb_targets
from ._times import Seconds, duration_of, optional_duration, seconds_of
from ._verdict import error_of_receipt

T = TypeVar("T")

FREEZE_SERVICE = "fsfreeze.v1.FreezeService"
"""The health service's name for whether the service can freeze."""

DEFAULT_TIMEOUT = 10.0
"""Seconds that a call may take beyond what it itself waits for."""
THAW_TIMEOUT = 60.0
"""Seconds. A thaw waits for lower layers that are frozen."""
# The contract's defaults, seconds.
DEFAULT_TTL = 10.0
DEFAULT_FREEZE_TIMEOUT = 30.0
DEFAULT_PRESYNC_TIMEOUT = 60.0

_PAGE_SIZE = 100


@dataclass(frozen=True)
class Unary(Generic[T]):
    """One call: `method` of the generated stub."""

    method: str
    request: Message
    read: Callable[[Any], T]
    timeout: float
    """Seconds until it is given up."""

    def answer(self, response: Any) -> T:
        try:
            return self.read(response)
        except (ValueError, OverflowError) as error:
            # E.g. a time stamp that no calendar has.
            raise protocol_error(f"the answer to {self.method} cannot be read: {error}") from error


class Settings(TypedDict, total=False):
    """The fields that say how a freeze is made, in every request that freezes."""

    ttl: Duration
    freeze_timeout: Duration
    presync: options_pb2.Presync
    hooks: options_pb2.Hooks
    purpose: str


def settings(
    *,
    ttl: Seconds | None,
    freeze_timeout: Seconds | None,
    purpose: str,
    presync: Presync | None,
    hooks: Hooks | None,
) -> Settings:
    fields: Settings = {"purpose": purpose}
    if ttl is not None:
        fields["ttl"] = duration_of(ttl)
    if freeze_timeout is not None:
        fields["freeze_timeout"] = duration_of(freeze_timeout)
    if presync is not None:
        fields["presync"] = options_pb2.Presync(
            mode=presync.mode and f"PRESYNC_MODE_{presync.mode}",
            timeout=optional_duration(presync.timeout),
        )
    if hooks is not None:
        fields["hooks"] = options_pb2.Hooks(
            names=hooks.names, timeout=optional_duration(hooks.timeout)
        )
    return fields


def freezing_time(freeze_timeout: Seconds | None, presync: Presync | None) -> float:
    """Seconds that freezing may take by what was asked for. Zero means the contract's default."""
    limit = seconds_of(freeze_timeout or 0) or DEFAULT_FREEZE_TIMEOUT
    if presync is not None and presync.mode == PresyncMode.OFF:
        return limit
    presync_timeout = presync.timeout if presync is not None else None
    return limit + (seconds_of(presync_timeout or 0) or DEFAULT_PRESYNC_TIMEOUT)


def ttl_within(max_hold: Seconds | None, ttl: Seconds | None) -> Seconds | None:
    """The ttl to ask for, where a hold must not outlive `max_hold`."""
    if max_hold is None:
        return ttl
    return min(seconds_of(ttl or 0) or DEFAULT_TTL, seconds_of(max_hold))


def refreezing_time(effective: HoldOptions) -> float:
    """Seconds that freezing again may take by what is in effect, where no presync is none."""
    limit = seconds_of(effective.freeze_timeout or 0) or DEFAULT_FREEZE_TIMEOUT
    presync = effective.presync
    return limit + (seconds_of(presync.timeout or 0) if presync is not None else 0)


def freeze(
    targets: Targets,
    *,
    request_id: str | None,
    fields: Settings,
    timeout: float,
) -> Unary[HoldInfo]:
    return Unary(
        "Freeze",
        service_pb2.FreezeRequest(
            request_id=str(uuid.uuid4()) if request_id is None else request_id,
            **pb_targets(targets),
            **fields,
        ),
        _read_hold,
        timeout,
    )


def thaw(
    hold_id: str | None, target: TargetLike | None, *, accept_unproven: bool, timeout: float
) -> Unary[Receipt]:
    if (hold_id is None) == (target is None):
        raise ValueError("thaw wants a hold_id or a target, and not both")

    def read(response: service_pb2.ThawResponse) -> Receipt:
        receipt = decode(Receipt, _given(response, "receipt"))
        bad = error_of_receipt(receipt, accept_unproven=accept_unproven)
        if bad is not None:
            raise bad
        return receipt

    subject = None if target is None else pb_target(target)
    request = service_pb2.ThawRequest(hold_id=hold_id, target=subject)
    return Unary("Thaw", request, read, timeout)


def force_thaw(target: TargetLike, *, timeout: float) -> Unary[ForcedThaw]:
    return Unary(
        "Thaw",
        service_pb2.ThawRequest(target=pb_target(target), force=True),
        lambda response: decode(ForcedThaw, _given(response, "forced")),
        timeout,
    )


def renew(hold_id: str, ttl: Seconds | None, *, timeout: float) -> Unary[HoldInfo]:
    request = service_pb2.RenewHoldRequest(hold_id=hold_id, ttl=optional_duration(ttl))
    return Unary("RenewHold", request, _read_hold, timeout)


def is_frozen(target: TargetLike, *, timeout: float) -> Unary[FrozenStatus]:
    return Unary(
        "IsFrozen",
        service_pb2.IsFrozenRequest(target=pb_target(target)),
        lambda response: decode(FrozenStatus, response),
        timeout,
    )


def plan(targets: Targets, *, timeout: float) -> Unary[Plan]:
    return Unary(
        "PlanFreeze",
        service_pb2.PlanFreezeRequest(**pb_targets(targets)),
        lambda response: decode(Plan, _given(response, "plan")),
        timeout,
    )


def get_hold(hold_id: str, *, timeout: float) -> Unary[HoldInfo]:
    return Unary("GetHold", service_pb2.GetHoldRequest(hold_id=hold_id), _read_hold, timeout)


@dataclass(frozen=True)
class Page(Generic[T]):
    """A page of a list, and the token of the next one; empty: this is the last."""

    items: Iterable[T]
    next_token: str


def list_filesystems(page_token: str, *, timeout: float) -> Unary[Page[FilesystemInfo]]:
    return Unary(
        "ListFilesystems",
        service_pb2.ListFilesystemsRequest(page_size=_PAGE_SIZE, page_token=page_token),
        lambda response: Page(
            [decode(FilesystemInfo, info) for info in response.filesystems],
            response.next_page_token,
        ),
        timeout,
    )


def list_holds(page_token: str, *, timeout: float) -> Unary[Page[HoldInfo]]:
    return Unary(
        "ListHolds",
        service_pb2.ListHoldsRequest(page_size=_PAGE_SIZE, page_token=page_token),
        lambda response: Page(
            [decode(HoldInfo, hold) for hold in response.holds], response.next_page_token
        ),
        timeout,
    )


def health(service: str, *, timeout: float) -> Unary[HealthStatus]:
    return Unary("HealthCheck", StringValue(value=service), _read_health, timeout)


_HEALTH = tuple(HealthStatus)


def _read_health(response: Int32Value) -> HealthStatus:
    number = response.value
    return _HEALTH[number] if number in range(4) else HealthStatus(f"UNKNOWN_{number}")


class Stub(service_grpc.FreezeServiceStub):
    """The generated stub, with the one call of the health service beside the contract's own."""

    def __init__(self, channel: grpc.Channel | grpc.aio.Channel) -> None:
        super().__init__(channel)
        # The two messages have one field each, and are on the wire what the well-known wrappers
        # are: no need for generated code that belongs to another package.
        self.HealthCheck = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=StringValue.SerializeToString,
            response_deserializer=Int32Value.FromString,
        )


def open_request(
    targets: Targets,
    *,
    fields: Settings,
    freeze_on_open: bool,
    linger: Seconds | None,
) -> hold_stream_pb2.HoldOpen:
    return hold_stream_pb2.HoldOpen(
        **pb_targets(targets),
        **fields,
        freeze_on_open=freeze_on_open,
        linger=optional_duration(linger),
    )


def resume_request(
    hold_id: str, resume_token: str, *, ttl: Seconds | None, linger: Seconds | None
) -> hold_stream_pb2.HoldOpen:
    return hold_stream_pb2.HoldOpen(
        resume_hold_id=hold_id,
        resume_token=resume_token,
        ttl=optional_duration(ttl),
        linger=optional_duration(linger),
    )


def watch_request(*, include_ended: bool) -> service_pb2.WatchHoldsRequest:
    return service_pb2.WatchHoldsRequest(include_ended=include_ended)


def watch_event(response: service_pb2.WatchHoldsResponse) -> WatchEvent | None:
    """None for what only a newer service tells."""
    kind = response.WhichOneof("event")
    if kind is None:
        return None
    return WatchEvent(
        _message=response,
        hold=decode(HoldInfo, response.hold) if kind == "hold" else None,
    )


def _read_hold(response: Any) -> HoldInfo:
    return decode(HoldInfo, _given(response, "hold"))


def _given(response: Message, field: str) -> Message:
    if not response.HasField(field):
        raise protocol_error(f"the service answered {type(response).__name__} without {field}")
    message: Message = getattr(response, field)
    return message
