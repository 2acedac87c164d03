"""Channels opened ahead, against a server that says when it agrees to one.

OpenSSH answers the same questions in tests/integration/test_ssh_openssh.py; it cannot be told
to refuse a channel at a given moment.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import paramiko
import pytest
from paramiko.common import (
    AUTH_SUCCESSFUL,
    OPEN_FAILED_RESOURCE_SHORTAGE,
    OPEN_SUCCEEDED,
)

from lagg_tool.clock import SystemClock
from lagg_tool.errors import DeadlineError, DisconnectedError, HostError, LoginError
from lagg_tool.simulator.server.keys import generate_key, load_key
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.channels import PARALLEL_CHANNELS
from lagg_tool.ssh.hostkeys import HostKeys
from lagg_tool.ssh.identities import LoginKeys
from lagg_tool.ssh.sending import is_sending
from lagg_tool.ssh.stream import Bell
from lagg_tool.ssh.transport import Client
from lagg_tool.suite.interruption import Interruption
from lagg_tool.verbs.interruption import interruptible
from tests.support.waiting import wait_for

HOST_KEY = load_key(generate_key())


class Server(paramiko.ServerInterface):
    """Says what it was asked, in order; ``most`` channels at once; commands it runs or not."""

    def __init__(self, sock: socket.socket) -> None:
        self.asked: list[str] = []
        self.most = 10
        self.highest = 0
        self.runs = True
        self.closes_unused = False
        self.dies_at = ""
        self.at_exec: Callable[[], None] = lambda: None
        self.before_output: Callable[[], None] = lambda: None
        self.greeting = b""
        self.idles = False  # it agrees to a command, and leaves it to the test
        self.channels: list[paramiko.Channel] = []
        self._open: set[int] = set()
        self._pool = ThreadPoolExecutor(PARALLEL_CHANNELS)
        self.transport = paramiko.Transport(sock)
        self.transport.add_server_key(HOST_KEY)
        self.transport.start_server(event=threading.Event(), server=self)

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        del username, key
        return AUTH_SUCCESSFUL

    def get_allowed_auths(self, username: str) -> str:
        del username
        return "publickey"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        del kind
        self._ask("open")
        if len(self._open) >= self.most:
            self.asked[-1] = "refused"
            return OPEN_FAILED_RESOURCE_SHORTAGE
        self._open.add(chanid)
        self.highest = max(self.highest, len(self._open))
        return OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self._ask("exec")
        channel.settimeout(60.0)  # a test that waits in vain fails
        self.channels.append(channel)
        channel.sendall(self.greeting)
        self.at_exec()
        if self.runs and not self.idles:
            self._pool.submit(self._run, channel, command)
        return self.runs

    def close(self) -> None:
        self.transport.close()
        self._pool.shutdown()

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.dies_at == f"{what} {self.asked.count(what)}":
            self.transport.close()

    def _run(self, channel: paramiko.Channel, command: bytes) -> None:
        while channel.recv(100):
            pass
        if self.closes_unused:
            self._channel_beside(channel).close()
        self.before_output()
        channel.sendall(command)
        channel.send_exit_status(7)
        self._open.discard(channel.chanid)
        channel.close()

    def _channel_beside(self, channel: paramiko.Channel) -> paramiko.Channel:
        while True:
            other = self.transport.accept(60)
            assert other is not None, "no channel was opened ahead"
            if other.chanid != channel.chanid:
                self._open.discard(other.chanid)
                return other


class JumpingClock(SystemClock):
    """The machine's clock, which a test sets forward."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead = 0.0

    def now(self) -> float:
        return super().now() + self._ahead

    def jump(self, seconds: float) -> None:
        self._ahead += seconds


@pytest.fixture
def ends() -> Iterator[tuple[Client, Server]]:
    with both_ends() as made:
        yield made


@contextlib.contextmanager
def both_ends() -> Iterator[tuple[Client, Server]]:
    ours, theirs = socket.socketpair()
    server = Server(theirs)
    client = Client(Address("root", "nas.example", 22), ours)
    client.log_in(
        LoginKeys((load_key(generate_key()),)),
        HostKeys(fingerprint=str(HOST_KEY.fingerprint)),
        60.0,
    )
    yield client, server
    client.close()
    server.close()


def wait_for_the_next_channel(client: Client) -> None:
    ahead = client._channels._ahead
    assert ahead is not None, "no channel is opened ahead"
    ahead.result(60)


def test_a_command_finds_its_channel_open(ends: tuple[Client, Server]) -> None:
    client, server = ends

    done = [client.execute(f"line {number}", b"", 60.0, bool) for number in range(3)]

    assert [(one.status, one.stdout) for one in done] == [
        (7, f"line {number}".encode()) for number in range(3)
    ]
    wait_for_the_next_channel(client)
    assert (server.asked[0], Counter(server.asked)) == ("open", {"open": 4, "exec": 3})


