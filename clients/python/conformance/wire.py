"""What the two drivers share: the protocol of test/conformance/README.md as Python values."""

from __future__ import annotations

import json
import re
import sys
import threading
import traceback
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import fsfreezed
import fsfreezed.aio

Fields = dict[str, Any]

_stdout = threading.Lock()


class Boom(Exception):
    """What the body of a scope raises."""


class UnsupportedHere(Exception):
    """Where the client has no such thing."""


def say(**message: Any) -> None:
    line = json.dumps(message, default=lambda value: value.to_dict()) + "\n"
    with _stdout:
        sys.stdout.write(line)
        sys.stdout.flush()


def told(error: BaseException, receipt: fsfreezed.Receipt | None = None) -> Fields:
    """The form of an error. `receipt`: that of the scope that it left, for errors without one."""
    if isinstance(error, fsfreezed.FreezeError):
        fields: Fields = {
            "reason": error.reason,
            "code": error.code.name,
            "message": error.message,
            "metadata": dict(error.metadata),
        }
        receipt = error.receipt or receipt
    elif isinstance(error, Boom):
        fields = {"reason": "BODY", "message": str(error)}
    elif isinstance(error, UnsupportedHere):
        fields = {"reason": "UNSUPPORTED_HERE", "message": str(error)}
    else:
        text = "".join(traceback.format_exception(error))
        fields = {"reason": "FOREIGN", "message": text}
    return fields if receipt is None else {**fields, "receipt": receipt}


def milliseconds(duration: timedelta | None) -> int | None:
    return None if duration is None else duration // timedelta(milliseconds=1)


def instant(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat().replace("+00:00", "Z")


def of_hold(hold: fsfreezed.HoldInfo) -> Fields:
    native = {
        "holdId": hold.hold_id,
        "state": hold.state,
        "purpose": hold.purpose,
        "ttlMs": milliseconds(hold.effective.ttl),
    }
    return {"hold": hold, "native": native}


def of_receipt(receipt: fsfreezed.Receipt) -> Fields:
    native = {
        "holdId": receipt.hold_id,
        "verdict": receipt.verdict,
        "endCause": receipt.end_cause,
        "frozenCount": receipt.frozen_count,
        "thawedCount": receipt.thawed_count,
        "intervals": sum(len(filesystem.intervals) for filesystem in receipt.filesystems),
        "endTime": instant(receipt.end_time),
    }
    return {"receipt": receipt, "native": native}


def of_frozen_status(status: fsfreezed.FrozenStatus) -> Fields:
    native = {
        "state": status.state,
        "certainty": status.certainty,
        "frozenBy": [holder.freezer for holder in status.frozen_by],
    }
    return {"status": status, "native": native}


def of_hold_status(status: fsfreezed.HoldStatus) -> Fields:
    return {
        "status": status,
        "native": {"state": status.state, "heldByThis": status.held_by_this},
    }


def of_watch_event(event: fsfreezed.WatchEvent) -> Fields:
    return {"pictureComplete": True} if event.picture_complete else {"hold": event.hold}


def arguments(fields: Fields) -> Fields:
    """`freezeTimeoutMs` is `freeze_timeout` here, in seconds."""
    values = {}
    for name, value in fields.items():
        if name.endswith("Ms"):
            value = value / 1000
        values[re.sub("[A-Z]", lambda match: f"_{match[0].lower()}", name.removesuffix("Ms"))] = (
            value
        )
    return values


def options(fields: Fields) -> Fields:
    values = arguments(fields.get("options") or {})
    if "presync" in values:
        presync = arguments(values["presync"])
        if "mode" in presync:
            presync["mode"] = fsfreezed.PresyncMode(presync["mode"])
        values["presync"] = fsfreezed.Presync(**presync)
    if "hooks" in values:
        hooks = arguments(values["hooks"])
        values["hooks"] = fsfreezed.Hooks(**{**hooks, "names": tuple(hooks.get("names", ()))})
    return values


def listeners(name: str) -> Fields:
    return {
        "on_progress": lambda progress: say(event="progress", hold=name, progress=progress),
        "on_expiring": lambda time: say(event="expiring", hold=name, expireTime=instant(time)),
        "on_renew_failed": lambda error: say(event="renewFailed", hold=name, error=told(error)),
    }


def tell_broken(name: str, hold: fsfreezed.Hold | fsfreezed.aio.Hold) -> None:
    hold.add_broken_callback(lambda error: say(event="broken", hold=name, error=told(error)))


def connection(fields: Fields) -> Fields:
    """The keyword arguments of `connect`."""
    given = {key: value for key, value in fields.items() if key.endswith("Ms")}
    values = arguments(given)
    if fields.get("tls"):
        tls = arguments(fields["tls"])
        files = {key: Path(tls[key]).read_bytes() for key in tls if key != "server_name"}
        values["tls"] = fsfreezed.Tls(**{**tls, **files})
    return values


def targets(fields: Fields) -> fsfreezed.Targets:
    value = fields["targets"]
    if isinstance(value, dict):
        return fsfreezed.AllFreezable(exclude=value.get("exclude", ()))
    return [target(item) for item in value]


def target(value: str | Fields) -> fsfreezed.TargetLike:
    if isinstance(value, str):
        return value
    values = arguments(value)
    for key in ("device_number", "expect_device"):
        if key in values:
            major, minor = values[key].split(":")
            values[key] = fsfreezed.DeviceNumber(int(major), int(minor))
    return fsfreezed.Target(**values)


def only(fields: Fields, *names: str) -> Fields:
    """Those of the fields that were given, as keyword arguments."""
    return arguments({name: fields[name] for name in names if name in fields})
