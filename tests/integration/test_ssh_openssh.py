"""The transport against Debian's OpenSSH server."""

from __future__ import annotations

import queue
import re
import shutil
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lagg_tool.clock import SystemClock
from lagg_tool.command import change, read, script
from lagg_tool.errors import (
    DeadlineError,
    DisconnectedError,
    HostKeyError,
    LoginError,
    RefusedError,
    UsageError,
)
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.connection import Connection
from lagg_tool.ssh.hostkeys import HostKeys
from lagg_tool.ssh.silence import SHORTEST
from tests.support import openssh
from tests.support.openssh import USER, connect, has_child
from tests.support.waiting import nothing_left, open_descriptors, wait_for

pytestmark = [
    pytest.mark.sshd,
    pytest.mark.skipif(bool(openssh.missing()), reason=openssh.missing() or "present"),
]


@pytest.mark.parametrize("status", [0, 1, 42, 127, 255])
def test_an_exit_status_is_kept(connection: Connection, status: int) -> None:
    done = connection.run(script(f"exit {status}"))

    assert done.status == status


def test_a_program_that_does_not_exist_is_a_failed_command(connection: Connection) -> None:
    done = connection.run(read("/nonexistent"))

    assert done.status == 127
    assert "not found" in done.stderr


@pytest.mark.parametrize(("name", "number"), [("TERM", 15), ("KILL", 9), ("SEGV", 11)])
def test_a_command_ended_by_a_signal_has_128_more(
    connection: Connection, name: str, number: int
) -> None:
    killed_shell = connection.run(script(f"kill -{name} $PPID; read _"))
    killed_itself = connection.run(script(f"kill -{name} $$"))

    assert killed_shell.status == 128 + number
    assert killed_itself.status == 128 + number


def test_streams_are_kept_apart_to_the_byte(connection: Connection) -> None:
    done = connection.run(script(r"printf 'out\377\n\nlast'; printf 'err\342\202\254' >&2"))

    assert done.stdout == "out\udcff\n\nlast"
    assert done.stderr == "err€"


def test_three_megabytes_on_either_stream_or_on_both_arrive(connection: Connection) -> None:
    flood = "head -c 3000000 /dev/zero"

    on_stderr = connection.run(script(f"{flood} >&2"))
    on_both = connection.run(script(f"{flood} & {flood} >&2; wait"))

    assert (len(on_stderr.stdout), len(on_stderr.stderr)) == (0, 3_000_000)
    assert (len(on_both.stdout), len(on_both.stderr)) == (3_000_000, 3_000_000)


def test_standard_input_is_streamed_while_output_comes_back(connection: Connection) -> None:
    data = bytes(range(256)) * 20_000

    done = connection.run(script("cat", stdin=data))

    assert done.stdout.encode("utf-8", "surrogateescape") == data


def test_a_command_may_end_without_reading_its_input(connection: Connection) -> None:
    done = connection.run(script("exit 3", stdin=bytes(5_000_000)))

    assert done.status == 3


def test_a_batch_is_one_exec_with_every_status(connection: Connection) -> None:
    done = connection.run_batch(
        [read("printf", "a"), script("exit 7"), read("printf", "%s\n", "c")]
    )

    assert [(c.status, c.stdout) for c in done] == [(0, "a"), (7, ""), (0, "c\n")]


def test_the_environment_is_fixed(connection: Connection) -> None:
    done = connection.run(script("echo $LC_ALL $PATH; exec locale charmap"))

    assert done.stdout.startswith("C /sbin:/bin:")
    assert "ANSI" in done.stdout


HEALTH = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
word = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30
) | st.text("'\"\\!$`\n\t *?[]{}~#&|;<>()^%=-", max_size=20)


@settings(max_examples=30, deadline=None, suppress_health_check=HEALTH)
@given(words=st.lists(word, min_size=1, max_size=5))
def test_words_reach_a_program_as_they_are(connection: Connection, words: list[str]) -> None:
    done = connection.run(read("printf", "%s\\0", *words))

    assert done.stdout.split("\0")[:-1] == words


def test_a_call_ends_at_its_deadline_and_the_next_one_works(connection: Connection) -> None:
    clock = SystemClock()
    start = clock.now()

    with pytest.raises(DeadlineError, match="may still be running"):
        connection.run(read("sleep", "60"), deadline=3)

    assert clock.now() - start < 60
    assert connection.run(read("echo", "alive")).stdout == "alive\n"


