"""Addresses of a service: a Unix socket's path, or a host and a port."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from urllib.parse import quote

# sockaddr_un.sun_path has 108 bytes on Linux, one of them for the closing NUL (unix(7)).
_LONGEST_SOCKET_PATH = 107
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[^\s:/\[\]]+):([0-9]{1,5})")


@dataclass(frozen=True)
class Address:
    """Where a service listens, as gRPC wants to read it."""

    target: str
    unix: bool


def parse_address(text: str) -> Address:
    """Takes `unix:PATH`, `unix:///PATH`, a bare absolute path, and `HOST:PORT`.

    IPv6 is `[ADDRESS]:PORT`. Raises ValueError for what is none of these.
    """
    if text.startswith("unix://"):
        path = text.removeprefix("unix://")
        if not path.startswith("/"):
            raise ValueError(f"write unix:{path} or unix:///absolute/path")
        return _unix(path)
    if text.startswith("unix:"):
        return _unix(text.removeprefix("unix:"))
    # gRPC would take a bare path for a host name; what is meant is plain.
    if text.startswith("/"):
        return _unix(text)
    match = _HOST_AND_PORT.fullmatch(text)
    if match is None or not 1 <= int(match[2]) <= 65_535:
        raise ValueError(f'"{text}" is neither unix:PATH nor HOST:PORT')
    return Address(f"dns:{quote(text, safe=':[]')}", unix=False)


def _unix(path: str) -> Address:
    if not path:
        raise ValueError("the path of the Unix socket is empty")
    raw = os.fsencode(path)
    if b"\0" in raw:
        raise ValueError("the path of the Unix socket has a NUL in it")
    if len(raw) > _LONGEST_SOCKET_PATH:
        raise ValueError(f"a Unix socket's path has at most {_LONGEST_SOCKET_PATH} bytes")
    # gRPC reads a target as a URI: a `%`, `?` or `#` of the path would mean something else there.
    return Address(f"unix:{quote(raw, safe='/')}", unix=True)
