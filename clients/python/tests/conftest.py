from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_service import FakeService


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"unix:{tmp_path}/s"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[FakeService]:
    service = FakeService(f"{tmp_path}/s")
    yield service
    service.stop()
