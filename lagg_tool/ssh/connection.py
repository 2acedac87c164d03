"""Commands on a NAS over SSH. paramiko is loaded when a connection is made, not before.

What a caller can rely on: the host key is checked before any login; a command is sent at
most once; a call ends by its deadline; both streams are read to their end; an exit status is
the command's own, and a lost connection is an exception, never a status.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from lagg_tool.command import Batch, Command, Completed, Effect, login_line
from lagg_tool.errors import DisconnectedError, LoginError, RefusedError, UsageError
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.greeting import Finished, Mark, refusal
from lagg_tool.ssh.hostkeys import HostKeys
from lagg_tool.ssh.stream import Receiver, Streaming

if TYPE_CHECKING:
    from lagg_tool.ssh.become import Become
    from lagg_tool.ssh.config import Route

CONNECT_SECONDS = 15.0
# Dropbear ends the connection at a command of 9000 octets (MAX_CMD_LEN, sysoptions.h): a longer
# one is read by the shell from its standard input.
_DROPBEAR_LINE = 8000 - 300  # without the marks on it
_FROM_STDIN = 'eval "$(cat)"'
_WIRE = ("utf-8", "surrogateescape")


class Connection:
    """One SSH connection to a NAS; runs commands, several at once from several threads.

    ``to`` may be a route that ssh_config gives. ``identities`` are key files and ``agent`` adds
    all keys of the running SSH agent; without either, the agent's and those of ~/.ssh are used.
    With ``read_only`` every command that may change the NAS is refused; with ``become`` each is
    run as root. Raises UnreachableError, HostKeyError, LoginError, or UsageError for a bad key
    file.
    """

    def __init__(
        self,
        to: Address | Route,
        host_keys: HostKeys,
        *,
        identities: Sequence[Path] = (),
        agent: bool = False,
        read_only: bool = False,
        become: Become | None = None,
        seconds: float = CONNECT_SECONDS,
    ) -> None:
        from lagg_tool.ssh.config import Route  # noqa: PLC0415 - heavy
        from lagg_tool.ssh.way import Way  # noqa: PLC0415 - heavy

        route = Route(to) if isinstance(to, Address) else to
        self.address = route.address
        self.read_only = read_only
        self._become = become
        self._client = Way(tuple(identities), agent, host_keys, seconds).log_in(route)
        if become is not None:
            try:
                become.prepare(lambda line, stdin: self._attempt(line, stdin, seconds))
            except BaseException:
                self.close()
                raise

    @property
    def fingerprint(self) -> str:
        """The server's host key, as it can be pinned."""
        key = self._client.server_key
        return key.fingerprint if key is not None else ""

    @property
    def server_version(self) -> str:
        """How the server names itself, such as SSH-2.0-OpenSSH_9.3."""
        return self._client.server_version

    def run(self, command: Command, deadline: float = 30.0) -> Completed:
        """Run one command within ``deadline`` seconds and return what it did.

        Raises RefusedError in read-only mode, DeadlineError or DisconnectedError (the command
        may have run), LoginError when the server or the login shell runs no commands.
        """
        self._permit(command.effect, command.text)
        finished = self._execute(command.text, command.stdin, deadline)
        return Completed(command, finished.status, _text(finished.stdout), _text(finished.stderr))

    def run_batch(self, commands: Sequence[Command], deadline: float = 60.0) -> list[Completed]:
        """Run commands in order in one exec; the deadline is for all of them together."""
        if not commands:
            return []
        batch = Batch.of(commands)
        self._permit(batch.effect, "; ".join(command.text for command in commands))
        finished = self._execute(batch.text, b"", deadline)
        return batch.split(_text(finished.stdout), _text(finished.stderr))

    def stream(
        self,
        command: Command,
        stdout: Receiver,
        stderr: Receiver,
        deadline: float = 30.0,
    ) -> Streaming:
        """Start a command within ``deadline`` seconds; hand on what it writes, as it comes.

        It has no standard input. The functions are called on another thread, and must not
        wait. It ends by itself, by ``stop``, or with the connection. Raises what ``run`` does.
        """
        if command.stdin:
            raise UsageError(f"{command.text}: a stream has no standard input")
        self._permit(command.effect, command.text)
        way, mark = Mark(), Mark()
        line = login_line(way.line(self._root_line(mark.line(command.text))))
        receivers = (mark.receiver(stdout), mark.receiver(stderr))
        before = b"" if self._become is None else self._become.stdin
        return self._client.stream(line, deadline, *receivers, stdin=before, begun=way.is_in)

    def longest_silence(self, since: float) -> float:
        """Return for how long the server, which is asked each second, was not heard at most.

        That is of what ended after a time of the machine's monotonic clock.
        """
        return self._client.silence.longest(since)

    def close(self) -> None:
        """End the connection. What still runs on it raises DisconnectedError."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _permit(self, effect: Effect, text: str) -> None:
        if self.read_only and effect is not Effect.READ:
            raise RefusedError(
                f"read-only: {text!r} may change {self.address}; it was not run; "
                "leave --read-only out"
            )
        if not self._client.alive:
            raise DisconnectedError(
                f"{self.address}: the connection is closed; open another; nothing was run"
            )

    def _execute(self, text: str, stdin: bytes, deadline: float) -> Finished:
        if not stdin and len(login_line(self._root_line(text)).encode(*_WIRE)) > self._longest:
            text, stdin = _FROM_STDIN, text.encode(*_WIRE)
        if self._become is None:
            return self._run_line(text, stdin, deadline)
        mark = Mark()
        line = self._become.line(mark.line(text))
        finished = self._run_line(line, self._become.stdin + stdin, deadline)
        found = mark.output_of(finished)
        if found is None:
            raise LoginError(self._become.refused(_text(finished.stderr).strip()))
        return found

    def _run_line(self, line: str, stdin: bytes, deadline: float) -> Finished:
        """Run a line of /bin/sh in the login shell. Raises LoginError if that did not run it."""
        mark = Mark()
        line = login_line(mark.line(line))
        finished = self._client.execute(line, stdin, deadline, mark.is_in)
        found = mark.output_of(finished)
        if found is None:
            raise LoginError(f"{self.address}: {refusal(finished.stdout, finished.stderr)}")
        return found

    @property
    def _longest(self) -> float:
        return _DROPBEAR_LINE if "dropbear" in self.server_version else math.inf

    def _root_line(self, text: str) -> str:
        return text if self._become is None else self._become.line(text)

    def _attempt(self, line: str, stdin: bytes, seconds: float) -> tuple[int, str]:
        finished = self._run_line(line, stdin, seconds)
        return finished.status, _text(finished.stderr).strip()


def _text(data: bytes) -> str:
    return data.decode(*_WIRE)
