"""The driver of the asyncio client: see test/conformance/README.md. Each command is a task."""

from __future__ import annotations

import asyncio
import ctypes
import json
import sys
from collections.abc import Awaitable, Callable

from wire import (
    Boom,
    Fields,
    UnsupportedHere,
    connection,
    instant,
    listeners,
    of_frozen_status,
    of_hold,
    of_hold_status,
    of_receipt,
    of_watch_event,
    only,
    options,
    say,
    target,
    targets,
    tell_broken,
    told,
)

import fsfreezed.aio

LONGEST_LINE = 1 << 24


class Driver:
    def __init__(self) -> None:
        self.clients: dict[str, fsfreezed.aio.Client] = {}
        self.holds: dict[str, fsfreezed.aio.Hold] = {}
        self.leaving: dict[str, asyncio.Queue[str]] = {}
        self.watches: dict[str, fsfreezed.aio.Watch] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    def client(self, fields: Fields) -> fsfreezed.aio.Client:
        return self.clients[fields["client"]]

    def held(self, fields: Fields) -> fsfreezed.aio.Hold:
        return self.holds[fields["hold"]]

    def keep(self, name: str, hold: fsfreezed.aio.Hold) -> None:
        self.holds[name] = hold
        tell_broken(name, hold)

    def opened(self, name: str, hold: fsfreezed.aio.Hold) -> Fields:
        self.keep(name, hold)
        return {**of_hold(hold.info), "resumeToken": hold.resume_token}

    async def connect(self, fields: Fields) -> Fields:
        given = connection(fields)
        self.clients[fields["as"]] = fsfreezed.aio.connect(fields["address"], **given)
        return {}

    async def close(self, fields: Fields) -> Fields:
        await self.client(fields).close()
        return {}

    async def hold(self, fields: Fields) -> Fields:
        name = fields["as"]
        given = {**options(fields), **listeners(name)}
        return self.opened(name, await self.client(fields).hold(targets(fields), **given))

    async def resume(self, fields: Fields) -> Fields:
        name = fields["as"]
        given = {**options(fields), **listeners(name)}
        hold = await self.client(fields).resume(fields["holdId"], fields["resumeToken"], **given)
        return self.opened(name, hold)

    async def hold_freeze(self, fields: Fields) -> Fields:
        return {"hold": await self.held(fields).freeze()}

    async def hold_thaw(self, fields: Fields) -> Fields:
        return {"stillFrozenBy": await self.held(fields).thaw()}

    async def hold_renew(self, fields: Fields) -> Fields:
        return {"expireTime": instant(await self.held(fields).renew(**only(fields, "ttlMs")))}

    async def hold_status(self, fields: Fields) -> Fields:
        return of_hold_status(await self.held(fields).status())

    async def hold_release(self, fields: Fields) -> Fields:
        return of_receipt(await self.held(fields).release(**only(fields, "acceptUnproven")))

    async def hold_cancel(self, fields: Fields) -> Fields:
        self.held(fields).cancel()
        return {}

    async def hold_check(self, fields: Fields) -> Fields:
        self.held(fields).raise_if_broken()
        return {}

    async def hold_receipt(self, fields: Fields) -> Fields:
        return {"receipt": self.held(fields).receipt}

    async def hold_drop(self, fields: Fields) -> Fields:
        raise UnsupportedHere("when a forgotten hold is collected is up to the interpreter")

    async def scope(self, fields: Fields) -> Fields:
        name = fields["as"]
        given = {**options(fields), **listeners(name)}
        leave = self.leaving[name] = asyncio.Queue()
        async with self.client(fields).hold(targets(fields), **given) as hold:
            self.keep(name, hold)
            say(event="entered", scope=name, hold=hold.info)
            match await leave.get():
                case "release":
                    await hold.release()
                case "throw" | "panic":
                    raise Boom("boom")
        assert hold.receipt is not None
        return of_receipt(hold.receipt)

    async def leave(self, fields: Fields) -> Fields:
        self.leaving[fields["scope"]].put_nowait(fields["how"])
        return {}

    async def freeze(self, fields: Fields) -> Fields:
        given = {**options(fields), **only(fields, "requestId")}
        return of_hold(await self.client(fields).freeze(targets(fields), **given))

    async def thaw(self, fields: Fields) -> Fields:
        given = only(fields, "holdId", "acceptUnproven")
        if "target" in fields:
            given["target"] = target(fields["target"])
        return of_receipt(await self.client(fields).thaw(**given))

    async def forceThaw(self, fields: Fields) -> Fields:
        return {"forced": await self.client(fields).force_thaw(target(fields["target"]))}

    async def renew(self, fields: Fields) -> Fields:
        return of_hold(await self.client(fields).renew(fields["holdId"], **only(fields, "ttlMs")))

    async def isFrozen(self, fields: Fields) -> Fields:
        return of_frozen_status(await self.client(fields).is_frozen(target(fields["target"])))

    async def plan(self, fields: Fields) -> Fields:
        return {"plan": await self.client(fields).plan(targets(fields))}

    async def listFilesystems(self, fields: Fields) -> Fields:
        listed = self.client(fields).list_filesystems()
        return {"filesystems": [filesystem async for filesystem in listed]}

    async def getHold(self, fields: Fields) -> Fields:
        return of_hold(await self.client(fields).get_hold(fields["holdId"]))

    async def listHolds(self, fields: Fields) -> Fields:
        return {"holds": [hold async for hold in self.client(fields).list_holds()]}

    async def watch(self, fields: Fields) -> Fields:
        watch = self.client(fields).watch(**only(fields, "includeEnded"))
        self.watches[fields["as"]] = watch
        self.start(self.tell_watch(fields["as"], watch))
        return {}

    async def tell_watch(self, name: str, watch: fsfreezed.aio.Watch) -> None:
        try:
            async for event in watch:
                say(event="watch", watch=name, **of_watch_event(event))
            say(event="watchEnded", watch=name)
        except Exception as error:
            say(event="watchEnded", watch=name, error=told(error))

    async def unwatch(self, fields: Fields) -> Fields:
        self.watches[fields["watch"]].close()
        return {}

    async def health(self, fields: Fields) -> Fields:
        return {"status": await self.client(fields).health(**only(fields, "service"))}

    async def busy(self, fields: Fields) -> Fields:
        # The event loop stands still, and with PyDLL every other thread of Python's, too.
        ctypes.PyDLL(None).poll(None, 0, fields["ms"])
        return {}

    async def run(self, message: Fields) -> None:
        command: Callable[[Fields], Awaitable[Fields]]
        command = getattr(self, message["do"].replace(".", "_"))
        try:
            say(id=message["id"], ok=await command(message))
        except Exception as error:
            scope = self.holds.get(message["as"]) if message["do"] == "scope" else None
            say(id=message["id"], error=told(error, scope.receipt if scope else None))

    def start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


async def main() -> None:
    driver = Driver()
    commands = asyncio.StreamReader(limit=LONGEST_LINE)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    say(event="ready", language="python", forms=["async with"])
    while line := await commands.readline():
        message = json.loads(line)
        if message["do"] == "exit":
            say(id=message["id"], ok={})
            return
        driver.start(driver.run(message))


if __name__ == "__main__":
    asyncio.run(main())
