"""One channel of the synchronous gRPC API, and what its calls raise."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

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

    def start(self, begin: Callable[[Stub], Any]) -> Any:
        """Begins a call, and gives gRPC's handle of it. Raises ValueError once it is closed, as a
        closed file does.

        Signal handlers run in the main thread, and what they raise (KeyboardInterrupt) in the
        middle of gRPC's beginning of a call leaves one behind that nobody can cancel, and that
        closing the channel waits for without end. So no call is begun in that thread.
        """
        if self._closed:
            raise ValueError("the client is closed")
        if threading.current_thread() is not threading.main_thread():
            return begin(self._stub)
        begun: Future[Any] = Future()
        threading.Thread(target=_fulfil, args=(begun, begin, self._stub), daemon=True).start()
        try:
            return begun.result()
        except BaseException:
            begun.add_done_callback(lambda done: done.exception() or done.result().cancel())
            raise

    def call(self, unary: Unary[T]) -> T:
        call = self.start(
            lambda stub: getattr(stub, unary.method).future(unary.request, timeout=unary.timeout)
        )
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


def _fulfil(begun: Future[Any], begin: Callable[[Stub], Any], stub: Stub) -> None:
    try:
        begun.set_result(begin(stub))
    except BaseException as error:
        begun.set_exception(error)
