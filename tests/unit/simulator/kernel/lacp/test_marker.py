"""Markers: what holds data back, and for how long."""

from lagg_tool.wire.slow import Marker
from tests.support.lacp_rig import Lag


def test_markers_hold_data_back_until_answered_or_three_seconds() -> None:
    lag = Lag(2)
    lag.partners[1].markers = False
    lag.begin()
    lag.run(7.5)
    began = lag.machine.suppressed

    lag.run(4)

    assert began
    assert not lag.machine.suppressed


def test_down_and_up_while_markers_are_out_holds_data_back_for_good_as_b03_has_it() -> None:
    lag = Lag(2)
    lag.partners[1].markers = False
    lag.begin()
    lag.run(7.5)

    lag.machine.stop()
    lag.machine.start(lag.now)
    lag.run(600)

    assert lag.machine.suppressed


def test_a_removed_port_says_no_goodbye_and_the_others_flush(lag: Lag) -> None:
    lag.sent.clear()

    lag.apply(lag.machine.remove_port(1, lag.now))

    assert lag.pdus(1) == []
    assert [port for _, port, frame in lag.sent if Marker.parse(frame)] == [2, 1]
    assert lag.machine.port_map == (2,)
