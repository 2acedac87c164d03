"""Bridges, jails and virtual machines on a LAGG or its ports: named before anything is touched."""

from __future__ import annotations

import dataclasses
from ipaddress import ip_interface

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.lagg import AddressState, HostState, InterfaceState
from lagg_tool.nas.freebsd.boot import next_boot
from lagg_tool.nas.freebsd.plan import as_written, make_plan, removal_plan
from lagg_tool.nas.freebsd.plan.jails import jail_notes
from lagg_tool.nas.rendering import plan_text
from lagg_tool.simulator.system.process import Process
from tests.cases.test_next_boot import FULL, PORTS, host, spec
from tests.support.commit_rig import CommitRig

AUTO = 'cloned_interfaces="bridge0"\nautobridge_interfaces="bridge0"\n'


def with_bridge(state: HostState, *members: str, groups: str = "") -> HostState:
    bridge = InterfaceState("bridge0", members=members, groups=("bridge",))
    guest = InterfaceState(members[-1], groups=(groups,) if groups else ())
    made = {guest.name: guest, **state.interfaces, "bridge0": bridge}
    return dataclasses.replace(state, interfaces=made)


@pytest.mark.parametrize("pattern", ["lagg*", "em* lagg0", "lagg[0-3]"])
def test_autobridge_that_takes_the_lagg_is_named(pattern: str) -> None:
    state = host(f'{PORTS}{AUTO}autobridge_bridge0="{pattern}"\n', boot=False).state()

    plan = make_plan(spec(), state)

    assert (
        f"rc.conf: autobridge_bridge0={pattern!r} puts lagg0 into bridge0 at the next boot, and"
        " already when it is made, if devd runs: bridge0 then shares its network"
    ) in plan.notes


def test_autobridge_that_takes_a_vlan_of_the_file_is_named() -> None:
    state = host(f'{PORTS}{AUTO}autobridge_bridge0="lagg0.*"\n', boot=False).state()
    vlan = {"tag": 30, "addresses": ["198.51.100.1/24"]}

    plan = make_plan(spec(vlan=[vlan]), state)

    assert any("puts lagg0.30 into bridge0" in each for each in plan.notes)
    assert not any("puts lagg0 into" in each for each in plan.notes)


def test_autobridge_that_is_for_a_port_is_named_with_what_to_write() -> None:
    state = host(f'{PORTS}{AUTO}autobridge_bridge0="vtnet[12]"\n', boot=False).state()

    plan = make_plan(spec(), state)

    for port in ("vtnet1", "vtnet2"):
        assert (
            f"rc.conf: autobridge_bridge0='vtnet[12]' is for port {port} too; the kernel takes no"
            " port of a LAGG into a bridge, and one that is in it before is deaf there, so that"
            " bridge0 is without it. If bridge0 is to have the LAGG, name lagg0 there"
        ) in plan.notes


@pytest.mark.parametrize(
    "rc_conf",
    [
        f'{AUTO}autobridge_bridge0="em* lagg1"\n',
        'autobridge_interfaces="bridge1"\nautobridge_bridge0="lagg*"\n',
    ],
    ids=["other interfaces", "another bridge"],
)
def test_autobridge_about_others_is_not_spoken_of(rc_conf: str) -> None:
    plan = make_plan(spec(), host(PORTS + rc_conf, boot=False).state())

    assert "autobridge" not in plan_text(plan)


@pytest.mark.parametrize(
    "line",
    [
        'ifconfig_bridge0="addm lagg0 up"',
        'ifconfig_bridge0="up addm tap0 addm lagg0"',
        'create_args_bridge0="addm lagg0"',
        'ifconfig_bridge0_name="lan"\nifconfig_lan="addm lagg0"',
    ],
)
def test_a_bridge_of_rc_conf_that_takes_the_lagg_is_named(line: str) -> None:
    clones = 'cloned_interfaces="bridge0"\n'
    variable, value = line.rpartition("\n")[2].split("=")
    bridge = variable.rpartition("_")[2]

    plan = make_plan(spec(), host(f"{PORTS}{clones}{line}\n", boot=False).state())

    said = f"rc.conf: {variable}={value.replace(chr(34), chr(39))}"
    assert plan.notes == (
        f"{said} puts lagg0 into {bridge} at the next boot: {bridge} then shares its network",
    )


