"""A service in memory that freezes nothing, and does to a hold what a test tells it to. It serves
real gRPC on a real Unix socket."""

from __future__ import annotations

import queue
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, NoReturn

import grpc
from google.protobuf.any_pb2 import Any as PbAny
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2

from fsfreezed._gen import freeze_service_pb2 as service_pb2
from fsfreezed._gen import freeze_service_pb2_grpc as service_grpc
from fsfreezed._gen import hold_pb2, hold_stream_pb2, options_pb2, receipt_pb2

HOLD_ID = "h-1"


def refuse(
    context: grpc.ServicerContext,
    code: grpc.StatusCode,
    reason: str,
    receipt: receipt_pb2.Receipt | None = None,
) -> NoReturn:
    """Ends the call with a status and its details, as the real service does."""
    details = [PbAny(), PbAny()]
    details[0].Pack(error_details_pb2.ErrorInfo(reason=reason, domain="fsfreeze.v1"))
    details[1].Pack(receipt or receipt_pb2.Receipt())
    status = status_pb2.Status(
        code=code.value[0], message="no", details=details if receipt else details[:1]
    )
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, "no")
    raise AssertionError("abort raises")


def interrupt_soon() -> None:
    """Does what Ctrl-C does, when the main thread waits for an answer."""
    main = threading.main_thread().ident
    assert main is not None
    threading.Timer(0.3, signal.pthread_kill, [main, signal.SIGINT]).start()


class FakeService(service_grpc.FreezeServiceServicer):
    """Holds are frozen at once, and released with `verdict`."""

    def __init__(self, socket: str) -> None:
        self.verdict = receipt_pb2.VERDICT_INTACT
        self.ttl = timedelta(seconds=10)
        self.freezes = True
        self.opens_as = hold_pb2.HOLD_STATE_FREEZING
        self.commands: queue.SimpleQueue[str] = queue.SimpleQueue()
        """What clients said; `gone` at the end of a stream."""
        self.says: queue.SimpleQueue[Any] = queue.SimpleQueue()
        """What to say to the latest hold; a tuple is the status that its stream ends with."""
        self.thaw: Callable[[grpc.ServicerContext], service_pb2.ThawResponse]
        self.thaw = lambda _context: service_pb2.ThawResponse(receipt=self.receipt())
        self._server = grpc.server(ThreadPoolExecutor(8))
        service_grpc.add_FreezeServiceServicer_to_server(self, self._server)
        self._server.add_insecure_port(f"unix:{socket}")
        self._server.start()

    def stop(self) -> None:
        self._server.stop(None).wait()

    def next_command(self) -> str:
        return self.commands.get(timeout=5)

    def hold(self, state: hold_pb2.HoldState) -> hold_pb2.Hold:
        ttl = Duration()
        ttl.FromTimedelta(self.ttl)
        return hold_pb2.Hold(
            hold_id=HOLD_ID, state=state, effective=options_pb2.HoldOptions(ttl=ttl)
        )

    def receipt(self) -> receipt_pb2.Receipt:
        return receipt_pb2.Receipt(
            hold_id=HOLD_ID, verdict=self.verdict, end_cause=receipt_pb2.END_CAUSE_RELEASED
        )

    def Thaw(
        self, _request: service_pb2.ThawRequest, context: grpc.ServicerContext
    ) -> service_pb2.ThawResponse:
        return self.thaw(context)

    def WatchHolds(
        self, _request: service_pb2.WatchHoldsRequest, context: grpc.ServicerContext
    ) -> Iterator[service_pb2.WatchHoldsResponse]:
        """Tells the first picture, of one hold, something that only a newer service knows, and
        nothing more."""
        gone = threading.Event()
        yield service_pb2.WatchHoldsResponse(hold=self.hold(hold_pb2.HOLD_STATE_FROZEN))
        yield service_pb2.WatchHoldsResponse()
        yield service_pb2.WatchHoldsResponse(picture_complete=service_pb2.WatchPictureComplete())
        if context.add_callback(gone.set):
            gone.wait()

    def HoldFreeze(
        self, requests: Iterator[hold_stream_pb2.HoldFreezeRequest], context: grpc.ServicerContext
    ) -> Iterator[hold_stream_pb2.HoldFreezeResponse]:
        says = self.says = queue.SimpleQueue()
        if not context.add_callback(lambda: says.put(None)):
            return
        threading.Thread(target=self._listen, args=(requests,), daemon=True).start()
        while (message := says.get()) is not None:
            if isinstance(message, tuple):
                refuse(context, *message)
            yield hold_stream_pb2.HoldFreezeResponse(**message)
            if "ended" in message:
                return

    def _listen(self, requests: Iterator[hold_stream_pb2.HoldFreezeRequest]) -> None:
        try:
            for request in requests:
                command = request.WhichOneof("command")
                self._answer(command, request.seq)
                self.commands.put(command)
        except grpc.RpcError:
            pass
        self.commands.put("gone")

    def _answer(self, command: str, seq: int) -> None:
        if command == "open":
            opened = hold_stream_pb2.HoldOpened(hold=self.hold(self.opens_as))
            self.says.put({"seq": seq, "opened": opened})
            if self.freezes:
                frozen = hold_stream_pb2.HoldFrozen(hold=self.hold(hold_pb2.HOLD_STATE_FROZEN))
                self.says.put({"seq": seq, "frozen": frozen})
        elif command == "renew":
            self.says.put({"seq": seq, "renewed": hold_stream_pb2.HoldRenewed()})
        elif command == "release":
            ended = hold_stream_pb2.HoldEnded(receipt=self.receipt())
            self.says.put({"seq": seq, "ended": ended})
