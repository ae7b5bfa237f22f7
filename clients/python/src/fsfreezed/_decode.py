"""Turns messages of the contract into the classes of `_model`, which mirror them field by field.

A class says by its annotations what a field becomes. `X | None` is None where the service did not
say it: the field is not set, or, where the contract cannot tell that, it is empty or UNSPECIFIED.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

from google.protobuf.message import Message

from ._names import Name
from ._targets import DeviceNumber

# Descriptors are of several types, one for each implementation of protobuf: Any in here.
_M = TypeVar("_M")
_N = TypeVar("_N", bound=Name)


class _Field(typing.NamedTuple):
    name: str
    kind: Any
    optional: bool
    repeated: bool


def decode(cls: type[_M], message: Message) -> _M:
    """Never fails for a value that only a newer service knows."""
    values = {
        field.name: _value_of(field, message)
        for field in _fields_of(typing.cast(typing.Hashable, cls))
    }
    if "_message" in cls.__dataclass_fields__:  # type: ignore[attr-defined]
        values["_message"] = message
    return cls(**values)


def name_of(kind: type[_N], enum: Any, number: int) -> _N:
    """The name of a value without the prefix that the contract gives to all of its enum."""
    value = enum.values_by_number.get(number)
    if value is None or number == 0:
        return kind(f"UNKNOWN_{number}")
    return kind(value.name.removeprefix(_prefix_of(enum)))


@functools.cache
def _prefix_of(enum: Any) -> str:
    # The zero value of each enum is its name in capitals with _UNSPECIFIED after it.
    return str(enum.values_by_number[0].name).removesuffix("UNSPECIFIED")


@functools.cache
def _fields_of(cls: type) -> list[_Field]:
    hints = typing.get_type_hints(cls)
    return [
        _field_of(field.name, hints[field.name])
        for field in dataclasses.fields(cls)
        if field.name != "_message"
    ]


def _field_of(name: str, hint: Any) -> _Field:
    origin = typing.get_origin(hint)
    if origin is tuple:
        return _Field(name, typing.get_args(hint)[0], optional=False, repeated=True)
    if origin in (types.UnionType, typing.Union):
        # What a caller may write as well stands behind what a service says.
        return _Field(name, typing.get_args(hint)[0], optional=True, repeated=False)
    return _Field(name, origin or hint, optional=False, repeated=False)


def _value_of(field: _Field, message: Message) -> Any:
    descriptor = message.DESCRIPTOR.fields_by_name[field.name]
    value = getattr(message, field.name)
    if field.repeated:
        return tuple(_convert(field.kind, descriptor, item) for item in value)
    if field.optional:
        said = message.HasField(field.name) if descriptor.has_presence else bool(value)
        if not said:
            return None
    return _convert(field.kind, descriptor, value)


def _convert(kind: Any, descriptor: Any, value: Any) -> Any:
    if kind is timedelta:
        return value.ToTimedelta()
    if kind is datetime:
        return value.ToDatetime(timezone.utc)
    if kind is DeviceNumber:
        return DeviceNumber(value.major, value.minor)
    if kind is Mapping:
        return dict(value)
    if issubclass(kind, Name):
        return name_of(kind, descriptor.enum_type, value)
    if dataclasses.is_dataclass(kind):
        return decode(typing.cast(type, kind), value)
    return value
