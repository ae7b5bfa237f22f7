"""Freezes MOUNT_POINT while COMMAND takes a snapshot of it, and keeps the receipt beside the
snapshot.

Usage: hold_and_snapshot.py ADDRESS MOUNT_POINT RECEIPT COMMAND [ARG...]
"""

import subprocess
import sys
from pathlib import Path

import fsfreezed


def main(address: str, mount_point: str, receipt_file: str, *command: str) -> None:
    # [hold]
    with (
        fsfreezed.connect(address) as client,
        client.hold(mount_point, purpose="snapshot") as hold,
    ):
        # Frozen: writers wait, the image is stable.
        snapshot = subprocess.Popen(command)
        # Where that ends too soon, what is copied from then on is worthless.
        hold.add_broken_callback(lambda _error: snapshot.kill())
        if snapshot.wait() != 0:
            raise subprocess.CalledProcessError(snapshot.returncode, command)
        # Thaws. Only a freeze that held to the end comes further than this.
        receipt = hold.release()
    Path(receipt_file).write_text(receipt.to_json(indent=2))
    # [/hold]
    print(receipt.verdict)


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
