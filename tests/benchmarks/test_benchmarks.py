import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.ifconfig import Unknown, parse
from lagg_tool.wire.ethernet import Ethernet
from lagg_tool.wire.ip import Ipv4
from lagg_tool.wire.slow import Lacpdu
from tests.benchmarks import report
from tests.benchmarks.contenders import frames
from tests.benchmarks.inputs import interfaces
from tests.benchmarks.measure import Absent, Contender, Measured, Spread, exponent, run
from tests.benchmarks.rows import Goal, Row


def measured(name: str, *seconds: float) -> Measured:
    return Measured(name, Spread.of(seconds), seconds)


OURS = measured("ours", 1.0, 2.0, 4.0)
PEER = measured("peer", 3.0, 4.0, 16.0)
GONE = Measured("gone", None, absent="it does | not install")
ROW = Row("A row", "for a test", [OURS, PEER, GONE], (Goal(("peer", "gone"), 2.5, "fast enough"),))


@given(st.floats(0.1, 3), st.floats(1e-6, 1e3))
def test_the_exponent_of_a_power_is_found(power: float, factor: float) -> None:
    points = {n: factor * n**power for n in (1, 4, 16, 64)}

    assert exponent(points) == pytest.approx(power)


def test_a_ratio_is_taken_round_by_round() -> None:
    ratio = PEER.over(OURS)

    assert ratio == Spread(2.5, 3.0, 3.5)


def test_an_absent_peer_is_reported_with_its_reason_and_never_dropped() -> None:
    page = report.page([ROW], [], {"peer": "1.0", "gone": "absent"})

    assert "| gone | absent | it does / not install | |" in page
    assert "absent: it does | not install" in report.terminal(ROW)
    assert ">absent<" in report.plot([ROW], "here")


def test_a_goal_is_judged_by_its_fastest_peer() -> None:
    assert report.judged(ROW, ROW.goals[0]) == (3.0, True)
    assert report.judged(ROW, Goal(("peer",), 3.5, "faster still")) == (3.0, False)
    assert report.judged(ROW, Goal(("gone",), 1, "unknown")) is None


def test_the_plot_is_well_formed_and_says_on_what() -> None:
    drawing = ET.fromstring(report.plot([ROW], "on <this> machine"))  # noqa: S314 - our own

    texts = [element.text for element in drawing.iter() if element.text]
    assert "on <this> machine" in texts
    assert "peer" in texts


def test_a_program_that_fails_is_absent_with_its_last_words() -> None:
    failing = Contender("x", ("/bin/sh", "-c", "echo no such thing >&2; exit 3"), {})

    with pytest.raises(Absent, match="no such thing"):
        run(failing)


def test_what_is_measured_with_is_what_it_claims_to_be() -> None:
    pdu, frame = Lacpdu.parse(frames.LACPDU), Ethernet.parse(frames.UDP)
    listing = parse(interfaces(30))

    assert pdu is not None
    assert (pdu.actor.port, pdu.partner.key) == (4, 7)
    assert frame is not None
    assert Ipv4.parse(frame.payload) is not None
    assert len(listing.interfaces) == 30
    assert not any(isinstance(line, Unknown) for i in listing.interfaces for line in i.lines)
