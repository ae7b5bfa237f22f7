"""What a hold tells without I/O: the part that the synchronous and the asyncio one share."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from datetime import datetime

from ._errors import FreezeError
from ._hold_core import HoldCore
from ._model import HoldInfo, Limits, Plan, Receipt


class HoldView:
    """A hold that lives as long as its stream. Made by `hold` and `resume` of a client."""

    _core: HoldCore

    @property
    def id(self) -> str:
        """Opaque; give it to programs that ask about the hold."""
        return self._core.info.hold_id

    @property
    def info(self) -> HoldInfo:
        """The hold as the service last told all of it: when it was opened, and at each freeze."""
        return self._core.info

    @property
    def limits(self) -> Limits:
        """The service's limits that the times were clamped to."""
        assert self._core.limits is not None
        return self._core.limits

    @property
    def plan(self) -> Plan | None:
        """What was to be frozen, and in which order, where the service plans."""
        return self._core.plan

    @property
    def resume_token(self) -> str:
        """Secret: lets another stream of the same owner take the hold over. Empty where the service
        does not serve that."""
        return self._core.resume_token

    @property
    def expire_time(self) -> datetime | None:
        """The deadline by the service's wall clock, with all renewals. None: none runs."""
        return self._core.expire_time

    @property
    def receipt(self) -> Receipt | None:
        """The receipt, once the hold has ended and the service could tell."""
        return self._core.outcome.receipt if self._core.outcome else None

    @property
    def broken(self) -> FreezeError | None:
        """What broke the hold: it was thawed, expired, was ended by somebody else, or its stream
        was lost. What is copied from then on is worthless. Stays None after `release` and
        `cancel`."""
        return self._core.broken

    def raise_if_broken(self) -> None:
        """Raises what broke the hold; does nothing while it holds."""
        if self._core.broken is not None:
            raise self._core.broken.with_traceback(None)

    def add_broken_callback(self, callback: Callable[[FreezeError], object]) -> None:
        """Calls `callback` with the error as soon as the hold breaks; at once if it is broken.

        It is called between two messages of the stream, in the thread that reads it (asyncio: in
        the event loop): kill or cancel what reads the frozen file system, and return.
        """
        self._core.add_broken_callback(callback)

    def _abandon(self) -> None:
        raise NotImplementedError

    def __repr__(self) -> str:
        core = self._core
        state = "broken" if core.broken else "ended" if core.outcome else core.ending or "open"
        return f"<Hold {self.id} {state}>"

    def __del__(self) -> None:
        core = getattr(self, "_core", None)
        # At the process's end the connection closes, which thaws; there is nobody to talk to.
        if core is None or core.outcome is not None or core.ending or sys.is_finalizing():
            return
        warning = f"unreleased {self!r}"
        # Like a file descriptor: what nobody refers to any more must not stay open.
        self._abandon()
        warnings.warn(warning, ResourceWarning, stacklevel=2, source=self)


def note_on(error: BaseException, hold: HoldView, release_error: FreezeError) -> None:
    """Tells on the body's own exception what its hold came to (PEP 678)."""
    note = f"Leaving the hold {hold.id} raised {release_error}"
    if sys.version_info >= (3, 11):
        error.add_note(note)
    else:
        # Where later versions keep it: test runners and backports look there.
        vars(error).setdefault("__notes__", []).append(note)