def test_a_server_that_gives_none_ahead_is_not_asked_again(ends: tuple[Client, Server]) -> None:
    client, server = ends
    server.most = 1
    server.before_output = lambda: wait_for(lambda: "refused" in server.asked)

    for number in range(3):
        assert client.execute(f"line {number}", b"", 60.0, bool).status == 7

    assert Counter(server.asked) == {"open": 3, "exec": 3, "refused": 1}


def test_no_channel_waits_at_a_server_that_closes_those_that_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(paramiko.Transport, "_CLIENT_ID", "dropbear_2022.83")
    with both_ends() as (client, server):
        for number in range(3):
            assert client.execute(f"line {number}", b"", 60.0, bool).status == 7

        assert client.server_version == "SSH-2.0-dropbear_2022.83"
        assert server.asked == ["open", "exec"] * 3


def test_a_channel_closed_while_it_was_unused_is_replaced(ends: tuple[Client, Server]) -> None:
    client, server = ends
    server.closes_unused = True
    first = client.execute("first", b"", 60.0, bool)
    server.closes_unused = False

    second = client.execute("second", b"", 60.0, bool)

    assert (first.stdout, second.stdout) == (b"first", b"second")
    assert Counter(server.asked) == {"open": 3, "exec": 2}


def test_a_server_that_runs_no_commands_is_named(ends: tuple[Client, Server]) -> None:
    client, server = ends
    server.runs = False

    with pytest.raises(LoginError, match=r"nas\.example.*refuses to run commands"):
        client.execute("true", b"", 60.0, bool)
    with pytest.raises(LoginError, match="refuses to run commands"):
        client.stream("true", 60.0, _ignore, _ignore)


def test_a_refused_session_is_told_from_a_refused_command(ends: tuple[Client, Server]) -> None:
    client, server = ends
    server.most = 0

    with pytest.raises(HostError, match=r"opens no session.*MaxSessions"):
        client.execute("true", b"", 60.0, bool)


@pytest.mark.parametrize(
    ("moment", "what"),
    [
        ("open 1", "nothing was run; try again"),
        ("exec 1", "the command may have run; look before you repeat it"),
    ],
)
def test_what_may_have_run_is_told(ends: tuple[Client, Server], moment: str, what: str) -> None:
    client, server = ends
    server.dies_at = moment

    with pytest.raises(DisconnectedError, match=what):
        client.execute("true", b"", 60.0, bool)


