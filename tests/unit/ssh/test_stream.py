"""What a long-running command writes, until its channel is closed from either end."""

from __future__ import annotations

import contextlib

import pytest

from lagg_tool.ssh.jump import Tunnel
from lagg_tool.ssh.sending import is_sending
from lagg_tool.ssh.stream import Bell, Streaming
from tests.support.ended_within import ended_within

DEADLINE = 60


class Channel:
    """A channel with output that is there, or comes when it is looked at for the first time."""

    def __init__(self, *, closed: bool) -> None:
        self.closed = closed
        self.pieces = {"out": [b"one", b"two"], "err": [b"bad"]}
        self.sizes: set[int] = set()

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
        return Streaming(channel, self.bell, (self.out.append, self.err.append), self.opened)


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

    stream = Streaming(channel, heard.bell, (heard.out.append, fail), heard.opened)
    stream._thread.join(DEADLINE)

    assert failures == ["full"]
    assert heard.out[-1] == b""
    assert heard.err == [b"given back"]
    assert not stream.running


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
