"""Whose keys are used, whose host keys are trusted, and true words where it does not work."""

from __future__ import annotations

import contextlib
import shutil
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from lagg_tool.cli import main
from lagg_tool.command import read
from lagg_tool.errors import HostKeyError, LoginError, UnreachableError, UsageError
from lagg_tool.evidence import Results
from lagg_tool.ssh import identities, login, prompt
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.become import Become, Program
from lagg_tool.ssh.connection import Connection
from lagg_tool.ssh.hostkeys import HostKeys
from tests.support import openssh
from tests.support.openssh import USER
from tests.support.waiting import other_threads, wait_for

pytestmark = [
    pytest.mark.sshd,
    pytest.mark.skipif(bool(openssh.missing()), reason=openssh.missing() or "present"),
]
KINDS = ("ed25519", "ecdsa", "rsa")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[openssh.OpenSshServer]:
    """Run a server with a host key of each kind."""
    directory = tmp_path_factory.mktemp("sshd")
    lines = [f"HostKey {openssh.make_key(directory / f'host_{k}', k)}\n" for k in KINDS[1:]]
    with openssh.running(directory, "".join(lines)) as running:
        yield running


@pytest.fixture
def home(short_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a home directory without keys, in which no agent runs."""
    monkeypatch.setenv("HOME", str(short_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setattr(prompt, "TERMINAL", "/nonexistent")  # the tests may be run at one
    (short_path / ".ssh").mkdir(mode=0o700)
    return short_path


@pytest.fixture
def agent(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = home / "agent"
    monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
    with subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL
    ) as process:
        wait_for(path.exists)
        yield path
        process.terminate()


def address(server: openssh.OpenSshServer) -> Address:
    return Address(USER, "127.0.0.1", server.port)


def pinned(server: openssh.OpenSshServer, file: str = "host_key.pub") -> HostKeys:
    return HostKeys(fingerprint=openssh.fingerprint(server.directory / file))


def add(*keys: Path) -> None:
    subprocess.run(["ssh-add", "-q", *map(str, keys)], check=True, capture_output=True)


@pytest.mark.parametrize("file", ["host_key.pub", "host_ecdsa.pub", "host_rsa.pub"])
def test_the_fingerprint_of_any_host_key_is_honoured(
    server: openssh.OpenSshServer, file: str
) -> None:
    with Connection(
        address(server), pinned(server, file), identities=[server.identity]
    ) as connection:
        assert connection.fingerprint == openssh.fingerprint(server.directory / file)
        assert connection.run(read("true")).status == 0


def test_a_fingerprint_of_none_of_the_host_keys_is_refused_without_a_login(
    server: openssh.OpenSshServer,
) -> None:
    before = len(server.log)

    with pytest.raises(HostKeyError) as caught:
        Connection(
            address(server),
            HostKeys(fingerprint="SHA256:" + "A" * 43),
            identities=[server.identity],
        )

    for file in ("host_key.pub", "host_ecdsa.pub", "host_rsa.pub"):
        assert openssh.fingerprint(server.directory / file) in str(caught.value)
    assert "userauth-request" not in server.log[before:]


@pytest.mark.parametrize("verb", [["show"], ["plan", "--remove", "lagg0"], ["accept"]])
def test_every_verb_uses_the_keys_of_the_home_directory(
    server: openssh.OpenSshServer, home: Path, capsys: pytest.CaptureFixture[str], verb: list[str]
) -> None:
    """The server is no NAS, which is said after the login."""
    shutil.copy(server.identity, home / ".ssh" / "id_ed25519")
    before = len(server.log)
    words = [*verb, "--target", str(address(server)), "--host-key", str(pinned(server).fingerprint)]
    words += ["--results", str(home / "results.json")] if verb == ["accept"] else []

    main(words)

    assert "Accepted publickey" in server.log[before:]
    assert "no key to log in with" not in capsys.readouterr().err


@pytest.mark.parametrize("verb", [["show"], ["plan", "--remove", "lagg0"], ["accept"]])
def test_every_verb_uses_the_agent(
    server: openssh.OpenSshServer, agent: Path, capsys: pytest.CaptureFixture[str], verb: list[str]
) -> None:
    add(server.identity)
    where = ["--target", str(address(server)), "--host-key", str(pinned(server).fingerprint)]
    if verb == ["accept"]:
        where += ["--results", str(agent.parent / "results.json")]
    for keys in ([], ["--agent"], ["--identity", f"{server.identity}.pub"]):
        before = len(server.log)

        main([*verb, *keys, *where])

        assert "Accepted publickey" in server.log[before:], capsys.readouterr().err


def test_the_agent_is_used_before_the_keys_of_the_home_directory(
    server: openssh.OpenSshServer, agent: Path
) -> None:
    openssh.make_key(agent.parent / ".ssh" / "id_ed25519")
    add(server.identity)
    before = len(server.log)

    with Connection(address(server), pinned(server)):
        assert "Failed publickey" not in server.log[before:]


def test_a_public_key_chooses_one_of_the_agent(server: openssh.OpenSshServer, agent: Path) -> None:
    """Eight keys, the right one last, are more than OpenSSH's MaxAuthTries allows."""
    add(*(openssh.make_key(agent.parent / f"key{number}") for number in range(7)))
    add(server.identity)

    with pytest.raises(LoginError, match=r"after 6 keys.*MaxAuthTries.*--identity FILE\.pub"):
        Connection(address(server), pinned(server))
    with Connection(
        address(server), pinned(server), identities=[Path(f"{server.identity}.pub")]
    ) as connection:
        assert connection.run(read("true")).status == 0


def test_a_public_key_that_no_agent_holds_is_named(home: Path) -> None:
    openssh.make_key(home / "key")

    with pytest.raises(UsageError, match="no SSH agent here holds its private half"):
        Connection(Address("root", "127.0.0.1", 1), HostKeys(), identities=[home / "key.pub"])


def test_without_any_key_nothing_is_sent(home: Path) -> None:
    nowhere = Address("root", "127.0.0.1", 1)

    with pytest.raises(UsageError, match=r"no key to log in with: there is none of ~/\.ssh"):
        Connection(nowhere, HostKeys())
    openssh.make_key(home / ".ssh" / "id_rsa", "rsa", passphrase="secret")
    with pytest.raises(UsageError, match=r"id_rsa: the key is encrypted.*no agent runs"):
        Connection(nowhere, HostKeys())


@pytest.mark.parametrize(
    ("only", "purpose"),
    [
        ("KexAlgorithms sntrup761x25519-sha512@openssh.com", "key exchange"),
        ("Ciphers chacha20-poly1305@openssh.com", "cipher"),
        ("MACs umac-64@openssh.com\nCiphers aes128-ctr", "MAC"),
    ],
)
def test_a_server_with_other_algorithms_is_told_which(
    tmp_path: Path, only: str, purpose: str
) -> None:
    algorithm = only.split()[1]

    with (
        openssh.running(tmp_path, f"{only}\n") as server,
        pytest.raises(UnreachableError) as caught,
    ):
        Connection(address(server), pinned(server), identities=[server.identity])

    said = str(caught.value)
    assert f"no algorithm in common for the {purpose}: the server has {algorithm}" in said
    assert "7.2" not in said


@pytest.mark.parametrize(
    "forced",
    ["echo 'This account is currently not available.'; exit 1", "/usr/sbin/nologin", "/bin/false"],
)
def test_a_shell_that_runs_no_commands_is_named(tmp_path: Path, forced: str) -> None:
    (tmp_path / "again").mkdir()
    with (
        openssh.running(tmp_path, f"ForceCommand {forced}\n") as server,
        Connection(address(server), pinned(server), identities=[server.identity]) as connection,
        pytest.raises(LoginError, match=r"ran no command and said: .*nologin.*forces") as raised,
    ):
        connection.run_batch([read("true"), read("true")])
    with (
        openssh.running(tmp_path / "again", f"ForceCommand {forced}\n") as server,
        pytest.raises(LoginError, match=r"ran no command and said") as with_sudo,
    ):
        Connection(
            address(server),
            pinned(server),
            identities=[server.identity],
            become=Become(Program.SUDO, address(server)),
        )

    assert str(with_sudo.value).partition(": ")[2] == str(raised.value).partition(": ")[2]


def test_the_greeting_of_a_shell_reaches_no_terminal_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with openssh.running(tmp_path, "ForceCommand printf '\\033]0;owned\\007'\n") as server:
        words = ["--identity", str(server.identity), "--target", str(address(server))]
        status = main(["show", *words, "--host-key", str(pinned(server).fingerprint)])

    printed = capsys.readouterr().err
    assert status == 3
    assert "\x1b" not in printed
    assert r"\u001b]0;owned\u0007" in printed


@pytest.mark.parametrize("form", ["--identity={}", "--identity {}", "--ident {}"])
def test_the_path_of_a_key_is_not_kept_in_the_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    key = openssh.make_key(tmp_path / "the NAS's key")
    results = tmp_path / "results.json"
    scenario = "features/core/naming.feature::A LAGG can be renamed to any name"
    words = ["accept", scenario, "--target", "sim:", "--results", str(results)]
    words += [word.format(key) for word in form.split()]
    monkeypatch.setattr(sys, "argv", ["lagg-tool", *words])

    main(words)

    command = Results.read(results).command
    assert "the NAS" not in command
    assert "KEY" in command
    assert scenario.split("::")[1] in command


class SilentAgent:
    """An SSH agent that lists one key, and does not sign; or that answers nothing at all.

    It says ``at_last`` when it is to sign, and goes away if that is nothing.
    """

    def __init__(
        self, path: Path, key: paramiko.PKey, *, lists: bool, at_last: bytes | None
    ) -> None:
        self._key, self._lists, self._at_last = key, lists, at_last
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.append(connection)
                if self._lists:
                    connection.recv(64)
                    blob = self._key.asbytes()
                    found = struct.pack(">BII", 12, 1, len(blob)) + blob + struct.pack(">I", 0)
                    connection.sendall(struct.pack(">I", len(found)) + found)
                if self._at_last is not None and connection.recv(4096):
                    connection.sendall(self._at_last)
                    connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        for each in (self._listener, *self._open):
            each.close()
        self._thread.join(60)


FAILURE = b"\0\0\0\1\5"  # as after "ssh-add -c", when the question is answered with no


@pytest.mark.parametrize(
    ("lists", "at_last"), [(True, None), (True, FAILURE), (True, b""), (False, None)]
)
def test_an_agent_that_does_not_sign_is_told_and_leaves_no_thread(
    server: openssh.OpenSshServer,
    short_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    lists: bool,
    at_last: bytes | None,
) -> None:
    key = paramiko.PKey.from_path(server.identity)
    monkeypatch.setattr(identities, "AGENT_SECONDS", 60.0 if lists else 0.5)
    monkeypatch.setattr(login, "_SHARE", 0.04)
    raised: list[object] = []
    monkeypatch.setattr(threading, "excepthook", raised.append)
    expected = "the SSH agent does not sign with" if lists else "it does not answer"
    monkeypatch.setenv("SSH_AUTH_SOCK", str(short_path / "agent"))
    with contextlib.closing(SilentAgent(short_path / "agent", key, lists=lists, at_last=at_last)):
        before = other_threads()

        with pytest.raises((LoginError, UsageError), match=expected):
            Connection(address(server), pinned(server), agent=True, seconds=60)

        wait_for(lambda: other_threads() <= before)
    assert raised == []
