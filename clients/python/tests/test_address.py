from __future__ import annotations

import pytest

from fsfreezed._address import parse_address


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("unix:/run/s.sock", "unix:/run/s.sock"),
        ("unix:///run/s.sock", "unix:/run/s.sock"),
        ("/run/s.sock", "unix:/run/s.sock"),
        ("unix:s.sock", "unix:s.sock"),
        # gRPC reads it as a URI.
        ("unix:/a b/100%?#", "unix:/a%20b/100%25%3F%23"),
        ("backup.example:7000", "dns:backup.example:7000"),
        ("[::1]:7000", "dns:[::1]:7000"),
    ],
)
def test_an_address_is_what_grpc_wants_to_read(text: str, target: str) -> None:
    address = parse_address(text)
    assert address.target == target
    assert address.unix == target.startswith("unix:")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "unix:",
        "unix://s.sock",
        "unix:/" + 107 * "s",
        "unix:/a\0",
        "host",
        "host:0",
        "host:65536",
        "host:٣",
        "http://host:80",
        "::1:7000",
        "host:80\n",
        " host:80",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_address(text)
