"""One HoldFreeze stream without its I/O: commands and their answers by number, what the service
tells in between, renewals, and one end.

The synchronous hold feeds it from a thread, the asyncio one from a task. Both give it their kind of
future, and a way to send that never blocks.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

import grpc

from ._decode import decode, name_of
from ._errors import FreezeError, cancelled_error, protocol_error
from ._gen import errors_pb2, hold_stream_pb2, receipt_pb2
from ._model import Filesystem, HoldInfo, Limits, Plan, Progress, Receipt
from ._names import EndCause, HoldState, Reason
from ._renewal import Renewal
from ._times import Seconds, duration_of, optional_datetime, seconds_of
from ._verdict import error_of_receipt

_logger = logging.getLogger("fsfreezed")

_DEFAULT_MAX_HOLD = 60.0
# A wait may end early, never late; what is longer than the platform's timers overflows them.
_LONGEST_WAIT = 3600.0


class Future(Protocol):
    """What concurrent.futures.Future and asyncio.Future have in common."""

    def done(self) -> bool: ...
    def set_result(self, result: Any, /) -> None: ...


@dataclass(frozen=True)
class Behaviour:
    """What a hold does by itself. Times are seconds."""

    auto_renew: bool
    max_hold: float
    timeout: float
    """How long a command may take."""
    accept_unproven: bool
    on_progress: Callable[[Progress], object] | None
    on_expiring: Callable[[datetime | None], object] | None
    on_renew_failed: Callable[[FreezeError], object] | None


def behaviour_of(
    *,
    auto_renew: bool,
    max_hold: Seconds | None,
    ttl: Seconds | None,
    timeout: float,
    accept_unproven: bool,
    on_progress: Callable[[Progress], object] | None,
    on_expiring: Callable[[datetime | None], object] | None,
    on_renew_failed: Callable[[FreezeError], object] | None,
) -> Behaviour:
    """By default a hold is renewed for a minute, or for its ttl where that is longer."""
    if max_hold is None:
        max_hold = max(_DEFAULT_MAX_HOLD, seconds_of(ttl or 0))
    return Behaviour(
        auto_renew=auto_renew,
        max_hold=seconds_of(max_hold),
        timeout=timeout,
        accept_unproven=accept_unproven,
        on_progress=on_progress,
        on_expiring=on_expiring,
        on_renew_failed=on_renew_failed,
    )


class Outcome(NamedTuple):
    """How the stream ended. `error` is None for status OK; the receipt is there where the service
    told it."""

    error: FreezeError | None
    receipt: Receipt | None

    def refusal(self) -> FreezeError:
        """What a command meets when the hold has ended."""
        return self.error or FreezeError(
            "the hold has ended",
            reason=Reason.HOLD_ENDED,
            code=grpc.StatusCode.FAILED_PRECONDITION,
            receipt=self.receipt,
        )


class Asked(NamedTuple):
    """A command under way. The future's result is the answer, or the FreezeError instead of it."""

    seq: int
    answer: Any


