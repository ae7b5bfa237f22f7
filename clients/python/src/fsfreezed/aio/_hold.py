"""A hold for asyncio: what `Client.hold` gives."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine, Generator
from datetime import datetime
from types import TracebackType
from typing import Any, TypeVar

from .._decode import decode
from .._errors import FreezeError, timed_out_error
from .._gen import hold_stream_pb2
from .._hold_core import Behaviour
from .._hold_view import HoldView, note_on
from .._model import FrozenBy, HoldInfo, HoldStatus, Receipt
from .._requests import THAW_TIMEOUT, refreezing_time
from .._times import Seconds, optional_datetime, optional_duration, wait_of
from ._hold_stream import HoldStream

T = TypeVar("T")
_H = TypeVar("_H", bound="Hold")


class Hold(HoldView):
    """Keeps a set of file systems frozen until it is released, its process or event loop ends, its
    connection breaks, or its deadline passes.

    An asynchronous context manager: leaving it releases. Or call `release` in a `finally`. To be
    used in the event loop that made it.
    """

    def __init__(self, stream: HoldStream, behaviour: Behaviour) -> None:
        self._stream = stream
        self._core = stream.core
        self._behaviour = behaviour

    async def renew(self, ttl: Seconds | None = None) -> datetime | None:
        """Sets a new deadline, `ttl` from now (default: the ttl in effect), and returns it.

        It may be sooner: the service clamps it to its limits. Raises FreezeError: FREEZE_BROKEN,
        FROZEN_TOO_LONG, NOT_FROZEN.
        """
        command = hold_stream_pb2.HoldRenewCommand(ttl=optional_duration(ttl))
        renewed = await self._stream.ask("renewed", self._behaviour.timeout, renew=command)
        return optional_datetime(renewed, "expire_time")

    async def status(self) -> HoldStatus:
        """What this hold holds, and what the kernel says."""
        command = hold_stream_pb2.HoldStatusCommand()
        answer = await self._stream.ask("status", self._behaviour.timeout, status=command)
        return decode(HoldStatus, answer)

    async def freeze(self) -> HoldInfo:
        """Freezes all file systems of the hold (again): a new interval in the receipt, with a new
        ttl. Returns when all are frozen; at once while they are."""
        timeout = refreezing_time(self.info.effective) + self._behaviour.timeout
        await self._stream.ask("frozen", timeout, freeze=hold_stream_pb2.HoldFreezeCommand())
        return self.info

    async def thaw(self) -> tuple[FrozenBy, ...]:
        """Drops this hold's part in the freeze but keeps the hold. Returns who else keeps any of
        it frozen."""
        renewal = self._core.set_renewal(None)
        command = hold_stream_pb2.HoldThawCommand()
        timeout = max(self._behaviour.timeout, THAW_TIMEOUT)
        try:
            thawed = await self._stream.ask("thawed", timeout, thaw=command)
        except FreezeError:
            self._core.set_renewal(renewal)
            raise
        return tuple(decode(FrozenBy, holder) for holder in thawed.still_frozen_by)

    async def release(
        self, *, accept_unproven: bool | None = None, timeout: Seconds = THAW_TIMEOUT
    ) -> Receipt:
        """Thaws, and returns the receipt when the hold held: it was frozen without a gap, and
        nothing changed, until now.

        Raises FreezeError: FREEZE_BROKEN (NOT_INTACT), UNPROVEN (unless accepted), NOT_FROZEN
        (never frozen), HOLD_EXPIRED, HOLD_ENDED (somebody else ended it), UNREACHABLE, or TIMED_OUT
        without a verdict in `timeout`; with the receipt where there is one. It is thawed in all of
        these cases. May be called again: the outcome is the same.
        """
        self._core.start_release()
        try:
            await asyncio.wait({self._core.ended}, timeout=wait_of(timeout))
        except BaseException:
            self._stream.cancel()
            raise
        if not self._core.ended.done():
            # For the service the client is gone, and it thaws as soon as it can.
            self._stream.cancel()
            raise timed_out_error(f"no verdict within {timeout}; the service goes on thawing")
        return self._core.receipt_of_release(accept_unproven=accept_unproven)

    def cancel(self) -> None:
        """Ends the hold at once without waiting for a verdict (CLIENT_GONE): the service thaws it,
        after `linger` where that was asked for. Does nothing once it has ended."""
        self._stream.cancel()

    async def wait_broken(self) -> FreezeError | None:
        """Waits until the hold breaks, and returns the error; None when it has ended otherwise."""
        await asyncio.wait({self._core.over})
        return self.broken

    async def guard(self, awaitable: Awaitable[T]) -> T:
        """Awaits `awaitable`, but no longer than the hold holds: when it breaks, `awaitable` is
        cancelled, and the FreezeError that broke the hold is raised."""
        task = asyncio.ensure_future(awaitable)
        try:
            await asyncio.wait({task, self._core.over}, return_when=asyncio.FIRST_COMPLETED)
            self.raise_if_broken()
            return await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _abandon(self) -> None:
        # The garbage collector runs in any thread.
        if not self._stream.loop.is_closed():
            self._stream.loop.call_soon_threadsafe(self._stream.cancel)

    async def __aenter__(self: _H) -> _H:
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Releases, unless `release` or `cancel` was called, and raises what `release` raises.
        An exception of the body goes through as it is, with that as a note."""
        if self._core.ending is not None:
            return
        try:
            await self.release()
        except FreezeError as release_error:
            if error is None:
                raise
            note_on(error, self, release_error)


class OpeningHold:
    """A hold under way: `await` it for the Hold, or enter it by `async with`."""

    def __init__(self, opening: Coroutine[Any, Any, Hold]) -> None:
        self._opening = opening

    def __await__(self) -> Generator[Any, None, Hold]:
        return self._opening.__await__()

    async def __aenter__(self) -> Hold:
        self._hold = await self._opening
        return self._hold

    async def __aexit__(
        self,
        type_: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._hold.__aexit__(type_, error, traceback)


async def open_hold(
    stream: HoldStream, opening: hold_stream_pb2.HoldOpen, until: str, timeout: float
) -> Hold:
    """Waits until it is what was asked for; whatever comes in between, nothing stays frozen."""
    try:
        await stream.ask(until, timeout, open=opening)
        return Hold(stream, stream.behaviour)
    except BaseException:
        stream.cancel()
        raise
