"""The client for synchronous programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from types import TracebackType
from typing import TypeVar

from . import _requests as requests
from ._address import parse_address
from ._channel import Tls, channel_settings
from ._connection import Connection
from ._errors import FreezeError
from ._hold import Hold, open_hold
from ._hold_core import behaviour_of
from ._hold_stream import HoldStream
from ._model import (
    FilesystemInfo,
    ForcedThaw,
    FrozenStatus,
    HoldInfo,
    Hooks,
    Plan,
    Presync,
    Progress,
    Receipt,
)
from ._names import HealthStatus
from ._requests import DEFAULT_TIMEOUT, FREEZE_SERVICE, THAW_TIMEOUT
from ._targets import TargetLike, Targets
from ._times import Seconds, wait_of
from ._watch import Watch

_C = TypeVar("_C", bound="Client")


def connect(
    address: str,
    *,
    tls: Tls | None = None,
    timeout: Seconds = DEFAULT_TIMEOUT,
    keepalive_time: Seconds = 1.0,
    keepalive_timeout: Seconds = 1.0,
) -> Client:
    """Makes a client of the service at `unix:PATH`, `unix:///PATH`, a bare absolute path, or
    `HOST:PORT`. Nothing is sent before the first call; a connection that breaks is made anew by the
    next call.

    tls: for HOST:PORT; without it TCP is plain text, which a service takes on a loopback address
    only.
    timeout: how long a call may take beyond what it itself waits for.
    keepalive_time, keepalive_timeout: between the pings of an open call, and until one without an
    answer breaks the connection.

    Raises ValueError for an address that is none.
    """
    settings = channel_settings(parse_address(address), tls, keepalive_time, keepalive_timeout)
    return Client(Connection(settings), wait_of(timeout))


class Client:
    """Made by `connect`. A context manager that closes it. Any thread may use it.

    Methods raise FreezeError where the service refuses or cannot be reached; ValueError and
    TypeError for arguments that make no request. Durations are timedeltas or numbers of seconds.
    No call is ever repeated by itself.
    """

    def __init__(self, connection: Connection, timeout: float) -> None:
        self._connection = connection
        self._timeout = timeout

    def close(self) -> None:
        """Ends all calls. A hold that is still open breaks (CANCELLED), and is thawed."""
        self._connection.close()

    def __enter__(self: _C) -> _C:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def hold(
        self,
        targets: Targets,
        *,
        ttl: Seconds | None = None,
        freeze_timeout: Seconds | None = None,
        purpose: str = "",
        presync: Presync | None = None,
        hooks: Hooks | None = None,
        freeze_on_open: bool = True,
        linger: Seconds | None = None,
        auto_renew: bool = True,
        max_hold: Seconds | None = None,
        accept_unproven: bool = False,
        on_progress: Callable[[Progress], object] | None = None,
        on_expiring: Callable[[datetime | None], object] | None = None,
        on_renew_failed: Callable[[FreezeError], object] | None = None,
    ) -> Hold:
        """Freezes a set of file systems, all or none, for as long as the returned hold lives, and
        returns when all are frozen.

        The hold ends, and they are thawed, when it is released, nobody refers to it any more, this
        process ends for any reason or stops answering for about 2 s, or the deadline passes.

        ttl: how long it lasts from the moment that all are frozen, and from each renewal. Default:
        the service's, 10 s. Clamped by the service, as the other durations.
        freeze_timeout: how long freezing may take. Default: the service's, 30 s.
        purpose: a short text for people, at most 256 bytes: shown to whoever is refused because of
        this hold.
        presync: writing back before the freeze. Default: the service's choice.
        hooks: run the operator's programs around the freeze. Default: none.
        freeze_on_open: False only opens; freeze later by `Hold.freeze`.
        linger: how long the hold outlives a lost stream, for `resume`. Default: not at all.
        auto_renew: renew by itself, after each third of the ttl, as long as a thread of this
        process can run. False: it ends `ttl` after it was frozen, unless you `renew` it.
        max_hold: how long automatic renewal may keep it frozen. Default: 60 s, or `ttl` where that
        is longer.
        accept_unproven: take UNPROVEN for good: nothing wrong was seen, but a piece of the proof is
        missing.
        on_progress: told how far freezing is, at most about 5 times a second for each file system.
        on_expiring: told the deadline when it is near; with automatic renewal, `max_hold` is about
        to end it.
        on_renew_failed: an automatic renewal was refused; the hold goes on to its deadline.
        All of them are called between the messages of the stream, in a thread of its own.
        """
        opening = requests.open_request(
            targets,
            fields=requests.settings(
                ttl=requests.ttl_within(max_hold, ttl),
                freeze_timeout=freeze_timeout,
                purpose=purpose,
                presync=presync,
                hooks=hooks,
            ),
            freeze_on_open=freeze_on_open,
            linger=linger,
        )
        behaviour = behaviour_of(
            auto_renew=auto_renew,
            max_hold=max_hold,
            ttl=ttl,
            timeout=self._timeout,
            accept_unproven=accept_unproven,
            on_progress=on_progress,
            on_expiring=on_expiring,
            on_renew_failed=on_renew_failed,
        )
        return open_hold(
            HoldStream(self._connection, behaviour),
            opening,
            until="frozen" if freeze_on_open else "opened",
            timeout=requests.freezing_time(freeze_timeout, presync) + self._timeout,
        )

    def resume(
        self,
        hold_id: str,
        resume_token: str,
        *,
        ttl: Seconds | None = None,
        linger: Seconds | None = None,
        auto_renew: bool = True,
        max_hold: Seconds | None = None,
        accept_unproven: bool = False,
        on_progress: Callable[[Progress], object] | None = None,
        on_expiring: Callable[[datetime | None], object] | None = None,
        on_renew_failed: Callable[[FreezeError], object] | None = None,
    ) -> Hold:
        """Takes a living or lingering hold over, without a gap. The stream that had it ends with
        HOLD_TAKEN_OVER.

        ttl: a new deadline. Default: it stays as it is. The other options are those of `hold`.
        """
        opening = requests.resume_request(hold_id, resume_token, ttl=ttl, linger=linger)
        behaviour = behaviour_of(
            auto_renew=auto_renew,
            max_hold=max_hold,
            ttl=ttl,
            timeout=self._timeout,
            accept_unproven=accept_unproven,
            on_progress=on_progress,
            on_expiring=on_expiring,
            on_renew_failed=on_renew_failed,
        )
        stream = HoldStream(self._connection, behaviour)
        return open_hold(stream, opening, until="opened", timeout=self._timeout)

    def freeze(
        self,
        targets: Targets,
        *,
        ttl: Seconds | None = None,
        freeze_timeout: Seconds | None = None,
        purpose: str = "",
        presync: Presync | None = None,
        hooks: Hooks | None = None,
        request_id: str | None = None,
        timeout: Seconds | None = None,
    ) -> HoldInfo:
        """Freezes a set of file systems, all or none, until `thaw` or the deadline, whatever
        becomes of this process.

        After UNREACHABLE or TIMED_OUT it is not known whether it froze: call again with the same
        `request_id`, which gives the same hold, never a second one. At most 128 bytes; by default a
        random UUID. The other options are those of `hold`.
        """
        by_default = requests.freezing_time(freeze_timeout, presync) + self._timeout
        return self._connection.call(
            requests.freeze(
                targets,
                request_id=request_id,
                fields=requests.settings(
                    ttl=ttl,
                    freeze_timeout=freeze_timeout,
                    purpose=purpose,
                    presync=presync,
                    hooks=hooks,
                ),
                timeout=by_default if timeout is None else wait_of(timeout),
            )
        )

    def thaw(
        self,
        hold_id: str | None = None,
        *,
        target: TargetLike | None = None,
        accept_unproven: bool = False,
        timeout: Seconds = THAW_TIMEOUT,
    ) -> Receipt:
        """Ends a hold, by its id or by the target that your own `freeze` froze, and returns the
        receipt when the hold held.

        Raises FreezeError: FREEZE_BROKEN, UNPROVEN (unless accepted), HOLD_ENDED ... with the
        receipt in it: it is thawed all the same.
        """
        return self._connection.call(
            requests.thaw(
                hold_id, target, accept_unproven=accept_unproven, timeout=wait_of(timeout)
            )
        )

    def force_thaw(self, target: TargetLike, *, timeout: Seconds = THAW_TIMEOUT) -> ForcedThaw:
        """For administrators: thaws a file system that another tool froze, or that was unmounted
        while frozen."""
        return self._connection.call(requests.force_thaw(target, timeout=wait_of(timeout)))

    def renew(
        self, hold_id: str, ttl: Seconds | None = None, *, timeout: Seconds | None = None
    ) -> HoldInfo:
        """Sets a new deadline, `ttl` from now; None: the ttl in effect. What is returned tells the
        one granted."""
        return self._connection.call(requests.renew(hold_id, ttl, timeout=self._within(timeout)))

    def is_frozen(self, target: TargetLike, *, timeout: Seconds | None = None) -> FrozenStatus:
        """The kernel's truth about one file system or block device, whoever froze it. Never waits
        for a frozen file system, changes nothing."""
        return self._connection.call(requests.is_frozen(target, timeout=self._within(timeout)))

    def plan(self, targets: Targets, *, timeout: Seconds | None = None) -> Plan:
        """What a hold would freeze, in which order, and what it would be refused for. Freezes
        nothing."""
        return self._connection.call(requests.plan(targets, timeout=self._within(timeout)))

    def list_filesystems(self, *, timeout: Seconds | None = None) -> Iterator[FilesystemInfo]:
        """Every local file system: can it be frozen, is it, by whom. Asks page by page; `timeout`
        is for each."""
        token = ""
        while True:
            page = self._connection.call(
                requests.list_filesystems(token, timeout=self._within(timeout))
            )
            yield from page.items
            token = page.next_token
            if not token:
                return

    def get_hold(self, hold_id: str, *, timeout: Seconds | None = None) -> HoldInfo:
        """One hold, live or ended; an ended one with its receipt."""
        return self._connection.call(requests.get_hold(hold_id, timeout=self._within(timeout)))

    def list_holds(self, *, timeout: Seconds | None = None) -> Iterator[HoldInfo]:
        """Live holds and ended ones, newest first. Asks page by page; `timeout` is for each."""
        token = ""
        while True:
            page = self._connection.call(requests.list_holds(token, timeout=self._within(timeout)))
            yield from page.items
            token = page.next_token
            if not token:
                return

    def watch(self, *, include_ended: bool = False) -> Watch:
        """First the whole picture, then each change, until it is closed. With `include_ended` the
        picture has the ended holds that are remembered, too."""
        return Watch(self._connection, include_ended=include_ended)

    def health(
        self, service: str = FREEZE_SERVICE, *, timeout: Seconds | None = None
    ) -> HealthStatus:
        """SERVING: the service can freeze. `service` is a name of the health service; "" asks
        whether it lives at all. Raises FreezeError with the code NOT_FOUND for a name that it does
        not know."""
        return self._connection.call(requests.health(service, timeout=self._within(timeout)))

    def _within(self, timeout: Seconds | None) -> float:
        return self._timeout if timeout is None else wait_of(timeout)
