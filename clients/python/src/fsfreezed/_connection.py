"""One channel of the synchronous gRPC API, and what its calls raise."""

from __future__ import annotations

from typing import TypeVar

import grpc

from ._channel import ChannelSettings
from ._errors import FreezeError, cancelled_error, error_of_rpc
from ._requests import Stub, Unary

T = TypeVar("T")


class Connection:
    """Connects at the first call, and anew at the next one after it broke."""

    def __init__(self, settings: ChannelSettings) -> None:
        if settings.credentials is None:
            self._channel = grpc.insecure_channel(settings.target, settings.options)
        else:
            self._channel = grpc.secure_channel(
                settings.target, settings.credentials, settings.options
            )
        self._stub = Stub(self._channel)
        self._closed = False

    @property
    def stub(self) -> Stub:
        """Raises ValueError once it is closed, as a closed file does."""
        if self._closed:
            raise ValueError("the client is closed")
        return self._stub

    def call(self, unary: Unary[T]) -> T:
        method = getattr(self.stub, unary.method)
        call = method.future(unary.request, timeout=unary.timeout)
        try:
            response = call.result()
        except grpc.RpcError as error:
            raise self.error_of(error) from error
        except BaseException:
            # A KeyboardInterrupt: what nobody waits for any more must not freeze anything.
            call.cancel()
            raise
        return unary.answer(response)

    def error_of(self, error: grpc.RpcError) -> FreezeError:
        return cancelled_error("the client was closed") if self._closed else error_of_rpc(error)

    def close(self) -> None:
        self._closed = True
        self._channel.close()
