"""The selection: keys, aggregators, and the active one of them."""

import pytest

from lagg_tool.simulator.kernel.lacp.model import Link, LinkState, Selected
from tests.support.lacp_rig import DOWN, PARTNER, Lag


@pytest.mark.parametrize(
    ("link", "key"),
    [
        (Link(True, 1000), 0x12B),
        (Link(True, 10_000), 0x132),
        (DOWN, 0x8003),
        (Link(True, 100), 0x126),
    ],
)
def test_the_key_tells_speed_and_lagg_or_the_port_alone(link: Link, key: int) -> None:
    lag = Lag()

    lag.add(3, link)

    assert lag.machine.port(3).key == key


def test_the_priority_0x8000_is_preferred_to_0x0001_as_b06_has_it() -> None:
    lag = Lag(2)
    for number, priority in ((1, 0x8000), (2, 0x0001)):
        info = lag.partners[number].info
        system = PARTNER[:5] + bytes((number,))
        lag.partners[number].info = info._replace(system_priority=priority, system=system)
    lag.begin()

    lag.run(12)

    assert lag.machine.lag_id[1].system_priority == 0x8000
    assert lag.machine.is_distributing(2)
    assert not lag.machine.accepts_data(2)


def test_the_idle_aggregators_link_loss_takes_the_lagg_down_as_b05_has_it() -> None:
    lag = Lag(2)
    lag.partners[1].info = lag.partners[1].info._replace(system=PARTNER[:5] + b"\x01")
    lag.begin()
    lag.run(12)
    idle = next(number for number in (1, 2) if not lag.machine.is_active(number))

    lag.link(idle, DOWN)

    assert lag.effects[-1] == LinkState(0)
    assert lag.machine.port_map == (3 - idle,)


def test_the_ports_of_a_full_aggregator_stay_unselected() -> None:
    lag = Lag(33)
    for number, partner in lag.partners.items():
        partner.info = partner.info._replace(port=number)
    lag.begin()

    lag.run(15)

    selected = Selected.SELECTED
    counted = [port.selected is selected for port in lag.machine.system.ports]
    assert sum(counted) == 32
