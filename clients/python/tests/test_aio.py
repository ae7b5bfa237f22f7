from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable

import grpc
import pytest
from fake_service import HOLD_ID, FakeService
from test_hold import BROKEN

import fsfreezed.aio
from fsfreezed import FreezeError, Reason
from fsfreezed._gen import receipt_pb2

Body = Callable[[fsfreezed.aio.Client], Awaitable[None]]


def run(address: str, body: Body) -> None:
    async def main() -> None:
        async with fsfreezed.aio.connect(address) as client:
            await asyncio.wait_for(body(client), 10)

    asyncio.run(main())


async def next_commands(service: FakeService, count: int) -> list[str]:
    return [await asyncio.to_thread(service.next_command) for _ in range(count)]


def test_a_scope_releases_by_a_message(service: FakeService, address: str) -> None:
    async def body(client: fsfreezed.aio.Client) -> None:
        async with client.hold("/srv") as hold:
            assert hold.id == HOLD_ID
        assert hold.receipt is not None
        assert await next_commands(service, 3) == ["open", "release", "gone"]

    run(address, body)


def test_a_bad_end_does_not_hide_what_the_body_raised(service: FakeService, address: str) -> None:
    service.verdict = receipt_pb2.VERDICT_NOT_INTACT

    async def body(client: fsfreezed.aio.Client) -> None:
        with pytest.raises(RuntimeError, match="boom") as raised:
            async with client.hold("/srv"):
                raise RuntimeError("boom")
        assert "FREEZE_BROKEN" in vars(raised.value)["__notes__"][0]
        with pytest.raises(FreezeError, match="FREEZE_BROKEN"):
            async with client.hold("/srv"):
                pass

    run(address, body)


def test_a_release_that_comes_too_late_does_not_hide_the_end(
    service: FakeService, address: str
) -> None:
    async def body(client: fsfreezed.aio.Client) -> None:
        hold = await client.hold("/srv")
        service.says.put((grpc.StatusCode.DEADLINE_EXCEEDED, "HOLD_EXPIRED", service.receipt()))
        # The event loop does not hear of the end before it sends.
        time.sleep(0.3)  # noqa: ASYNC251
        with pytest.raises(FreezeError, match="HOLD_EXPIRED") as raised:
            await hold.release()
        assert raised.value.receipt is not None

    run(address, body)


def test_what_is_guarded_ends_with_the_hold(service: FakeService, address: str) -> None:
    ended = []

    async def work() -> None:
        try:
            service.says.put(BROKEN)
            await asyncio.sleep(60)
        finally:
            ended.append("cancelled")

    async def body(client: fsfreezed.aio.Client) -> None:
        hold = await client.hold("/srv")
        assert await hold.guard(asyncio.sleep(0, "result")) == "result"
        with pytest.raises(FreezeError, match="FREEZE_BROKEN"):
            await hold.guard(work())
        assert ended == ["cancelled"]
        hold.cancel()

    run(address, body)


def test_a_cancelled_opening_leaves_nothing_behind(service: FakeService, address: str) -> None:
    service.freezes = False

    async def body(client: fsfreezed.aio.Client) -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.hold("/srv"), 0.3)
        assert await next_commands(service, 2) == ["open", "gone"]

    run(address, body)


def test_a_cancelled_scope_releases(service: FakeService, address: str) -> None:
    async def body(client: fsfreezed.aio.Client) -> None:
        async def scope() -> None:
            async with client.hold("/srv"):
                await asyncio.sleep(60)

        task = asyncio.ensure_future(scope())
        assert await next_commands(service, 1) == ["open"]
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await next_commands(service, 2) == ["release", "gone"]

    run(address, body)


def test_what_nobody_refers_to_any_more_is_thawed(service: FakeService, address: str) -> None:
    async def body(client: fsfreezed.aio.Client) -> None:
        with pytest.warns(ResourceWarning, match=HOLD_ID):
            await client.hold("/srv")
            gc.collect()
        assert await next_commands(service, 2) == ["open", "gone"]

    run(address, body)


def test_the_end_of_the_event_loop_thaws(service: FakeService, address: str) -> None:
    held = []

    async def main() -> None:
        held.append(await fsfreezed.aio.connect(address).hold("/srv"))

    asyncio.run(main())
    assert [service.next_command() for _ in range(2)] == ["open", "gone"]
    error = held[0].broken
    assert error is not None
    assert error.reason is Reason.CANCELLED


def test_the_end_of_a_watch_is_no_cancellation_of_its_task(
    service: FakeService, address: str
) -> None:
    async def body(client: fsfreezed.aio.Client) -> None:
        watch = client.watch()
        asyncio.get_running_loop().call_later(0.2, watch.close)
        events = [event async for event in watch]
        assert [event.picture_complete for event in events] == [False, True]
        other = client.watch()
        assert (await other.__anext__()).hold is not None
        await other.__anext__()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(other.__anext__(), 0.2)
        with pytest.raises(FreezeError, match="CANCELLED"):
            await other.__anext__()

    run(address, body)
