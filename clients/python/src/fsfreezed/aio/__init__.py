"""The client of fsfreezed for asyncio: what `fsfreezed` has, as coroutines.

async with fsfreezed.aio.connect("unix:/run/fsfreezed/fsfreezed.sock") as client:
    async with client.hold("/srv") as hold:
        await hold.guard(take_snapshot())
        receipt = await hold.release()
"""

from ._client import Client, connect
from ._hold import Hold, OpeningHold
from ._watch import Watch

__all__ = ["Client", "Hold", "OpeningHold", "Watch", "connect"]
