"""What a server is shown during a login, in which order, and what its refusals read like.

OpenSSH answers in tests/integration/test_ssh_login.py; this server says what it was asked, also
by a client that should have asked nothing.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
import pytest
from paramiko.common import AUTH_FAILED, AUTH_PARTIALLY_SUCCESSFUL, AUTH_SUCCESSFUL
from paramiko.server import InteractiveQuery

from lagg_tool.errors import HostKeyError, LoginError, UnreachableError
from lagg_tool.simulator.server.keys import generate_key, load_key
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.hostkeys import HostKeys, OfferedKey
from lagg_tool.ssh.identities import LoginKeys, SilentAgentError
from lagg_tool.ssh.login import PasswordWantedError, reason
from lagg_tool.ssh.transport import Client

NAS = Address("root", "nas.example", 22)
HOST_KEY = load_key(generate_key())
OTHER_HOST_KEY = paramiko.ECDSAKey.generate()
KEYS = tuple(load_key(generate_key()) for _ in range(3))
LOGIN = LoginKeys(KEYS)
SECONDS = 60.0


def name_of(key: paramiko.PKey) -> str:
    return str(key.fingerprint)


PINNED = HostKeys(files=(), fingerprint=name_of(HOST_KEY))


@dataclass
class Server(paramiko.ServerInterface):
    """Lets in who has ``key`` or ``password``; ``asked`` is what it was shown, in order."""

    key: paramiko.PKey | None = None
    password: str | None = None
    methods: str = "publickey"
    asks_more: bool = False
    ends_at: int = 0  # at so many questions the connection is cut
    asked: list[str] = field(default_factory=list)
    questions: list[list[str]] = field(default_factory=lambda: [["Password:"]])
    transport: paramiko.Transport | None = None

    def get_allowed_auths(self, username: str) -> str:
        del username
        return self.methods

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self._ask(f"{username} {name_of(key)}")
        if key != self.key:
            return AUTH_FAILED
        return AUTH_PARTIALLY_SUCCESSFUL if self.asks_more else AUTH_SUCCESSFUL

    def check_auth_password(self, username: str, password: str) -> int:
        self._ask(f"{username} by password {password}")
        return AUTH_SUCCESSFUL if password == self.password else AUTH_FAILED

    def check_auth_interactive(self, username: str, submethods: str) -> InteractiveQuery:
        del username, submethods
        return self._query()

    def _query(self) -> InteractiveQuery:
        return InteractiveQuery("", "", *((question, False) for question in self.questions.pop(0)))

    def check_auth_interactive_response(self, responses: list[str]) -> int | InteractiveQuery:
        self._ask(f"answers {', '.join(responses)}")
        if self.questions:
            return self._query()
        return AUTH_SUCCESSFUL if responses == [self.password] else AUTH_FAILED

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if len(self.asked) == self.ends_at:
            assert self.transport is not None
            self.transport.close()


@contextlib.contextmanager
def client_of(server: Server) -> Iterator[Client]:
    ours, theirs = socket.socketpair()
    transport = server.transport = paramiko.Transport(theirs)
    for key in (HOST_KEY, OTHER_HOST_KEY):
        transport.add_server_key(key)
    transport.start_server(event=threading.Event(), server=server)
    client = Client(NAS, ours)
    try:
        yield client
    finally:
        client.close()
        transport.close()


def log_in(
    server: Server,
    login: LoginKeys = LOGIN,
    host_keys: HostKeys = PINNED,
    password: str | None = None,
) -> None:
    with client_of(server) as client:
        assert client.log_in(login, host_keys, SECONDS, password=password) is None
        assert client.server_key == OfferedKey(HOST_KEY.get_name(), HOST_KEY.asbytes())


def refusal(server: Server, login: LoginKeys = LOGIN, password: str | None = None) -> LoginError:
    with pytest.raises(LoginError, match=r"root@nas\.example") as raised:
        log_in(server, login, password=password)
    return raised.value


@pytest.mark.parametrize("password", [None, "secret"])
@pytest.mark.parametrize(
    "host_keys",
    [HostKeys(files=()), HostKeys(files=(), fingerprint=f"SHA256:{'A' * 43}")],
    ids=["unknown", "pinned to another"],
)
def test_a_server_that_is_not_trusted_is_shown_neither_key_nor_password(
    host_keys: HostKeys, password: str | None
) -> None:
    server = Server(KEYS[0], "secret", "publickey,password")
    shown = tuple(OfferedKey(key.get_name(), key.asbytes()) for key in (HOST_KEY, OTHER_HOST_KEY))

    with client_of(server) as client, pytest.raises(HostKeyError, match=r"root@nas\.example"):
        client.log_in(LOGIN, host_keys, SECONDS, shown[1:], password)

    assert server.asked == []


def test_another_host_key_than_the_pinned_one_is_asked_for_before_any_login() -> None:
    server = Server(KEYS[0])
    pinned = HostKeys(files=(), fingerprint=name_of(OTHER_HOST_KEY))

    with client_of(server) as client:
        first = client.log_in(LOGIN, pinned, SECONDS)
        assert client.alive
    assert first == OfferedKey(HOST_KEY.get_name(), HOST_KEY.asbytes())
    assert server.asked == []

    with client_of(server) as client:
        assert client.log_in(LOGIN, pinned, SECONDS, (first,)) is None
    assert server.asked == [f"root {name_of(KEYS[0])}"]


def test_a_host_key_that_is_known_is_asked_for_first(tmp_path: Path) -> None:
    server = Server(KEYS[0])
    known = tmp_path / "known_hosts"
    known.write_text(f"nas.example {OTHER_HOST_KEY.get_name()} {OTHER_HOST_KEY.get_base64()}\n")

    with client_of(server) as client:
        client.log_in(LOGIN, HostKeys((known,)), SECONDS)

    assert len(server.asked) == 1


def test_keys_are_tried_in_their_order_until_one_is_accepted() -> None:
    server = Server(KEYS[1])

    log_in(server)

    assert server.asked == [f"root {name_of(key)}" for key in KEYS[:2]]


def test_every_refused_key_is_named_and_what_was_not_tried() -> None:
    said = str(refusal(Server(), LoginKeys(KEYS, ("id_rsa: it is encrypted",))))

    for key in KEYS:
        assert f"ssh-ed25519 {name_of(key)} is not accepted for root" in said
    assert said.endswith("; not tried: id_rsa: it is encrypted")


@pytest.mark.parametrize(
    ("methods", "wanted"),
    [
        ("publickey", False),
        ("publickey,password", True),
        ("publickey,keyboard-interactive", True),
        ("publickey,hostbased", False),
    ],
)
def test_a_password_is_asked_for_where_the_server_takes_one(methods: str, *, wanted: bool) -> None:
    assert isinstance(refusal(Server(methods=methods)), PasswordWantedError) is wanted


def test_without_a_key_the_ways_of_the_server_are_told() -> None:
    found = refusal(Server(methods="publickey,password"), LoginKeys(()))

    assert "there is no key, and the server takes publickey, password" in str(found)


@pytest.mark.parametrize(
    ("methods", "asked"),
    [
        ("publickey,password,keyboard-interactive", "root by password secret"),
        ("publickey,keyboard-interactive", "answers secret"),
    ],
)
def test_a_password_is_shown_alone(methods: str, asked: str) -> None:
    server = Server(KEYS[0], "secret", methods)

    log_in(server, password="secret")

    assert server.asked == [asked]


@pytest.mark.parametrize("methods", ["password", "keyboard-interactive"])
def test_a_wrong_password_is_told_and_may_be_typed_again(methods: str) -> None:
    found = refusal(Server(password="secret", methods=methods), password="wrong")

    assert isinstance(found, PasswordWantedError)
    assert "the password is not accepted" in str(found)
    assert "wrong" not in str(found)


def test_a_second_proof_that_the_server_wants_is_named() -> None:
    server = Server(KEYS[0], methods="keyboard-interactive", asks_more=True)

    found = refusal(server, LoginKeys(KEYS[:1]))

    assert f"{name_of(KEYS[0])} is accepted, but keyboard-interactive is asked for as well" in str(
        found
    )


@pytest.mark.parametrize(
    ("ends_at", "said"),
    [
        (1, r"ended the connection at the key .*MaxAuthTries.*expired.*lost.*--identity FILE"),
        (2, r"after 2 keys, .*MaxAuthTries.*--identity FILE"),
        (3, r"after 3 keys, .*MaxAuthTries.*--identity FILE"),
    ],
)
def test_a_login_that_the_server_ends_says_how_far_it_came(ends_at: int, said: str) -> None:
    server = Server(ends_at=ends_at)

    found = refusal(server)

    assert found.args
    assert len(server.asked) == ends_at
    with pytest.raises(LoginError, match=said):
        raise found


@pytest.mark.parametrize("methods", ["password", "keyboard-interactive"])
def test_a_connection_that_ends_at_the_password_has_refused_none(methods: str) -> None:
    found = refusal(Server(methods=methods, ends_at=1), password="secret")

    assert not isinstance(found, PasswordWantedError)
    assert "the connection was ended at the password: it may be wrong" in str(found)
    assert "or the connection was lost; try again" in str(found)


@pytest.mark.parametrize(
    "questions", [[["Password:", "Code for u\x1b:"]], [["Password:"], ["Code for u\x1b:"]]]
)
def test_a_question_beside_the_password_is_not_answered_with_it(
    questions: list[list[str]],
) -> None:
    before = ["answers secret"] * (len(questions) - 1)
    server = Server(methods="keyboard-interactive", password="secret", questions=[*questions])

    found = refusal(server, password="secret")

    assert not isinstance(found, PasswordWantedError)
    assert "asks 'Code for u\\x1b:' as well as for the password" in str(found)
    assert server.asked == before


def test_a_server_that_only_says_something_is_answered_with_nothing() -> None:
    questions: list[list[str]] = [[], ["Password:"]]
    server = Server(methods="keyboard-interactive", password="secret", questions=questions)

    log_in(server, LoginKeys(()), password="secret")

    assert server.asked == ["answers ", "answers secret"]


def test_a_server_that_takes_no_keys_is_told_with_what_it_takes() -> None:
    found = refusal(Server(methods="password,hostbased"), LoginKeys(KEYS[:1]))

    assert "the server does not accept keys, only password, hostbased" in str(found)


@pytest.mark.parametrize("keys", [KEYS[:1], ()])
def test_a_server_that_takes_nothing_says_so(keys: Sequence[paramiko.PKey]) -> None:
    """As sshd does with PubkeyAuthentication no, and nothing else that it could ask for."""
    found = refusal(Server(methods=""), LoginKeys(tuple(keys)))

    assert "the server offers no way to log in (sshd_config: " in str(found)


def test_a_key_that_its_agent_does_not_sign_with_is_named_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def wait_for_a_touch(*data: object) -> None:
        del data
        raise SilentAgentError

    monkeypatch.setattr(KEYS[0], "sign_ssh_data", wait_for_a_touch)
    server = Server(KEYS[1])

    said = str(refusal(server))

    assert f"agent does not sign with {name_of(KEYS[0])}" in said
    assert "--identity FILE" in said
    assert server.asked == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(104, "Connection reset by peer"), "Connection reset by peer"),
        (OSError("no number"), "no number"),
        (paramiko.SSHException("bad packet"), "bad packet"),
        (EOFError(), "it was closed by the other end"),
        (None, "it was closed by the other end"),
    ],
)
def test_the_reason_for_a_lost_connection_is_in_words(error: Exception | None, said: str) -> None:
    assert reason(error) == said


def test_a_connection_that_the_server_on_the_way_does_not_make_names_both() -> None:
    with client_of(Server(KEYS[0])) as client:
        client.log_in(LoginKeys(KEYS[:1]), PINNED, SECONDS)

        with pytest.raises(UnreachableError, match=r"root@nas\.example .*; ProxyJump") as raised:
            client.tunnel(Address("root", "behind.example", 2222), SECONDS)

    assert str(raised.value).startswith("ssh://root@behind.example:2222: ")
