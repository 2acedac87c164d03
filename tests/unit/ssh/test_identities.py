"""A passphrase is asked for once, also where several NAS are opened at the same time."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    SSHCertificateBuilder,
    SSHCertificateType,
)

from lagg_tool.errors import UsageError
from lagg_tool.ssh import identities
from tests.support.ended_within import ended_within

DEADLINE = 60.0


@pytest.fixture
def encrypted_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(identities, "_unlocked", {})
    file = tmp_path / "id_ed25519"
    file.write_bytes(
        Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.OpenSSH, BestAvailableEncryption(b"secret")
        )
    )
    return file


def test_a_passphrase_is_asked_for_once_by_several_connections(encrypted_key: Path) -> None:
    both = threading.Barrier(2)
    questions: list[str] = []

    def ask(question: str) -> str:
        questions.append(question)
        return "secret"

    def load() -> bytes:
        both.wait(DEADLINE)
        return identities._load_key(encrypted_key, ask).asbytes()

    with ThreadPoolExecutor(2) as pool:
        keys = [future.result(DEADLINE) for future in [pool.submit(load), pool.submit(load)]]

    assert keys[0] == keys[1]
    assert questions == [f"Passphrase of {encrypted_key}"]


@pytest.mark.parametrize("named", [True, False])
def test_a_pipe_is_no_key_and_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, named: bool
) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setattr(identities, "can_ask", lambda: False)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with (
        ended_within(60),
        pytest.raises(UsageError, match="pipe: it is a pipe"),
        identities.login_keys([pipe] if named else [], agent=False, usual=[pipe]),
    ):
        pass


KINDS: dict[str, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey] = {
    "RSA": rsa.generate_private_key(65537, 2048),
    "ECDSA": ec.generate_private_key(ec.SECP256R1()),
    "Ed25519": Ed25519PrivateKey.generate(),
}
FORMATS = {
    "PEM": PrivateFormat.TraditionalOpenSSL,
    "PKCS8": PrivateFormat.PKCS8,
    "OpenSSH": PrivateFormat.OpenSSH,
}
# Ed25519 came after the first of them.
WRITTEN = [(kind, name) for kind in KINDS for name in FORMATS if (kind, name) != ("Ed25519", "PEM")]


def write_key(file: Path, kind: str, name: str, encryption: KeySerializationEncryption) -> None:
    file.write_bytes(KINDS[kind].private_bytes(Encoding.PEM, FORMATS[name], encryption))


@pytest.mark.parametrize(("kind", "name"), WRITTEN)
def test_a_key_is_read_in_every_format_of_ssh_keygen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, name: str
) -> None:
    monkeypatch.setattr(identities, "_unlocked", {})
    write_key(tmp_path / "open", kind, name, NoEncryption())
    write_key(tmp_path / "locked", kind, name, BestAvailableEncryption(b"secret"))
    typed = iter(["wrong", "", "secret"])

    key = identities._load_key(tmp_path / "open")
    unlocked = identities._load_key(tmp_path / "locked", lambda _: next(typed))

    assert unlocked.sign_ssh_data(b"data").asbytes()
    assert unlocked.asbytes() == key.asbytes()


@pytest.mark.parametrize(("kind", "name"), WRITTEN)
def test_a_certificate_beside_a_key_is_shown_with_it(tmp_path: Path, kind: str, name: str) -> None:
    file = tmp_path / "key"
    write_key(file, kind, name, NoEncryption())
    assert identities._load_key(file).public_blob is None

    signed = (
        SSHCertificateBuilder()
        .public_key(KINDS[kind].public_key())
        .serial(1)
        .type(SSHCertificateType.USER)
        .key_id(b"admin")
        .valid_principals([b"admin"])
        .valid_after(0)
        .valid_before(2**32)
        .sign(KINDS["Ed25519"])
    )
    file.with_name("key-cert.pub").write_bytes(signed.public_bytes())

    shown = identities._load_key(file).public_blob
    assert shown is not None
    assert shown.key_type.endswith("-cert-v01@openssh.com")


@pytest.mark.parametrize(("kind", "name"), WRITTEN)
def test_a_wrong_passphrase_is_a_sentence_in_every_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, name: str
) -> None:
    monkeypatch.setattr(identities, "_unlocked", {})
    write_key(tmp_path / "locked", kind, name, BestAvailableEncryption(b"secret"))
    typed = iter(["wrong", "secret ", ""])

    with pytest.raises(UsageError, match="this is not its passphrase; try again, or add it"):
        identities._load_key(tmp_path / "locked", lambda _: next(typed))


@pytest.mark.parametrize("file", [*map(Path, ("/dev/zero", "/dev/null")), Path(__file__)])
def test_what_is_no_key_is_said_at_once(file: Path) -> None:
    with ended_within(60), pytest.raises(UsageError, match="not a private key that can be used"):
        identities._load_key(file)
