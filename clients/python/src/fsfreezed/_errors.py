"""What every call of the client raises, and how a gRPC status becomes one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from ._decode import decode
from ._gen import receipt_pb2
from ._model import Receipt
from ._names import Reason

_DOMAIN = "fsfreeze.v1"

_REASONS_WITHOUT_DETAILS = {
    grpc.StatusCode.UNAVAILABLE: Reason.UNREACHABLE,
    # Who cancelled it himself does not ask here: this is a service that broke the stream off.
    grpc.StatusCode.CANCELLED: Reason.UNREACHABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED: Reason.TIMED_OUT,
}


class FreezeError(Exception):
    """A call or a hold failed. Branch on `reason`; `message` is for people and may change."""

    def __init__(
        self,
        message: str,
        *,
        reason: Reason,
        code: grpc.StatusCode,
        metadata: Mapping[str, str] | None = None,
        receipt: Receipt | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.code = code
        """The gRPC status."""
        self.metadata: Mapping[str, str] = metadata or {}
        """Every variable part: `path`, `device`, `errno`, `holder` ... as the reason names them."""
        self.receipt = receipt
        """The receipt of the hold that this is about, where the service told it."""

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}"

    def __reduce__(self) -> tuple[Callable[..., FreezeError], tuple[Any, ...]]:
        # An exception is pickled by its positional arguments alone, and must survive the way home
        # from a worker process.
        return _restore, (type(self), self.args, self.__dict__)


def _restore(cls: type[FreezeError], args: tuple[Any, ...], state: dict[str, Any]) -> FreezeError:
    error = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error


def error_of_rpc(error: grpc.RpcError) -> FreezeError:
    """The error of a call that its caller did not cancel."""
    code: grpc.StatusCode = error.code()
    reason, metadata, receipt = _details_of(error.trailing_metadata())
    return FreezeError(
        error.details() or code.name,
        reason=reason or _REASONS_WITHOUT_DETAILS.get(code, Reason.PROTOCOL),
        code=code,
        metadata=metadata,
        receipt=receipt,
    )


def cancelled_error(message: str = "cancelled by its caller") -> FreezeError:
    return FreezeError(message, reason=Reason.CANCELLED, code=grpc.StatusCode.CANCELLED)


def timed_out_error(message: str) -> FreezeError:
    return FreezeError(message, reason=Reason.TIMED_OUT, code=grpc.StatusCode.DEADLINE_EXCEEDED)


def protocol_error(message: str) -> FreezeError:
    return FreezeError(message, reason=Reason.PROTOCOL, code=grpc.StatusCode.INTERNAL)


def _details_of(
    trailers: Any,
) -> tuple[Reason | None, Mapping[str, str] | None, Receipt | None]:
    reason = metadata = receipt = None
    try:
        for detail in _status_of(trailers).details:
            info = error_details_pb2.ErrorInfo()
            message = receipt_pb2.Receipt()
            if detail.Unpack(info) and info.domain == _DOMAIN and info.reason:
                reason, metadata = Reason(info.reason), dict(info.metadata)
            elif detail.Unpack(message):
                receipt = decode(Receipt, message)
    except (DecodeError, ValueError):
        # Details that cannot be read must not hide the status that they came with.
        pass
    return reason, metadata, receipt


def _status_of(trailers: Any) -> status_pb2.Status:
    for key, value in trailers or ():
        if key == "grpc-status-details-bin":
            return status_pb2.Status.FromString(value)
    return status_pb2.Status()
