"""The keys of the simulated NAS: its own, and those that may log in."""

from __future__ import annotations

import base64
import contextlib
import io
from itertools import pairwise

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lagg_tool.errors import UsageError


def public_blob(line: str) -> bytes:
    """Return the key of an authorized_keys line, whose options are not looked at."""
    words = line.split()
    for kind, text in pairwise(words):
        with contextlib.suppress(ValueError):
            blob = base64.b64decode(text, validate=True)
            if blob[4:].startswith(kind.encode()):
                return blob
    raise UsageError(f"{line.strip()!r} is not a public key; give the .pub file's line")


def generate_key() -> str:
    """Make an Ed25519 key; return the text of its private key file."""
    text = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
    return text.decode()


def load_key(text: str) -> paramiko.PKey:
    """Read a private key file's text, Ed25519, ECDSA or RSA. Raises UsageError."""
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        with contextlib.suppress(paramiko.SSHException, ValueError):
            return kind.from_private_key(io.StringIO(text))
    raise UsageError("the host key is not an unencrypted Ed25519, ECDSA or RSA private key")


def public_line(key: paramiko.PKey) -> str:
    """Return the line of authorized_keys, or of known_hosts after its names."""
    return f"{key.get_name()} {key.get_base64()}"
