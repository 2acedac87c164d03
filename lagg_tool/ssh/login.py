"""Keys to log in with, and the login."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from paramiko.pkey import UnknownKeyType

from lagg_tool.errors import LoginError, UsageError
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.hostkeys import OfferedKey


def load_keys(files: Sequence[Path], *, agent: bool) -> list[paramiko.PKey]:
    """Load private keys. Raises UsageError with the file and what is wrong with it."""
    if not files and not agent:
        raise UsageError("no key to log in with; give --identity FILE or --agent")
    return [_load_key(file) for file in files]


def _load_key(file: Path) -> paramiko.PKey:
    try:
        return paramiko.PKey.from_path(file.expanduser())
    except OSError as error:
        raise UsageError(f"--identity {file}: {error.strerror}") from error
    except (TypeError, paramiko.PasswordRequiredException) as error:
        raise UsageError(
            f"--identity {file}: the key is encrypted; add it to an agent (ssh-add {file}) and "
            "give --agent instead"
        ) from error
    except (ValueError, UnknownKeyType, UnsupportedAlgorithm, paramiko.SSHException) as error:
        raise UsageError(f"--identity {file}: not a private key that can be used") from error


def log_in(
    transport: paramiko.Transport,
    address: Address,
    keys: list[paramiko.PKey],
    due_in: Callable[[], float],
    *,
    agent: bool,
) -> None:
    """Log in with one of the keys, or of the agent's. Raises LoginError with every refusal."""
    asked = paramiko.Agent() if agent else None
    try:
        candidates: list[paramiko.PKey] = [*keys, *(asked.get_keys() if asked else ())]
        if not candidates:
            raise LoginError(
                f"{address}: no SSH agent is running here, or it holds no key; "
                "ssh-add FILE, or give --identity FILE"
            )
        refusals = []
        for key in candidates:
            transport.auth_timeout = due_in()
            refusal = _try_key(transport, address, key)
            if refusal is None:
                return
            refusals.append(refusal)
        raise LoginError(f"{address}: the login was refused: {'; '.join(refusals)}")
    finally:
        if asked is not None:
            asked.close()


def _try_key(transport: paramiko.Transport, address: Address, key: paramiko.PKey) -> str | None:
    """Return why the server refuses a key, None if it let us in."""
    offered = OfferedKey(key.get_name(), key.asbytes())
    try:
        needed = transport.auth_publickey(address.user, key)
    except paramiko.BadAuthenticationType as error:
        return f"the server does not accept keys, only {', '.join(error.allowed_types)}"
    except paramiko.AuthenticationException as error:
        if not transport.is_active():
            raise LoginError(
                f"{address}: the server closed the connection during the login: {reason(error)}"
            ) from error
        return f"{offered.type} {offered.fingerprint} is not accepted for {address.user}"
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise LoginError(
            f"{address}: the connection was lost during the login: {reason(error)}"
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
