"""What a login shell writes before a command does: a banner, a profile that talks, a refusal.

/bin/sh prints a mark on both streams before the command begins; what comes earlier is not the
command's.
"""

from __future__ import annotations

import secrets

from lagg_tool.ssh.stream import Receiver

_SAID = 300  # characters of what a login shell said instead


class Mark:
    """A line that no output can guess."""

    def __init__(self) -> None:
        self._bytes = f"\n--{secrets.token_hex(16)}\n".encode()

    def line(self, text: str) -> str:
        """Return a line of /bin/sh that prints the mark and runs ``text``."""
        mark = f"printf '\\n{self._bytes.decode().strip()}\\n'"
        return f"{mark}; {mark} >&2; {text}"

    def command_output(self, stream: bytes) -> bytes | None:
        """Return what follows the mark, None where there is none."""
        _, mark, rest = stream.partition(self._bytes)
        return rest if mark else None

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


def refusal(stdout: bytes, stderr: bytes) -> str:
    """Return what to say of a login shell that did not run a command."""
    said = b" ".join((stdout.strip(), stderr.strip())).strip()[:_SAID]
    return (
        "the login shell ran no command and said: "
        f"{said.decode('utf-8', 'backslashreplace') or 'nothing'}; a shell such as nologin does "
        "this, and a command that sshd_config or authorized_keys forces; log in as a user, or with "
        "a key, that has a shell"
    )
