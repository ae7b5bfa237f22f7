"""One channel of gRPC's asyncio API, and what its calls raise."""

from __future__ import annotations

import asyncio
from typing import TypeVar

import grpc
import grpc.aio

from .._channel import ChannelSettings
from .._errors import FreezeError, cancelled_error, error_of_rpc
from .._requests import Stub, Unary

T = TypeVar("T")


class Connection:
    """Connects at the first call, and anew at the next one after it broke."""

    def __init__(self, settings: ChannelSettings) -> None:
        self._settings = settings
        # gRPC ties a channel to the event loop that it is made in: made at the first call.
        self._channel: grpc.aio.Channel | None = None
        self._stub: Stub | None = None
        self._closed = False

    @property
    def stub(self) -> Stub:
        """Raises ValueError once it is closed, as a closed file does."""
        if self._closed:
            raise ValueError("the client is closed")
        if self._stub is None:
            target, options = self._settings.target, self._settings.options
            if self._settings.credentials is None:
                self._channel = grpc.aio.insecure_channel(target, options)
            else:
                self._channel = grpc.aio.secure_channel(target, self._settings.credentials, options)
            self._stub = Stub(self._channel)
        return self._stub

    async def call(self, unary: Unary[T]) -> T:
        method = getattr(self.stub, unary.method)
        try:
            response = await method(unary.request, timeout=unary.timeout)
        except grpc.RpcError as error:
            raise self.error_of(error) from error
        except asyncio.CancelledError:
            self.raise_if_closed()
            raise
        return unary.answer(response)

    def error_of(self, error: grpc.RpcError) -> FreezeError:
        return self.closed_error() if self._closed else error_of_rpc(error)

    def closed_error(self) -> FreezeError:
        return cancelled_error("the client was closed" if self._closed else "cancelled")

    def raise_if_closed(self) -> None:
        """To be asked when a call raised CancelledError, which may mean the call alone: that must
        not look like the cancellation of the task that waited for it."""
        if self._closed and not task_is_cancelled():
            raise self.closed_error() from None

    async def close(self) -> None:
        self._closed = True
        if self._channel is not None:
            await self._channel.close()


def task_is_cancelled() -> bool:
    """Whether somebody wants the current task to end. Python 3.10 cannot tell."""
    cancelling = getattr(asyncio.current_task(), "cancelling", None)
    return cancelling is not None and cancelling() > 0
