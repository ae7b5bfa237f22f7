"""Tells of each TARGET whether it is frozen and by whom, then of the holds that live.

Usage: status.py ADDRESS TARGET...
"""

import sys

import fsfreezed


def main(address: str, *targets: str) -> None:
    # [status]
    with fsfreezed.connect(address) as client:
        for target in targets:
            status = client.is_frozen(target)
            by = ", ".join(holder.freezer for holder in status.frozen_by)
            print(f"{target}: {status.state} ({status.certainty or 'not known'}) {by}")
        for hold in client.list_holds():
            if hold.state is not fsfreezed.HoldState.ENDED:
                print(f"{hold.hold_id} {hold.state} until {hold.expire_time}")
    # [/status]


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
