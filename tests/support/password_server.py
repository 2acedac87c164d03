"""An SSH server that takes a password and nothing else, and runs no command."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL
from paramiko.server import InteractiveQuery

from lagg_tool.ssh.hostkeys import OfferedKey


class PasswordServer(paramiko.ServerInterface):
    """Listens on a loopback port; ``logged_in`` once the password was right."""

    def __init__(self, method: str, password: str) -> None:
        self._method = method
        self._password = password
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._key = paramiko.RSAKey.generate(2048)
        self._transports: list[paramiko.Transport] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.port: int = self._listener.getsockname()[1]
        self.fingerprint = OfferedKey("ssh-rsa", self._key.asbytes()).fingerprint
        self.logged_in = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for transport in self._transports:
            transport.close()
            transport.join()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # it is closed
            while True:
                transport = paramiko.Transport(self._listener.accept()[0])
                transport.add_server_key(self._key)
                self._transports.append(transport)
                with contextlib.suppress(paramiko.SSHException, EOFError):
                    transport.start_server(server=self)

    def get_allowed_auths(self, _username: str) -> str:
        return self._method

    def check_auth_password(self, _username: str, password: str) -> int:
        return self._judge(self._method == "password" and password == self._password)

    def check_auth_interactive(self, _username: str, _submethods: str) -> int | InteractiveQuery:
        return InteractiveQuery("", "", ("Password:", False))

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        return self._judge(responses == [self._password])

    def _judge(self, right: bool) -> int:
        self.logged_in |= right
        return AUTH_SUCCESSFUL if right else AUTH_FAILED
