"""What a receipt means to whoever must decide whether to keep a snapshot."""

from __future__ import annotations

import grpc

from ._errors import FreezeError
from ._model import EvidenceItem, Filesystem, Receipt
from ._names import Reason, Verdict


def error_of_receipt(receipt: Receipt, *, accept_unproven: bool) -> FreezeError | None:
    """The error that a receipt is, however its call ended; None where the hold held."""
    if receipt.verdict is Verdict.INTACT:
        return None
    because = "; ".join(_text_of(*shortcoming) for shortcoming in receipt.shortcomings())
    if receipt.verdict is Verdict.NOT_INTACT:
        reason, code = Reason.FREEZE_BROKEN, grpc.StatusCode.ABORTED
        message = f"the freeze did not hold: {because or receipt.end_cause}"
    elif receipt.verdict is Verdict.NEVER_FROZEN:
        reason, code = Reason.NOT_FROZEN, grpc.StatusCode.FAILED_PRECONDITION
        message = "the hold ended before all of it was frozen"
    elif accept_unproven:
        return None
    else:
        # A verdict that only a newer service knows proves nothing to this client.
        reason, code = Reason.UNPROVEN, grpc.StatusCode.OK
        message = f"nothing wrong was seen, but it is not proven: {because or receipt.verdict}"
    metadata = {
        "hold_id": receipt.hold_id,
        "verdict": str(receipt.verdict),
        "cause": str(receipt.end_cause),
    }
    return FreezeError(message, reason=reason, code=code, metadata=metadata, receipt=receipt)


def _text_of(filesystem: Filesystem, item: EvidenceItem) -> str:
    because = f" ({item.detail})" if item.detail else ""
    return f"{filesystem.mount_point or filesystem.source}: {item.kind} {item.result}{because}"
