"""The connection to a server, through others where ssh_config names some (ProxyJump)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import paramiko

if TYPE_CHECKING:
    from lagg_tool.ssh.transport import Client


class Tunnel:
    """A channel of one SSH connection in the place of the socket of another.

    Shutting it down shuts down the connection below, which waits for nobody.
    """

    def __init__(self, below: Client, channel: paramiko.Channel) -> None:
        self._below = below
        self._channel = channel

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)

    def shutdown(self, _: int) -> None:
        """Wake every thread that waits for either peer."""
        self._below.abort()

    def close(self) -> None:
        """End the connection below, and with it the channel."""
        self._below.close()