class HoldCore:
    """Methods may be called from any thread; the service's messages come from one at a time."""

    def __init__(
        self,
        behaviour: Behaviour,
        *,
        new_future: Callable[[], Any],
        send: Callable[[hold_stream_pb2.HoldFreezeRequest | None], None],
        reschedule: Callable[[], None],
    ) -> None:
        """`send` takes None after the last command; `reschedule` is told that `renewal_wait` may
        have changed."""
        self._behaviour = behaviour
        self._new_future = new_future
        self._send = send
        self._reschedule = reschedule
        # Reentrant: a garbage collection in the middle may find this core's own forgotten hold.
        self._lock = threading.RLock()
        self._seq = 0
        self._pending: dict[int, tuple[str, Future]] = {}
        self._renewing: set[int] = set()
        self._renewal: Renewal | None = None
        self._callbacks: list[Callable[[FreezeError], object]] = []
        self._cancelled = False
        self._told_receipt: Receipt | None = None
        self._info: HoldInfo | None = None

        self.limits: Limits | None = None
        self.plan: Plan | None = None
        self.resume_token = ""
        self.expire_time: datetime | None = None
        self.ending: Literal["released", "cancelled"] | None = None
        self.broken: FreezeError | None = None
        self.outcome: Outcome | None = None
        self.over: Any = new_future()
        """Done when the hold is broken or has ended."""
        self.ended: Any = new_future()
        """Its result is the outcome."""

    @property
    def info(self) -> HoldInfo:
        assert self._info is not None, "nobody has a hold before it is opened"
        return self._info

    # Commands.

    def ask(self, expects: str, **command: Any) -> Asked:
        """Sends a command that the event `expects` answers. Raises what ended the hold."""
        with self._lock:
            if self.outcome is not None:
                raise self.outcome.refusal().with_traceback(None)
            future = self._new_future()
            seq = self._number(command)
            self._pending[seq] = (expects, future)
        return Asked(seq, future)

    def forget(self, asked: Asked) -> None:
        """Nobody waits for the answer any more."""
        with self._lock:
            self._pending.pop(asked.seq, None)

    def set_renewal(self, renewal: Renewal | None) -> Renewal | None:
        """Puts the automatic renewal off, or on again; gives the one that was."""
        with self._lock:
            previous, self._renewal = self._renewal, renewal
        self._reschedule()
        return previous

    def renewal_wait(self) -> float | None:
        """Seconds until `renew_if_due` has something to do. None: there is no renewal."""
        with self._lock:
            if self._renewal is None or self._renewal.due is None:
                return None
            return min(max(self._renewal.due - time.monotonic(), 0), _LONGEST_WAIT)

    def renew_if_due(self) -> None:
        """Sends the automatic renewal whose time has come."""
        with self._lock:
            if self._renewal is None or self.outcome is not None:
                return
            ttl = self._renewal.tick(time.monotonic())
            if ttl is not None:
                self._renew(ttl)

    def start_release(self) -> None:
        """Sends `release`, unless the end has come or is on its way."""
        with self._lock:
            if self.ending is None and self.outcome is None:
                self.ending = "released"
                self._renewal = None
                self._number({"release": hold_stream_pb2.HoldReleaseCommand()})
        self._reschedule()

    def receipt_of_release(self, *, accept_unproven: bool | None) -> Receipt:
        """What a release gives once the hold has ended; raises where it did not hold."""
        assert self.outcome is not None
        error, receipt = self.outcome
        if error is None:
            if receipt is None:
                raise protocol_error("the stream ended without a receipt")
            if accept_unproven is None:
                accept_unproven = self._behaviour.accept_unproven
            # What broke it before the release: it may have ended well, but by another hand (Thaw),
            # and then what was done after that is not covered.
            error = error_of_receipt(receipt, accept_unproven=accept_unproven) or self.broken
            if error is None:
                return receipt
        # The same error may be raised again, and should not drag the first raise along.
        raise error.with_traceback(None)

    def cancelled(self) -> None:
        """The caller cancels the stream, or gives it up. Does nothing once it has ended."""
        with self._lock:
            if self.outcome is not None:
                return
            self._cancelled = True
            self.ending = self.ending or "cancelled"
            self._renewal = None
        self._reschedule()

    # What the service says.

    def take(self, response: hold_stream_pb2.HoldFreezeResponse) -> None:
        """Takes the next message. Raises FreezeError for what breaks the contract."""
        event = response.WhichOneof("event")
        if event is None:
            return  # Only a newer service knows it.
        message = getattr(response, event)
        # The state first: whoever waits for the answer sees a hold that knows of it.
        getattr(self, f"_take_{event}")(message)
        self._answer(response.seq, event, message)

    def end(self, error: FreezeError | None) -> None:
        """The stream is at its end, with this error or with status OK. Once is enough."""
        with self._lock:
            if self.outcome is not None:
                return
            if error is not None:
                error = self._completed(error)
            receipt = self._told_receipt or (error.receipt if error else None)
            self.outcome = Outcome(error, receipt)
            pending = list(self._pending.values())
            self._pending.clear()
            self._renewal = None
            self.expire_time = None
            if self.broken is not None and self.broken.receipt is None:
                # Whoever kept the error of the moment finds the receipt in it now.
                self.broken.receipt = receipt
            outcome = self.outcome
        self._break(outcome.refusal())
        for _, future in pending:
            _resolve(future, outcome.refusal())
        _resolve(self.ended, outcome)
        _resolve(self.over, None)
        self._reschedule()
        self._send(None)

    def add_broken_callback(self, callback: Callable[[FreezeError], object]) -> None:
        with self._lock:
            error = self.broken
            if error is None:
                self._callbacks.append(callback)
        if error is not None:
            _tell(callback, error)

    def _take_opened(self, opened: hold_stream_pb2.HoldOpened) -> None:
        if not opened.HasField("hold"):
            raise protocol_error("`opened` without a hold")
        self.limits = decode(Limits, opened.limits)
        self.plan = decode(Plan, opened.plan) if opened.HasField("plan") else None
        self.resume_token = opened.resume_token
        self._take_hold(decode(HoldInfo, opened.hold))
        with self._lock:
            if self._renewal is not None:
                # Taken over while frozen: its deadline may come before the first third of the ttl.
                self._renew(self._renewal.longest)

    def _take_progress(self, progress: hold_stream_pb2.HoldProgress) -> None:
        _tell(self._behaviour.on_progress, decode(Progress, progress))

    def _take_frozen(self, frozen: hold_stream_pb2.HoldFrozen) -> None:
        self._take_hold(decode(HoldInfo, frozen.hold))

    def _take_renewed(self, renewed: hold_stream_pb2.HoldRenewed) -> None:
        self.expire_time = optional_datetime(renewed, "expire_time")

    def _take_thawed(self, _thawed: hold_stream_pb2.HoldThawed) -> None:
        self.expire_time = None

    def _take_status(self, _status: hold_stream_pb2.HoldStatus) -> None:
        """Only whoever asked wants to know."""

    def _take_failed(self, _failed: hold_stream_pb2.HoldFailed) -> None:
        """The hold is as it was."""

    def _take_expiring(self, expiring: hold_stream_pb2.HoldExpiring) -> None:
        # With renewal under way this is no news.
        if self.renewal_wait() is None:
            _tell(self._behaviour.on_expiring, optional_datetime(expiring, "expire_time"))

    def _take_broken(self, broken: hold_stream_pb2.HoldBroken) -> None:
        self._break(_broken_error(self.info.hold_id, broken))

    def _take_ended(self, ended: hold_stream_pb2.HoldEnded) -> None:
        if ended.HasField("receipt"):
            self._told_receipt = decode(Receipt, ended.receipt)

    def _take_hold(self, info: HoldInfo) -> None:
        with self._lock:
            self._info = info
            self.expire_time = info.expire_time
            ttl = info.effective.ttl
            if (
                # A hold that is taken over while frozen is so from `opened` on.
                info.state is HoldState.FROZEN
                and ttl is not None
                and self._behaviour.auto_renew
                and self.ending is None
            ):
                self._renewal = Renewal(
                    ttl=ttl.total_seconds(),
                    max_hold=self._behaviour.max_hold,
                    now=time.monotonic(),
                )
        self._reschedule()

    def _answer(self, seq: int, event: str, message: Any) -> None:
        refused = _error_of_failed(message) if event == "failed" else None
        with self._lock:
            expects, future = self._pending.get(seq, (None, None))
            if future is not None and (refused is not None or event == expects):
                del self._pending[seq]
            else:
                future = None
            renewal = seq in self._renewing
            self._renewing.discard(seq)
        if future is not None:
            _resolve(future, refused or message)
        elif renewal and refused is not None:
            _tell(self._behaviour.on_renew_failed, refused)

    def _completed(self, error: FreezeError) -> FreezeError:
        if self._cancelled:
            return cancelled_error()
        if self._told_receipt is not None:
            error.receipt = error.receipt or self._told_receipt
        if error.reason is Reason.UNREACHABLE and self._info is not None:
            hold_id = self._info.hold_id
            return FreezeError(
                f"{error.message}; once the service is back, get_hold({hold_id!r}) has the receipt",
                reason=error.reason,
                code=grpc.StatusCode.UNAVAILABLE,
                metadata={**error.metadata, "hold_id": hold_id},
                receipt=error.receipt,
            )
        return error

    def _break(self, error: FreezeError) -> None:
        with self._lock:
            if self.broken is not None or self.ending is not None:
                return
            self.broken = error
            self._renewal = None
            callbacks, self._callbacks = self._callbacks, []
        self._reschedule()
        _resolve(self.over, None)
        for callback in callbacks:
            _tell(callback, error)

    def _renew(self, ttl: float) -> None:
        command = hold_stream_pb2.HoldRenewCommand(ttl=duration_of(ttl))
        self._renewing.add(self._number({"renew": command}))

    def _number(self, command: dict[str, Any]) -> int:
        # With the lock held, so that the numbers are in the order of the commands.
        self._seq += 1
        self._send(hold_stream_pb2.HoldFreezeRequest(seq=self._seq, **command))
        return self._seq


