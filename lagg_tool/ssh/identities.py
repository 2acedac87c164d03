"""The keys to log in with: those that were named, else the agent's and those of ~/.ssh.

As with ssh(1): ``--identity`` names a private key file, or a public one whose private half the
agent holds. Without it, the keys of the agent come first, those that ~/.ssh has a public half
of before the others, and then the files of ~/.ssh that the agent does not hold; IdentityFile
of ssh_config names others than those. A passphrase is asked for at a terminal, once.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import io
import os
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from paramiko.agent import (
    SSH2_AGENT_IDENTITIES_ANSWER,
    SSH2_AGENT_SIGN_RESPONSE,
    AgentSSH,
    get_agent_connection,
)

from lagg_tool.errors import UsageError
from lagg_tool.ssh.prompt import TRIES, ask_secret, can_ask
from lagg_tool.user import expanded

# ssh_config(5), IdentityFile; without those of a security key, which only the agent can use
DEFAULT_FILES = tuple(map(Path, ("~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")))

Ask = Callable[[str], str | None]
_LONGEST = 1 << 16  # octets of a key's file
# TypeError: a passphrase is missing, or empty.
_NO_KEY = (TypeError, ValueError, RuntimeError, UnsupportedAlgorithm, paramiko.SSHException)
# Several connections are made to a NAS, and a passphrase is asked for once.
_unlocked: dict[Path, paramiko.PKey] = {}
_unlocking = threading.Lock()  # several NAS are opened at once, often with one key


@dataclass(frozen=True)
class LoginKeys:
    """Keys in the order in which they are tried, and why a file of ~/.ssh is not among them."""

    keys: tuple[paramiko.PKey, ...]
    left_out: tuple[str, ...] = ()


AGENT_SECONDS = 5.0  # for the list of its keys
_ANSWERS = (SSH2_AGENT_IDENTITIES_ANSWER, SSH2_AGENT_SIGN_RESPONSE)  # to what is asked of it


class SilentAgentError(paramiko.SSHException):
    """The SSH agent does not answer in time, or refuses, or is gone.

    A TimeoutError would end paramiko's thread in the middle of its own words on it: they take
    every OSError for one with a number.
    """


_AGENT: Any = AgentSSH  # its types leave out all that a subclass needs


class Agent(_AGENT):  # type: ignore[misc]
    """The running SSH agent; one that does not answer in time holds no keys."""

    def __init__(self) -> None:
        super().__init__()
        connection = get_agent_connection()
        if connection is None:
            return
        connection.settimeout(AGENT_SECONDS)
        try:
            self._connect(connection)
        except (OSError, paramiko.SSHException, struct.error, TypeError, ValueError):
            self.close()

    def close(self) -> None:
        """Part from the agent; its keys work no more."""
        self._close()

    def limit(self, seconds: float) -> None:
        """Wait for each answer so long at most."""
        if self._conn is not None:
            self._conn.settimeout(seconds)

    def _send_message(self, msg: Any) -> Any:
        try:
            kind, answer = super()._send_message(msg)
        except (OSError, paramiko.SSHException, struct.error) as error:
            raise SilentAgentError(f"the SSH agent does not answer: {error}") from error
        if kind not in _ANSWERS:
            raise SilentAgentError("the SSH agent refuses")
        return kind, answer


def limit_agent(key: paramiko.PKey, seconds: float) -> None:
    """Give the agent so much time to sign, if the key is the agent's."""
    agent = getattr(key, "agent", None)
    if isinstance(agent, Agent):
        agent.limit(seconds)


@contextlib.contextmanager
def login_keys(
    files: Sequence[Path],
    *,
    agent: bool,
    usual: Sequence[Path] = DEFAULT_FILES,
    usual_only: bool = False,
) -> Iterator[LoginKeys]:
    """Give the keys of ``files``, and with ``agent`` all of the agent's; else the usual ones.

    Those are the agent's, with ``usual_only`` only those of ``usual``, and these files. Keys of
    the agent work until the end of the context. Raises UsageError, before anything is sent, for
    a file that is no key, or if there is neither a key nor a terminal to ask for a password.
    """
    with contextlib.ExitStack() as closing:
        held: list[paramiko.PKey] = []
        if agent or not files or any(map(_public_half, files)):  # else it is not even asked
            asked = closing.enter_context(contextlib.closing(Agent()))
            held += asked.get_keys()
        if not files and not agent:
            yield _usual_keys(held, usual, held_too=not usual_only)
            return
        found = LoginKeys((*_named(files, held), *(held if agent else ())))
        if not found.keys:
            raise UsageError(
                "--agent: no SSH agent is running here, or it holds no key, or it does not answer; "
                "ssh-add FILE, or give --identity FILE"
            )
        yield found


def _named(files: Sequence[Path], held: Sequence[paramiko.PKey]) -> Iterator[paramiko.PKey]:
    for file in files:
        blob = _public_half(file)
        key = next((key for key in held if key.asbytes() == blob), None)
        if key is None and _public_blob(file) is not None:
            raise UsageError(
                f"--identity {file}: this is a public key, and no SSH agent here holds its private "
                "half; ssh-add it, or name the private key's file"
            )
        yield key or _load_key(file)


