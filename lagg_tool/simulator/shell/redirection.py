"""Redirections: which stream a descriptor refers to while a command runs."""

from __future__ import annotations

from lagg_tool.simulator.shell.expansion import Expander
from lagg_tool.simulator.shell.state import ShellError, State
from lagg_tool.simulator.shell.syntax import Redirect, RedirectKind
from lagg_tool.simulator.system.nodes import FileError
from lagg_tool.simulator.system.streams import Stream, pipe

_MODES = {
    RedirectKind.READ: "r",
    RedirectKind.WRITE: "w",
    RedirectKind.APPEND: "a",
}


async def open_redirect(state: State, expander: Expander, redirect: Redirect) -> Stream | None:
    """Return the stream that a redirection asks for; None closes. Raises ShellError."""
    process = state.process
    if redirect.here is not None:
        text = await expander.text(redirect.here.text, tilde=False)
        reader, writer = pipe()
        writer.acquire().write(text.encode(errors="surrogateescape"))
        writer.release()
        return reader
    name = await expander.text(redirect.target)
    if redirect.kind in {RedirectKind.DUPLICATE_IN, RedirectKind.DUPLICATE_OUT}:
        if name == "-":
            return None
        if not (name.isdigit() and len(name) == 1):
            raise ShellError("Bad fd number")
        try:
            return process.stream(int(name))
        except FileError as error:
            raise ShellError(f"{name}: {error}") from None
    mode = _MODES[redirect.kind]
    try:
        return process.system.opener.open(
            process.path(name), mode, process.uid, 0o666 & ~process.umask
        )
    except FileError as error:
        verb = "open" if mode == "r" else "create"
        raise ShellError(f"cannot {verb} {name}: {error}") from None


class Redirections:
    """Applies redirections to a process and can take them back."""

    def __init__(self, state: State, expander: Expander) -> None:
        self._state = state
        self._expander = expander
        self._saved: list[tuple[int, Stream | None]] = []

    async def apply(self, redirects: tuple[Redirect, ...]) -> None:
        """Apply them in order. Raises ShellError; those before it stay applied."""
        process = self._state.process
        for redirect in redirects:
            stream = await open_redirect(self._state, self._expander, redirect)
            old = process.streams.get(redirect.fd)
            if old is not None:
                old.acquire()
            self._saved.append((redirect.fd, old))
            process.set_stream(redirect.fd, stream)

    def undo(self) -> None:
        """Let the descriptors refer to what they did before."""
        for fd, old in reversed(self._saved):
            self._state.process.set_stream(fd, old)
            if old is not None:
                old.release()
        self._saved.clear()

    def keep(self) -> None:
        """Forget what was before (exec)."""
        for _, old in self._saved:
            if old is not None:
                old.release()
        self._saved.clear()
