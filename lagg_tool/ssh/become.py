"""Becoming root on a host where the login is another user: sudo or doas.

A password goes to sudo's standard input, before that of the command, and nowhere else: an empty
line ends it, and what sudo did not read up to there, such as since sudoers has NOPASSWD, is thrown
away. doas reads one from a terminal only, which a command over SSH has not.
"""

from __future__ import annotations

import enum
from collections.abc import Callable

from lagg_tool.command import ENVIRONMENT, quote
from lagg_tool.errors import LoginError
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.prompt import TRIES, ask_secret


class Program(enum.Enum):
    """The programs that run a command as root."""

    SUDO = "sudo"
    DOAS = "doas"


# Runs a line as root: (line, standard input) to (exit status, error text).
Run = Callable[[str, bytes], tuple[int, str]]
# A process may open a NAS again, as accept does after its question; each asks for it once.
_passwords: dict[Address, bytes] = {}


class Become:
    """How each command of a host becomes root's; found out with the first connection.

    ``-k`` makes sudo ask in any case: with a password that it remembers it would leave ours to
    the command.
    """

    def __init__(
        self, program: Program, login: Address, ask: Callable[[str], str | None] = ask_secret
    ) -> None:
        self._program = program
        self._login = login
        self._user = login.user
        self._ask = ask
        self._known = False
        self.stdin = b""  # what the program reads before the command does

    def line(self, text: str) -> str:
        """Return a line of /bin/sh that runs ``text`` as root.

        The way of the session is kept: it tells which interface must not be touched.
        """
        whole = f"export {ENVIRONMENT}; {text}"  # neither program keeps it
        options = "-k -n" if self._program is Program.SUDO else "-n"
        if self.stdin:
            options = "-k -S -p ''"
            whole = f'while IFS= read -r unread && [ "$unread" ]; do :; done; {whole}'
        way = '/usr/bin/env SSH_CONNECTION="$SSH_CONNECTION"'
        return f"{self._program.value} {options} -- {way} /bin/sh -c {quote(whole)}"

    def prepare(self, run: Run) -> None:
        """Find out whether a password is needed, and ask for it. Raises LoginError.

        The empty line is left out: sudo would take it for a second guess after a wrong password.
        """
        if self._known:
            return
        self.stdin = _passwords.pop(self._login, b"")
        status, said = run(self.line(":"), self.stdin[:-1])
        for _ in range(TRIES):
            if status == 0:
                break
            if self._program is not Program.SUDO or "password" not in said:
                raise LoginError(self.refused(said))
            password = self._ask(f"Password of {self._user} for sudo on {self._login.host}")
            if password is None:
                raise LoginError(
                    f"sudo asks {self._user} for a password, and there is no terminal to ask for "
                    f"it; allow it in sudoers: {self._user} ALL=(root) NOPASSWD: ALL"
                )
            self.stdin = f"{password}\n\n".encode()
            status, said = run(self.line(":"), self.stdin[:-1])
        if status != 0 and "password" in said:
            raise LoginError(
                f"sudo takes no password that was typed for {self._user}: {said}; it asks for that"
                " of another user where sudoers has rootpw, targetpw or runaspw"
            )
        if status != 0:
            raise LoginError(self.refused(said))
        if self.stdin:
            _passwords[self._login] = self.stdin
        self._known = True

    def refused(self, said: str) -> str:
        """Return what to say of a program that ran no command, and said this."""
        name = self._program.value
        if self._program is Program.SUDO and "have a tty" in said:  # requiretty
            return f"{said}; sudoers must have: Defaults:{self._user} !requiretty"
        way_out = {
            Program.SUDO: f"sudoers must let {self._user} run commands as root",
            Program.DOAS: "doas reads a password at a terminal only, which a command over SSH has"
            f" not, so that doas.conf must have: permit nopass {self._user} as root",
        }[self._program]
        return (
            f"{name} does not let {self._user} become root: {said or 'it said nothing'}; {way_out}"
        )
