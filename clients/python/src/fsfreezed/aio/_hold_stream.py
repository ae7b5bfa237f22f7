"""The I/O of a hold for asyncio: one task reads its stream, gRPC's own one writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import grpc
import grpc.aio

from .._errors import FreezeError, protocol_error, timed_out_error
from .._gen.hold_stream_pb2 import HoldFreezeRequest
from .._hold_core import Behaviour, HoldCore
from .._times import wait_of
from ._connection import Connection

_TOO_LATE = "Internal error from Core"
# It has arrived; this is for an event loop with much to do.
_SECONDS_FOR_STATUS = 1.0


class HoldStream:
    """Nothing in here refers to the Hold, so that a forgotten one is noticed."""

    def __init__(self, connection: Connection, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.loop = asyncio.get_running_loop()
        # What is to be sent; None after the last one.
        self._outbox: asyncio.Queue[HoldFreezeRequest | None] = asyncio.Queue()
        self._timer: asyncio.TimerHandle | None = None
        self.core = HoldCore(
            behaviour,
            new_future=self.loop.create_future,
            send=self._outbox.put_nowait,
            reschedule=self._reschedule,
        )
        # It closes its channel when nobody refers to it.
        self._connection = connection
        # Without a deadline: that would shorten the hold.
        self._call: Any = connection.stub.HoldFreeze(self._requests())
        self._status: asyncio.Future[grpc.aio.AioRpcError] = self.loop.create_future()
        self._call.add_done_callback(self._keep_status)
        # The event loop refers to its tasks weakly: this keeps it alive.
        self._reader = self.loop.create_task(self._read(), name="fsfreezed-hold")

    async def ask(self, expects: str, timeout: float, **command: Any) -> Any:
        """Sends a command and waits for its answer; raises where it is refused, or the stream
        ends."""
        asked = self.core.ask(expects, **command)
        try:
            # Unlike wait_for this leaves the future alone where the time is over.
            await asyncio.wait({asked.answer}, timeout=wait_of(timeout))
        finally:
            self.core.forget(asked)
        if not asked.answer.done():
            raise timed_out_error(f"not {expects} within {timeout:g} s")
        answer = asked.answer.result()
        if isinstance(answer, FreezeError):
            raise answer.with_traceback(None)
        return answer

    def cancel(self) -> None:
        self.core.cancelled()
        self._call.cancel()

    async def _requests(self) -> AsyncIterator[HoldFreezeRequest]:
        while (request := await self._outbox.get()) is not None:
            yield request

    def _reschedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        wait = self.core.renewal_wait()
        self._timer = None if wait is None else self.loop.call_later(wait, self._renew)

    def _renew(self) -> None:
        self.core.renew_if_due()
        self._reschedule()

    def _keep_status(self, call: Any) -> None:
        code, details = _now(call.code()), _now(call.details())
        if details != _TOO_LATE and not self._status.done():
            trailers = _now(call.trailing_metadata())
            self._status.set_result(
                grpc.aio.AioRpcError(code, grpc.aio.Metadata(), trailers, details)
            )

    async def _status_of(self, error: grpc.aio.AioRpcError) -> grpc.aio.AioRpcError:
        """The status that the service ended the stream with.

        A command that is sent when the stream has ended already, but the event loop has not heard
        of it yet, makes gRPC put a status of its own before the real one, or in its place.
        """
        if error.details() == _TOO_LATE:
            await asyncio.wait({self._status}, timeout=_SECONDS_FOR_STATUS)
        return self._status.result() if self._status.done() else error

    async def _read(self) -> None:
        error: FreezeError | None = None
        try:
            try:
                async for response in self._call:
                    self.core.take(response)
            except grpc.aio.AioRpcError as rpc_error:
                status = await self._status_of(rpc_error)
                if status.code() is not grpc.StatusCode.OK:
                    error = self._connection.error_of(status)
        except asyncio.CancelledError:
            # The call was cancelled, the client closed, or the event loop comes to its end.
            error = self._connection.closed_error()
        except FreezeError as broken_contract:
            error = broken_contract
        except Exception as unreadable:
            error = protocol_error(f"a message of the hold cannot be read: {unreadable!r}")
        # Does nothing where the stream is at its end.
        self._call.cancel()
        self.core.end(error)


def _now(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that has nothing to wait for."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it has to wait")
