from __future__ import annotations

import threading

from fake_service import HOLD_ID, FakeService

import fsfreezed


def test_a_watch_tells_the_picture_until_it_is_closed(service: FakeService, address: str) -> None:
    with fsfreezed.connect(address) as client, client.watch() as watch:
        first = next(watch)
        assert first.hold is not None
        assert first.hold.hold_id == HOLD_ID
        assert next(watch).picture_complete
        threading.Timer(0.2, watch.close).start()
        assert list(watch) == []
