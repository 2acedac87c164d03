"""What the transport asks for and notes of the messages that pass, without a server."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import paramiko
import pytest
from paramiko.common import (
    MSG_CHANNEL_FAILURE,
    MSG_CHANNEL_REQUEST,
    MSG_CHANNEL_SUCCESS,
    MSG_GLOBAL_REQUEST,
    MSG_KEXINIT,
)

from lagg_tool.ssh.channels import Transport


class Wired:
    """A transport that reads the given messages, and says which it would send."""

    def __init__(self, sock: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
        self.incoming: list[tuple[int, paramiko.Message]] = []
        self.heard = 0
        monkeypatch.setattr(
            paramiko.packet.Packetizer, "read_message", lambda _: self.incoming.pop(0)
        )
        self.transport = Transport(sock, self._hear)

    def _hear(self) -> None:
        self.heard += 1

    def read(self, kind: int, *fields: int | str | bool | list[str]) -> None:
        message = paramiko.Message()
        for field in fields:
            message.add(field) if isinstance(field, list | bool | str) else message.add_int(field)
        self.incoming.append((kind, paramiko.Message(message.asbytes())))
        got, passed = self.transport.packetizer.read_message()
        assert (got, passed.asbytes()) == (kind, message.asbytes())


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wired]:
    here, there = socket.socketpair()
    with here, there:
        made = Wired(here, monkeypatch)
        yield made
        made.transport.close()


def test_no_weak_algorithm_is_offered(wired: Wired) -> None:
    transport = wired.transport

    assert not [name for name in transport.preferred_ciphers if "cbc" in name]
    assert not [name for name in transport.preferred_macs if "md5" in name or "96" in name]
    assert transport.preferred_ciphers
    assert transport.preferred_macs


def test_the_signal_that_ended_a_command_is_noted_by_its_channel(wired: Wired) -> None:
    wired.read(MSG_CHANNEL_REQUEST, 3, "exit-signal", False, "KILL")
    wired.read(MSG_CHANNEL_REQUEST, 4, "exit-status", False)
    wired.read(MSG_CHANNEL_FAILURE, 5)
    wired.read(MSG_CHANNEL_SUCCESS, 6)

    assert wired.transport.exit_signals == {3: "KILL"}
    assert wired.transport.refused == {5}
    assert wired.heard == 4


def test_what_was_noted_of_a_channel_is_forgotten_with_it(wired: Wired) -> None:
    for number in (3, 4):
        wired.read(MSG_CHANNEL_REQUEST, number, "exit-signal", False, "KILL")
        wired.read(MSG_CHANNEL_FAILURE, number)

    wired.transport.forget(paramiko.Channel(3))
    wired.transport.forget(paramiko.Channel(9))

    assert wired.transport.exit_signals == {4: "KILL"}
    assert wired.transport.refused == {4}


def test_the_algorithms_that_the_server_knows_are_noted(wired: Wired) -> None:
    message = paramiko.Message()
    message.add_bytes(bytes(16))
    for name in ("kex", "key", "to-server", "cipher", "mac-to-server", "mac"):
        message.add_list([name, f"{name}2"])
    assert wired.transport.algorithms == {}
    wired.incoming.append((MSG_KEXINIT, paramiko.Message(message.asbytes())))

    wired.transport.packetizer.read_message()

    assert wired.transport.algorithms == {
        "key exchange": ["kex", "kex2"],
        "host key": ["key", "key2"],
        "cipher": ["cipher", "cipher2"],
        "MAC": ["mac", "mac2"],
    }


def test_a_sign_of_life_is_asked_for_that_the_server_has_to_answer(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[float, Callable[[], object]]] = []
    sent: list[paramiko.Message] = []
    monkeypatch.setattr(
        wired.transport.packetizer, "set_keepalive", lambda *words: asked.append(words)
    )
    monkeypatch.setattr(wired.transport, "_send_user_message", sent.append)

    wired.transport.ask_every(7.5)

    [(seconds, ask)] = asked
    ask()
    [message] = sent
    message.rewind()
    assert seconds == 7.5
    assert message.get_byte() == bytes([MSG_GLOBAL_REQUEST])
    assert message.get_text() == "keepalive@openssh.com"
    assert message.get_boolean() is True
