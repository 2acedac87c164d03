"""The transmit machine and the periodic one: when LACPDUs leave, and as whose."""

from lagg_tool.simulator.kernel.lacp.instance import LacpInstance
from lagg_tool.simulator.kernel.lacp.model import TransmitState
from lagg_tool.wire.slow import Lacpdu
from tests.support.lacp_rig import DOWN, LAGG_INDEX, SYSTEM, UP, Lag


def test_frames_are_sent_from_the_ports_own_address_with_the_laggs_system(lag: Lag) -> None:
    at, port, frame = lag.sent[0]
    pdu = Lacpdu.parse(frame)

    assert pdu is not None
    assert (at, port, frame[6:12]) == (2.0, 2, SYSTEM[:5] + b"\x02")
    assert (pdu.actor.system, pdu.actor.key, pdu.actor.port) == (SYSTEM, 0x132, 2)


def test_a_cold_link_sends_first_after_thirty_five_seconds() -> None:
    lag = Lag(1)
    lag.add(1, DOWN)
    lag.machine.start(0.0)
    lag.run(5.5)

    lag.partners[1].answers = False
    lag.link(1, UP)
    lag.run(60)

    assert 35 <= lag.pdus(1)[0][0] - 5.5 <= 37


def test_at_most_three_pdus_leave_in_a_second(lag: Lag) -> None:
    lag.sent.clear()

    for key in range(50):
        lag.tell(1, key=key)
        lag.now += 0.01

    assert len(lag.pdus(1)) <= 3


def test_a_refusing_driver_is_not_waited_for_and_keeps_the_pdu_due() -> None:
    machine = LacpInstance(LAGG_INDEX, accepts=lambda _port: False)
    machine.add_port(1, name="em0", unit=0, source=SYSTEM, system=SYSTEM, link=UP, now=0.0)
    machine.start(0.0)

    effects = machine.tick(10.0)

    assert effects == []
    assert machine.port(1).transmit is TransmitState.NEED_TO_TRANSMIT
