"""A passphrase is asked for once, also where several NAS are opened at the same time."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

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
            serialization.Encoding.PEM,
            serialization.PrivateFormat.OpenSSH,
            serialization.BestAvailableEncryption(b"secret"),
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