def test_a_bridge_of_rc_conf_that_takes_a_port_is_named_with_what_to_write() -> None:
    lines = 'cloned_interfaces="bridge0"\nifconfig_bridge0="addm vtnet1 up"\n'

    plan = make_plan(spec(), host(PORTS + lines, boot=False).state())

    assert plan.notes == (
        (
            "rc.conf: ifconfig_bridge0='addm vtnet1 up' is for port vtnet1 too; the kernel takes no"
            " port of a LAGG into a bridge, and one that is in it before is deaf there, so that"
            " bridge0 is without it. If bridge0 is to have the LAGG, name lagg0 there"
        ),
    )


@pytest.mark.parametrize(
    ("members", "mtu"), [("addm em0 addm lagg0", 1500), ("addm lagg0 addm em0", 9000)]
)
def test_a_bridge_gives_the_lagg_the_mtu_of_its_first_member(members: str, mtu: int) -> None:
    """bridge_ioctl_add() in if_bridge.c."""
    bridge = f'cloned_interfaces="lagg0 bridge0"\nifconfig_bridge0="{members} up"\n'
    state = host(f"{FULL}{bridge}", boot=False).state()

    plan = make_plan(spec(mtu=9000), state)

    refused = (
        "after the next boot, mtu is 1500, and is to be 9000: bridge0 gives its members the MTU of"
        " its first one, em0 (if_bridge(4)); give em0 that MTU, or name lagg0 before it"
    )
    assert plan.findings == ((refused,) if mtu == 1500 else ())
    assert next_boot(as_written(state, plan.rc)).interfaces["lagg0"].mtu == mtu


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ('ifconfig_bridge0="vlanfilter addm lagg0 untagged 10 up"\n', ["vlanfilter"]),
        ('ifconfig_bridge0="addm lagg0 tagged 10-20 up"\n', ["tagged"]),
        ('ifconfig_bridge0="addm lagg0 up"\nvlans_bridge0="10"\n', ["vlans_bridge0='10'"]),
        ('ifconfig_bridge0="addm lagg0 stp lagg0 up"\n', []),
        ('ifconfig_bridge0="addm tap0 vlanfilter up"\n', []),
    ],
)
def test_what_this_tool_does_not_know_of_a_bridge_is_named(lines: str, named: list[str]) -> None:
    clones = 'cloned_interfaces="bridge0"\n'

    notes = make_plan(spec(), host(f"{PORTS}{clones}{lines}", boot=False).state()).notes

    unknown = [each for each in notes if each.endswith("is not known")]
    assert len(unknown) == len(named)
    assert all(word in each for word, each in zip(named, unknown, strict=True))


def test_the_removal_says_which_bridge_loses_the_lagg_at_boot() -> None:
    state = host(f'{FULL}autobridge_interfaces="bridge0"\nautobridge_bridge0="lagg0"\n').state()

    plan = removal_plan("lagg0", state)

    assert "rc.conf: autobridge_bridge0='lagg0' names lagg0, and bridge0 loses it" in plan.notes


@pytest.mark.parametrize(
    ("member", "group", "whose"),
    [
        ("tap0", "tap", "tap0 (of a virtual machine)"),
        ("web0", "vm-port", "web0 (of a virtual machine)"),
        ("epair3a", "epair", "epair3a (of a jail)"),
        ("igb7", "", "igb7"),
    ],
)
def test_who_is_on_a_bridge_is_named_when_ports_change(member: str, group: str, whose: str) -> None:
    state = with_bridge(host(FULL).state(), "lagg0", member, groups=group)

    plan = make_plan(spec(ports=["vtnet1", "vtnet2", "vtnet3"]), state)

    assert (
        f"lagg0 is a member of bridge0 with {whose}: what is behind it, jails and virtual"
        " machines perhaps, may lose the network for a moment"
    ) in plan.notes


