"""What a login shell writes before a command does: a banner, a profile that talks, a refusal.

/bin/sh prints a mark on both streams before the command begins; what comes earlier is not the
command's.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from lagg_tool.ssh.stream import Receiver

_SAID = 300  # characters of what a login shell said instead


@dataclass(frozen=True)
class Finished:
    """How a command ended: 0 to 255, 128+n for signal n, and what it wrote."""

    status: int
    stdout: bytes
    stderr: bytes


class Mark:
    """A line that no output can guess."""

    def __init__(self) -> None:
        self._bytes = f"\n--{secrets.token_hex(16)}\n".encode()

    def is_in(self, stream: bytes | bytearray) -> bool:
        """Return whether /bin/sh has come to the mark."""
        return self._bytes in stream

    def line(self, text: str) -> str:
        """Return a line of /bin/sh that prints the mark and runs ``text``."""
        mark = f"printf '\\n{self._bytes.decode().strip()}\\n'"
        return f"{mark}; {mark} >&2; {text}"

    def command_output(self, stream: bytes) -> bytes | None:
        """Return what follows the mark, None where there is none."""
        _, mark, rest = stream.partition(self._bytes)
        return rest if mark else None

    def output_of(self, finished: Finished) -> Finished | None:
        """Return a command's end with what it wrote; None where it was not begun."""
        stdout = self.command_output(finished.stdout)
        stderr = self.command_output(finished.stderr)
        if stdout is None or stderr is None:
            return None
        return replace(finished, stdout=stdout, stderr=stderr)

    def receiver(self, receive: Receiver) -> Receiver:
        """Return a receiver that passes on what follows the mark, and the end of the stream."""
        before: bytearray | None = bytearray()

        def passing(data: bytes) -> None:
            nonlocal before
            if before is None or not data:
                receive(data)
                return
            before += data
            output = self.command_output(bytes(before))
            if output is not None:
                before = None
                if output:
                    receive(output)

        return passing


def said(stdout: bytes, stderr: bytes) -> str:
    """Return what a login shell said, as far as a message has room for it."""
    both = b" ".join((stdout.strip(), stderr.strip())).strip()[:_SAID]
    return both.decode("utf-8", "backslashreplace") or "nothing"


def refusal(stdout: bytes, stderr: bytes) -> str:
    """Return what to say of a login shell that did not run a command."""
    return (
        f"the login shell ran no command and said: {said(stdout, stderr)}; a shell such as nologin"
        " does this, a command that sshd_config or authorized_keys forces, and a password that has"
        " to be changed first, by ssh at a terminal; log in as a user, or with a key, that has a"
        " shell"
    )
