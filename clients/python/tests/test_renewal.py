from __future__ import annotations

import pytest

from fsfreezed._renewal import Renewal


def renewals(ttl: float, max_hold: float, start: float = 100.0) -> list[tuple[float, float]]:
    """When it renews, after its start, and for how long."""
    renewal = Renewal(ttl=ttl, max_hold=max_hold, now=start)
    made = []
    while renewal.due is not None:
        now = renewal.due
        granted = renewal.tick(now)
        if granted is not None:
            made.append((now - start, granted))
    return made


def test_it_renews_at_each_third_until_the_longest_hold() -> None:
    made = renewals(ttl=9, max_hold=20)
    assert [at for at, _ in made] == [3, 6, 9, 12]
    assert [granted for _, granted in made] == [9, 9, 9, 8]
    # No deadline is later than the longest hold, and the last is it.
    assert max(at + granted for at, granted in made) == pytest.approx(20)


def test_a_hold_no_longer_than_its_ttl_is_never_renewed() -> None:
    assert renewals(ttl=9, max_hold=9) == []
    assert renewals(ttl=9, max_hold=1) == []


def test_a_short_ttl_is_no_flood() -> None:
    assert len(renewals(ttl=0.001, max_hold=1)) == pytest.approx(20, abs=1)


def test_it_waits_for_its_time_and_does_not_catch_up() -> None:
    renewal = Renewal(ttl=9, max_hold=60, now=0)
    assert renewal.tick(2.9) is None
    # The process was stopped for a while.
    assert renewal.tick(20) == 9
    assert renewal.tick(20) is None
    assert renewal.due == 23