def test_a_description_disturbs_nobody_on_a_bridge() -> None:
    state = with_bridge(host(FULL).state(), "lagg0", "tap0")

    plan = make_plan(spec(description="storage"), state)

    assert plan.steps
    assert "bridge0" not in plan_text(plan)


def test_a_bridge_on_a_vlan_of_the_lagg_is_named_too() -> None:
    vlan = 'vlans_lagg0="30"\nifconfig_lagg0_30="inet 198.51.100.12/24"\n'
    state = with_bridge(host(FULL + vlan).state(), "lagg0.30", "tap0")

    plan = make_plan(spec(protocol="lacp"), state)

    assert any(
        each.startswith("lagg0.30 is a member of bridge0 with tap0 (of a virtual machine)")
        for each in plan.notes
    )


def test_a_new_mtu_of_a_member_names_the_others_of_the_bridge() -> None:
    state = with_bridge(host(FULL).state(), "lagg0", "tap0")

    plan = make_plan(spec(mtu=9000), state)

    assert (
        "lagg0 gets MTU 9000 and is a member of bridge0, whose members are to have one MTU"
        " (if_bridge(4)): set that of bridge0, tap0 too"
    ) in plan.notes


def test_a_port_on_a_bridge_is_refused_with_the_way_out() -> None:
    state = with_bridge(host(PORTS).state(), "vtnet1", "tap0")

    plan = make_plan(spec(), state)

    assert (
        "port vtnet1: it is a member of bridge0; remove it there first, and put lagg0 there for"
        " what is behind bridge0"
    ) in plan.findings


def test_the_address_of_a_jail_on_a_port_is_refused_with_the_way_out() -> None:
    state = host(PORTS).state()
    port = state.interfaces["vtnet1"]
    jail = AddressState(ip_interface("192.0.2.50/32"))
    port = dataclasses.replace(port, addresses=(*port.addresses, jail))
    state = dataclasses.replace(state, interfaces={**state.interfaces, "vtnet1": port})

    plan = make_plan(spec(), state)

    assert any(
        each.endswith(
            "or remove them first. A jail may have set 192.0.2.50/32, which rc.conf does not"
            " have: stop it, and give it lagg0 for its interface"
        )
        for each in plan.findings
    )


def test_a_port_that_a_jail_holds_is_told_from_one_that_was_never_there() -> None:
    state = host(f'{PORTS}ifconfig_em7="up"\n').state()

    plan = make_plan(spec(ports=["em7", "em8"]), state)

    held, unknown = plan.findings[:2]
    assert held.endswith(
        "; rc.conf has it, so a jail with vnet may hold it, which is to give it back first"
    )
    assert "jail" not in unknown


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('jail_www_interface="vtnet1"', "gives vtnet1 the addresses of the jail www"),
        ('jail_www_ip="vtnet2|192.0.2.50"', "gives vtnet2 the addresses of the jail www"),
        ('jail_www_vnet_interface="vtnet2"', "moves vtnet2 into the jail www"),
        ('jail_www_vnet_interface="lagg0"', "moves lagg0 into the jail www"),
        ('ifconfig_vtnet2="up vnet www"', "moves vtnet2 into the jail www"),
    ],
)
def test_a_jail_of_rc_conf_is_named(line: str, text: str) -> None:
    plan = make_plan(spec(), host(f"{PORTS}{line}\n", boot=False).state())

    assert any(text in each for each in plan.notes)


