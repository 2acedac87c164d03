"""Host keys: which ones are known, and what to do about one that is not.

The known_hosts format is OpenSSH's, sshd(8) "SSH_KNOWN_HOSTS FILE FORMAT": patterns with
``*``, ``?`` and ``!``, ``[host]:port``, hashed names, ``@revoked`` and ``@cert-authority``.
Nothing here uses the network; transport.py calls ``HostKeys.check`` before it logs in.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import enum
import hashlib
import hmac
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from lagg_tool.errors import HostKeyError, UsageError
from lagg_tool.ssh.address import Address
from lagg_tool.user import expanded

# ssh_config(5), UserKnownHostsFile and GlobalKnownHostsFile
DEFAULT_FILES = (Path("~/.ssh/known_hosts"), Path("~/.ssh/known_hosts2"))
GLOBAL_FILES = (Path("/etc/ssh/ssh_known_hosts"), Path("/etc/ssh/ssh_known_hosts2"))

_FINGERPRINT = re.compile(r"SHA256:([A-Za-z0-9+/]{43})=?")


class Marker(enum.Enum):
    """What a line of known_hosts says about its key."""

    KNOWN = ""
    REVOKED = "@revoked"
    AUTHORITY = "@cert-authority"


@dataclass(frozen=True)
class OfferedKey:
    """The public key that a server showed: its type (``ssh-ed25519``) and its encoding."""

    type: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 in base64 without padding, as ssh-keygen -l prints it."""
        digest = base64.b64encode(hashlib.sha256(self.blob).digest()).decode()
        return f"SHA256:{digest.rstrip('=')}"


@dataclass(frozen=True)
class KnownHost:
    """One line of a known_hosts file."""

    marker: Marker
    names: str
    key: OfferedKey

    def matches(self, name: str) -> bool:
        """Tell whether the line is about the host with this lookup name."""
        name = name.lower()
        if self.names.startswith("|1|"):
            return _hash_matches(self.names, name)
        patterns = [pattern.lower() for pattern in self.names.split(",") if pattern]
        if any(_glob(pattern[1:], name) for pattern in patterns if pattern[0] == "!"):
            return False
        return any(_glob(pattern, name) for pattern in patterns if pattern[0] != "!")


def _glob(pattern: str, name: str) -> bool:
    # In OpenSSH only * and ? are special; a bracket is part of "[host]:port".
    return fnmatchcase(name, pattern.replace("[", "[[]"))


def _hash_matches(field: str, name: str) -> bool:
    parts = field.split("|")
    if len(parts) != 4:
        return False
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in parts[2:])
    except (ValueError, binascii.Error):
        return False
    # HMAC-SHA-1 is the format of known_hosts; it hides names and authenticates nothing.
    return hmac.compare_digest(hmac.new(salt, name.encode(), hashlib.sha1).digest(), digest)


def parse_known_hosts(text: str) -> list[KnownHost]:
    """Return the lines that can be understood; OpenSSH skips the others as well."""
    lines = (_parse_line(line.split()) for line in text.splitlines())
    return [line for line in lines if line is not None]


def _parse_line(words: list[str]) -> KnownHost | None:
    marker = Marker.KNOWN
    if words and words[0].startswith("@"):
        try:
            marker = Marker(words[0])
        except ValueError:
            return None
        words = words[1:]
    if len(words) < 3 or words[0].startswith("#"):
        return None
    try:
        blob = base64.b64decode(words[2], validate=True)
    except (ValueError, binascii.Error):
        return None
    size = int.from_bytes(blob[:4], "big")
    if blob[4 : 4 + size] != words[1].encode("utf-8", "surrogateescape"):
        return None
    return KnownHost(marker, words[0], OfferedKey(words[1], blob))