def test_a_stopped_server_does_not_hold_a_call(server: openssh.OpenSshServer) -> None:
    clock = SystemClock()
    with connect(server) as connection:
        connection.run(read("true"))
        server.signal_sessions(signal.SIGSTOP)
        start = clock.now()

        with pytest.raises(DeadlineError):
            connection.run(read("true"), deadline=0.3)

        assert clock.now() - start < 60
        server.signal_sessions(signal.SIGCONT)


def test_a_server_that_stood_still_was_not_heard(server: openssh.OpenSshServer) -> None:
    clock = SystemClock()
    with connect(server) as connection:
        began = clock.now()
        connection.run(read("true"))

        server.signal_sessions(signal.SIGSTOP)
        clock.sleep(SHORTEST + 1)  # nothing shows from outside that it was asked meanwhile
        server.signal_sessions(signal.SIGCONT)
        connection.run(read("true"))

        assert SHORTEST <= connection.longest_silence(began) < clock.now() - began
        assert connection.longest_silence(clock.now()) == 0.0


def test_a_server_killed_in_the_middle_is_a_lost_connection(
    server: openssh.OpenSshServer,
) -> None:
    with connect(server) as connection, ThreadPoolExecutor(1) as pool:
        call = pool.submit(connection.run, read("sleep", "60"))
        wait_for(lambda: has_child(server, "sleep"))

        server.signal_sessions(signal.SIGKILL)

        with pytest.raises(DisconnectedError, match="may have run"):
            call.result(60)
        with pytest.raises(DisconnectedError, match="nothing was run"):
            connection.run(read("true"))


def test_a_wrong_host_key_ends_before_any_login(server: openssh.OpenSshServer) -> None:
    wrong = "SHA256:" + "A" * 43
    before = len(server.log)

    with pytest.raises(HostKeyError) as raised:
        Connection(
            Address(USER, "127.0.0.1", server.port),
            HostKeys(fingerprint=wrong),
            identities=[server.identity],
        )

    said = str(raised.value)
    assert f"--host-key {openssh.fingerprint(server.host_key)}" in said
    assert "userauth-request" not in server.log[before:]


def test_a_key_in_a_known_hosts_file_is_found_under_host_and_port(
    server: openssh.OpenSshServer, tmp_path: Path
) -> None:
    kind, blob = server.host_key.read_text().split()[:2]
    file = tmp_path / "known_hosts"
    file.write_text(f"[127.0.0.1]:{server.port} {kind} {blob}\n")

    with Connection(
        Address(USER, "127.0.0.1", server.port),
        HostKeys(files=(file,)),
        identities=[server.identity],
    ) as connection:
        assert connection.run(read("true")).status == 0


def test_a_key_that_is_not_authorized_is_a_refused_login(
    server: openssh.OpenSshServer, tmp_path: Path
) -> None:
    other = openssh.make_key(tmp_path / "other")

    with pytest.raises(LoginError, match=re.escape(openssh.fingerprint(other))):
        Connection(
            Address(USER, "127.0.0.1", server.port),
            HostKeys(fingerprint=openssh.fingerprint(server.host_key)),
            identities=[other],
        )


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_other_kinds_of_keys_log_in(
    server: openssh.OpenSshServer, tmp_path: Path, kind: str
) -> None:
    key = openssh.make_key(tmp_path / "key", kind)
    with (server.directory / "authorized_keys").open("a") as file:
        file.write((tmp_path / "key.pub").read_text())

    with Connection(
        Address(USER, "127.0.0.1", server.port),
        HostKeys(fingerprint=openssh.fingerprint(server.host_key)),
        identities=[key],
    ) as connection:
        assert connection.run(read("true")).status == 0


def test_the_agent_is_used_when_asked_for(
    server: openssh.OpenSshServer, short_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = Address(USER, "127.0.0.1", server.port)
    keys = HostKeys(fingerprint=openssh.fingerprint(server.host_key))
    monkeypatch.setenv("SSH_AUTH_SOCK", str(short_path / "agent"))
    agent = subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(short_path / "agent")], stdout=subprocess.DEVNULL
    )
    try:
        wait_for((short_path / "agent").exists)
        with pytest.raises(UsageError, match="holds no key"):
            Connection(address, keys, agent=True)
        subprocess.run(["ssh-add", "-q", server.identity], check=True, capture_output=True)

        with Connection(address, keys, agent=True) as connection:
            assert connection.run(read("true")).status == 0
    finally:
        agent.terminate()
        agent.wait()


def test_bad_key_files_are_named_before_anything_is_sent(tmp_path: Path) -> None:
    nowhere = Address(USER, "127.0.0.1", 1)
    encrypted = openssh.make_key(tmp_path / "encrypted", passphrase="secret")
    (tmp_path / "text").write_text("no key\n")

    for file, message in (
        (tmp_path / "missing", "No such file"),
        (encrypted, "ssh-add"),
        (tmp_path / "text", "not a private key"),
    ):
        with pytest.raises(UsageError, match=message):
            Connection(nowhere, HostKeys(), identities=[file])


