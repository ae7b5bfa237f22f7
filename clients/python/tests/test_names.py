from __future__ import annotations

import copy
import importlib.util
import json
import pickle

import pytest

import fsfreezed
from fsfreezed import Reason, Verdict, _names
from fsfreezed._decode import decode
from fsfreezed._gen import (
    errors_pb2,
    evidence_pb2,
    filesystem_pb2,
    hold_pb2,
    hold_stream_pb2,
    options_pb2,
    receipt_pb2,
)

MODULES = (errors_pb2, evidence_pb2, filesystem_pb2, hold_pb2, hold_stream_pb2)
ENUMS = [
    enum
    for module in (*MODULES, options_pb2, receipt_pb2)
    for enum in module.DESCRIPTOR.enum_types_by_name.values()
]
OF_THE_CLIENT = {"UNREACHABLE", "TIMED_OUT", "CANCELLED", "UNPROVEN", "PROTOCOL"}


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.name)
def test_names_are_those_of_the_contract(enum: object) -> None:
    name = enum.name  # type: ignore[attr-defined]
    members = getattr(_names, "Reason" if name == "ErrorReason" else name).__members__
    values = enum.values_by_name  # type: ignore[attr-defined]
    prefix = next(iter(values)).removesuffix("UNSPECIFIED")
    known = {value.removeprefix(prefix) for value in values} - {"UNSPECIFIED"}
    assert set(members) - (OF_THE_CLIENT if name == "ErrorReason" else set()) == known


def test_an_unknown_value_is_a_name_like_any_other() -> None:
    receipt = decode(fsfreezed.Receipt, receipt_pb2.Receipt(verdict=17))  # type: ignore[arg-type]
    assert receipt.verdict == "UNKNOWN_17"
    assert f"{receipt.verdict}" == str(receipt.verdict) == "UNKNOWN_17"
    assert receipt.verdict is Verdict("UNKNOWN_17")
    assert copy.deepcopy(receipt.verdict) is receipt.verdict
    assert pickle.loads(pickle.dumps(receipt)) == receipt
    assert json.loads(receipt.to_json()) == {"verdict": 17}
    assert Verdict.__members__.keys() == {"INTACT", "NOT_INTACT", "UNPROVEN", "NEVER_FROZEN"}
    assert Reason("OF_A_NEWER_SERVICE") == "OF_A_NEWER_SERVICE"


def test_what_is_not_said_is_none() -> None:
    hold = decode(fsfreezed.HoldInfo, hold_pb2.Hold(hold_id="h"))
    assert hold.state == "UNKNOWN_0"
    assert (hold.receipt, hold.expire_time, hold.effective.ttl) == (None, None, None)
    assert hold.owner.unix_peer is None


def test_generated_code_is_private() -> None:
    assert importlib.util.find_spec("fsfreeze") is None
