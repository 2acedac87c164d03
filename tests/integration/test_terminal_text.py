"""Text of a peer, a file or a host reaches no terminal as it is: neither output nor errors."""

from __future__ import annotations

import socket
import threading
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from lagg_tool.cli import main
from tests.support import openssh

ESCAPES = "\x1b]0;owned\x07\x9b2J\u202e\r"
LISTING = f"""\
em0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
\tdescription: {ESCAPES}
\tether 02:00:00:00:00:01
"""


def unsafe(text: str) -> set[str]:
    return {c for c in text if c not in "\n\t" and unicodedata.category(c) in {"Cc", "Cf"}}


@pytest.fixture
def peer() -> Iterator[int]:
    """Run a server whose version has escapes, and that sends no SSH; give its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(f"SSH-{ESCAPES}-evil\r\n".encode())
                connection.recv(100)

        thread = threading.Thread(target=answer)
        thread.start()
        yield int(listener.getsockname()[1])
        thread.join()


def test_the_version_of_a_peer_is_escaped(
    peer: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = openssh.make_key(tmp_path / "key")

    status = main(["show", "--target", f"ssh://root@127.0.0.1:{peer}", "--identity", str(key)])

    printed = capsys.readouterr()
    assert status == 3
    assert r"\u001b]0;owned" in printed.err
    assert unsafe(printed.err) == set()


@pytest.mark.parametrize("how", [[], ["--json"]])
def test_the_description_of_an_interface_is_escaped(
    how: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "listing"
    file.write_bytes(LISTING.encode())

    status = main(["parse", str(file), *how])

    printed = capsys.readouterr()
    assert status == 0
    assert r"\u009b2J" in printed.out  # sequences of a terminal are none of the interface's text
    assert unsafe(printed.out) == set()


def test_a_wrong_word_of_the_caller_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["show", f"--{ESCAPES}"])

    assert unsafe(capsys.readouterr().err) == set()


def test_why_a_scenario_cannot_be_read_is_escaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The suite prints by itself, while pytest captures the streams."""
    url = "sim:?os=freebsd-13.2"

    status = main(
        ["accept", f"{tmp_path}/{ESCAPES}.feature", "--target", url, "--results", f"{tmp_path}/r"]
    )

    assert status == 2
    assert unsafe(capsys.readouterr().err) == set()
