"""QEMU's machine protocol on a Unix socket, as far as a bench uses it.

Greeting, ``qmp_capabilities``, ``set_link`` with the names n1 to n6, ``query-status``,
``system_reset``, ``quit``; errors in QEMU's words (qapi, monitor/qmp.c). Like QEMU's, the
socket serves one client at a time; others wait.
"""

from __future__ import annotations

import contextlib
import json
import selectors
import socket
import stat
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from lagg_tool.errors import UsageError
from lagg_tool.simulator.nas import SimulatedNas

GREETING = {
    "QMP": {
        "version": {"qemu": {"micro": 0, "minor": 2, "major": 7}, "package": "lagg_tool"},
        "capabilities": ["oob"],
    }
}
LINKS = {f"n{port}": port for port in range(1, 7)}
LARGEST_LINE = 65536
TYPE_NAMES: Mapping[type, str] = {str: "string", bool: "boolean"}


class QmpError(Exception):
    """A command that is refused, with QEMU's class and words."""

    def __init__(self, description: str, kind: str = "GenericError") -> None:
        super().__init__(description)
        self.kind = kind


@dataclass(frozen=True)
class Verb:
    """A command: its arguments with their types, and what it does."""

    arguments: Mapping[str, type]
    action: Callable[..., object]


class Monitor:
    """The commands, apart from their transport: a request in, a reply out."""

    def __init__(self, nas: SimulatedNas, quit_machine: Callable[[], None]) -> None:
        self._nas = nas
        self.negotiated = False
        self._verbs = {
            "qmp_capabilities": Verb({}, self._negotiate),
            "set_link": Verb({"name": str, "up": bool}, self._set_link),
            "query-status": Verb({}, lambda: {"status": "running", "running": True}),
            "system_reset": Verb({}, nas.reboot),
            "quit": Verb({}, quit_machine),
        }

    def answer(self, line: bytes) -> dict[str, Any]:
        """Return the reply to one line. Total: any bytes get a reply."""
        identity: dict[str, Any] = {}
        try:
            request = _object(line)
            if "id" in request:
                identity = {"id": request["id"]}
            result = self._execute(request)
        except QmpError as error:
            return {"error": {"class": error.kind, "desc": str(error)}, **identity}
        return {"return": result if isinstance(result, dict) else {}, **identity}

    def _execute(self, request: Mapping[str, Any]) -> object:
        unexpected = set(request) - {"execute", "arguments", "id"}
        if unexpected:
            raise QmpError(f"QMP input member '{min(unexpected)}' is unexpected")
        name = request.get("execute")
        if name is None:
            raise QmpError("QMP input lacks member 'execute'")
        if not isinstance(name, str):
            raise QmpError("QMP input member 'execute' must be a string")
        arguments = request.get("arguments", {})
        if not isinstance(arguments, dict):
            raise QmpError("QMP input member 'arguments' must be an object")
        verb = self._verbs.get(name)
        if not self.negotiated and name != "qmp_capabilities":
            raise QmpError(
                "Expecting capabilities negotiation with 'qmp_capabilities'", "CommandNotFound"
            )
        if verb is None or (self.negotiated and name == "qmp_capabilities"):
            raise QmpError(f"The command {name} has not been found", "CommandNotFound")
        return verb.action(**_checked(verb.arguments, arguments))

    def _negotiate(self) -> None:
        self.negotiated = True

    def _set_link(self, name: str, up: bool) -> None:
        if name not in LINKS:
            raise QmpError(f"Device '{name}' not found", "DeviceNotFound")
        self._nas.set_link(LINKS[name], up)


def _object(line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        raise QmpError("Invalid JSON syntax") from None
    if not isinstance(request, dict):
        raise QmpError("QMP input must be a JSON object")
    return request


def _checked(types: Mapping[str, type], given: Mapping[str, Any]) -> Mapping[str, Any]:
    for name, kind in types.items():
        if name not in given:
            raise QmpError(f"Parameter '{name}' is missing")
        if not isinstance(given[name], kind):
            raise QmpError(f"Invalid parameter type for '{name}', expected: {TYPE_NAMES[kind]}")
    unexpected = set(given) - set(types)
    if unexpected:
        raise QmpError(f"Parameter '{min(unexpected)}' is unexpected")
    return given


class QmpServer:
    """The Unix socket, and the thread that serves it."""

    def __init__(self, nas: SimulatedNas, path: Path, quit_machine: Callable[[], None]) -> None:
        self._nas = nas
        self._quit = quit_machine
        self.path = path
        self._listener = _listen(path)
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="qmp", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving and remove the socket."""
        self._wake.send(b"x")
        self._thread.join()
        for sock in (self._listener, self._wake, self._woken):
            sock.close()
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        while self._readable(self._listener):
            client, _ = self._listener.accept()
            with client, contextlib.suppress(OSError):  # the client went away
                if not self._serve(client):
                    return

    def _readable(self, sock: socket.socket) -> bool:
        """Wait for something to read; tell whether it is there, and not the end of all."""
        with selectors.DefaultSelector() as selector:
            selector.register(sock, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            ready = [key.fileobj for key, _ in selector.select()]
        return self._woken not in ready

    def _serve(self, client: socket.socket) -> bool:
        """Answer one client until it leaves; tell whether to go on with others."""
        monitor = Monitor(self._nas, self._quit)
        _write(client, GREETING)
        buffer = b""
        while self._readable(client):
            data = client.recv(4096)
            if not data or len(buffer) > LARGEST_LINE:
                return True
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                if line.strip():
                    _write(client, monitor.answer(line))
        return False


def _write(client: socket.socket, message: Mapping[str, Any]) -> None:
    client.sendall(json.dumps(message).encode() + b"\r\n")


def _listen(path: Path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.exists() and stat.S_ISSOCK(path.stat().st_mode) and not _answers(path):
            path.unlink()  # left by a process that was killed
        sock.bind(str(path))
        sock.listen()
    except OSError as error:
        sock.close()
        raise UsageError(f"--qmp {path}: {error.strerror or error}") from error
    return sock


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True