def test_the_jail_of_a_line_is_no_word_for_ifconfig_and_is_not_lost() -> None:
    """ifconfig_getargs() leaves vnet and the jail out; they are of service netif vnetup."""
    rc_conf = FULL.replace('_vtnet1="up"', '_vtnet1="vnet www mtu 1500"')
    made = host(rc_conf.replace("192.0.2.10/24", "vnet www 192.0.2.10/24"))

    now = make_plan(spec(), made.state())
    other = make_plan(spec(mtu=1600), made.state())

    assert plan_text(now).startswith("lagg0: nothing to do\n")
    assert sum("into the jail www" in each for each in now.notes) == 2
    assert any(
        each.startswith("rc.conf: ifconfig_lagg0 names a jail (vnet), and would have to be")
        for each in other.findings
    )


def test_a_jail_whose_address_is_the_laggs_loses_it_with_the_removal() -> None:
    line = 'jail_www_ip="lagg0|192.0.2.50"\n'

    plan = removal_plan("lagg0", host(FULL + line).state())

    assert any(each.endswith("of the jail www, which loses them") for each in plan.notes)
    assert "jail" not in plan_text(make_plan(spec(), host(FULL + line).state()))


JAIL_CONF = """\
# the web; interface = "vtnet1";
exec.start = "/bin/sh /etc/rc";  // and {so on}
$if = "vtnet2";
* { /* interface = vtnet1; */ mount.devfs; }
www {
    host.hostname = "${name}.example.org"; ip4.addr = "vtnet1|192.0.2.50/32", 'lagg0|192.0.2.51';
    ip4.addr += 192.0.2.52;
}
db { interface = $if; ip6.addr = 2001:db8::5; }
build { vnet; vnet.interface = "e0b_$name",
    "lagg0"; }
"""


def test_the_jails_of_jail_conf_are_named_with_their_lines() -> None:
    made = host(PORTS, boot=False)
    made.nas.run("cat > /etc/jail.conf", JAIL_CONF.encode())
    made.nas.run("mkdir -p /etc/jail.conf.d")
    made.nas.run("cat > /etc/jail.conf.d/mail.conf", b"mail { interface = vtnet1; }\n")

    notes = [each for each in make_plan(spec(), made.state()).notes if "jail" in each]

    useless = "where they are useless once it is a port (S-10); write lagg0 there"
    expected = """\
/etc/jail.conf:6: ip4.addr='vtnet1|192.0.2.50/32,lagg0|192.0.2.51' gives vtnet1 the addresses of \
the jail www, USELESS
/etc/jail.conf:9: interface='vtnet2' gives vtnet2 the addresses of the jail db, USELESS
/etc/jail.conf:10: vnet.interface='e0b_build,lagg0' moves lagg0 into the jail build: the host is \
without it while that jail runs
/etc/jail.conf.d/mail.conf:1: interface='vtnet1' gives vtnet1 the addresses of the jail mail, \
USELESS
"""
    assert notes == expected.replace("USELESS", useless).splitlines()


def test_an_interface_that_all_jails_have_is_named_when_the_lagg_goes() -> None:
    made = host(FULL)
    made.nas.run("cat > /etc/jail.conf", b"interface = lagg0;\nwww { ip4.addr = 192.0.2.50; }\n")

    assert "jail" not in plan_text(make_plan(spec(), made.state()))
    assert any(
        each.endswith("gives lagg0 the addresses of every jail, which loses them")
        for each in removal_plan("lagg0", made.state()).notes
    )


def running(made: CommitRig, *jails: str) -> HostState:
    """Return the state of a host on which jails were started by hand, as iocage does."""
    for each in jails:
        assert made.nas.run(f"jail -c path=/ persist {each}").status == 0
    state: HostState = made.state()
    return state


def on_lagg(made: CommitRig, address: str) -> None:
    assert made.nas.run(f"ifconfig lagg0 inet {address}/32 alias").status == 0