def _usual_keys(
    held: Sequence[paramiko.PKey], files: Sequence[Path], *, held_too: bool
) -> LoginKeys:
    blobs = [_public_half(file) for file in files]
    keys = sorted(held, key=lambda key: key.asbytes() not in blobs)
    if not held_too:
        keys = [key for key in keys if key.asbytes() in blobs]
    left_out, encrypted = [], []
    for file, blob in zip(files, blobs, strict=True):
        if any(key.asbytes() == blob for key in held) or not _exists(file):
            continue
        try:
            key = _load_key(file, lambda _: None)
        except _EncryptedError as error:
            encrypted.append(file)
            left_out.append(str(error).removeprefix("--identity "))
        except UsageError as error:
            left_out.append(str(error).removeprefix("--identity "))
        else:
            if key not in keys:
                keys.append(key)
    if not keys and encrypted and can_ask():
        return LoginKeys((_load_key(encrypted[0]),))
    if not keys and not can_ask():
        why = "; ".join(left_out) or f"there is none of {', '.join(map(str, files))}"
        agent = "the SSH agent holds none" if os.environ.get("SSH_AUTH_SOCK") else "no agent runs"
        raise UsageError(f"no key to log in with: {why}; {agent}; give --identity FILE")
    return LoginKeys(tuple(keys), tuple(left_out))


def _exists(file: Path) -> bool:
    try:
        return expanded(file).exists()
    except OSError:
        return False


def _public_half(file: Path) -> bytes | None:
    """Return the public key of a file: its own, or that of the FILE.pub beside a private one."""
    return _public_blob(file) or _public_blob(Path(f"{file}.pub"))


def _public_blob(file: Path) -> bytes | None:
    """Return the key of a public key file, None for any other file."""
    path = expanded(file)
    try:
        if path.is_fifo():
            return None
        with path.open("rb") as opened:
            words = opened.read(_LONGEST).split()
        blob = base64.b64decode(words[1], validate=True)
    except (OSError, IndexError, binascii.Error):
        return None
    return blob if blob[4 : 4 + int.from_bytes(blob[:4], "big")] == words[0] else None


class _EncryptedError(UsageError):
    """A private key that takes a passphrase, which nobody can be asked for."""


def _load_key(file: Path, ask: Ask = ask_secret) -> paramiko.PKey:
    path = expanded(file)
    with _unlocking:
        return _unlocked.get(path) or _read_key(file, path, ask)


def _read_key(file: Path, path: Path, ask: Ask) -> paramiko.PKey:
    try:
        if path.is_fifo():  # it may have no other end, and a key is read more than once
            raise UsageError(f"--identity {file}: it is a pipe; name the file of a private key")
        return _private_key(path, None)
    except OSError as error:
        raise UsageError(
            f"--identity {file}: {error.strerror}; name the file of a private key"
        ) from error
    except TypeError:
        _unlocked[path] = _unlock(file, path, ask)
        return _unlocked[path]
    except _NO_KEY as error:
        raise UsageError(
            f"--identity {file}: not a private key that can be used here (RSA, ECDSA, Ed25519; no "
            f"security key); name another file, or ssh-add it, and give --identity {file}.pub"
        ) from error


def _private_key(path: Path, passphrase: bytes | None) -> paramiko.PKey:
    """Read a key as ssh-keygen writes it: OpenSSH, PEM or PKCS8, which paramiko does not know.

    Raises OSError, TypeError where it takes a passphrase, or another of _NO_KEY.
    """
    with path.open("rb") as file:
        data = file.read(_LONGEST)
    ours = b"BEGIN OPENSSH" in data
    load = serialization.load_ssh_private_key if ours else serialization.load_pem_private_key
    loaded = load(data, passphrase)
    if not isinstance(loaded, RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey):
        raise UnsupportedAlgorithm(str(type(loaded)))
    text = loaded.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    ).decode()
    kind: type[paramiko.PKey] = paramiko.Ed25519Key
    if not isinstance(loaded, Ed25519PrivateKey):
        kind = paramiko.RSAKey if isinstance(loaded, RSAPrivateKey) else paramiko.ECDSAKey
    key = kind.from_private_key(io.StringIO(text))
    certificate = Path(f"{path}-cert.pub")
    if certificate.exists():
        key.load_certificate(str(certificate))
    return key


def _unlock(file: Path, path: Path, ask: Ask) -> paramiko.PKey:
    for _ in range(TRIES):
        passphrase = ask(f"Passphrase of {file}")
        if passphrase is None:
            raise _EncryptedError(
                f"--identity {file}: the key is encrypted, and there is no terminal to ask for its "
                f"passphrase; add it to an agent: ssh-add {file}"
            )
        with contextlib.suppress(*_NO_KEY):
            return _private_key(path, passphrase.encode())
    raise UsageError(
        f"--identity {file}: this is not its passphrase; "
        f"try again, or add it to an agent: ssh-add {file}"
    )
