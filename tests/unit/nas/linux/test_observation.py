"""What a Linux host answers becomes facts; recorded from a real one."""

from __future__ import annotations

import pytest

from lagg_tool.command import Completed
from lagg_tool.errors import HostError, UnreadableError
from lagg_tool.nas.linux.observation import (
    observe_commands,
    read_answers,
    read_files,
    read_routes,
    read_session,
)
from lagg_tool.nas.linux.state import LinuxState
from tests.replay.recording import Step, load
from tests.support.paths import RECORDINGS

SIZE = len(observe_commands())


def answers(which: slice) -> list[Completed]:
    """Return the answers of a whole look: the first one, or the last."""
    steps = [
        step
        for step in load(RECORDINGS / "linux-6.1" / "cmd-observe-json.json").steps
        if step.kind == "run"
    ]
    looks = [step for step in steps if not step.value.startswith("ip link ")]
    return [_completed(*pair) for pair in zip(observe_commands(), looks[which], strict=True)]


def _completed(command: object, step: Step) -> Completed:
    return Completed(command, step.rc, step.stdout, step.stderr)  # type: ignore[arg-type]


def state(which: slice = slice(SIZE, None)) -> LinuxState:
    return read_answers(answers(which))


def test_the_idle_host_has_its_interfaces_and_no_bond() -> None:
    host = state(slice(SIZE)).host

    assert [name for name in host.links if name.startswith("eth")] == [
        f"eth{number}" for number in range(7)
    ]
    assert not host.bonds
    assert (host.root, host.management.interface) == (True, "eth0")
    assert (host.management.client, host.management.address) == ("10.0.2.2", "10.0.2.15")
    assert host.system.startswith("Linux nas 6.1.0-56")
    assert host.tools == {"ifupdown"}
    assert host.files["/etc/network/interfaces"][-1] == (4, "source /etc/network/interfaces.d/*")
    assert ("default", "10.0.2.2") in [(each.destination, each.gateway) for each in host.routes]


def test_bonds_and_their_ports_are_read_from_the_json() -> None:
    host = state().host

    assert list(host.bonds) == ["bond0", "bond1"]
    assert host.links["bond0"].mode == "802.3ad"
    assert host.links["bond0"].bond["xmit_hash_policy"] == "layer2+3"
    assert host.ports_of("bond0") == ("eth1", "eth2", "eth6")
    assert (host.links["eth2"].permanent, host.links["eth2"].ether) == (
        "52:54:00:cc:00:02",
        "52:54:00:cc:00:01",
    )
    own = [str(each.address) for each in host.links["bond0"].addresses if not each.made]
    assert own == ["192.0.2.1/24"]
    assert (host.links["bond0.30"].parent, host.links["bond0.30"].tag) == ("bond0", 30)
    assert host.links["bond1"].alias == "hello x"
    assert host.links["eth4"].master == "br0"
    assert host.reports["bond0"].ports[2].speed is None
    assert host.speeds["eth1"] == (1000, "full")
    assert host.speeds["eth6"][0] == 0
    assert any("bond0" in line for line in host.dmesg)


def test_the_state_is_shown_to_people_and_to_programs() -> None:
    shown = state()

    assert "mode 802.3ad, hash layer2+3, miimon 100, lacp_rate slow" in shown.text
    assert "this session: from 10.0.2.2 to 10.0.2.15 over eth0" in shown.text
    assert shown.text.endswith("by: ifupdown (/etc/network/interfaces)")
    data = shown.data
    assert data["management"]["interface"] == "eth0"
    assert [each["name"] for each in data["bonds"]] == ["bond0", "bond1"]
    assert data["kept_by"] == ["ifupdown"]


@pytest.mark.parametrize(
    ("status", "stderr", "said"),
    [(127, "", "install iproute2"), (1, "BusyBox v1.35\nUsage: ip", "not that of busybox")],
)
def test_a_host_without_iproute2_is_told_what_is_missing(
    status: int, stderr: str, said: str
) -> None:
    first, *rest = answers(slice(SIZE))

    with pytest.raises(HostError, match=said):
        read_answers([Completed(first.command, status, "", stderr), *rest])


def test_json_that_is_none_is_an_error_and_no_state() -> None:
    first, *rest = answers(slice(SIZE))

    with pytest.raises(UnreadableError, match="not JSON"):
        read_answers([Completed(first.command, 0, "[{", ""), *rest])
    with pytest.raises(UnreadableError, match="ip -j route"):
        read_routes("{]")


def test_a_session_without_ssh_has_no_way_in() -> None:
    assert read_session(" \n").interface == ""


def test_the_lines_of_files_keep_their_numbers() -> None:
    found = read_files("= /etc/a\n3 iface eth1 inet dhcp\n9  x\nhidden /etc/b\n= /etc/c\n")

    assert found == {"/etc/a": ((3, "iface eth1 inet dhcp"), (9, " x")), "/etc/c": ()}
