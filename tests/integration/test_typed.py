"""An administrator types at a terminal of the simulated NAS; the SSH connection is left out."""

from __future__ import annotations

import threading

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.server.execution import machine
from lagg_tool.simulator.server.session import Session

PATIENCE = 60  # real seconds until an answer counts as missing


class Screen:
    """The client's end of a channel: what was shown, and whether some text came."""

    def __init__(self) -> None:
        self._shown = b""
        self._changed = threading.Condition()

    def send(self, data: bytes, /) -> int:
        with self._changed:
            self._shown += data
            self._changed.notify_all()
        return len(data)

    send_stderr = send

    def until(self, text: bytes, seconds: float = PATIENCE) -> bool:
        """Wait for a text; forget what was shown up to its end."""
        with self._changed:
            came = self._changed.wait_for(lambda: text in self._shown, seconds)
            self._shown = self._shown.partition(text)[2] if came else self._shown
            return came


def test_lines_are_edited_interrupted_and_run_until_exit() -> None:
    screen, statuses = Screen(), list[int]()
    session = Session(machine(SimulatedNas(VirtualClock())), screen, "root")
    session.terminal = "xterm"
    session.begin("", {})
    execution = session.execution
    assert execution is not None
    threads = [
        threading.Thread(target=lambda: statuses.append(execution.run())),
        threading.Thread(target=session.outlet.run),
    ]
    for thread in threads:
        thread.start()

    conversation = [
        (b"echo hellx\x7fo\r", b"echo hellx\b \bo\r\nhello\r\nroot@nas:~ # "),
        (b"cd /etc\r", b"root@nas:/etc # "),
        (b"x=1; if true; then\r", b"> "),
        (b"echo $((x+1)); fi\r", b"2\r\nroot@nas:/etc # "),
        (b"done\r", b'"done" unexpected\r\nroot@nas:/etc # '),
        (b"cat <<E\r", b"> "),
        (b'`echo 5` "a\'b"\rE\r', b'5 "a\'b"\r\nroot@nas:/etc # '),
        (b"one two\x17three\x15\x1b[Aecho y\r", b"\r\ny\r\nroot@nas:/etc # "),
        (b"half\x12", b"^R\r\nhalf"),
        (b"\r", b": half: not found\r\nroot@nas:/etc # "),
        (b"cat\rback\r", b"back\r\nback\r\n"),
        (b"\x03", b"^C\r\nroot@nas:/etc # "),
        (b"half a li\x03", b"^C\r\nroot@nas:/etc # "),
        (b"echo $?\r", b"130\r\nroot@nas:/etc # "),
    ]
    prompted = screen.until(b"root@nas:~ # ")
    answered = []
    for typed, expected in conversation:
        session.typed(typed)
        answered.append(screen.until(expected))
    session.typed(b"exit 7\r")
    threads[0].join(PATIENCE)
    session.outlet.end()
    threads[1].join(PATIENCE)

    assert prompted
    assert all(answered), conversation[answered.index(False)]
    assert statuses == [7]


def test_ctrl_c_drops_what_was_typed_and_is_not_read_yet() -> None:
    screen = Screen()
    session = Session(machine(SimulatedNas(VirtualClock())), screen, "root")
    session.terminal = "xterm"
    session.begin("", {})
    session.typed(b"echo l''ost\r\x03echo h''ere\r\x04")
    execution = session.execution
    assert execution is not None

    execution.run()
    session.outlet.end()
    session.outlet.run()

    assert not screen.until(b"lost", 0)
    assert screen.until(b"here")


def test_what_runs_ends_with_the_client() -> None:
    screen = Screen()
    session = Session(machine(SimulatedNas(VirtualClock())), screen, "root")
    session.begin("echo begun; cat", {})
    execution = session.execution
    assert execution is not None
    threads = [
        threading.Thread(target=execution.run),
        threading.Thread(target=session.outlet.run),
    ]
    for thread in threads:
        thread.start()
    begun = screen.until(b"begun\n")

    session.hang_up()
    for thread in threads:
        thread.join(PATIENCE)

    assert begun
    assert not any(thread.is_alive() for thread in threads)
