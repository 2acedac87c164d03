"""Which keys are tried, in which order: those named, the agent's, those of ~/.ssh."""

from __future__ import annotations

import base64
import getpass
import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import paramiko
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lagg_tool.errors import UsageError
from lagg_tool.ssh import identities, prompt
from lagg_tool.ssh.identities import LoginKeys, SilentAgentError, limit_agent, login_keys

IDENTITIES_ANSWER = 12  # draft-ietf-sshm-ssh-agent, SSH_AGENT_IDENTITIES_ANSWER
FAILURE = 5


def string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


class AgentConnection:
    """A socket to an agent that holds the given public keys."""

    def __init__(self, blobs: Sequence[bytes], kind: int = IDENTITIES_ANSWER) -> None:
        held = b"".join(string(blob) + string(b"comment") for blob in blobs)
        self.answer = string(bytes([kind]) + struct.pack(">I", len(blobs)) + held)
        self.timeouts: list[float] = []
        self.closed = False

    def settimeout(self, seconds: float) -> None:
        self.timeouts.append(seconds)

    def send(self, _: bytes) -> None:
        assert self.timeouts, "the agent may never answer"

    def recv(self, size: int) -> bytes:
        if not self.answer:
            raise TimeoutError("timed out")
        piece, self.answer = self.answer[:size], self.answer[size:]
        return piece

    def close(self) -> None:
        self.closed = True


AgentOf = Callable[..., AgentConnection]


@pytest.fixture
def agent(monkeypatch: pytest.MonkeyPatch) -> AgentOf:
    """Let an agent run that holds what is given."""

    def run(*blobs: bytes, kind: int = IDENTITIES_ANSWER) -> AgentConnection:
        connection = AgentConnection(blobs, kind)
        monkeypatch.setattr(identities, "get_agent_connection", lambda: connection)
        monkeypatch.setenv("SSH_AUTH_SOCK", "agent")
        return connection

    return run


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """No agent runs, and nobody sits at a terminal."""
    monkeypatch.setattr(identities, "_unlocked", {})
    monkeypatch.setattr(identities, "can_ask", lambda: False)
    monkeypatch.setattr(identities, "get_agent_connection", lambda: None)
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


def make(file: Path, *, passphrase: bytes = b"", pub: bool = True) -> bytes:
    """Write a private key, with its public half beside it, and return that."""
    private = Ed25519PrivateKey.generate()
    encryption = (
        serialization.PrivateFormat.OpenSSH.encryption_builder().kdf_rounds(1).build(passphrase)
        if passphrase
        else serialization.NoEncryption()
    )
    file.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, encryption
        )
    )
    line = private.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    if pub:
        file.with_name(f"{file.name}.pub").write_bytes(line + b" user@host\n")
    return base64.b64decode(line.split()[1])


def blobs(login: LoginKeys) -> list[bytes]:
    return [key.asbytes() for key in login.keys]


def test_the_agents_keys_come_first_and_among_them_the_users_own(
    tmp_path: Path, agent: AgentOf
) -> None:
    own, locked, file = tmp_path / "own", tmp_path / "locked", tmp_path / "file"
    of_own, of_locked, of_file = make(own), make(locked, passphrase=b"secret"), make(file)
    of_other = make(tmp_path / "other")
    agent(of_other, of_own, of_locked)

    with login_keys([], agent=False, usual=[own, locked, tmp_path / "none", file]) as login:
        assert blobs(login) == [of_own, of_locked, of_other, of_file]
        assert login.left_out == ()
        limit_agent(login.keys[3], 0.5)  # it is none of the agent's
        held = [isinstance(key, paramiko.AgentKey) for key in login.keys]
        assert held == [True, True, True, False]


def test_other_keys_of_the_agent_are_left_out_if_only_the_files_count(
    tmp_path: Path, agent: AgentOf
) -> None:
    of_own = make(tmp_path / "own")
    agent(make(tmp_path / "other"), of_own)

    with login_keys([], agent=False, usual=[tmp_path / "own"], usual_only=True) as login:
        assert blobs(login) == [of_own]


def test_a_key_without_its_public_half_is_not_tried_twice(tmp_path: Path, agent: AgentOf) -> None:
    own = make(tmp_path / "own", pub=False)
    agent(own)

    with login_keys([], agent=False, usual=[tmp_path / "own"]) as login:
        assert blobs(login) == [own]


def test_named_keys_come_in_their_order_before_the_agents(tmp_path: Path, agent: AgentOf) -> None:
    first, second = make(tmp_path / "first"), make(tmp_path / "second", pub=False)
    held, other = make(tmp_path / "held"), make(tmp_path / "other")
    (tmp_path / "held").unlink()
    files = [tmp_path / name for name in ("second", "held.pub", "first")]

    agent(other, held)
    with login_keys(files, agent=False) as alone:
        assert blobs(alone) == [second, held, first]
    agent(other, held)
    with login_keys(files, agent=True) as both:
        assert blobs(both) == [second, held, first, other, held]
    agent(other, held)
    with login_keys([], agent=True, usual=[tmp_path / "first"]) as agents:
        assert blobs(agents) == [other, held]


def test_an_agent_that_no_file_needs_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob = make(tmp_path / "key", pub=False)
    monkeypatch.setattr(identities, "get_agent_connection", lambda: pytest.fail("it is asked"))

    with login_keys([tmp_path / "key"], agent=False) as login:
        assert blobs(login) == [blob]


