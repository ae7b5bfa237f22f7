"""What `Client.watch` of the asyncio client returns."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import TypeVar

import grpc
import grpc.aio

from .._model import WatchEvent
from .._requests import watch_event, watch_request
from ._connection import Connection, task_is_cancelled

_W = TypeVar("_W", bound="Watch")


class Watch:
    """An asynchronous iterator of the changes of holds; a context manager that closes it.

    Cancelling the wait for an event ends the watch, too.
    """

    def __init__(self, connection: Connection, *, include_ended: bool) -> None:
        self._connection = connection
        self._call = connection.stub.WatchHolds(watch_request(include_ended=include_ended))
        self._closed = False

    def __aiter__(self: _W) -> _W:
        return self

    async def __anext__(self) -> WatchEvent:
        """Waits for the next event. Raises FreezeError where the stream fails."""
        while True:
            if self._call.cancelled():
                # gRPC would raise CancelledError, as if the task that asks here were meant.
                self._raise_closed()
            try:
                response = await self._call.read()
            except grpc.RpcError as error:
                raise self._connection.error_of(error) from error
            except asyncio.CancelledError:
                if self._closed and not task_is_cancelled():
                    self._raise_closed()
                self._connection.raise_if_closed()
                raise
            if response is grpc.aio.EOF:
                raise StopAsyncIteration
            event = watch_event(response)
            if event is not None:
                return event

    def close(self) -> None:
        """Ends the iteration, also one that waits in another task."""
        self._closed = True
        self._call.cancel()

    def _raise_closed(self) -> None:
        if self._closed:
            raise StopAsyncIteration from None
        raise self._connection.closed_error() from None

    async def __aenter__(self: _W) -> _W:
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()
