"""The ways in which people log in: aliases, jumps, talking shells, passphrases, passwords."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lagg_tool.command import read, script
from lagg_tool.errors import DeadlineError, DisconnectedError, HostKeyError, UnreachableError
from lagg_tool.ssh.config import find_route
from lagg_tool.ssh.connection import Connection
from lagg_tool.ssh.hostkeys import HostKeys
from tests.support import openssh
from tests.support.openssh import USER
from tests.support.password_server import PasswordServer
from tests.support.waiting import nothing_left, wait_for

pytestmark = [
    pytest.mark.sshd,
    pytest.mark.skipif(bool(openssh.missing()), reason=openssh.missing() or "present"),
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    (tmp_path / ".ssh").mkdir(mode=0o700)
    return tmp_path


@pytest.fixture
def servers(home: Path) -> Iterator[tuple[openssh.OpenSshServer, openssh.OpenSshServer]]:
    """Run a NAS and a server on the way to it, as two aliases in ssh_config."""
    with contextlib.ExitStack() as closing:
        both = []
        for name in ("nas", "door"):
            (home / name).mkdir()
            both.append(closing.enter_context(openssh.running(home / name)))
        nas, door = both
        (home / ".ssh" / "config").write_text(
            f"Host nas\n HostName 127.0.0.1\n Port {nas.port}\n User {USER}\n ProxyJump door\n"
            f" IdentityFile {nas.identity}\n"
            f"Host door\n HostName 127.0.0.1\n Port {door.port}\n User {USER}\n"
            f" IdentityFile {door.identity}\n"
        )
        know(home, nas, door)
        yield nas, door


def know(home: Path, *servers: openssh.OpenSshServer) -> None:
    lines = [f"[127.0.0.1]:{each.port} {each.host_key.read_text()}" for each in servers]
    (home / ".ssh" / "known_hosts").write_text("".join(lines))


Servers = tuple[openssh.OpenSshServer, openssh.OpenSshServer]


def test_an_alias_is_reached_through_the_server_that_it_names(servers: Servers) -> None:
    nas, door = servers

    with nothing_left(), Connection(find_route("ssh://nas"), HostKeys()) as connection:
        done = connection.run(script("cat", stdin=b"x" * 300_000))

    assert len(done.stdout) == 300_000
    assert "direct-tcpip" in door.log
    assert "Accepted publickey" in nas.log


def test_the_host_keys_on_the_way_are_checked(servers: Servers, home: Path) -> None:
    nas, door = servers
    know(home, nas)

    with pytest.raises(HostKeyError, match=f"{door.port}: the host key is unknown"):
        Connection(find_route("ssh://nas"), HostKeys())
    pinned = HostKeys(fingerprint=openssh.fingerprint(nas.host_key))
    with pytest.raises(HostKeyError, match=f"{door.port}: the host key is unknown.*by ssh, which"):
        Connection(find_route("ssh://nas"), pinned)
    assert "Accepted" not in door.log


def test_a_pinned_key_is_the_nas_s(servers: Servers, home: Path) -> None:
    nas, door = servers
    know(home, door)

    with Connection(
        find_route("ssh://nas"), HostKeys(fingerprint=openssh.fingerprint(nas.host_key))
    ) as connection:
        assert connection.run(read("true")).status == 0


def test_a_server_on_the_way_that_cannot_reach_the_nas_is_named(servers: Servers) -> None:
    nas, door = servers
    nas.process.kill()
    nas.process.wait()

    with pytest.raises(UnreachableError, match=f"{door.port} on the way to it"):
        Connection(find_route("ssh://nas"), HostKeys())


def test_a_lost_server_on_the_way_is_a_lost_connection(servers: Servers) -> None:
    _, door = servers

    with Connection(find_route("ssh://nas"), HostKeys()) as connection:
        door.signal_sessions(9)
        with pytest.raises(DisconnectedError):
            connection.run(read("sleep", "60"))


def test_what_a_login_shell_prints_is_not_taken_for_output(tmp_path: Path) -> None:
    talking = tmp_path / "talking"
    talking.write_text(
        '#!/bin/sh\necho "Welcome!"; echo "no mail" >&2\nexec sh -c "$SSH_ORIGINAL_COMMAND"\n'
    )
    talking.chmod(0o755)
    output: list[bytes] = []
    errors: list[bytes] = []

    with (
        openssh.running(tmp_path, f"ForceCommand {talking}\n") as server,
        openssh.connect(server) as connection,
    ):
        done = connection.run(script("echo out; echo err >&2; cat", stdin=b"in"))
        batch = connection.run_batch([read("echo", "one"), read("echo", "two")])
        connection.stream(script("echo out; echo err >&2"), output.append, errors.append)
        wait_for(lambda: bool(output) and output[-1] == b"")

    assert (done.stdout, done.stderr) == ("out\nin", "err\n")
    assert [each.stdout for each in batch] == ["one\n", "two\n"]
    assert b"".join(output) == b"out\n"
    assert b"".join(errors) == b"err\n"


READS = """\
#!/bin/sh
echo "Terminal type?"
{read}
exec sh -c "$SSH_ORIGINAL_COMMAND"
"""


def reading(tmp_path: Path, read: str) -> str:
    """Return a line of sshd_config that gives everybody a profile that reads standard input."""
    (tmp_path / "reading").write_text(READS.format(read=read))
    (tmp_path / "reading").chmod(0o755)
    return f"ForceCommand {tmp_path}/reading\n"


def test_a_profile_that_reads_takes_nothing_from_a_command(tmp_path: Path) -> None:
    data = "".join(f"{number}\n" for number in range(50_000))

    with (
        openssh.running(tmp_path, reading(tmp_path, "timeout 1 head -n 1 >&2")) as server,
        openssh.connect(server) as connection,
    ):
        done = connection.run(script("cat", stdin=data.encode()))
        without = connection.run(read("echo", "done"))

    assert done.stdout == data
    assert without.stdout == "done\n"


def test_a_profile_that_waits_for_an_answer_is_told_and_gets_none(tmp_path: Path) -> None:
    waits = reading(tmp_path, f"cat >{tmp_path}/got")
    (tmp_path / "got").touch()
    said = ""

    with openssh.running(tmp_path, waits) as server, openssh.connect(server) as connection:
        for seconds in (3, 60):
            with pytest.raises(DeadlineError) as raised:
                connection.run(script("cat", stdin=b"secret"), seconds)
            said = str(raised.value)
            if "Terminal" in said:  # else its shell was too slow to come so far
                break
        else:
            pytest.fail(said)

    assert "did not run the command before the deadline, and said: Terminal type?" in said
    assert "secret" not in (tmp_path / "got").read_text()


class Terminal:
    """lagg-tool show, run at a terminal of its own."""

    def __init__(self, *words: str) -> None:
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", sys.executable, "-m", "lagg_tool", "show", *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)
        self.seen = ""

    def wait_for(self, text: str) -> None:
        """Read until the text is there, which is taken away. Raises AssertionError at the end."""
        while text not in self.seen:
            try:
                data = os.read(self._master, 4096)
            except OSError:  # as a pty's master says that the other side is closed
                data = b""
            assert data, self.seen
            self.seen += data.decode(errors="replace")
        self.seen = self.seen.partition(text)[2]

    def type(self, text: str) -> None:
        os.write(self._master, f"{text}\n".encode())

    def rest(self) -> str:
        with contextlib.suppress(AssertionError):
            self.wait_for("\0")
        self._process.wait()
        os.close(self._master)
        return self.seen


def test_a_passphrase_is_asked_for_at_a_terminal(home: Path) -> None:
    with openssh.running(home) as server:
        key = openssh.make_key(home / "encrypted", passphrase="open sesame")
        (home / "authorized_keys").write_text((home / "encrypted.pub").read_text())
        terminal = Terminal(
            *("--target", f"ssh://{USER}@127.0.0.1:{server.port}", "--identity", str(key)),
            *("--host-key", openssh.fingerprint(server.host_key)),
        )
        for typed in ("wrong", "open sesame"):
            terminal.wait_for("Passphrase of")
            terminal.type(typed)
        rest = terminal.rest()

        assert "Accepted publickey" in server.log, rest
    assert "sesame" not in rest


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("method", ["password", "keyboard-interactive"])
def test_a_password_is_asked_for_at_a_terminal(method: str) -> None:
    with PasswordServer(method, "open sesame") as server:
        terminal = Terminal(
            *("--target", f"ssh://root@127.0.0.1:{server.port}"),
            *("--host-key", server.fingerprint),
        )
        for typed in ("wrong", "open sesame"):
            terminal.wait_for("Password of root")
            terminal.type(typed)
        rest = terminal.rest()

    assert server.logged_in, rest
    assert "sesame" not in rest


def test_without_a_terminal_nobody_is_asked(home: Path) -> None:
    key = openssh.make_key(home / "encrypted", passphrase="open sesame")
    words = ["show", "--target", "ssh://root@127.0.0.1:1", "--identity", str(key)]

    done = subprocess.run(
        ["setsid", "--wait", sys.executable, "-m", "lagg_tool", *words],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )

    assert done.returncode == 2
    assert "no terminal to ask for its passphrase; add it to an agent: ssh-add" in done.stderr
