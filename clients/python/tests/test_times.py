from __future__ import annotations

from datetime import timedelta

import pytest

from fsfreezed._times import Seconds, duration_of


@pytest.mark.parametrize(
    ("value", "seconds", "nanos"),
    [
        (10, 10, 0),
        (0.1, 0, 100_000_000),
        (1.9999999999, 2, 0),
        (timedelta(milliseconds=1500), 1, 500_000_000),
        (timedelta(days=3650, microseconds=1), 315_360_000, 1_000),
        # Negative ones are the service's to refuse; both parts have the same sign.
        (-1.5, -1, -500_000_000),
        (timedelta(seconds=-1.5), -1, -500_000_000),
    ],
)
def test_durations_are_exact(value: Seconds, seconds: int, nanos: int) -> None:
    duration = duration_of(value)
    assert (duration.seconds, duration.nanos) == (seconds, nanos)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e12, timedelta.max])
def test_what_no_duration_can_say_is_refused(value: Seconds) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        duration_of(value)
