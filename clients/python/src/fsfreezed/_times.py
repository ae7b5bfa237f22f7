"""The contract's times as native ones: a duration is a timedelta or a number of seconds."""

from __future__ import annotations

import math
import threading
from datetime import datetime, timedelta, timezone
from typing import TypeAlias

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

Seconds: TypeAlias = timedelta | float

_NANOS = 1_000_000_000
_MICROSECOND = timedelta(microseconds=1)
# google.protobuf.Duration reaches so far.
_LONGEST_SECONDS = 315_576_000_000


def seconds_of(value: Seconds) -> float:
    """A number of seconds. Raises ValueError for what is none."""
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if not math.isfinite(seconds):
        raise ValueError(f"not a number of seconds: {value}")
    return seconds


def duration_of(value: Seconds) -> Duration:
    """Raises ValueError for what no Duration can say; a negative one is the service's to refuse."""
    if isinstance(value, timedelta):
        # Whole microseconds: no rounding of a float where none is needed.
        nanos = value // _MICROSECOND * 1000
    else:
        nanos = round(seconds_of(value) * _NANOS)
    if abs(nanos) > _LONGEST_SECONDS * _NANOS:
        raise ValueError(f"longer than a Duration can say: {value}")
    seconds, rest = divmod(abs(nanos), _NANOS)
    # The contract wants the same sign in both parts.
    sign = -1 if nanos < 0 else 1
    return Duration(seconds=sign * seconds, nanos=sign * rest)


def optional_duration(value: Seconds | None) -> Duration | None:
    return None if value is None else duration_of(value)


def optional_datetime(message: Message, field: str) -> datetime | None:
    """An aware one, in UTC; None where the field is not set."""
    if not message.HasField(field):
        return None
    timestamp: Timestamp = getattr(message, field)
    return timestamp.ToDatetime(timezone.utc)


def wait_of(value: Seconds) -> float:
    """Seconds to wait, as the platform's timers can count them."""
    return min(max(seconds_of(value), 0.0), threading.TIMEOUT_MAX)
