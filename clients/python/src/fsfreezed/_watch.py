"""What `Client.watch` returns."""

from __future__ import annotations

from types import TracebackType
from typing import TypeVar

import grpc

from ._connection import Connection
from ._model import WatchEvent
from ._requests import watch_event, watch_request

_W = TypeVar("_W", bound="Watch")


class Watch:
    """An iterator of the changes of holds; a context manager that closes it."""

    def __init__(self, connection: Connection, *, include_ended: bool) -> None:
        self._connection = connection
        request = watch_request(include_ended=include_ended)
        self._call = connection.start(lambda stub: stub.WatchHolds(request))
        self._closed = False

    def __iter__(self: _W) -> _W:
        return self

    def __next__(self) -> WatchEvent:
        """Waits for the next event. Raises FreezeError where the stream fails."""
        while True:
            try:
                event = watch_event(next(self._call))
            except grpc.RpcError as error:
                if self._closed:
                    raise StopIteration from None
                raise self._connection.error_of(error) from error
            if event is not None:
                return event

    def close(self) -> None:
        """Ends the iteration, also one that waits in another thread."""
        self._closed = True
        self._call.cancel()

    def __enter__(self: _W) -> _W:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()
