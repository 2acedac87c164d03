"""What a long-running command writes, until its channel is closed from either end."""

from __future__ import annotations

import contextlib

import pytest

from lagg_tool.ssh.jump import Tunnel
from lagg_tool.ssh.sending import is_sending
from lagg_tool.ssh.stream import Bell, Feeder, Streaming
from tests.support.ended_within import ended_within

DEADLINE = 60


class Channel:
    """A channel with output that is there, or comes when it is looked at for the first time."""

    def __init__(self, *, closed: bool) -> None:
        self.closed = closed
        self.pieces = {"out": [b"one", b"two"], "err": [b"bad"]}
        self.sizes: set[int] = set()
        self.room = [3, 4]  # in the peer's window, each time that it is looked at
        self.sent: list[bytes] = []

    def send_ready(self) -> bool:
        return bool(self.room)

    def send(self, s: bytes) -> int:
        size = self.room.pop(0)
        self.sent.append(s[:size])
        return size

    def shutdown_write(self) -> None:
        self.sent.append(b"")

    def recv_ready(self) -> bool:
        return bool(self.pieces["out"])

    def recv(self, nbytes: int) -> bytes:
        self.sizes.add(nbytes)
        return self.pieces["out"].pop(0)

    def recv_stderr_ready(self) -> bool:
        return bool(self.pieces["err"])

    def recv_stderr(self, nbytes: int) -> bytes:
        self.sizes.add(nbytes)
        return self.pieces["err"].pop(0)


class Heard:
    """What both receivers of a stream are given, and when the channel is given back."""

    def __init__(self) -> None:
        self.bell = Bell()
        self.out: list[bytes] = []
        self.err: list[bytes] = []
        self.opened = contextlib.ExitStack()
        self.opened.callback(lambda: self.err.append(b"given back"))

    def start(self, channel: Channel) -> Streaming:
        receivers = (self.out.append, self.err.append)
        return Streaming(channel, self.bell, Feeder(channel, b"", bool), receivers, self.opened)


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_a_closed_channel_hands_on_all_that_came_then_an_empty_piece(heard: Heard) -> None:
    channel = Channel(closed=True)

    stream = heard.start(channel)
    stream._thread.join(DEADLINE)

    assert heard.out == [b"one", b"two", b""]
    assert heard.err == [b"bad", b"given back"]
    assert channel.sizes == {32768}
    assert not stream.running


def test_output_is_handed_on_when_the_bell_rings(heard: Heard) -> None:
    channel = Channel(closed=False)
    stream = heard.start(channel)

    channel.closed = True
    heard.bell.clear()  # as paramiko does when one of the buffers is empty
    heard.bell.set()
    stream._thread.join(DEADLINE)

    assert heard.out == [b"one", b"two", b""]
    assert not stream.running


def test_a_stream_that_is_stopped_ends_and_gives_its_channel_back(heard: Heard) -> None:
    stream = heard.start(Channel(closed=False))
    assert stream.running
    assert stream._thread.daemon

    with ended_within(DEADLINE):
        stream.stop()

    assert heard.out[-1] == b""
    assert heard.err[-1] == b"given back"
    assert not stream.running
    assert not is_sending()


def test_a_receiver_that_fails_ends_the_stream_all_the_same(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[str] = []
    monkeypatch.setattr("threading.excepthook", lambda args: failures.append(str(args.exc_value)))
    channel = Channel(closed=True)
    channel.pieces["err"] = [b""]

    def fail(_: bytes) -> None:
        raise RuntimeError("full")

    feeder = Feeder(channel, b"", bool)
    stream = Streaming(channel, heard.bell, feeder, (heard.out.append, fail), heard.opened)
    stream._thread.join(DEADLINE)

    assert failures == ["full"]
    assert heard.out[-1] == b""
    assert heard.err == [b"given back"]
    assert not stream.running


def test_standard_input_waits_for_what_reads_it_and_for_room() -> None:
    channel = Channel(closed=False)
    feeder = Feeder(channel, b"password", lambda heard: b"MARK" in heard)

    assert feeder.feed() is None
    feeder.hear(b"Terminal? MA")
    assert feeder.feed() is None
    assert channel.sent == []
    feeder.hear(b"RK")
    assert feeder.feed() is not None  # it is to be asked again, since nothing tells of room
    channel.room = [10]
    assert feeder.feed() is None
    assert feeder.feed() is None

    assert channel.sent == [b"pas", b"swor", b"d", b""]


def test_only_rearming_silences_a_bell() -> None:
    bell = Bell()
    bell.set()

    bell.clear()
    assert bell.is_set()
    bell.rearm()
    assert not bell.is_set()


class Below:
    """The connection below a tunnel."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def abort(self) -> None:
        self.done.append("abort")

    def close(self) -> None:
        self.done.append("close")


def test_a_tunnel_is_its_channel_but_ends_the_connection_below() -> None:
    below, channel = Below(), Channel(closed=False)
    tunnel = Tunnel(below, channel)  # type: ignore[arg-type] # the parts that it uses

    assert tunnel.recv(3) == b"one"
    tunnel.shutdown(2)
    tunnel.close()

    assert below.done == ["abort", "close"]
