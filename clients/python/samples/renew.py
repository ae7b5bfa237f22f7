"""Holds MOUNT_POINT through work of unknown length: each piece that is done renews the deadline,
so that a program that hangs loses its freeze after 3 s.

Usage: renew.py ADDRESS MOUNT_POINT
"""

import sys
import time

import fsfreezed


def copy_piece(_piece: int) -> None:
    time.sleep(1)


def main(address: str, mount_point: str) -> None:
    pieces = range(1, 6)
    # [renew]
    with (
        fsfreezed.connect(address) as client,
        client.hold(mount_point, ttl=3, auto_renew=False) as hold,
    ):
        for piece in pieces:
            copy_piece(piece)
            hold.raise_if_broken()
            print(f"piece {piece} is done, frozen until {hold.renew()}")
        receipt = hold.release()
    # [/renew]
    print(receipt.verdict)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
