"""What verbs print at a terminal: no colours in any case, and no progress with --quiet."""

from __future__ import annotations

import contextlib
import io
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.cli import VERBS, main, parser_of, whole_parser
from lagg_tool.lagg.watching import WatchEvent
from lagg_tool.verbs.watch import event_line
from lagg_tool.wire import pcapng
from lagg_tool.wire.packet import Packet
from tests.support.paths import ROOT

LACP_WITHOUT_PARTNER = """\
lagg0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
\toptions=0
\tether 02:00:00:00:00:01
\tlaggproto lacp lagghash l2,l3,l4
\tlaggport: vtnet1 flags=0<>
\tgroups: lagg
\tmedia: Ethernet autoselect
\tstatus: active
"""
SPECIFICATION = 'name = "lagg0"\nprotocol = "failover"\nports = ["vtnet1"]\n'
PAGE = "# Bridges\n\nA bridge has any free name.\n"
RUN = ROOT / "docs" / "history" / "linux-6.1-qemu.json.gz"

# Verbs that end within a second, with their exit status; all others print by the same functions.
RUNS = {
    "show": (["--target", "sim:"], 0),
    "plan": (["lagg0.toml", "--target", "sim:"], 1),
    "apply": (["lagg0.toml", "--target", "sim:"], 0),
    "parse": (["ifconfig.txt"], 0),
    "diagnose": (["ifconfig.txt"], 1),
    "watch": (["lagg0", "--target", "sim:", "--for", "1"], 2),
    "claims": (["init", "page.md", "--set", "bridge"], 0),
    "export": ([str(RUN), "--badge", "badge.svg"], 0),
    "completion": (["bash"], 0),
    "manual": ([], 0),
}


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ifconfig.txt").write_text(LACP_WITHOUT_PARTNER)
    (tmp_path / "lagg0.toml").write_text(SPECIFICATION)
    (tmp_path / "page.md").write_text(PAGE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "xterm-256color")


def at_terminal(*words: str) -> tuple[int, str, str]:
    """Return the exit status, and what is printed to standard output and to standard error."""
    out, err = Terminal(), Terminal()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main(list(words))
        except SystemExit as ended:  # of argparse
            status = int(ended.code or 0)
    return status, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("variable", ["NO_COLOR", "FORCE_COLOR"])
@pytest.mark.parametrize("verb", RUNS)
def test_a_verb_prints_no_colours(
    verb: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, status = RUNS[verb]
    monkeypatch.setenv(variable, "1")

    ended, out, err = at_terminal(verb, *words)

    assert (ended, coloured(out + err)) == (status, [])
    assert out + err


@pytest.mark.parametrize("wrong", ["--help", "--no-such-option"])
@pytest.mark.parametrize("verb", VERBS)
def test_help_and_the_words_on_wrong_usage_have_no_colours(
    verb: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")

    _, out, err = at_terminal(verb, wrong)

    assert "usage: " in out + err
    assert coloured(out + err) == []


def test_the_parsers_ask_later_pythons_for_no_colours() -> None:
    parsers = [parser_of("show"), whole_parser()]

    assert [vars(parser)["color"] for parser in parsers] == [False, False]


ESCAPES = "\x1b]0;owned\x07\x9b2J\u202e\r\nlagg0: healthy"


def _unsafe(text: str) -> set[str]:
    return {c for c in text if c != "\n" and unicodedata.category(c) in {"Cc", "Cf"}}


@pytest.mark.parametrize("how", [[], ["--json"]])
def test_what_the_kernel_and_an_administrator_wrote_steers_no_terminal(how: list[str]) -> None:
    """That of dmesg is in the evidence; whatever it looks like, it adds no line to it."""
    said = "em1: Unsupported SFP+ module detected! \x9b31m\u202e\x00\x07"
    port = LACP_WITHOUT_PARTNER.replace("vtnet1", "em1")
    Path("evil.txt").write_text(f"{port}\tdescription: {ESCAPES}\n{said}\n", encoding="utf-8")
    Path("dmesg.txt").write_text(f"<6>[ 9.1] {said}\n", encoding="utf-8")

    status, out, err = at_terminal("diagnose", "evil.txt", "--dmesg", "dmesg.txt", *how)

    assert (status, err) == (1, "")
    assert "Unsupported SFP+ module detected!" in out
    assert _unsafe(out) == set()
    assert "\nlagg0: healthy" not in out


@pytest.mark.parametrize("how", [[], ["--json"]])
def test_the_name_of_an_interface_in_a_capture_is_a_word_of_its_line(how: list[str]) -> None:
    packet = Packet(0.0, bytes(60), 60, ESCAPES)
    Path("evil.pcapng").write_bytes(pcapng.write([packet], "", ""))

    status, out, _ = at_terminal("frames", "evil.pcapng", *how)

    assert status == 0
    assert "owned" in out
    assert _unsafe(out) == set()
    assert not any(line.startswith("lagg0: healthy") for line in out.splitlines())


@given(st.text(), st.text(), st.text())
def test_an_event_of_a_watch_is_one_line_without_what_a_terminal_obeys(
    clock: str, where: str, what: str
) -> None:
    line = event_line(WatchEvent(1.0, clock, f"em1{where}", f"{ESCAPES}{what}"))

    assert line.isprintable()


def test_a_coloured_line_is_found() -> None:
    assert coloured("a\n\x1b[1;31mb\x1b[0m\n\x1b[2Kc\n") == ["\x1b[1;31mb\x1b[0m"]


def coloured(text: str) -> list[str]:
    """Return the lines that set colours or weight (ECMA-48, SGR)."""
    return [
        line
        for line in text.splitlines()
        for sequence in line.split("\x1b[")[1:]
        if sequence.lstrip("0123456789;:").startswith("m")
    ][:1]


@pytest.mark.parametrize("verb", [verb for verb, (_, status) in RUNS.items() if status != 2])
def test_a_quiet_verb_prints_no_progress(verb: str) -> None:
    words, status = RUNS[verb]

    ended, _, err = at_terminal(verb, *words, "--quiet")

    assert (ended, err) == (status, "")


@pytest.mark.parametrize("verb", ["apply", "claims", "export"])
def test_the_same_verb_prints_progress_if_nobody_wants_quiet(verb: str) -> None:
    words, status = RUNS[verb]

    ended, _, err = at_terminal(verb, *words)

    assert ended == status
    assert err
