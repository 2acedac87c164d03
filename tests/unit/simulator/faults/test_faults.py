from __future__ import annotations

import re
from typing import TypeVar

import pytest

from lagg_tool import assets
from lagg_tool.claims import load_claims
from lagg_tool.clock import VirtualClock
from lagg_tool.errors import UsageError
from lagg_tool.simulator.faults import FAULTS, Fault, find, inject
from lagg_tool.simulator.faults.fault import program
from lagg_tool.simulator.kernel.parts import Parts
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.suite.trials import is_about, scenarios_of

T = TypeVar("T")
MAKE = "ifconfig vtnet1 up; ifconfig vtnet2 up; ifconfig lagg0 create; "
PORT = "ifconfig lagg0 laggport vtnet1; "
BEHAVIOUR = re.compile(r"(lacp\.L|defect\.B)-\d\d")


@pytest.fixture
def nas() -> SimulatedNas:
    return SimulatedNas(VirtualClock())


def text(nas: SimulatedNas, line: str) -> str:
    result = nas.run(line)
    return (result.stdout + result.stderr).decode()


def test_every_fault_says_what_is_wrong_and_of_what() -> None:
    assert all(fault.text and fault.claim for fault in FAULTS.values())


def test_every_fault_names_a_claim_or_a_behaviour_of_which_a_scenario_speaks() -> None:
    claims = {fault.claim for fault in FAULTS.values()}
    known = load_claims(assets.article_toml()).ids

    scenarios = scenarios_of(claims)

    assert all(claim in known or BEHAVIOUR.fullmatch(claim) for claim in claims)
    assert [claim for claim, some in scenarios.items() if not some] == []


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_every_fault_replaces_something(fault: Fault, nas: SimulatedNas) -> None:
    before = pieces(nas)
    assert pieces(nas) == before, "else any fault would seem to replace something"

    fault.apply(nas)

    assert pieces(nas) != before


def pieces(nas: SimulatedNas) -> tuple[object, ...]:
    """Return what faults replace: parts of the kernel, programs, the work of rc.d/netif."""
    return list(nas.parts.broken), dict(vars(nas)["_programs"]), nas.network_setup


class Asked(Parts):
    """Parts that note which classes the kernel asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[type] = set()

    def of(self, part: type[T]) -> type[T]:
        self.asked.add(part)
        return super().of(part)


def test_every_broken_part_replaces_one_that_the_kernel_makes(nas: SimulatedNas) -> None:
    nas.parts = asked = Asked()
    nas.reboot()
    text(nas, MAKE + PORT + "ifconfig lagg0 laggproto lacp")
    for fault in FAULTS.values():
        fault.apply(nas)

    idle = [
        broken
        for broken in asked.broken
        if not any(issubclass(part, broken.__bases__[0]) for part in asked.asked)
    ]

    assert asked.asked
    assert idle == []


def test_a_fault_is_in_one_nas_only(nas: SimulatedNas) -> None:
    broken = SimulatedNas(VirtualClock())

    inject(broken, ["default-is-loadbalance"])

    assert "laggproto loadbalance" in text(broken, "ifconfig lagg0 create; ifconfig lagg0")
    assert "laggproto failover" in text(nas, "ifconfig lagg0 create; ifconfig lagg0")


@pytest.mark.parametrize(
    ("name", "line", "words"),
    [
        ("default-is-loadbalance", "ifconfig lagg0 create; ifconfig lagg0", "loadbalance"),
        ("ifconfig-is-silent", "ifconfig lagg01 create; echo status $?", "status 1"),
        (
            "mtu-not-pushed",
            MAKE + "ifconfig lagg0 laggport vtnet1 mtu 9000; ifconfig vtnet1",
            "1500",
        ),
        ("name-in-any-case", "ifconfig LAGG3 create && echo made", "made"),
        ("sysctl-sets-nothing", "sysctl net.link.lagg.failover_rx_all=1; sysctl -a", "rx_all: 0"),
    ],
)
def test_a_fault_survives_a_reboot(name: str, line: str, words: str, nas: SimulatedNas) -> None:
    inject(nas, [name])

    nas.reboot()

    assert words in text(nas, line)


def test_a_fault_of_the_boot_is_there_at_the_next_boot(nas: SimulatedNas) -> None:
    nas.run("sysrc cloned_interfaces=lagg0 ifconfig_lagg0='laggport vtnet1 laggport vtnet2'")
    inject(nas, ["rc-reverses-ports"])

    nas.reboot()

    assert "vtnet2 flags=1<MASTER>" in text(nas, "ifconfig lagg0")


def test_faults_in_the_same_class_add_up(nas: SimulatedNas) -> None:
    inject(nas, ["description-is-cut", "default-is-loadbalance", "failover-hears-standby"])

    shown = text(
        nas, "ifconfig lagg0 create; ifconfig lagg0 descr 12345678901234567; ifconfig lagg0"
    )

    assert "description: 1234567890123456\n" in shown
    assert "loadbalance" in shown


def test_a_mistyped_name_is_answered_with_the_names_near_it() -> None:
    with pytest.raises(UsageError, match="no fault 'roundrobin-stick'; did you mean roundrobin-st"):
        find("roundrobin-stick")


def test_nothing_is_broken_when_one_name_is_wrong(nas: SimulatedNas) -> None:
    before = pieces(nas)

    with pytest.raises(UsageError, match="no fault 'nonsense'"):
        inject(nas, ["none-sends", "nonsense"])

    assert pieces(nas) == before


def test_a_program_can_be_broken_in_what_it_reads_prints_and_returns(nas: SimulatedNas) -> None:
    program("/bin/hostname", arguments=lambda words: words[:1], out=str.upper, status=lambda _: 3)(
        nas
    )

    result = nas.run("hostname -s")

    assert (result.status, result.stdout) == (3, b"NAS.TEST\n")


@pytest.mark.parametrize(
    ("tags", "claim", "speaks"),
    [
        (["failover", "refines.C-19"], "C-19", True),
        (["confirms.C-20b"], "C-20", False),
        (["lacp.L-14"], "lacp.L-14", True),
        (["confirms.C-05"], "lacp.L-05", False),
    ],
)
def test_a_scenario_is_about_what_its_tags_name(
    tags: list[str], claim: str, *, speaks: bool
) -> None:
    assert is_about(tags, claim) is speaks
