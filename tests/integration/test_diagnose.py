"""``lagg-tool diagnose`` against the embedded NAS, which has a partner or has none."""

import argparse
import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lagg_tool.cli import main
from lagg_tool.command import change
from lagg_tool.errors import CommandError, UsageError
from lagg_tool.lagg.diagnosis import Cause, Seen, diagnose
from lagg_tool.nas.freebsd.diagnosis import look
from lagg_tool.nas.freebsd.observation import observe
from lagg_tool.nas.listening import frames, listen
from lagg_tool.target import Target, open_target
from lagg_tool.testbed.partner import Settings
from lagg_tool.verbs.diagnose import run
from lagg_tool.wire.slow import State


@pytest.fixture
def target() -> Iterator[Target]:
    with open_target("sim:") as opened:
        yield opened


def make_lagg(target: Target, protocol: str = "lacp") -> None:
    for words in (
        ("vtnet1", "up"),
        ("vtnet2", "up"),
        ("lagg0", "create"),
        ("lagg0", "laggproto", protocol, "laggport", "vtnet1", "laggport", "vtnet2", "up"),
    ):
        assert target.run(change("ifconfig", *words)).status == 0


def plug(target: Target, ports: tuple[int, ...], settings: Settings) -> None:
    assert target.testbed is not None
    switch = target.testbed.switch or target.testbed.plug_switch()
    with target.clock.lock:
        switch.lacp(ports, settings)


def look_at(target: Target, name: str, seconds: int) -> Seen:
    listing = observe(target.connection).listing
    return look(target.connection, listing, name, seconds, lambda _: None)


def test_a_healthy_lagg_has_no_causes(target: Target) -> None:
    make_lagg(target)
    plug(target, (1, 2), Settings())
    target.clock.sleep(15)

    seen = look_at(target, "lagg0", 35)

    assert diagnose(seen) == ()
    assert seen.watched == {"vtnet1", "vtnet2"}
    assert all(seen.received.values())


def test_silence_is_proved_by_listening_for_longer_than_a_slow_period(target: Target) -> None:
    make_lagg(target)

    found = diagnose(look_at(target, "lagg0", 31))

    assert [(f.cause, f.where) for f in found] == [
        (Cause.NO_PARTNER, "vtnet1"),
        (Cause.NO_PARTNER, "vtnet2"),
    ]
    assert all("no LACPDU arrived" in f.evidence[-1] for f in found)


def test_a_partner_that_does_not_aggregate_is_heard(target: Target) -> None:
    make_lagg(target)
    state = State.ACTIVITY | State.SYNC | State.COLLECTING | State.DISTRIBUTING
    plug(target, (1, 2), Settings(state=state))
    target.clock.sleep(5)

    found = diagnose(look_at(target, "lagg0", 35))

    assert Cause.INDIVIDUAL_PARTNER in {finding.cause for finding in found}


def test_a_port_that_does_not_exist_cannot_be_listened_to(target: Target) -> None:
    with pytest.raises(CommandError, match=r"tcpdump -i vtnet9: exit status 1.*vtnet9"):
        listen(target.connection, "vtnet9", 1)


def test_nothing_is_changed_and_nothing_is_left_running(target: Target) -> None:
    make_lagg(target)
    before = target.run(change("ifconfig", "-a")).stdout

    look_at(target, "lagg0", 5)

    assert target.run(change("ifconfig", "-a")).stdout == before
    assert "tcpdump" not in target.run(change("ps", "-ax")).stdout


def test_a_name_without_a_lagg_names_those_that_there_are(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    make_lagg(target)

    with pytest.raises(UsageError, match="the LAGGs of this host: lagg0"):
        look_at(target, "lagg7", 0)
    assert main(["diagnose", "lagg0", "--target", "sim:"]) == 2  # another NAS, which has none
    assert "the LAGGs of this host: none" in capsys.readouterr().err


def test_how_long_to_listen_has_bounds() -> None:
    with pytest.raises(UsageError, match="--listen 601: write seconds, 0 to 600"):
        run(argparse.Namespace(listen=601))


def test_the_findings_are_data_with_the_next_command(
    target: Target, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_lagg(target, "none")
    monkeypatch.setattr("lagg_tool.verbs.common.open_target", lambda *_: target)

    as_data = main(["diagnose", "lagg0", "--json", "--target", "sim:"])

    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert as_data == 1
    assert finding["cause"] == "PROTOCOL_NONE"
    assert finding["next"] == "ifconfig lagg0 laggproto lacp"


@given(st.lists(st.binary(min_size=1, max_size=70), max_size=4))
@settings(max_examples=50)
def test_dumped_frames_are_read_back(sent: list[bytes]) -> None:
    text = "".join(map(dumped, sent))

    assert list(frames(text)) == sent


def dumped(frame: bytes) -> str:
    """Write a frame as tcpdump -xx does."""
    lines = [frame[i : i + 16].hex() for i in range(0, len(frame), 16)]
    words = [re.sub("(....)(?=.)", r"\1 ", line) for line in lines]
    rows = (f"\t0x{16 * number:04x}:  {line}\n" for number, line in enumerate(words))
    return "LACPv1, length 110\n" + "".join(rows)


@given(st.text())
def test_any_text_has_frames_or_none(text: str) -> None:
    assert all(frames(text))
