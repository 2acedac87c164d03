"""A bond of a real Linux kernel: changed under a guard, cut off, diagnosed, watched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from lagg_tool.bond.diagnosis import BondCause
from lagg_tool.command import change
from lagg_tool.errors import LaggToolError, RevertedError
from lagg_tool.lagg import parse_specs
from lagg_tool.nas.contract import ApplyOptions, Request
from lagg_tool.nas.linux.state import LinuxState
from lagg_tool.nas.opening import open_nas
from lagg_tool.nas.states import ChangeState
from lagg_tool.target import Target, open_target
from lagg_tool.testbed.qemu.accelerator import QEMU

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which(QEMU) is None, reason=f"{QEMU} is not installed"),
]
URL = "qemu:linux"
FAILOVER = 'name = "bond0"\nprotocol = "failover"\nports = ["eth2", "eth1"]\n'
OURS = "/etc/network/interfaces.d/lagg_tool-bond0"
PATIENT = 600.0  # seconds until the guard decides: an emulated machine may be slow
# Whatever keeps the network of the machine: here it is ifupdown, for busybox has an ifup.
PREPARE = """\
mkdir -p /etc/network/interfaces.d
printf 'auto lo\\niface lo inet loopback\\nsource /etc/network/interfaces.d/*\\n' \
> /etc/network/interfaces"""


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    try:
        opened = open_target(URL)
    except LaggToolError as error:
        pytest.skip(f"{URL} cannot be had here: {error}")
    with opened:
        opened.run(change("/bin/sh", "-c", PREPARE))
        yield opened


@pytest.fixture
def nas(target: Target) -> Iterator[Any]:
    opened = open_nas(target, who="tester")
    yield opened
    plan = opened.plan(Request("bond0"), opened.observe())
    if not plan.empty:
        opened.apply(plan, ApplyOptions(within=PATIENT))


def request(text: str = FAILOVER) -> Request:
    return Request("bond0", parse_specs(text, "bond0.toml")[0])


def state(nas: Any) -> LinuxState:
    seen = nas.observe()
    assert isinstance(seen, LinuxState)
    return seen


def said(target: Target, *argv: str) -> str:
    return target.run(change(*argv)).stdout


def apply(nas: Any, text: str = FAILOVER, **options: Any) -> Any:
    plan = nas.plan(request(text), nas.observe())
    assert not plan.findings
    return nas.apply(plan, ApplyOptions(**({"within": PATIENT} | options)))


@pytest.mark.parametrize("protocol", ["failover", "lacp"])
def test_a_bond_is_made_kept_found_and_undone(nas: Any, target: Target, protocol: str) -> None:
    before = state(nas).host.links
    text = FAILOVER.replace("failover", protocol) + (
        'description = "it\'s 50% $HOME"\nmtu = 1492\naddresses = ["192.0.2.1/24"]\n'
        '[[vlan]]\ntag = 30\naddresses = ["198.51.100.1/24"]\n'
    )

    outcome = apply(nas, text)
    left = nas.plan(request(text), nas.observe())
    kept = said(target, "cat", OURS)
    undone = nas.rollback(outcome.token)

    assert outcome.state is ChangeState.CONFIRMED
    assert left.empty
    assert "pre-up ip link add name bond0 type bond" in kept
    assert undone.state is ChangeState.REVERTED
    assert state(nas).host.links.keys() == before.keys()
    assert said(target, "cat", OURS) == ""


def test_one_protocol_becomes_another_and_comes_back(nas: Any) -> None:
    apply(nas)
    before = state(nas).host.links["bond0"].bond
    lacp = FAILOVER.replace("failover", "lacp") + '[bond]\nlacp_rate = "fast"\n'

    outcome = apply(nas, lacp)
    changed = state(nas).host.links["bond0"].bond
    nas.rollback(outcome.token)

    assert (changed["mode"], changed["ad_lacp_rate"]) == ("802.3ad", "fast")
    after = state(nas).host.links["bond0"].bond
    assert (after["mode"], after["primary"]) == (before["mode"], before["primary"])


def test_the_guard_on_the_host_reverts_what_a_client_that_is_gone_had_begun(
    nas: Any, target: Target
) -> None:
    token = apply(nas, hold=True, within=150.0).token
    target.hang_up()
    clock = target.clock

    def reverted() -> bool:
        clock.call_at(clock.now() + 1.0, lambda: None)  # look again soon
        return nas.pending().change is None

    target.reconnect()
    clock.wait_until(reverted, clock.now() + 400)

    assert "bond0" not in state(nas).host.links
    assert said(target, "cat", OURS) == ""
    with pytest.raises(RevertedError):
        nas.confirm(token)


def test_a_command_that_the_kernel_refuses_has_everything_undone(nas: Any) -> None:
    before = state(nas).host.links
    plan = nas.plan(request(FAILOVER + 'addresses = ["2001:db8::7/64"]\n'), nas.observe())

    # The machine has IPv6 switched off on new interfaces.
    with pytest.raises(RevertedError, match="failed: ip addr add 2001:db8::7/64 dev bond0"):
        nas.apply(plan, ApplyOptions(within=PATIENT))

    after = state(nas).host.links
    assert after.keys() == before.keys()
    assert [link.up for link in after.values()] == [link.up for link in before.values()]


def test_a_link_that_is_lost_is_diagnosed_and_watched(nas: Any, target: Target) -> None:
    assert target.testbed is not None
    apply(nas)
    watch = nas.watch("bond0")
    healthy = nas.diagnose("bond0", 0)
    looks = nas.looks(1.0, 3600)
    watch.see(next(looks))

    target.testbed.set_link(2, up=False)
    try:
        clock = target.clock

        def noticed() -> bool:
            return state(nas).host.reports["bond0"].active == "eth1"

        clock.wait_until(noticed, clock.now() + 60)
        found = nas.diagnose("bond0", 0)
        events = watch.see(next(looks))
    finally:
        target.testbed.set_link(2, up=True)

    assert healthy == ()
    assert [(each.cause, each.where) for each in found] == [(BondCause.PORT_DOWN, "eth2")]
    assert ("eth2", "link lost") in [(each.where, each.what) for each in events]
    assert watch.marginal == "eth2"


def test_lacp_without_a_partner_is_told_from_a_healthy_bond(nas: Any) -> None:
    apply(nas, FAILOVER.replace("failover", "lacp"))

    found = nas.diagnose("bond0", 0)

    assert BondCause.NO_PARTNER_AT_ALL in [each.cause for each in found]
