"""What to freeze, as callers write it, and as the contract's messages."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, TypedDict

from ._gen import target_pb2


class DeviceNumber(NamedTuple):
    """Number of a block device, or of a file system's superblock (`st_dev`)."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}:{self.minor}"


@dataclass(frozen=True)
class Target:
    """Names one file system, by exactly one of the first four.

    `path` is a mount point in the service's mount namespace, or with `allow_subdirectory` a
    directory below one. `block_device` is a device node's path and means the file system on it.
    A service refuses with TARGET_MISMATCH what is not what `expect_uuid`, `expect_device` say.

    Raises ValueError unless exactly one is given.
    """

    path: str | os.PathLike[str] | None = None
    block_device: str | os.PathLike[str] | None = None
    device_number: DeviceNumber | tuple[int, int] | None = None
    filesystem_uuid: str | None = None
    allow_subdirectory: bool = False
    expect_uuid: str = ""
    expect_device: DeviceNumber | tuple[int, int] | None = None

    def __post_init__(self) -> None:
        names = (self.path, self.block_device, self.device_number, self.filesystem_uuid)
        if sum(name is not None for name in names) != 1:
            raise ValueError(
                "a target has exactly one of path, block_device, device_number, filesystem_uuid"
            )


@dataclass(frozen=True)
class AllFreezable:
    """Every local file system that can be frozen, but those that a pattern (`*`, `?`, `**`)
    matches."""

    exclude: Iterable[str] = ()


TargetLike: TypeAlias = str | os.PathLike[str] | Target
"""A string or a path is that of a mount point."""

Targets: TypeAlias = TargetLike | Iterable[TargetLike] | AllFreezable
"""What to freeze, all or nothing: one target, 1 to 256 of them, or all that can be frozen."""


class TargetFields(TypedDict, total=False):
    """The fields that name targets in every request that has some."""

    targets: list[target_pb2.Target]
    all_freezable: target_pb2.AllFreezable


def pb_target(target: TargetLike) -> target_pb2.Target:
    if not isinstance(target, Target):
        return target_pb2.Target(path=_path(target))
    return target_pb2.Target(
        path=_path(target.path),
        block_device=_path(target.block_device),
        device_number=_device(target.device_number),
        filesystem_uuid=target.filesystem_uuid,
        allow_subdirectory=target.allow_subdirectory,
        expect_uuid=target.expect_uuid,
        expect_device=_device(target.expect_device),
    )


def pb_targets(targets: Targets) -> TargetFields:
    if isinstance(targets, AllFreezable):
        return {"all_freezable": target_pb2.AllFreezable(exclude_patterns=targets.exclude)}
    if isinstance(targets, (str, os.PathLike, Target)):
        targets = [targets]
    return {"targets": [pb_target(target) for target in targets]}


def _path(path: str | os.PathLike[str] | None) -> str | None:
    return None if path is None else os.fspath(path)


def _device(number: tuple[int, int] | None) -> target_pb2.DeviceNumber | None:
    return None if number is None else target_pb2.DeviceNumber(major=number[0], minor=number[1])
