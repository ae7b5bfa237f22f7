"""The driver of the synchronous client: see test/conformance/README.md. Each command has a thread
of its own, as a program with blocking calls has."""

from __future__ import annotations

import ctypes
import functools
import json
import queue
import sys
import threading
from collections.abc import Callable

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

import fsfreezed


class Driver:
    def __init__(self) -> None:
        self.clients: dict[str, fsfreezed.Client] = {}
        self.holds: dict[str, fsfreezed.Hold] = {}
        self.leaving: dict[str, queue.SimpleQueue[str]] = {}
        self.watches: dict[str, fsfreezed.Watch] = {}

    def client(self, fields: Fields) -> fsfreezed.Client:
        return self.clients[fields["client"]]

    def held(self, fields: Fields) -> fsfreezed.Hold:
        return self.holds[fields["hold"]]

    def keep(self, name: str, hold: fsfreezed.Hold) -> None:
        self.holds[name] = hold
        tell_broken(name, hold)

    def opened(self, name: str, hold: fsfreezed.Hold) -> Fields:
        self.keep(name, hold)
        return {**of_hold(hold.info), "resumeToken": hold.resume_token}

    def connect(self, fields: Fields) -> Fields:
        self.clients[fields["as"]] = fsfreezed.connect(fields["address"], **connection(fields))
        return {}

    def close(self, fields: Fields) -> Fields:
        self.client(fields).close()
        return {}

    def hold(self, fields: Fields) -> Fields:
        name = fields["as"]
        given = {**options(fields), **listeners(name)}
        return self.opened(name, self.client(fields).hold(targets(fields), **given))

    def resume(self, fields: Fields) -> Fields:
        name = fields["as"]
        given = {**options(fields), **listeners(name)}
        hold = self.client(fields).resume(fields["holdId"], fields["resumeToken"], **given)
        return self.opened(name, hold)

    def hold_freeze(self, fields: Fields) -> Fields:
        return {"hold": self.held(fields).freeze()}

    def hold_thaw(self, fields: Fields) -> Fields:
        return {"stillFrozenBy": self.held(fields).thaw()}

    def hold_renew(self, fields: Fields) -> Fields:
        return {"expireTime": instant(self.held(fields).renew(**only(fields, "ttlMs")))}

    def hold_status(self, fields: Fields) -> Fields:
        return of_hold_status(self.held(fields).status())

    def hold_release(self, fields: Fields) -> Fields:
        return of_receipt(self.held(fields).release(**only(fields, "acceptUnproven")))

    def hold_cancel(self, fields: Fields) -> Fields:
        self.held(fields).cancel()
        return {}

    def hold_check(self, fields: Fields) -> Fields:
        self.held(fields).raise_if_broken()
        return {}

    def hold_receipt(self, fields: Fields) -> Fields:
        return {"receipt": self.held(fields).receipt}

    def hold_drop(self, fields: Fields) -> Fields:
        raise UnsupportedHere("when a forgotten hold is collected is up to the interpreter")

    def scope(self, fields: Fields) -> Fields:
        name = fields["as"]
        given = {**options(fields), **listeners(name)}
        leave = self.leaving[name] = queue.SimpleQueue()
        with self.client(fields).hold(targets(fields), **given) as hold:
            self.keep(name, hold)
            say(event="entered", scope=name, hold=hold.info)
            match leave.get():
                case "release":
                    hold.release()
                case "throw" | "panic":
                    raise Boom("boom")
        assert hold.receipt is not None
        return of_receipt(hold.receipt)

    def leave(self, fields: Fields) -> Fields:
        self.leaving[fields["scope"]].put(fields["how"])
        return {}

    def freeze(self, fields: Fields) -> Fields:
        given = {**options(fields), **only(fields, "requestId")}
        return of_hold(self.client(fields).freeze(targets(fields), **given))

    def thaw(self, fields: Fields) -> Fields:
        given = only(fields, "holdId", "acceptUnproven")
        if "target" in fields:
            given["target"] = target(fields["target"])
        return of_receipt(self.client(fields).thaw(**given))

    def forceThaw(self, fields: Fields) -> Fields:
        return {"forced": self.client(fields).force_thaw(target(fields["target"]))}

    def renew(self, fields: Fields) -> Fields:
        return of_hold(self.client(fields).renew(fields["holdId"], **only(fields, "ttlMs")))

    def isFrozen(self, fields: Fields) -> Fields:
        return of_frozen_status(self.client(fields).is_frozen(target(fields["target"])))

    def plan(self, fields: Fields) -> Fields:
        return {"plan": self.client(fields).plan(targets(fields))}

    def listFilesystems(self, fields: Fields) -> Fields:
        return {"filesystems": list(self.client(fields).list_filesystems())}

    def getHold(self, fields: Fields) -> Fields:
        return of_hold(self.client(fields).get_hold(fields["holdId"]))

    def listHolds(self, fields: Fields) -> Fields:
        return {"holds": list(self.client(fields).list_holds())}

    def watch(self, fields: Fields) -> Fields:
        watch = self.client(fields).watch(**only(fields, "includeEnded"))
        self.watches[fields["as"]] = watch
        start(lambda: self.tell_watch(fields["as"], watch))
        return {}

    def tell_watch(self, name: str, watch: fsfreezed.Watch) -> None:
        try:
            for event in watch:
                say(event="watch", watch=name, **of_watch_event(event))
            say(event="watchEnded", watch=name)
        except Exception as error:
            say(event="watchEnded", watch=name, error=told(error))

    def unwatch(self, fields: Fields) -> Fields:
        self.watches[fields["watch"]].close()
        return {}

    def health(self, fields: Fields) -> Fields:
        return {"status": self.client(fields).health(**only(fields, "service"))}

    def busy(self, fields: Fields) -> Fields:
        # PyDLL keeps the interpreter's lock: no thread of Python's runs.
        ctypes.PyDLL(None).poll(None, 0, fields["ms"])
        return {}

    def run(self, message: Fields) -> None:
        command: Callable[[Fields], Fields] = getattr(self, message["do"].replace(".", "_"))
        try:
            say(id=message["id"], ok=command(message))
        except Exception as error:
            scope = self.holds.get(message["as"]) if message["do"] == "scope" else None
            say(id=message["id"], error=told(error, scope.receipt if scope else None))


def start(work: Callable[[], None]) -> None:
    # What waits for the service when the program is done is forgotten with it.
    threading.Thread(target=work, daemon=True).start()


def main() -> None:
    driver = Driver()
    say(event="ready", language="python", forms=["with"])
    for line in sys.stdin:
        message = json.loads(line)
        if message["do"] == "exit":
            say(id=message["id"], ok={})
            return
        start(functools.partial(driver.run, message))


if __name__ == "__main__":
    main()