def test_the_agents_keys_work_until_the_end_of_the_context(tmp_path: Path, agent: AgentOf) -> None:
    connection = agent(make(tmp_path / "key"))

    with login_keys([], agent=True) as login:
        assert not connection.closed
        limit_agent(login.keys[0], 0.5)
        with pytest.raises(SilentAgentError, match="does not answer: timed out"):
            login.keys[0].sign_ssh_data(b"data")

    assert connection.closed
    assert connection.timeouts == [identities.AGENT_SECONDS, 0.5]
    limit_agent(login.keys[0], 0.5)


@pytest.mark.parametrize("answer", [b"", string(b"")])
def test_an_agent_that_answers_wrongly_or_never_holds_no_key(
    tmp_path: Path, agent: AgentOf, answer: bytes
) -> None:
    connection = agent(make(tmp_path / "key"))
    connection.answer = answer

    with pytest.raises(UsageError, match=r"^--agent: no SSH agent"), login_keys([], agent=True):
        pass

    assert connection.closed


def test_an_agent_that_refuses_holds_no_key(tmp_path: Path, agent: AgentOf) -> None:
    agent(make(tmp_path / "key"), kind=FAILURE)

    with pytest.raises(UsageError, match=r"^--agent: no SSH agent"), login_keys([], agent=True):
        pass


def test_an_agent_that_refuses_to_sign_is_told_as_such(tmp_path: Path, agent: AgentOf) -> None:
    connection = agent(make(tmp_path / "key"))

    with login_keys([], agent=True) as login:
        connection.answer = string(bytes([FAILURE]))
        with pytest.raises(SilentAgentError, match="refuses"):
            login.keys[0].sign_ssh_data(b"data")


@pytest.mark.parametrize("runs", [True, False])
def test_without_any_key_it_is_said_what_was_looked_for(
    tmp_path: Path, agent: AgentOf, *, runs: bool
) -> None:
    if runs:
        agent()
    one, other = tmp_path / "one", tmp_path / "other"
    why = "the SSH agent holds none" if runs else "no agent runs"

    with (
        pytest.raises(UsageError) as raised,
        login_keys([], agent=False, usual=[one, other]),
    ):
        pass
    assert str(raised.value) == (
        f"no key to log in with: there is none of {one}, {other}; {why}; give --identity FILE"
    )

    make(one, passphrase=b"secret")
    other.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    with (
        pytest.raises(UsageError, match="no key to log in with") as raised,
        login_keys([], agent=False, usual=[one, other]),
    ):
        pass
    assert f"with: {one}: the key is encrypted" in str(raised.value)
    assert f"; {other}: not a private key" in str(raised.value)


def test_nobody_is_asked_for_an_encrypted_key_beside_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob = make(tmp_path / "open")
    make(tmp_path / "locked", passphrase=b"secret")
    for module in (identities, prompt):
        monkeypatch.setattr(module, "can_ask", lambda: True)
    monkeypatch.setattr(getpass, "getpass", lambda _: pytest.fail("somebody is asked"))

    with login_keys([], agent=False, usual=[tmp_path / "locked", tmp_path / "open"]) as login:
        assert blobs(login) == [blob]
        [why] = login.left_out
        assert why.startswith(f"{tmp_path / 'locked'}: the key is encrypted")


def test_a_person_is_asked_for_the_first_encrypted_key_if_there_is_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [tmp_path / "one", tmp_path / "other"]
    of_one, _ = (make(file, passphrase=b"secret") for file in files)
    questions: list[str] = []
    for module in (identities, prompt):
        monkeypatch.setattr(module, "can_ask", lambda: True)

    def answer(question: str) -> str:
        questions.append(question)
        return "secret"

    monkeypatch.setattr(getpass, "getpass", answer)

    with login_keys([], agent=False, usual=files) as login:
        assert blobs(login) == [of_one]
        assert questions == [f"Passphrase of {files[0]}: "]
    with login_keys([], agent=False, usual=[tmp_path / "none"]) as nothing:  # a password may do
        assert nothing.keys == ()


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (["wrong", "wrong", "secret"], None),
        (["wrong", "wrong", "wrong", "secret"], "this is not its passphrase"),
        (["wrong", None], "the key is encrypted, and there is no terminal"),
    ],
)
def test_a_passphrase_may_be_wrong_twice(
    tmp_path: Path, answers: list[str | None], message: str | None
) -> None:
    file = tmp_path / "key"
    blob = make(file, passphrase=b"secret")
    left = iter(answers)

    if message is None:
        assert identities._load_key(file, lambda _: next(left)).asbytes() == blob
        assert identities._load_key(file, lambda _: pytest.fail("asked again")).asbytes() == blob
    else:
        with pytest.raises(UsageError, match=f"^--identity {file}: {message}.* ssh-add {file}$"):
            identities._load_key(file, lambda _: next(left))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "No such file or directory; name the file of a private key"),
        ("", "not a private key that can be used"),
        ("key", "not a private key that can be used"),
        ("ssh-ed25519 AAAA", "not a private key that can be used"),
        (
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAA user@host",
            "this is a public key, and no SSH agent here holds its private half",
        ),
    ],
)
def test_a_named_file_that_is_no_private_key_is_named(
    tmp_path: Path, text: str | None, message: str
) -> None:
    file = tmp_path / "key"
    if text is not None:
        file.write_text(text)

    with (
        pytest.raises(UsageError, match=f"^--identity {file}: {message}"),
        login_keys([file], agent=False),
    ):
        pass
