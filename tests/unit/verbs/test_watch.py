"""``lagg-tool watch`` at the embedded NAS, while a link comes and goes."""

from __future__ import annotations

import json
import re
import signal
import sys
from collections.abc import Iterator

import pytest

from lagg_tool.cli import main
from lagg_tool.command import change
from lagg_tool.errors import HostKeyError, TargetError, UnreachableError
from lagg_tool.signals import handling
from lagg_tool.target import Target, open_target
from lagg_tool.testbed.partner import Settings


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    monkeypatch.setenv("LAGG_TOOL_TARGET", "sim:")
    with open_target("sim:") as opened:
        for words in (
            ("vtnet1", "up"),
            ("vtnet2", "up"),
            ("lagg0", "create"),
            ("lagg0", "laggproto", "lacp", "laggport", "vtnet1", "laggport", "vtnet2", "up"),
        ):
            assert opened.run(change("ifconfig", *words)).status == 0
        testbed = opened.testbed
        assert testbed is not None
        switch = testbed.switch or testbed.plug_switch()
        with opened.clock.lock:
            switch.lacp((1, 2), Settings())
        opened.clock.sleep(15)
        monkeypatch.setattr("lagg_tool.verbs.common.open_target", lambda *_: opened)
        yield opened


def flap(target: Target, port: int, *times: float) -> None:
    """Lose a port's link at these times from now on, for a tenth of a second each."""
    testbed = target.testbed
    assert testbed is not None
    for when in times:
        at = target.clock.now() + when
        target.clock.call_at(at, lambda: testbed.set_link(port, up=False))
        target.clock.call_at(at + 0.1, lambda: testbed.set_link(port, up=True))


