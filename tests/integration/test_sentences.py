"""What anybody may type, or have in a file or a locale, gives a sentence and no traceback."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from lagg_tool.cli import main
from lagg_tool.errors import DocumentError
from lagg_tool.lagg.toml import parse_specs
from tests.support.paths import ROOT

SPEC = """\
name = "lagg0"
protocol = "failover"
ports = ["vtnet1", "vtnet2"]
"""


def said(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Return the exit status and the message of a call."""
    try:
        status = main(words)
    except SystemExit as error:  # argparse
        status = int(str(error.code))
    return status, capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["accept", "--results", "/"], "--results /: this is a directory; name a file"),
        (["accept", "--workers", "0"], "--workers: '0' is not a whole number from 1 on"),
        (["accept", "--workers", "9" * 5000], "…' is not a whole number from 1 on"),
        (["accept", "--deadline", "nan"], "--deadline: 'nan' is not a number of seconds above 0"),
        (["accept", "--boot-deadline", "-1"], "is not a number of seconds above 0"),
        (["accept", "--memory", "0"], "--memory: '0' is not a whole number from 1 on"),
        (["faults", "--jobs", "0"], "--jobs: '0' is not a whole number from 1 on"),
        (["diagnose", "lagg0", "--listen", "-1"], "--listen: '-1' is not a whole number"),
        (["watch", "lagg0", "--for", "abc"], "--for: 'abc' is not a number of seconds from 0 on"),
        (["watch", "lagg0", "--for", "-1"], "--for: '-1' is not a number of seconds from 0 on"),
        (["watch", "lagg0", "--for", "nan"], "--for: 'nan' is not a number of seconds from 0 on"),
        (["watch", "lagg0", "--every", "0.05"], "--every: '0.05' is not a number of seconds: 0.1 "),
        (["watch", "lagg0", "--every", "3601"], "'3601' is not a number of seconds: 0.1 to 3600"),
        (["cable", "one", "up"], "N: 'one' is not a cable: 1 to 4 for vtnet1 to vtnet4, 5 and 6"),
        (["cable", "7", "up"], "N: '7' is not a cable: 1 to 4 for vtnet1 to vtnet4, 5 and 6 for"),
        (["simulate", "--ssh-port", "65536"], "--ssh-port: '65536' is not a port: 0 to 65535"),
        (["simulate", "--wire-base", f"{'9' * 5000}:1"], "--wire-base"),
        (["docs", "serve", "--address", "127.0.0.1:99999"], "a port from 1 to 65535"),
        (["docs", "serve", "--address", "127.0.0.1"], "write HOST:PORT"),
        (["docs", "serve", "--address", "nas one:8000"], "write localhost or an IP address"),
        (["show", "--target", "ssh://root@nas:65536"], "ssh://root@nas:65536"),
        (["show", "--target", f"ssh://root@nas:{'9' * 5000}"], "ssh://root@nas:9"),
        (["show", "--target", "ssh://root@nas\n"], "a URL has no control characters"),
        (["show", "--target", f"sim:?seed={'9' * 5000}"], "seed is a number"),
        (["show", "--target", "sim:?seed=\u0663\n"], "a URL has no control characters"),
    ],
)
def test_a_value_out_of_range_is_named_with_its_range(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, message = said(words, capsys)

    assert status == 2
    assert sentence in message
    assert "Traceback" not in message
    assert "_count" not in message


@pytest.mark.parametrize("content", [b"Feature: \xff\n", b"", b"\x00", b"Feature: a\nFeature: b"])
def test_a_damaged_feature_file_is_named(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feature = tmp_path / "damaged.feature"
    feature.write_bytes(content)
    results = str(tmp_path / "results.json")

    status, message = said(
        ["accept", "--target", "sim:", "--results", results, str(feature)], capsys
    )

    assert status == 2
    assert "damaged.feature" in message
    assert "Traceback" not in message
    assert "INTERNALERROR" not in message


def test_a_byte_order_mark_is_no_part_of_a_specification(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lagg0.toml"
    file.write_bytes(b"\xef\xbb\xbf" + SPEC.encode())

    status, message = said(["plan", str(file), "--target", "sim:"], capsys)

    assert status == 1, message  # there is something to do


def test_a_user_without_a_name_can_change_a_nas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unknown(number: int) -> pwd.struct_passwd:
        raise KeyError(f"getpwuid(): uid not found: {number}")

    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    file = tmp_path / "lagg0.toml"
    file.write_text(SPEC)

    status, message = said(["apply", str(file), "--target", "sim:"], capsys)

    assert status == 0, message


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1", "cp1252"])
@pytest.mark.parametrize("verb", ["show", "accept", "simulate"])
def test_a_locale_without_an_ellipsis_prints_the_help(verb: str, encoding: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lagg_tool", verb, "--help"],
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    assert b"SHA256:" in done.stdout or verb == "simulate"


def test_the_how_to_names_the_line_of_the_error() -> None:
    """Its example has the wrong protocol in a line that its message names."""
    page = (ROOT / "docs" / "howto" / "change-a-nas.md").read_text(encoding="utf-8")
    example = next(block for block in page.split("```") if "# lagg0.toml" in block)
    text = example.partition("\n")[2].replace("failover", "failovr")

    with pytest.raises(DocumentError) as caught:
        parse_specs(text, "lagg0.toml")

    assert f"lagg-tool: {caught.value}" in page


@pytest.mark.parametrize(
    "words",
    [
        ["docs", "build", "--site"],
        ["docs", "build", "--claims"],
        ["accept", "--target", "sim:", "--results"],
        ["accept", "--target", "sim:", "--site"],
        ["claims", "init", "page.md", "--set"],
    ],
)
def test_a_symbolic_link_to_itself_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("page.md").write_text("# Page\n\nA sentence.\n", "utf-8")
    Path("loop").symlink_to("loop")

    status, message = said([*words, "loop"], capsys)

    assert status in (1, 2)
    assert "loop" in message
    assert Path("loop").is_symlink()
