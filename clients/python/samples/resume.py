"""Takes a hold over from a client that lost its connection, without a gap in the freeze.

Usage: resume.py ADDRESS MOUNT_POINT
"""

import sys

import fsfreezed


def main(address: str, mount_point: str) -> None:
    # [resume]
    with fsfreezed.connect(address) as client:
        first = client.hold(mount_point, linger=5)
        # Keep these two where the next process finds them. The token is a secret.
        hold_id, token = first.id, first.resume_token
        # The stream is lost; the hold waits 5 s for somebody who knows its token.
        first.cancel()

    with fsfreezed.connect(address) as successor, successor.resume(hold_id, token) as hold:
        receipt = hold.release()
    # [/resume]
    print(receipt.verdict)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
