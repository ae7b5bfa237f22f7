from __future__ import annotations

import pickle
import threading

import grpc
import pytest
from fake_service import FakeService, interrupt_soon, refuse

import fsfreezed
from fsfreezed import FreezeError, Reason
from fsfreezed._gen import freeze_service_pb2 as service_pb2
from fsfreezed._gen import receipt_pb2


def test_a_refusal_has_its_reason_and_its_receipt(service: FakeService, address: str) -> None:
    service.thaw = lambda context: refuse(
        context, grpc.StatusCode.ABORTED, "OF_A_NEWER_SERVICE", service.receipt()
    )
    with fsfreezed.connect(address) as client, pytest.raises(FreezeError) as raised:
        client.thaw("h-1")
    error = raised.value
    assert (error.reason, error.code) == ("OF_A_NEWER_SERVICE", grpc.StatusCode.ABORTED)
    assert error.receipt is not None
    assert error.receipt.hold_id == "h-1"
    # It survives the way home from a worker process.
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), vars(copy)) == (str(error), vars(error))


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (receipt_pb2.VERDICT_NOT_INTACT, Reason.FREEZE_BROKEN),
        (receipt_pb2.VERDICT_NEVER_FROZEN, Reason.NOT_FROZEN),
        (receipt_pb2.VERDICT_UNPROVEN, Reason.UNPROVEN),
        (17, Reason.UNPROVEN),
    ],
)
def test_a_bad_verdict_is_an_error_whatever_the_status(
    service: FakeService, address: str, verdict: receipt_pb2.Verdict, reason: Reason
) -> None:
    service.verdict = verdict
    with fsfreezed.connect(address) as client:
        with pytest.raises(FreezeError) as raised:
            client.thaw("h-1")
        assert raised.value.reason is reason
        if reason is Reason.UNPROVEN:
            assert client.thaw("h-1", accept_unproven=True).hold_id == "h-1"


def test_a_closed_client_is_a_closed_file(address: str) -> None:
    client = fsfreezed.connect(address)
    client.close()
    client.close()
    with pytest.raises(ValueError, match="closed"):
        client.is_frozen("/srv")


def test_an_interrupted_call_is_cancelled(service: FakeService, address: str) -> None:
    gone = threading.Event()

    def thaw(context: grpc.ServicerContext) -> service_pb2.ThawResponse:
        context.add_callback(gone.set)
        interrupt_soon()
        gone.wait(10)
        return service_pb2.ThawResponse()

    service.thaw = thaw
    with fsfreezed.connect(address) as client:
        with pytest.raises(KeyboardInterrupt):
            client.thaw("h-1")
        assert gone.wait(5)


def test_nobody_listens(address: str) -> None:
    with fsfreezed.connect(address) as client, pytest.raises(FreezeError) as raised:
        client.hold("/srv")
    assert raised.value.reason is Reason.UNREACHABLE
    assert raised.value.code is grpc.StatusCode.UNAVAILABLE