def test_a_jail_that_runs_with_an_address_of_the_lagg_is_named() -> None:
    made = host(FULL)
    on_lagg(made, "192.0.2.50")
    state = running(made, "name=ioc-web ip4.addr=192.0.2.50,192.0.2.99", "name=db vnet")

    kept = make_plan(spec(ports=["vtnet1", "vtnet2", "vtnet3"]), state)
    gone = removal_plan("lagg0", state)

    assert "address 192.0.2.50/32 is left alone: the jail ioc-web has it" in kept.notes
    assert (
        "jails run with addresses of lagg0, and may lose the network for a moment:"
        " ioc-web (192.0.2.50)"
    ) in kept.notes
    assert ("the jail ioc-web, which runs, has 192.0.2.50 on lagg0, and loses it") in gone.notes
    assert "db" not in plan_text(kept) + plan_text(gone)


def test_a_jail_of_jail_conf_that_runs_is_named_once() -> None:
    made = host(FULL)
    made.nas.run("cat > /etc/jail.conf", b"web { interface = lagg0; ip4.addr = 192.0.2.50; }\n")
    on_lagg(made, "192.0.2.50")

    plan = removal_plan("lagg0", running(made, "name=web ip4.addr=192.0.2.50"))

    assert len([each for each in plan.notes if "web" in each]) == 1


def test_a_jail_that_runs_with_an_address_of_a_port_is_named_with_the_way_out() -> None:
    made = host(PORTS)
    made.nas.run("ifconfig vtnet1 inet 192.0.2.50/32 alias")

    plan = make_plan(spec(), running(made, "name=web ip4.addr=192.0.2.50"))

    assert any(
        each.endswith(
            "Of these, jails that run have 192.0.2.50 (the jail web): stop them, and give them"
            " lagg0"
        )
        for each in plan.findings
    )


@pytest.mark.parametrize(
    ("member", "description", "whose"),
    [
        ("vnet0.1", "", "vnet0.1 (of the jail ioc-web)"),
        ("vnet0.2", "associated with jail: web as nic: epair0b", "vnet0.2 (of the jail ioc-web)"),
        ("e0a_web", "vnet host interface for Bastille jail web", "e0a_web (of the jail ioc-web)"),
        ("epair3a", "for the website", "epair3a (of a jail)"),
    ],
)
def test_the_jail_behind_a_bridge_is_named(member: str, description: str, whose: str) -> None:
    state = with_bridge(running(host(FULL), "name=ioc-web vnet"), "lagg0", member)
    guest = dataclasses.replace(state.interfaces[member], description=description)
    state = dataclasses.replace(state, interfaces={**state.interfaces, member: guest})

    plan = make_plan(spec(ports=["vtnet1", "vtnet2", "vtnet3"]), state)

    assert any(
        each.startswith(f"lagg0 is a member of bridge0 with {whose}:") for each in plan.notes
    )


def test_the_jails_that_may_hold_a_port_are_named() -> None:
    made = host(f'{PORTS}ifconfig_em7="up"\n')

    plan = make_plan(spec(ports=["em7", "vtnet1"]), running(made, "name=web vnet", "name=db"))

    assert "so a jail with vnet may hold it (web), which is to give it back" in plan.findings[0]


def test_a_host_without_jails_is_not_asked_for_them() -> None:
    made = host(FULL)
    asked: list[bool] = []

    async def jls(process: Process) -> int:
        asked.append(process.uid == 0)
        return 0

    made.nas.replace_program("/usr/sbin/jls", lambda _: jls)
    made.state()
    before = len(asked)
    running(made, "name=web")

    assert (before, asked) == (0, [True])


@given(st.text(alphabet="a={};,+\"'#/*$\\\n "))
def test_any_jail_conf_is_read_to_its_end(text: str) -> None:
    host = HostState({}, jail_files={"/etc/jail.conf": f"{text}\nb {{ interface = lagg0; }}\n"})

    assert all("lagg0" in each for each in jail_notes("lagg0", None, host))
