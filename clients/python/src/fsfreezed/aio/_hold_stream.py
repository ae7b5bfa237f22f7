"""The I/O of a hold for asyncio: one task reads its stream, gRPC's own one writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc

from .._errors import FreezeError, protocol_error, timed_out_error
from .._gen.hold_stream_pb2 import HoldFreezeRequest
from .._hold_core import Behaviour, HoldCore
from .._times import wait_of
from ._connection import Connection


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

    async def _read(self) -> None:
        error: FreezeError | None = None
        try:
            async for response in self._call:
                self.core.take(response)
        except grpc.RpcError as rpc_error:
            error = self._connection.error_of(rpc_error)
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
