"""Freezes MOUNT_POINT while COMMAND takes a snapshot of it, and keeps the receipt beside the
snapshot.

Usage: hold_and_snapshot_asyncio.py ADDRESS MOUNT_POINT RECEIPT COMMAND [ARG...]
"""

import asyncio
import sys
from pathlib import Path

import fsfreezed
import fsfreezed.aio


async def take_snapshot(*command: str) -> None:
    snapshot = await asyncio.create_subprocess_exec(*command)
    try:
        if await snapshot.wait() != 0:
            raise RuntimeError(f"{command[0]} failed: {snapshot.returncode}")
    finally:
        if snapshot.returncode is None:
            snapshot.kill()


async def hold_and_snapshot(address: str, mount_point: str, *command: str) -> fsfreezed.Receipt:
    # [hold]
    async with (
        fsfreezed.aio.connect(address) as client,
        client.hold(mount_point, purpose="snapshot") as hold,
    ):
        # Frozen. Where that ends too soon, the snapshot is cancelled, and guard raises why.
        await hold.guard(take_snapshot(*command))
        return await hold.release()
    # [/hold]


def main(address: str, mount_point: str, receipt_file: str, *command: str) -> None:
    receipt = asyncio.run(hold_and_snapshot(address, mount_point, *command))
    Path(receipt_file).write_text(receipt.to_json(indent=2))
    print(receipt.verdict)


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
