from __future__ import annotations

import gc
from datetime import timedelta

import grpc
import pytest
from fake_service import HOLD_ID, FakeService, interrupt_soon

import fsfreezed
from fsfreezed import FreezeError, Reason
from fsfreezed._gen import hold_pb2, hold_stream_pb2, receipt_pb2
from fsfreezed._hold_core import HoldCore

BROKEN = {"broken": hold_stream_pb2.HoldBroken(cause=receipt_pb2.END_CAUSE_FOREIGN_THAW)}


def test_a_scope_releases_by_a_message(service: FakeService, address: str) -> None:
    with fsfreezed.connect(address) as client, client.hold("/srv") as hold:
        assert hold.id == HOLD_ID
        assert hold.receipt is None
    assert [service.next_command() for _ in range(3)] == ["open", "release", "gone"]
    assert hold.receipt is not None
    assert hold.broken is None


def test_a_bad_end_does_not_hide_what_the_body_raised(service: FakeService, address: str) -> None:
    service.verdict = receipt_pb2.VERDICT_NOT_INTACT
    with fsfreezed.connect(address) as client:
        with pytest.raises(RuntimeError, match="boom") as raised, client.hold("/srv"):
            raise RuntimeError("boom")
        assert "FREEZE_BROKEN" in vars(raised.value)["__notes__"][0]
        with pytest.raises(FreezeError, match="FREEZE_BROKEN"), client.hold("/srv"):
            pass


def test_a_broken_hold_tells_at_once(service: FakeService, address: str) -> None:
    told: list[FreezeError] = []
    with fsfreezed.connect(address) as client:
        hold = client.hold("/srv")
        hold.add_broken_callback(told.append)
        service.says.put(BROKEN)
        error = hold.wait_broken(5)
        assert error is hold.broken
        assert error is not None
        assert error.reason is Reason.FREEZE_BROKEN
        assert error.receipt is None
        service.says.put({"ended": hold_stream_pb2.HoldEnded(receipt=service.receipt())})
        with pytest.raises(FreezeError):
            hold.raise_if_broken()
        # Whatever the receipt says.
        with pytest.raises(FreezeError, match="FREEZE_BROKEN"):
            hold.release()
        assert error.receipt is hold.receipt
        hold.add_broken_callback(told.append)
        assert told == [error, error]


def test_it_renews_until_it_is_released(service: FakeService, address: str) -> None:
    service.ttl = timedelta(seconds=0.3)
    with fsfreezed.connect(address) as client, client.hold("/srv"):
        assert [service.next_command() for _ in range(3)] == ["open", "renew", "renew"]


def test_what_is_taken_over_is_renewed_before_its_deadline(
    service: FakeService, address: str
) -> None:
    service.opens_as = hold_pb2.HOLD_STATE_FROZEN
    with fsfreezed.connect(address) as client, client.resume(HOLD_ID, "token"):
        assert [service.next_command() for _ in range(2)] == ["open", "renew"]


def test_what_nobody_refers_to_any_more_is_thawed(service: FakeService, address: str) -> None:
    with fsfreezed.connect(address) as client:
        with pytest.warns(ResourceWarning, match=HOLD_ID):
            client.hold("/srv")
            gc.collect()
        assert [service.next_command() for _ in range(2)] == ["open", "gone"]


def test_an_interrupted_opening_leaves_nothing_behind(service: FakeService, address: str) -> None:
    service.freezes = False
    with fsfreezed.connect(address) as client:
        interrupt_soon()
        with pytest.raises(KeyboardInterrupt):
            client.hold("/srv")
        assert [service.next_command() for _ in range(2)] == ["open", "gone"]


def test_no_answer_in_time(service: FakeService, address: str) -> None:
    service.freezes = False
    presync = fsfreezed.Presync(mode=fsfreezed.PresyncMode.OFF)
    with fsfreezed.connect(address, timeout=0.1) as client:
        with pytest.raises(FreezeError) as raised:
            client.hold("/srv", freeze_timeout=0.1, presync=presync)
        assert raised.value.reason is Reason.TIMED_OUT
        assert [service.next_command() for _ in range(2)] == ["open", "gone"]


def test_a_lost_service_says_who_has_the_receipt(service: FakeService, address: str) -> None:
    with fsfreezed.connect(address) as client:
        hold = client.hold("/srv")
        service.stop()
        error = hold.wait_broken(5)
        assert error is not None
        assert (error.reason, error.code) == (Reason.UNREACHABLE, grpc.StatusCode.UNAVAILABLE)
        assert error.metadata["hold_id"] == HOLD_ID
        assert "get_hold" in error.message


def test_a_closed_client_breaks_its_holds(service: FakeService, address: str) -> None:
    client = fsfreezed.connect(address)
    hold = client.hold("/srv")
    client.close()
    error = hold.wait_broken(5)
    assert error is not None
    assert error.reason is Reason.CANCELLED


def test_every_event_of_the_contract_is_taken() -> None:
    events = hold_stream_pb2.HoldFreezeResponse.DESCRIPTOR.oneofs_by_name["event"].fields
    assert all(hasattr(HoldCore, f"_take_{event.name}") for event in events)
