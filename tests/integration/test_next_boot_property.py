"""What plan says of the next boot is what the simulated boot makes, for any rc.conf."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, note, settings
from hypothesis import strategies as st

from lagg_tool.lagg import HostState, LaggSpec, spec_from_data
from lagg_tool.nas.freebsd.boot import next_boot
from lagg_tool.nas.freebsd.plan import make_plan
from lagg_tool.nas.rendering import plan_text
from tests.support.commit_rig import CommitRig
from tests.support.rc_forms import rc_texts

RELEASES = st.sampled_from(["freebsd-13.2", "freebsd-15"])
HEALTH = [HealthCheck.too_slow, HealthCheck.filter_too_much]
# An example takes a second, so that shrinking would take minutes.
FEW = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=HEALTH,
    phases=(Phase.explicit, Phase.generate),
)
MANY = settings(FEW, max_examples=300, derandomize=False)


def facts(host: HostState) -> dict[str, object]:
    return {
        name: (
            found.up,
            found.mtu,
            found.description,
            sorted(str(e.address) for e in found.addresses if not e.address.ip.is_link_local),
            found.lagg and found.lagg.protocol,
            sorted(port.name for port in found.lagg.ports) if found.lagg else [],
            found.vlan_parent,
            "ACCEPT_RTADV" in found.nd6 and "IFDISABLED" not in found.nd6,
        )
        for name, found in host.interfaces.items()
        if name != "lo0"
    }


def boots_as_it_was_said(text: str, release: str) -> None:
    made = CommitRig(release)
    made.nas.run("cat >> /etc/rc.conf", text.encode())
    note(text)

    boot = next_boot(made.state())
    reboot(made)

    said = {
        name: (
            found.up,
            found.mtu,
            found.description,
            sorted(str(each) for each in found.addresses if not each.ip.is_link_local),
            found.protocol if found.lagg else None,
            sorted(found.ports),
            found.parent,
            found.ipv6_auto,
        )
        for name, found in boot.interfaces.items()
        if name != "lo0"
    }
    are = facts(made.state())
    wrong = {each for each in {*said, *are} if said.get(each) != are.get(each)}
    assert [(each, said.get(each), are.get(each)) for each in wrong] == []


def reboot(made: CommitRig) -> None:
    made.nas.reboot()
    made.clock.sleep(100)


def shown(made: CommitRig) -> tuple[str, str]:
    """Return what ifconfig and rc.conf say; an epair gets another MAC address at each boot."""
    listed, rc_conf = (each.decode() for each in made.said())
    return re.sub(r"^epair.*\n(\t.*\n)*", "", listed, flags=re.MULTILINE), rc_conf


@st.composite
def specs(draw: st.DrawFn) -> LaggSpec:
    """Any LAGG for such a host."""
    mtu = draw(st.sampled_from([1500, 9000]))
    vlans: list[dict[str, Any]] = draw(
        st.sampled_from([[], [{"tag": 30, "addresses": ["10.9.0.2/24"]}], [{"tag": 40}]])
    )
    return spec_from_data(
        {
            "name": "lagg0",
            "protocol": draw(st.sampled_from(["lacp", "failover", "roundrobin"])),
            "ports": draw(
                st.lists(
                    st.sampled_from(["vtnet1", "vtnet2", "em0"]),
                    min_size=1,
                    max_size=3,
                    unique=True,
                )
            ),
            "mtu": mtu,
            "description": draw(st.sampled_from(["", "to the core"])),
            "addresses": draw(
                st.sampled_from(
                    [[], ["192.0.2.10/24"], ["192.0.2.11/24", "2001:db8::7/64", "192.0.2.99/32"]]
                )
            ),
            "vlan": vlans,
        }
    )


def holds_and_goes_back(text: str, wanted: LaggSpec, release: str) -> None:
    """Apply, boot, look; undo, boot, look."""
    made = CommitRig(release)
    made.nas.run("cat >> /etc/rc.conf", text.encode())
    note(text)
    note(str(wanted))
    reboot(made)
    before = shown(made)
    plan = make_plan(wanted, made.state())
    assume(not plan.findings and not plan.empty)

    outcome = made.apply(wanted)
    applied = plan_text(make_plan(wanted, made.state()))
    kept = shown(made)[1]
    reboot(made)
    booted = plan_text(make_plan(wanted, made.state()))
    made.changes().rollback(outcome.token)
    made.clock.sleep(5)
    undone = shown(made)
    reboot(made)

    nothing = "lagg0: nothing to do\n"
    assert (applied[: len(nothing)], booted[: len(nothing)]) == (nothing, nothing)
    assert undone[1] == before[1]
    assert shown(made) == before
    assert kept.count("# it's a comment\n") == text.count("# it's a comment\n")


@FEW
@given(rc_texts(), RELEASES)
def test_the_next_boot_is_as_it_was_said(text: str, release: str) -> None:
    boots_as_it_was_said(text, release)


@FEW
@given(rc_texts(), specs(), RELEASES)
def test_what_is_applied_to_any_rc_conf_holds_after_a_boot_and_goes_back(
    text: str, wanted: LaggSpec, release: str
) -> None:
    holds_and_goes_back(text, wanted, release)


@pytest.mark.slow
@MANY
@given(rc_texts(), RELEASES)
def test_many_next_boots_are_as_they_were_said(text: str, release: str) -> None:
    boots_as_it_was_said(text, release)


@pytest.mark.slow
@MANY
@given(rc_texts(), specs(), RELEASES)
def test_what_is_applied_to_many_rc_confs_holds_after_a_boot_and_goes_back(
    text: str, wanted: LaggSpec, release: str
) -> None:
    holds_and_goes_back(text, wanted, release)
