"""The I/O of a synchronous hold: one thread reads its stream, gRPC's own one writes."""

from __future__ import annotations

import concurrent.futures
import queue
import threading
from collections.abc import Iterator
from typing import Any, Literal

import grpc

from ._connection import Connection
from ._errors import FreezeError, protocol_error, timed_out_error
from ._gen.hold_stream_pb2 import HoldFreezeRequest
from ._hold_core import Behaviour, HoldCore
from ._times import wait_of

_WAKE: Literal["wake"] = "wake"


class HoldStream:
    """Nothing in here refers to the Hold, so that a forgotten one is noticed."""

    def __init__(self, connection: Connection, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        # What is to be sent; None after the last one.
        self._outbox: queue.SimpleQueue[HoldFreezeRequest | Literal["wake"] | None]
        self._outbox = queue.SimpleQueue()
        self.core = HoldCore(
            behaviour,
            new_future=concurrent.futures.Future,
            send=self._outbox.put,
            reschedule=lambda: self._outbox.put(_WAKE),
        )
        # It closes its channel when nobody refers to it.
        self._connection = connection
        # Without a deadline: that would shorten the hold.
        self._call = connection.start(lambda stub: stub.HoldFreeze(self._requests()))
        # A hold that was forgotten must not keep the process from ending.
        reader = threading.Thread(target=self._read, name="fsfreezed-hold", daemon=True)
        try:
            reader.start()
        except BaseException:
            self._call.cancel()
            raise

    def ask(self, expects: str, timeout: float, **command: Any) -> Any:
        """Sends a command and waits for its answer; raises where it is refused, or the stream
        ends."""
        asked = self.core.ask(expects, **command)
        try:
            answer = asked.answer.result(wait_of(timeout))
        except concurrent.futures.TimeoutError:
            raise timed_out_error(f"not {expects} within {timeout:g} s") from None
        finally:
            self.core.forget(asked)
        if isinstance(answer, FreezeError):
            raise answer.with_traceback(None)
        return answer

    def cancel(self) -> None:
        self.core.cancelled()
        self._call.cancel()

    def _requests(self) -> Iterator[HoldFreezeRequest]:
        """What gRPC sends. Its wait for the next command is the renewal's timer as well."""
        while True:
            try:
                request = self._outbox.get(timeout=self.core.renewal_wait())
            except queue.Empty:
                self.core.renew_if_due()
                continue
            if request is None:
                return
            if not isinstance(request, str):
                yield request

    def _read(self) -> None:
        error: FreezeError | None = None
        try:
            for response in self._call:
                self.core.take(response)
        except grpc.RpcError as rpc_error:
            error = self._connection.error_of(rpc_error)
        except FreezeError as broken_contract:
            error = broken_contract
        except Exception as unreadable:
            error = protocol_error(f"a message of the hold cannot be read: {unreadable!r}")
        # Does nothing where the stream is at its end.
        self._call.cancel()
        self.core.end(error)
