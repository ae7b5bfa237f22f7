"""How the client's channels are set up, for both kinds of gRPC's Python API."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import grpc

from ._address import Address
from ._times import Seconds, seconds_of


@dataclass(frozen=True, kw_only=True)
class Tls:
    """PEM texts for TLS. For mutual TLS `certificate` and `key` are both given."""

    ca: bytes | str | None = None
    """The CA that signed the service's certificate. Default: those that gRPC brings along."""
    certificate: bytes | str | None = None
    key: bytes | str | None = field(default=None, repr=False)
    server_name: str | None = None
    """The name in the service's certificate, where it is not the address's host."""

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("a client certificate needs its key, and a key its certificate")


@dataclass(frozen=True)
class ChannelSettings:
    """What a channel is made of; checked when a client is made, used at its first call."""

    target: str
    options: list[tuple[str, Any]]
    credentials: grpc.ChannelCredentials | None


def keep_polling() -> None:
    """Lets gRPC look after its connections while a program keeps the interpreter's lock.

    grpcio before 1.73 does so from threads that want the lock now and then. A program that keeps it
    for 2 s, in a library written in C, answers no ping and is taken for gone; what gRPC has against
    that looks every 5 s only. Without effect where the process has opened a gRPC channel before.
    """
    major, minor = (int(part) for part in grpc.__version__.split(".")[:2])
    if (major, minor) < (1, 73):
        os.environ.setdefault("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "500")


def channel_settings(
    address: Address, tls: Tls | None, keepalive_time: Seconds, keepalive_timeout: Seconds
) -> ChannelSettings:
    keep_polling()
    keepalive_timeout_ms = _milliseconds(keepalive_timeout)
    options: list[tuple[str, Any]] = [
        ("grpc.keepalive_time_ms", _milliseconds(keepalive_time)),
        ("grpc.keepalive_timeout_ms", keepalive_timeout_ms),
        # Where the transport waits longer than this for the answer to a ping, the shorter
        # keepalive timeout has no effect; its default is a minute.
        ("grpc.http2.ping_timeout_ms", keepalive_timeout_ms),
        # Without it the pings of a quiet stream end after the second.
        ("grpc.http2.max_pings_without_data", 0),
        # A call that the service may have begun is never sent twice.
        ("grpc.enable_retries", 0),
        # The environment's proxies would be asked for localhost, too.
        ("grpc.enable_http_proxy", 0),
        # The service comes back within a second of a crash: be there.
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 1000),
        # A page of holds with their receipts.
        ("grpc.max_receive_message_length", 64 * 1024 * 1024),
        # Clients of one process share no connection: its end would be that of another's holds.
        ("grpc.use_local_subchannel_pool", 1),
    ]
    if address.unix:
        # Else the escaped path is sent as the authority, which not every server takes.
        options.append(("grpc.default_authority", "localhost"))
    if tls is None:
        return ChannelSettings(address.target, options, None)
    if address.unix:
        raise ValueError("TLS is for HOST:PORT, not for a Unix socket")
    if tls.server_name is not None:
        options.append(("grpc.ssl_target_name_override", tls.server_name))
    credentials = grpc.ssl_channel_credentials(
        root_certificates=_pem(tls.ca),
        private_key=_pem(tls.key),
        certificate_chain=_pem(tls.certificate),
    )
    return ChannelSettings(address.target, options, credentials)


def _milliseconds(value: Seconds) -> int:
    # Zero would switch the pings off, and gRPC's own options are 32 bits wide.
    return min(max(round(seconds_of(value) * 1000), 1), 2**31 - 1)


def _pem(text: bytes | str | None) -> bytes | None:
    return text.encode() if isinstance(text, str) else text
