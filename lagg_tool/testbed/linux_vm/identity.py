"""The keys of one machine: one to log in with, and its own, known before it is booted."""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lagg_tool.ssh.hostkeys import OfferedKey
from lagg_tool.testbed.linux_vm.cpio import Archive
from lagg_tool.whole_file import write_whole

_KIND = b"ssh-ed25519"


@dataclass(frozen=True)
class Identity:
    """What to put into a machine, and how to know it."""

    archive: bytes  # follows the machine's first root
    fingerprint: str
    host_line: str  # of known_hosts, after its names


def make_identity(login_key: Path) -> Identity:
    """Make a machine's keys; the one to log in with goes into a file that only its owner reads."""
    login, host = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    login_key.unlink(missing_ok=True)
    private = login.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
    write_whole(login_key, private, mode=0o600)
    archive = Archive()
    archive.directory("root", 0o700)
    archive.directory("root/.ssh", 0o700)
    archive.file("root/.ssh/authorized_keys", f"{_line(login)}\n".encode(), 0o600)
    archive.file("etc/dropbear/host_key", dropbear_key(host), 0o600)
    offered = OfferedKey(_KIND.decode(), _blob(host))
    return Identity(archive.data, offered.fingerprint, _line(host))


def dropbear_key(key: Ed25519PrivateKey) -> bytes:
    """Return a private key as dropbear keeps it: its kind, then both halves, as SSH's strings."""
    raw = serialization.Encoding.Raw
    private = key.private_bytes(raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
    return _string(_KIND) + _string(private + _public(key))


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _blob(key: Ed25519PrivateKey) -> bytes:
    return _string(_KIND) + _string(_public(key))


def _line(key: Ed25519PrivateKey) -> str:
    return f"{_KIND.decode()} {base64.b64encode(_blob(key)).decode()}"


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data
