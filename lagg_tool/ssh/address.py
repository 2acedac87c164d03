"""Where an SSH server is: ``ssh://user@host[:port]``, and the socket that leads there."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from lagg_tool.errors import UnreachableError, UsageError

SSH_PORT = 22
FORM = "write ssh://user@host or ssh://user@host:port"

_USER = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.@$+-]*")
_HOST = re.compile(r"[A-Za-z0-9_.:-]+(%[A-Za-z0-9_.-]+)?")  # a name, IPv4, IPv6 with its zone


@dataclass(frozen=True)
class Address:
    """User, host (an IPv6 address without brackets) and port of an SSH server."""

    user: str
    host: str
    port: int = SSH_PORT
    host_key_alias: str = ""  # ssh_config(5), HostKeyAlias

    @property
    def lookup_name(self) -> str:
        """The name under which OpenSSH's known_hosts keeps the server."""
        if self.host_key_alias:
            return self.host_key_alias
        host = self.host
        with contextlib.suppress(ValueError):  # a name; an address goes by its shortest form
            host = str(ipaddress.ip_address(host))
        return host if self.port == SSH_PORT else f"[{host}]:{self.port}"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == SSH_PORT else f":{self.port}"
        return f"ssh://{self.user}@{host}{port}"


@dataclass(frozen=True)
class Written:
    """What a URL says of a server; ssh_config may say the rest."""

    user: str  # empty: not said
    host: str
    port: int | None


def read_url(url: str) -> Written:
    """Read ``ssh://[user@]host[:port]``; an IPv6 address is in brackets.

    Raises UsageError that names the part which is wrong.
    """
    if not url.startswith("ssh://") or not url.isprintable():  # urlsplit would drop line breaks
        raise UsageError(f"{url!r} is not an SSH address; {FORM}")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{url!r}: {error}; {FORM}, an IPv6 address in brackets") from error
    user, _, hostport = parts.netloc.rpartition("@")
    if ":" in user:
        raise UsageError(
            "a password in an address can be read by everybody on this machine; "
            "use a key (--identity FILE) or the agent (--agent)"
        )
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise UsageError(f"{url!r}: nothing may follow host and port; {FORM}")
    if user and not _USER.fullmatch(user):
        raise UsageError(f"{url!r}: {user!r} cannot be the name of a user; {FORM}")
    host = hostport.partition("]")[0][1:] if hostport.startswith("[") else hostport.split(":")[0]
    host = host.replace("%25", "%")  # RFC 6874, a zone
    if not _HOST.fullmatch(host) or host.startswith("-") or port == 0:
        raise UsageError(f"{url!r}: {hostport!r} is not a host and a port; {FORM}")
    return Written(user, host, port)


def connect(address: Address, timeout: float) -> socket.socket:
    """Return a TCP connection that does not delay small packets and notices a dead peer.

    Nagle's algorithm and delayed acknowledgements together cost 44 ms per command.
    Raises UnreachableError.
    """
    try:
        sock = socket.create_connection((address.host, address.port), max(timeout, 0.001))
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreachableError(
            f"{address}: no connection: {reason}; "
            "is the address right, and does its SSH service run?"
        ) from error
    with contextlib.suppress(OSError):  # a refused option is a slower connection, not a lost one
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 30_000)
    return sock