@pytest.mark.parametrize(
    ("greeting", "stdin", "words"),
    [
        (b"", b"", "no answer within the deadline; the command may still be running"),
        (b"MARK", b"in", "no answer within the deadline; the command may still be running"),
        (b"Terminal?", b"", r"did not run the command before the deadline, and said: Terminal\?;"),
        (b"Terminal?", b"in", r"did not run the command .* and said: Terminal\?; it may wait"),
        (b"", b"in", "did not run the command before the deadline, and said: nothing; it may wait"),
    ],
)
def test_a_command_that_has_not_begun_at_the_deadline_is_told_from_one_that_has(
    greeting: bytes, stdin: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = JumpingClock()
    monkeypatch.setattr("lagg_tool.ssh.transport._CLOCK", clock)
    with both_ends() as (client, server):
        server.greeting = greeting
        server.idles = True
        server.at_exec = lambda: clock.jump(61)  # before it says that it runs the command

        with pytest.raises(DeadlineError, match=words):
            client.execute("cat", stdin, 60.0, lambda said: b"MARK" in said)

        server.idles, server.at_exec = False, lambda: None
        assert client.execute("next", b"", 60.0, bool).stdout == greeting + b"next"
        assert server.channels[0].recv(100) == b""  # what read would be given no more


def test_a_stream_gives_nothing_to_what_reads_before_the_command(
    ends: tuple[Client, Server],
) -> None:
    client, server = ends
    server.greeting = b"Terminal?"
    server.idles = True
    heard: queue.Queue[bytes] = queue.Queue()
    stream = client.stream(
        "cat", 60.0, heard.put, _ignore, stdin=b"pw", begun=lambda said: b"MARK" in said
    )

    heard_first = heard.get(timeout=60)
    server.idles = False
    client.execute("next", b"", 60.0, bool)  # what was sent earlier has come by now
    read_before = server.channels[0].recv_ready()
    server.channels[0].sendall(b"MARK")

    assert (heard_first, read_before) == (b"Terminal?", False)
    assert server.channels[0].recv(100) == b"pw"
    stream.stop()


@pytest.mark.parametrize("name", ["open_session", "close"])
def test_a_thread_that_never_ends_keeps_nobody_from_closing(
    ends: tuple[Client, Server], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _ = ends
    end_of_test = threading.Event()
    monkeypatch.setattr("lagg_tool.ssh.transport.CLOSING_SECONDS", 0.1)
    monkeypatch.setattr(client._transport, name, end_of_test.wait)
    others = set(threading.enumerate())
    client._channels.prefetch()
    closing = threading.Thread(target=client.close, daemon=True)

    closing.start()
    closing.join(60)

    assert not closing.is_alive()
    # the interpreter ends without those that are daemons
    assert all(thread.daemon for thread in set(threading.enumerate()) - others)
    end_of_test.set()


def test_many_threads_open_no_more_channels_than_a_server_stands(
    ends: tuple[Client, Server],
) -> None:
    client, server = ends

    with ThreadPoolExecutor(16) as pool:
        done = list(pool.map(lambda n: client.execute(f"{n}", b"", 60.0, bool), range(200)))

    assert [one.stdout for one in done] == [f"{number}".encode() for number in range(200)]
    assert server.asked.count("exec") == 200
    assert server.highest <= PARALLEL_CHANNELS


def test_a_signal_waits_until_the_command_has_ended(
    ends: tuple[Client, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, server = ends
    server.at_exec = lambda: os.kill(os.getpid(), signal.SIGINT)
    ended: list[int] = []
    converse = client._converse

    def noting(*arguments: Any) -> Any:
        finished = converse(*arguments)
        ended.append(finished.status)
        return finished

    monkeypatch.setattr(client, "_converse", noting)
    found = Interruption(lambda _: None)

    def step() -> None:
        client.execute("true", b"", 60.0, bool)
        SystemClock().sleep(60)  # it is interrupted here, when the alarm rings again

    with found.watching(), found.exposed(), pytest.raises(KeyboardInterrupt):
        step()

    assert ended == [7]
    server.at_exec = lambda: None
    assert client.execute("true", b"", 60.0, bool).status == 7


def test_a_signal_in_a_verb_waits_until_the_command_has_ended(
    ends: tuple[Client, Server],
) -> None:
    client, server = ends
    server.at_exec = lambda: os.kill(os.getpid(), signal.SIGTERM)

    ended: list[int | None] = []

    def step() -> None:
        ended.append(client.execute("true", b"", 60.0, bool).status)
        SystemClock().sleep(60)  # it is interrupted here, when the alarm rings

    with pytest.raises(KeyboardInterrupt), interruptible([signal.SIGTERM], patience=60):
        step()

    server.at_exec = lambda: None
    assert ended == [7]
    assert client.execute("true", b"", 60.0, bool).status == 7


def test_a_signal_in_a_verb_does_not_wait_for_a_host_that_is_frozen() -> None:
    thawed = threading.Event()

    def freeze() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        thawed.wait(60)

    with both_ends() as (client, server):
        server.at_exec = freeze
        with pytest.raises(KeyboardInterrupt), interruptible([signal.SIGINT], patience=0.1):
            client.execute("true", b"", 60.0, bool)

        assert not thawed.is_set()
        thawed.set()


def test_a_second_signal_in_a_verb_does_not_wait() -> None:
    thawed = threading.Event()

    def freeze() -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        SystemClock().sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)
        thawed.wait(60)

    with both_ends() as (client, server):
        server.at_exec = freeze
        with (
            pytest.raises(KeyboardInterrupt),
            interruptible([signal.SIGINT, signal.SIGHUP], patience=3600),
        ):
            client.execute("true", b"", 60.0, bool)

        thawed.set()


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (paramiko.Transport, "start_client"),
        (paramiko.Transport, "auth_publickey"),
        (paramiko.Channel, "exec_command"),
        (Bell, "set"),  # a stream is being stopped
    ],
)
def test_what_uses_paramiko_is_marked(
    owner: type[object], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks: list[bool] = []
    here = threading.current_thread()
    method = getattr(owner, name)

    def noting(*arguments: Any, **options: Any) -> Any:
        if threading.current_thread() is here:
            marks.append(is_sending())
        return method(*arguments, **options)

    with both_ends() as (client, _):
        monkeypatch.setattr(owner, name, noting)
        if name in ("start_client", "auth_publickey"):
            with both_ends():
                pass
        elif name == "exec_command":
            client.execute("true", b"", 60.0, bool)
            client.stream("true", 60.0, _ignore, _ignore).stop()
        elif name == "set":
            client.stream("true", 60.0, _ignore, _ignore).stop()
    monkeypatch.undo()

    assert marks
    assert all(marks)
    assert not is_sending()


def _ignore(data: bytes) -> None:
    del data
