"""When to renew a hold, and for how long: arithmetic on a monotonic clock, without a timer."""

from __future__ import annotations

# Two renewals may be lost before the deadline passes.
_RENEWALS_PER_TTL = 3
# However short the ttl, this is not a flood. Seconds.
_SHORTEST_PERIOD = 0.05


class Renewal:
    """Renews at each third of `ttl`, until `max_hold` after `now` is over. All are seconds."""

    def __init__(self, *, ttl: float, max_hold: float, now: float) -> None:
        self._ttl = ttl
        self.longest = min(ttl, max_hold)
        """The ttl of a renewal right at the start."""
        self._end = now + max_hold
        self._period = max(ttl / _RENEWALS_PER_TTL, _SHORTEST_PERIOD)
        self.due: float | None = now + self._period
        """When to `tick` next. None: never again, the deadline ends the hold."""

    def tick(self, now: float) -> float | None:
        """The ttl to renew with at this moment; None where it is left as it is."""
        if self.due is None or now < self.due:
            return None
        # Counted from now: a process that was stopped for a while does not catch up with a burst.
        self.due = now + self._period
        left = self._end - now
        if left <= self._ttl:
            # The last renewal ends the hold at max_hold.
            self.due = None
        if left <= self._ttl - self._ttl / _RENEWALS_PER_TTL:
            # It would bring the deadline nearer.
            return None
        return min(self._ttl, left)