def test_a_healthy_lagg_is_watched_in_peace(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    assert target.clock is not None

    status = main(["watch", "lagg0", "--for", "5"])

    out = capsys.readouterr().out
    assert status == 0
    assert out.startswith("SIMULATED: ")
    assert "\nlagg0 lacp: 2 of 2 ports active, status active; watched for 0 s\n" in out
    assert out.endswith("watched lagg0 for 5 s\nnothing was disturbed\n")


def test_the_marginal_port_is_named_with_times(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    flap(target, 2, 2.5, 20.5)

    status = main(["watch", "lagg0", "--for", "30"])

    out = capsys.readouterr().out
    assert status == 1
    assert "! vtnet2: link lost\n" in out
    assert re.search(
        r"^  vtnet2: disturbed \d+ times: \d{4}-\d\d-\d\dT[\d:]{8}\S*, \d{4}-\S+$",
        out,
        re.MULTILINE,
    )
    assert "vtnet1: disturbed" not in out
    assert "marginal: vtnet2;" in out


def test_each_event_is_a_line_of_json(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    flap(target, 2, 2.5)

    main(["watch", "lagg0", "--for", "10", "--json"])

    first, *events, last = map(json.loads, capsys.readouterr().out.splitlines())
    assert [port["name"] for port in first["ports"]] == ["vtnet1", "vtnet2"]
    lost = next(event for event in events if event["event"] == "link lost")
    assert (lost["where"], lost["disturbance"], lost["at"]) == ("vtnet2", True, 3.0)
    assert lost["clock"] in last["ports"][1]["times"]
    assert last["marginal"] == "vtnet2"


def test_a_terminal_is_drawn_again_in_place(
    target: Target, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    flap(target, 2, 1.5)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    main(["watch", "lagg0", "--for", "3"])

    out = capsys.readouterr().out
    assert "\x1b[4A\x1b[2Klagg0 lacp" in out
    assert out.count("port    link") == 4


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
@pytest.mark.parametrize("lines", [5, 24])
def test_no_line_is_wrapped_and_no_line_leaves_the_terminal(
    target: Target,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    columns: int,
    lines: int,
) -> None:
    flap(target, 2, 1.5, 2.5)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LINES", str(lines))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    main(["watch", "lagg0", "--for", "4"])

    drawn = re.findall(r"\x1b\[2K(.*)\n", capsys.readouterr().out)
    assert max(map(len, drawn)) < columns
    pictures = "\n".join(drawn).split("lagg0 lacp")[1:]
    assert len(pictures) == 5
    assert all(len(picture.splitlines()) < lines for picture in pictures)
    if lines == 24:
        assert "! vtnet2:" in pictures[-1]


def test_a_terminal_whose_size_changed_is_drawn_from_the_top(
    target: Target, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    later = target.clock.now() + 1.5
    target.clock.call_at(later, lambda: monkeypatch.setenv("COLUMNS", "60"))

    main(["watch", "lagg0", "--for", "3"])

    out = capsys.readouterr().out
    first, again = out.split("\x1b[H\x1b[2J")
    assert first.count("lagg0 lacp") == 2
    assert again.startswith("SIMULATED: ")
    assert again.count("A\x1b[2Klagg0 lacp") == 1


def test_a_dumb_terminal_gets_lines(
    target: Target, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert target.clock is not None
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    main(["watch", "lagg0", "--for", "3"])

    assert "\x1b" not in capsys.readouterr().out


def lose(target: Target, when: float) -> None:
    """Have the connections to the NAS lost at a time from now on."""
    target.clock.call_at(target.clock.now() + when, target.simulated.on_reboot)


def test_a_nas_that_was_lost_for_a_moment_is_watched_on(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    lose(target, 2.5)
    flap(target, 2, 6.5)

    status = main(["watch", "lagg0", "--for", "12"])

    out = capsys.readouterr().out
    assert status == 1
    assert out.count("! NAS: it does not answer: ") == 1
    assert out.count("  NAS: it answers again\n") == 1
    assert "! vtnet2: link lost\n" in out
    assert "watched lagg0 for 12 s\n" in out
    assert "marginal: vtnet2;" in out


@pytest.mark.parametrize("error", [UnreachableError, HostKeyError])
def test_a_nas_that_stays_away_is_no_way_to_the_target(
    target: Target,
    error: type[TargetError],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tried: list[float] = []

    def connect() -> None:
        tried.append(target.clock.now())
        raise error("nas: not that one")

    lose(target, 1.5)
    monkeypatch.setattr(target, "connect", connect)

    status = main(["watch", "lagg0", "--for", "6"])

    out, err = capsys.readouterr()
    assert status == 3
    assert "\nwatched lagg0 for " in out
    assert err == "lagg-tool: nas: not that one\n"
    assert (len(tried) > 1) == (error is UnreachableError)


def test_nobody_is_watched_for_who_reads_no_more(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    flap(target, 2, 1.5)
    written: list[str] = []

    def write(text: str) -> int:
        written.append(text)
        if "link lost" in text:
            raise BrokenPipeError(32, "Broken pipe")
        return len(text)

    monkeypatch.setattr(sys.stdout, "write", write)
    begin = target.clock.now()

    main(["watch", "lagg0", "--for", "600", "--json"])

    assert target.clock.now() - begin < 60
    assert any("link lost" in text for text in written)


def test_one_round_trip_is_made_for_each_look(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []
    run_batch = target.connection.run_batch

    def counted(commands: list[object], deadline: float = 60.0) -> object:
        batches.append(len(commands))
        return run_batch(commands, deadline)  # type: ignore[arg-type]

    monkeypatch.setattr(target.connection, "run_batch", counted)
    monkeypatch.setattr(target.connection, "run", None)
    before = len(batches)

    main(["watch", "lagg0", "--for", "4", "--every", "2"])

    assert len(batches) - before >= 3


@pytest.mark.usefixtures("target")
def test_a_lagg_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "lagg7"]) == 2
    assert "the LAGGs of this host: lagg0" in capsys.readouterr().err


def test_ctrl_c_ends_with_the_summary(
    target: Target, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(target.clock, "sleep", interrupt)

    assert main(["watch", "lagg0"]) == 130
    assert "nothing was disturbed\n" in capsys.readouterr().out


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_ends_a_watch_has_its_summary(
    number: signal.Signals,
    target: Target,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As timeout(1) does, and a connection of ssh that ends."""
    monkeypatch.setattr(target.clock, "sleep", lambda _: signal.raise_signal(number))

    with handling({number: lambda *_: pytest.fail("the signal's default action")}):
        status = main(["watch", "lagg0"])

    assert status == 130
    assert "nothing was disturbed\n" in capsys.readouterr().out


def test_a_watch_that_nohup_started_outlives_its_terminal(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    sleep = target.clock.sleep

    def hung_up(seconds: float) -> None:
        signal.raise_signal(signal.SIGHUP)
        sleep(seconds)

    monkeypatch.setattr(target.clock, "sleep", hung_up)
    try:
        assert main(["watch", "lagg0", "--for", "3"]) == 0
    finally:
        signal.signal(signal.SIGHUP, before)