def _resolve(future: Future, result: Any) -> None:
    if not future.done():
        future.set_result(result)


def _tell(callback: Callable[[Any], object] | None, value: Any) -> None:
    if callback is None:
        return
    try:
        callback(value)
    except Exception:
        # The stream must be read on, whatever its listeners do.
        _logger.exception("a callback of a hold raised")


def _error_of_failed(failed: hold_stream_pb2.HoldFailed) -> FreezeError:
    return FreezeError(
        failed.message,
        reason=name_of(Reason, errors_pb2.ErrorReason.DESCRIPTOR, failed.reason),
        code=grpc.StatusCode.FAILED_PRECONDITION,
        metadata=dict(failed.metadata),
    )


def _broken_error(hold_id: str, broken: hold_stream_pb2.HoldBroken) -> FreezeError:
    path = decode(Filesystem, broken.filesystem).mount_point
    cause = name_of(EndCause, receipt_pb2.EndCause.DESCRIPTOR, broken.cause)
    what = {
        EndCause.FOREIGN_THAW: "was thawed by somebody else",
        EndCause.DEVICE_FAILED: "lost its device",
    }.get(cause, f"broke ({cause})")
    return FreezeError(
        f"{path} {what} while it was held",
        reason=Reason.FREEZE_BROKEN,
        code=grpc.StatusCode.ABORTED,
        metadata={"hold_id": hold_id, "cause": str(cause), "path": path},
    )