def test_read_only_refuses_what_may_change(server: openssh.OpenSshServer, tmp_path: Path) -> None:
    with connect(server, read_only=True) as connection:
        with pytest.raises(RefusedError, match="read-only"):
            connection.run(change("touch", str(tmp_path / "touched")))
        with pytest.raises(RefusedError, match="read-only"):
            connection.run_batch([read("true"), change("touch", str(tmp_path / "touched"))])

        assert connection.run(read("true")).status == 0
    assert not (tmp_path / "touched").exists()


def test_a_server_that_gives_a_single_session_is_enough(tmp_path: Path) -> None:
    with openssh.running(tmp_path, "MaxSessions 1\n") as server, connect(server) as connection:
        done = [connection.run(script(f"exit {status}")).status for status in range(5)]

    assert done == list(range(5))


def test_twenty_calls_at_once_share_one_connection(connection: Connection) -> None:
    """OpenSSH allows ten channels; the others wait for their turn instead of failing."""
    together = threading.Barrier(20)

    def call(number: int) -> str:
        together.wait()
        return connection.run(script("sleep 0.1; echo $1", str(number))).stdout

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(call, range(20)))

    assert answers == [f"{number}\n" for number in range(20)]


@pytest.mark.parametrize("calls", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_many_calls_leave_nothing_open(connection: Connection, calls: int) -> None:
    connection.run(read("true"))  # with it begins the thread that opens channels
    descriptors = open_descriptors()
    threads = threading.active_count()

    for number in range(calls):
        assert connection.run(read("echo", str(number))).stdout == f"{number}\n"

    assert open_descriptors() <= descriptors
    assert threading.active_count() <= threads


def test_a_stream_is_heard_while_it_runs_and_other_calls_go_on(connection: Connection) -> None:
    out: queue.Queue[bytes] = queue.Queue()
    err: queue.Queue[bytes] = queue.Queue()
    text = "echo pid $$; echo why >&2; while sleep 0.1; do :; done"

    stream = connection.stream(script(text), out.put, err.put)
    first = out.get(timeout=60), err.get(timeout=60)
    done = connection.run(read("echo", "meanwhile"))
    running = stream.running
    stream.stop()

    assert first[0].startswith(b"pid ")
    assert first[1] == b"why\n"
    assert done.stdout == "meanwhile\n"
    assert running
    assert not stream.running


def test_a_stream_that_ends_has_handed_on_everything(connection: Connection) -> None:
    out, err = bytearray(), bytearray()
    text = "head -c 3000000 /dev/zero; head -c 300000 /dev/zero >&2"

    stream = connection.stream(script(text), out.extend, err.extend)
    wait_for(lambda: not stream.running)

    assert (len(out), len(err)) == (3_000_000, 300_000)


def test_streams_give_their_channels_back_and_end_with_the_connection(
    server: openssh.OpenSshServer,
) -> None:
    talk = script("while sleep 0.05; do echo x; done")  # it notices when nobody listens

    with nothing_left():
        with connect(server) as connection:
            for _ in range(8):  # more than there are channels, fewer than MaxSessions
                connection.stream(talk, bytearray().extend, bytearray().extend).stop()
            last = connection.stream(talk, bytearray().extend, bytearray().extend)

        wait_for(lambda: not last.running)
        last.stop()


def test_closing_leaves_no_thread_and_no_descriptor(server: openssh.OpenSshServer) -> None:
    with connect(server) as warm:
        warm.run(read("true"))

    with nothing_left(), connect(server) as connection:
        connection.run(read("true"))


@pytest.mark.skipif(shutil.which("tcsh") is None, reason="tcsh is missing")
def test_csh_as_login_shell_changes_nothing(tmp_path: Path) -> None:
    tcsh = shutil.which("tcsh")
    extra = f'ForceCommand {tcsh} -fc "$SSH_ORIGINAL_COMMAND"\n'
    with openssh.running(tmp_path, extra) as server, connect(server) as connection:
        words = ["a!b", "!!", "it's", "a\nb\n\nc", "\\'", "$HOME", "`id`", "\\", "%s", '"', "ü"]

        done = connection.run(read("printf", "%s\\0", *words))
        batch = connection.run_batch([read("printf", "%s", word) for word in words])

        assert done.stdout.split("\0")[:-1] == words
        assert [c.stdout for c in batch] == words
