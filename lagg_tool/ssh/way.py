"""The way to a NAS: servers to jump through, host keys, keys and passwords to log in with."""

from __future__ import annotations

import socket
from dataclasses import dataclass, replace
from pathlib import Path

from lagg_tool.errors import LoginError
from lagg_tool.ssh.address import Address, connect
from lagg_tool.ssh.config import Route
from lagg_tool.ssh.hostkeys import HostKeys, OfferedKey
from lagg_tool.ssh.identities import DEFAULT_FILES, LoginKeys, login_keys
from lagg_tool.ssh.jump import Tunnel
from lagg_tool.ssh.login import PasswordWantedError
from lagg_tool.ssh.prompt import TRIES, ask_secret
from lagg_tool.ssh.transport import Client

# Several connections are made to a NAS, and a password is asked for once.
_passwords: dict[Address, str] = {}


@dataclass(frozen=True)
class Way:
    """What the command line says of the login; the same for each server on the way."""

    identities: tuple[Path, ...]
    agent: bool
    host_keys: HostKeys
    seconds: float

    def log_in(self, route: Route) -> Client:
        """Return a connection that is logged in. Raises what a connection raises."""
        usual = route.identities or DEFAULT_FILES
        with login_keys(
            self.identities, agent=self.agent, usual=usual, usual_only=route.identities_only
        ) as login:  # before anything is sent
            return self._with_password(route, login)

    def _with_password(self, route: Route, login: LoginKeys) -> Client:
        """Log in, with a password that a person types where no key is accepted."""
        address = route.address
        for _ in range(TRIES):
            try:
                return self._with_host_key(route, login)
            except PasswordWantedError as refused:
                _passwords.pop(address, None)
                password = ask_secret(f"{refused}\nPassword of {address.user} on {address.host}")
                if password is None:
                    raise
                _passwords[address] = password
        raise LoginError(
            f"{address}: the login was refused: the password is not accepted, or the account is"
            " locked or has expired (the server's log says it); --identity FILE names a key"
        )

    def _with_host_key(self, route: Route, login: LoginKeys) -> Client:
        """Log in; where the pinned host key is another, connect again for each other type."""
        earlier: list[OfferedKey] = []
        password = _passwords.get(route.address)
        known = (*route.known_hosts, *self.host_keys.files)
        host_keys = replace(self.host_keys, files=known)
        while True:
            client = Client(route.address, self._connect(route))
            try:
                other = client.log_in(login, host_keys, self.seconds, earlier, password)
            except BaseException:
                client.close()
                raise
            if other is None:
                return client
            client.close()
            earlier.append(other)

    def _connect(self, route: Route) -> socket.socket | Tunnel:
        """Return a TCP connection, which the last of the servers on the way makes."""
        if not route.jumps:
            return connect(route.address, self.seconds)
        *before, last = route.jumps
        # a pinned key is the NAS's; those on the way are looked up
        keys = replace(self.host_keys, fingerprint=None, on_the_way=True)
        below = replace(self, host_keys=keys).log_in(replace(last, jumps=tuple(before)))
        try:
            return Tunnel(below, below.tunnel(route.address, self.seconds))
        except BaseException:
            below.close()
            raise
