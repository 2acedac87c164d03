"""Causes are told apart from what real hosts printed; each recording has one known cause."""

import dataclasses
import enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.errors import UsageError
from lagg_tool.ifconfig import Listing, parse
from lagg_tool.lagg.diagnosis import Cause, diagnose, see
from lagg_tool.wire.slow import Info, Lacpdu, State
from tests.replay.recording import Step, load
from tests.support.paths import RECORDINGS

HOST = "freebsd-13.2"


def outputs(name: str) -> list[Step]:
    recording = load(RECORDINGS / HOST / f"{name}.json")
    return [s for s in recording.steps if s.kind == "run" and s.stdout.startswith("lagg")]


def listing(name: str, index: int = -1) -> Listing:
    return parse(outputs(name)[index].stdout)


def causes(name: str, index: int = -1) -> set[enum.Enum]:
    return {finding.cause for finding in diagnose(see("lagg0", listing(name, index)))}


@pytest.mark.parametrize(
    ("recording", "index", "expected"),
    [
        ("cmd-create-empty", 0, {Cause.LAGG_DOWN, Cause.NO_PORTS}),
        ("cmd-proto-none", -1, {Cause.PROTOCOL_NONE}),
        ("wire-lacp-silent", -1, {Cause.NO_PARTNER}),
        ("wire-lacp-two-partners", 0, {Cause.PARTNER_DIFFERS}),
        ("wire-lacp-fast-timeout", 2, {Cause.TIMEOUTS}),
        ("wire-lacp-unsynced-strict", 0, {Cause.PARTNER_NOT_READY}),
        ("wire-lacp-individual", -1, {Cause.INDIVIDUAL_PARTNER}),
        ("wire-lacp-negotiate", -1, set()),
        ("wire-failover", -1, set()),
    ],
)
def test_a_recorded_state_has_its_cause(recording: str, index: int, expected: set[Cause]) -> None:
    assert causes(recording, index) == expected


def test_ports_that_were_never_brought_up_are_named() -> None:
    steps = load(RECORDINGS / HOST / "cmd-members-not-up.json").steps
    idle = load(RECORDINGS / HOST / "cmd-list-idle.json").steps[1].stdout
    both = parse(steps[1].stdout + idle)

    found = diagnose(see("lagg0", both))

    assert [(f.cause, f.where) for f in found] == [
        (Cause.PORT_NOT_UP, "vtnet1"),
        (Cause.PORT_NOT_UP, "vtnet2"),
    ]
    assert found[0].next_command == "ifconfig vtnet1 up"


def test_ports_of_different_speed_are_named_with_their_speeds() -> None:
    mixed = outputs("cmd-mixed-speed-lacp")[-1].stdout
    hosts = load(RECORDINGS / HOST / "cmd-offload.json").steps[1].stdout
    vtnet = load(RECORDINGS / HOST / "cmd-create-oneline.json").steps[3].stdout

    found = diagnose(see("lagg0", parse(mixed + vtnet + hosts)))
    speed = next(f for f in found if f.cause is Cause.SPEED_MISMATCH)

    assert speed.evidence == ("vtnet1: 10Gbase-T", "em0: 1000baseT")


def test_a_changed_protocol_leaves_a_stale_link_state() -> None:
    stale = listing("wire-failover", 0)
    dmesg = ["lagg0: link state changed to UP", "lagg0: link state changed to DOWN"]

    assert {f.cause for f in diagnose(see("lagg0", stale, dmesg))} == {Cause.STALE_LINK_STATE}
    assert diagnose(see("lagg0", stale, [*dmesg, "lagg0: link state changed to UP"])) == ()


NOBODY = Info(0, bytes(6), 0, 0, 0, State(0))
PARTNER = Info(0x8000, bytes.fromhex("0200000000fe"), 7, 0x8000, 1, State(0x3D))


def test_a_partner_that_hears_nothing_is_at_a_one_way_link() -> None:
    silent = listing("wire-lacp-silent")

    found = diagnose(see("lagg0", silent, received={"vtnet1": [Lacpdu(PARTNER, NOBODY)]}))

    assert (Cause.ONE_WAY_LINK, "vtnet1") in {(f.cause, f.where) for f in found}


def test_a_partner_that_does_not_aggregate_says_so_itself() -> None:
    alone = PARTNER._replace(state=PARTNER.state & ~State.AGGREGATION)
    negotiated = listing("wire-lacp-negotiate")

    found = diagnose(see("lagg0", negotiated, received={"vtnet1": [Lacpdu(alone, PARTNER)]}))

    assert [(f.cause, f.where) for f in found] == [(Cause.INDIVIDUAL_PARTNER, "vtnet1")]


def test_a_link_that_has_just_come_up_is_given_time() -> None:
    silent = listing("wire-lacp-silent")
    ports = frozenset(port.name for port in silent["lagg0"].ports)

    [now, *_] = diagnose(see("lagg0", silent))
    [later, *_] = diagnose(see("lagg0", silent, watched=ports))

    assert "yet" in now.meaning
    assert "yet" not in later.meaning


def test_a_port_with_another_mtu_is_found() -> None:
    text = outputs("cmd-create-oneline")[0].stdout
    ports = load(RECORDINGS / HOST / "cmd-create-oneline.json").steps[3].stdout
    other = parse(text + ports.replace("mtu 1500", "mtu 9000"))

    assert {f.cause for f in diagnose(see("lagg0", other))} == {Cause.MTU}


@pytest.mark.parametrize("name", ["lagg7", "em0"])
def test_what_is_no_lagg_is_refused(name: str) -> None:
    hosts = load(RECORDINGS / HOST / "cmd-offload.json").steps[1].stdout

    with pytest.raises(UsageError, match=name):
        see(name, parse(hosts))


ALL = [
    step.stdout
    for name in ("cmd-proto-lacp", "cmd-port-remove", "wire-lacp-two-partners")
    for step in outputs(name)
]


@pytest.mark.parametrize("text", ALL)
def test_every_finding_says_what_it_rests_on_and_what_to_run(text: str) -> None:
    for finding in diagnose(see("lagg0", parse(text))):
        assert all(dataclasses.astuple(finding))


@given(st.text(alphabet="lagg0: portstae=<>[](),\t\n0123456789ABCDEF", max_size=200))
def test_any_text_after_a_lagg_is_diagnosed_without_a_crash(text: str) -> None:
    diagnose(see("lagg0", parse(ALL[0] + "\t" + text)))
