from __future__ import annotations

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.outside.management import reachable

MOVED = "ifconfig vtnet0 inet 10.0.2.15 delete; ifconfig lagg0 create laggproto failover"


@pytest.mark.parametrize(
    ("line", "still"),
    [
        ("true", True),
        ("ifconfig vtnet0 down", False),
        ("ifconfig vtnet0 down; ifconfig vtnet0 up", True),
        ("ifconfig vtnet0 inet 10.0.2.15 delete", False),
        ("ifconfig vtnet0 inet 10.0.2.15 delete; ifconfig vtnet0 inet 10.0.2.15/24", True),
        ("ifconfig vtnet0 inet 10.0.2.16/24", False),
        ("ifconfig vtnet0 inet 10.0.2.16/24 alias", True),
        ("ifconfig vtnet0 delete; ifconfig vtnet1 inet 10.0.2.15/24 up", False),
        (f"{MOVED} laggport vtnet0 10.0.2.15/24 up", True),
        (f"{MOVED} laggport vtnet0 10.0.2.15/24 up; ifconfig lagg0 down", False),
        (f"{MOVED} laggport vtnet0 10.0.2.15/24 up; ifconfig lagg0 laggproto none", False),
        (f"{MOVED} laggport vtnet0 10.0.2.15/24 up; ifconfig lagg0 laggproto lacp", False),
        (f"{MOVED} laggport vtnet0 10.0.2.15/24 up; ifconfig lagg0 destroy", False),
        (f"{MOVED} laggport vtnet1 10.0.2.15/24 up", False),
        ("ifconfig lagg0 create laggport vtnet0", False),
        ("ifconfig lagg0 create laggport vtnet1; ifconfig lagg0 destroy", True),
    ],
)
def test_the_session_goes_on_while_its_address_has_a_way_out(line: str, still: bool) -> None:
    nas = SimulatedNas(VirtualClock())
    assert reachable(nas)

    done = nas.run(line)

    assert done.stderr == b""
    assert reachable(nas) is still


def test_a_reboot_brings_back_what_rc_conf_says() -> None:
    nas = SimulatedNas(VirtualClock())
    nas.run("ifconfig vtnet0 down")

    nas.reboot()

    assert reachable(nas)