@dataclass(frozen=True)
class HostKeys:
    """The keys that are trusted: a pinned fingerprint, or files of known hosts.

    ``accept_new`` names the one file to which the key of a host that nothing is known
    about is added; without it such a host is refused. A key that differs from the known
    one is refused in every case.
    """

    files: tuple[Path, ...] = DEFAULT_FILES + GLOBAL_FILES
    fingerprint: str | None = None
    accept_new: Path | None = None
    on_the_way: bool = False  # for a server of ProxyJump, which --host-key does not concern

    def __post_init__(self) -> None:
        if self.fingerprint is not None and not _FINGERPRINT.fullmatch(self.fingerprint):
            raise UsageError(
                f"--host-key {self.fingerprint!r}: a fingerprint is SHA256: and 43 characters of "
                "base64; ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub on the NAS prints it"
            )
        if self.fingerprint is not None and self.accept_new is not None:
            raise UsageError(
                "--host-key and --host-key-policy accept-new exclude each other; give one of them"
            )

    def known_types(self, address: Address) -> list[str]:
        """Return the key types known of a host, to ask the server for one of these first."""
        lines = self._lines(address)
        return [line.key.type for line in lines if line.marker is Marker.KNOWN]

    def is_pinned_other(self, offered: OfferedKey) -> bool:
        """Tell whether the one key to trust is another, which the server may have as well."""
        return self.fingerprint is not None and not _same(offered, self.fingerprint)

    def check(
        self, address: Address, offered: OfferedKey, earlier: Sequence[OfferedKey] = ()
    ) -> None:
        """Return if the key may be trusted; ``earlier`` the server showed keys of other types.

        Raises HostKeyError, or UsageError for a file.
        """
        if self.fingerprint is not None and not _same(offered, self.fingerprint):
            raise HostKeyError(_not_pinned(address, (*earlier, offered), self.fingerprint))
        lines = self._lines(address)
        if any(line.marker is Marker.REVOKED and line.key == offered for line in lines):
            raise HostKeyError(
                f"{address}: the {offered.type} host key {offered.fingerprint} is marked as "
                "revoked in known_hosts; somebody else may hold it; nothing was sent"
            )
        if self.fingerprint is not None:
            return
        known = [line.key for line in lines if line.marker is Marker.KNOWN]
        if offered in known:
            return
        if known:
            raise HostKeyError(_changed(address, offered, known) + self._way_out(address, offered))
        if self.accept_new is None:
            raise HostKeyError(_unknown(address, offered) + self._way_out(address, offered))
        _append(self.accept_new, address, offered)

    def _way_out(self, address: Address, offered: OfferedKey) -> str:
        if self.on_the_way:
            return f"log in to {address} by ssh, which notes the key; --host-key is the NAS's"
        return f"give --host-key {offered.fingerprint}"

    def _lines(self, address: Address) -> list[KnownHost]:
        files: Iterable[Path] = self.files
        if self.accept_new is not None and self.accept_new not in self.files:
            files = (*self.files, self.accept_new)
        lines = [line for file in files for line in parse_known_hosts(_read(file))]
        return [line for line in lines if line.matches(address.lookup_name)]


def _read(file: Path) -> str:
    path = expanded(file)
    try:
        if path.is_fifo():  # it may have no other end, or be empty at the next connection
            raise UsageError(f"{file}: cannot read the known hosts: it is a pipe; name a file")
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise UsageError(
            f"{file}: cannot read the known hosts: {error.strerror}; let this user read it"
        ) from error


def _append(file: Path, address: Address, offered: OfferedKey) -> None:
    name = address.lookup_name.lower()
    line = f"{name} {offered.type} {base64.b64encode(offered.blob).decode()}\n"
    path = expanded(file)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        before = path.read_bytes() if path.exists() else b""
        new = (b"\n" if before and not before.endswith(b"\n") else b"") + line.encode()
        try:
            with path.open("ab") as stream:
                stream.write(new)
        except OSError:  # a disk that is full took a part of it
            with contextlib.suppress(OSError):
                os.truncate(path, len(before))
            raise
    except OSError as error:
        raise UsageError(
            f"{file}: cannot note the new host key: {error.strerror}; "
            "--host-key SHA256:… needs no file"
        ) from error


def _same(offered: OfferedKey, pinned: str) -> bool:
    return offered.fingerprint == pinned.rstrip("=")


def _not_pinned(address: Address, offered: Sequence[OfferedKey], pinned: str) -> str:
    keys = ", ".join(f"{key.type} {key.fingerprint}" for key in offered)
    return (
        f"{address}: the NAS has the host key {keys}, not {pinned} as given with --host-key; no "
        "login was tried. If the NAS was reinstalled, compare the key at its console, then give "
        f"--host-key {offered[0].fingerprint}"
    )


def _unknown(address: Address, offered: OfferedKey) -> str:
    return (
        f"{address}: the host key is unknown: {offered.type} {offered.fingerprint}; no login was "
        "tried. Compare it with the NAS's own (at its console: ssh-keygen -lf "
        "/etc/ssh/ssh_host_ed25519_key.pub), then "
    )


def _changed(address: Address, offered: OfferedKey, known: list[OfferedKey]) -> str:
    expected = ", ".join(sorted({f"{key.type} {key.fingerprint}" for key in known}))
    return (
        f"{address}: THE HOST KEY HAS CHANGED: it is {offered.type} {offered.fingerprint}, known "
        f"is {expected}; no login was tried. Somebody may be in between. If the NAS was "
        "reinstalled, compare the key at its console, remove the old one with "
        f"ssh-keygen -R '{address.lookup_name}', or "
    )
