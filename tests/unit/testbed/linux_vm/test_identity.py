"""The keys of a machine."""

import base64
import io
from pathlib import Path

import paramiko

from lagg_tool.testbed.linux_vm.identity import make_identity


def test_only_its_owner_reads_the_key_and_the_machine_takes_it(tmp_path: Path) -> None:
    identity = make_identity(tmp_path / "key")

    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    login = paramiko.Ed25519Key.from_private_key(io.StringIO((tmp_path / "key").read_text()))
    assert f"ssh-ed25519 {login.get_base64()}\n".encode() in identity.archive


def test_the_machines_own_key_is_known_before_it_is_booted(tmp_path: Path) -> None:
    identity = make_identity(tmp_path / "key")

    kind, _, text = identity.host_line.partition(" ")
    host = paramiko.PKey.from_type_string(kind, base64.b64decode(text))
    assert host.fingerprint == identity.fingerprint
    public = host.asbytes()[-32:]
    assert b"\0\0\0\x0bssh-ed25519\0\0\0\x40" in identity.archive
    assert public in identity.archive


def test_every_machine_has_other_keys(tmp_path: Path) -> None:
    one, other = make_identity(tmp_path / "one"), make_identity(tmp_path / "other")

    assert one.fingerprint != other.fingerprint
    assert (tmp_path / "one").read_text() != (tmp_path / "other").read_text()
