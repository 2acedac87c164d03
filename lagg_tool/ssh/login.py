"""The login: one key after the other, then a password that a person types."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import paramiko

from lagg_tool.errors import LoginError
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.hostkeys import OfferedKey
from lagg_tool.ssh.identities import LoginKeys, SilentAgentError, limit_agent

_NO_WAY = (
    "the server offers no way to log in (sshd_config: PubkeyAuthentication,"
    " PasswordAuthentication, UsePAM)"
)
_LOCKED = "the account may be locked or have expired (the server's log says it)"
_SHARE = 0.8  # of the time that is left, for an agent to sign


class PasswordWantedError(LoginError):
    """No key was accepted; the server takes a password, and a person may be asked for it."""


def log_in(
    transport: paramiko.Transport,
    address: Address,
    login: LoginKeys,
    due_in: Callable[[], float],
    password: str | None = None,
) -> None:
    """Log in with one of the keys, or the password. Raises LoginError with every refusal."""
    refusals: list[str] = []
    for key in login.keys if password is None else ():
        transport.auth_timeout = due_in()
        # It signs on paramiko's thread, which ends before the login's time does.
        limit_agent(key, max(0.1, _SHARE * due_in()))
        refusal = _try_key(transport, address, key, len(refusals))
        if refusal is None:
            return
        refusals.append(refusal)
    transport.auth_timeout = due_in()
    methods = _methods(transport, address)
    if password is not None and _try_password(transport, address, methods, password):
        return
    refusals += ["the password is not accepted"] if password is not None else []
    if not refusals and methods:
        ways = _listed(methods)
        refusals.append(f"there is no key, and the server takes {ways}" if ways else _NO_WAY)
    refusals = refusals or ["there is no key, and the server did not say what it takes"]
    left_out = "".join(f"; not tried: {why}" for why in login.left_out)
    wanted = {"password", "keyboard-interactive"} & set(methods)
    kind = PasswordWantedError if wanted and transport.is_active() else LoginError
    raise kind(f"{address}: the login was refused: {'; '.join(refusals)}{left_out}")


def _listed(methods: Sequence[str]) -> str:
    """Return the methods for a message; a server that has none sends an empty list."""
    return ", ".join(filter(None, methods))


def _methods(transport: paramiko.Transport, address: Address) -> Sequence[str]:
    """Return how the server lets this user log in (RFC 4252 section 5.2)."""
    try:
        transport.auth_none(address.user)
    except paramiko.BadAuthenticationType as error:
        return error.allowed_types
    except (paramiko.SSHException, EOFError, OSError):
        pass
    return ()


def _try_password(
    transport: paramiko.Transport, address: Address, methods: Sequence[str], password: str
) -> bool:
    try:
        if "password" in methods:
            transport.auth_password(address.user, password, fallback=False)
        else:
            transport.auth_interactive(address.user, _Answers(address, password))
    except paramiko.AuthenticationException as error:
        if transport.is_active():
            return False
        # So paramiko calls it as well when the connection is lost.
        raise LoginError(
            f"{address}: the connection was ended at the password: it may be wrong (sshd_config:"
            f" MaxAuthTries), {_LOCKED}, or the connection was lost; try again"
        ) from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise LoginError(
            f"{address}: the connection was lost during the login: {reason(error)}; try again"
        ) from error
    return transport.is_authenticated()


class _Answers:
    """Answers the first question of a server with the password, and no other.

    A further one is for a code, or for a new password after one that has expired.
    """

    def __init__(self, address: Address, password: str) -> None:
        self._address = address
        self._password = [password]

    def __call__(
        self, title: str, instructions: str, asked: Sequence[tuple[str, bool]]
    ) -> list[str]:
        del title, instructions
        if len(asked) > len(self._password):
            raise LoginError(
                f"{self._address}: the server asks {asked[-1][0].strip()!r} as well as for the"
                " password, which may be wrong or have expired: log in by ssh at a terminal to"
                " see it; --identity FILE names a key, which needs neither"
            )
        answers, self._password = self._password[: len(asked)], self._password[len(asked) :]
        return answers


def _try_key(
    transport: paramiko.Transport, address: Address, key: paramiko.PKey, refused: int
) -> str | None:
    """Return why the server refuses a key, None if it let us in; ``refused`` came before it."""
    offered = OfferedKey(key.get_name(), key.asbytes())
    try:
        needed = transport.auth_publickey(address.user, key)
    except paramiko.BadAuthenticationType as error:
        ways = _listed(error.allowed_types)
        return f"the server does not accept keys, only {ways}" if ways else _NO_WAY
    except (paramiko.SSHException, EOFError, OSError) as error:
        if isinstance(error, SilentAgentError):
            raise LoginError(
                f"{address}: the SSH agent does not sign with {offered.fingerprint} ({error}): it"
                " may want a confirmation, its token to be touched, or to be unlocked; give"
                " --identity FILE to use another key"
            ) from error
        if isinstance(error, paramiko.AuthenticationException) and transport.is_active():
            return f"{offered.type} {offered.fingerprint} is not accepted for {address.user}"
        if refused:
            raise LoginError(
                f"{address}: the server ended the login after {refused + 1} keys, none of which it "
                "accepts (sshd_config: MaxAuthTries); choose the right one with --identity FILE, "
                "or --identity FILE.pub for a key of the agent"
            ) from error
        raise LoginError(
            f"{address}: the server ended the connection at the key {offered.fingerprint}: it takes"
            f" no second one (sshd_config: MaxAuthTries), {_LOCKED}, or the connection was lost"
            f" ({reason(error)}); try again, or give another by --identity FILE"
        ) from error
    if transport.is_authenticated():
        return None
    return f"{offered.fingerprint} is accepted, but {', '.join(needed)} is asked for as well"


def reason(error: Exception | None) -> str:
    """Return why a connection was lost, in words."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = str(error) if error is not None else ""
    return text or "it was closed by the other end"
