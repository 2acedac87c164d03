"""What a FreeBSD host answers becomes facts; the recorded batch is the oracle."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from lagg_tool.command import Command, Completed, Effect
from lagg_tool.errors import HostError, UnreadableError
from lagg_tool.lagg import JailState, Management, Protocol, Record, Route
from lagg_tool.nas.freebsd.observation import (
    observe,
    observe_commands,
    read_answers,
    read_rc_conf,
    read_records,
    read_routes,
    read_session,
)
from tests.support.paths import RECORDINGS


def recorded(host: str) -> list[str]:
    """Return the parts of the recorded batch, which an empty ``echo`` separates."""
    path = RECORDINGS / host / "cmd-observe-batch.json"
    stdout: str = json.loads(path.read_text(encoding="utf-8"))["steps"][0]["stdout"]
    interfaces, rest = stdout.split("\n\nRouting tables\n", 1)
    routes, rest = rest.split("\n\nnet.link.lagg", 1)
    sysctls, rest = rest.split("\n\n", 1)
    rc_conf, rest = rest.rsplit("\n\n", 1) if "\n\n10.0.2.15" in rest else ("", rest)
    return [
        f"{interfaces}\n",
        f"Routing tables\n{routes}\n",
        f"net.link.lagg{sysctls}\n",
        rc_conf,
        rest,
    ]


def answers(host: str, **changed: Completed) -> list[Completed]:
    interfaces, routes, sysctls, rc_conf, rest = recorded(host)
    route = rest.split("\n", 1)[1]
    texts = [
        interfaces,
        interfaces,
        routes,
        f"10.0.2.2 10.0.2.15\n{route}",
        rc_conf,
        "uid=0(root) gid=0(wheel) groups=0(wheel),5(operator)\n",
        "FreeBSD nas.test 13.2-RELEASE\n",
        "716 dhclient: em0 [priv]\n717 dhclient: em0\n718 /sbin/dhclient -b em1\n",
        f"{sysctls}kern.boottime: {{ sec = 1795330366, usec = 307751 }} Sun Nov 22 06:52:46 2026\n",
    ]
    names = ["ifconfig", "media", "routes", "session", "rc_conf"]
    names += ["user", "system", "dhclients", "records"]
    found = {
        name: Completed(command, 0, text, "")
        for name, command, text in zip(names, observe_commands(), texts, strict=True)
    }
    return list((found | changed).values())


class Answering:
    """A runner that holds what one host answered, and counts the round trips."""

    def __init__(self, completed: list[Completed]) -> None:
        self.completed = completed
        self.round_trips = 0

    def run(self, command: Command, deadline: float = 30.0) -> Completed:
        raise AssertionError(f"{command.text} within {deadline}: one batch is enough")

    def run_batch(self, commands: Sequence[Command], deadline: float = 60.0) -> list[Completed]:
        assert deadline > 0
        assert len(commands) == len(self.completed)
        self.round_trips += 1
        return self.completed


@pytest.mark.parametrize("host", ["freebsd-13.2", "freebsd-15-derivative"])
def test_a_host_is_observed_in_one_round_trip(host: str) -> None:
    runner = Answering(answers(host))

    observation = observe(runner)

    state = observation.host
    assert runner.round_trips == 1
    assert list(state.interfaces)[:7] == [
        "vtnet0", "vtnet1", "vtnet2", "vtnet3", "vtnet4", "em0", "em1",
    ]  # fmt: skip
    assert state.management == Management("10.0.2.2", "10.0.2.15", "vtnet0")
    assert Route("10.0.2.0/24", "link#1", "vtnet0", static=False) in state.routes
    assert state.sysctls["net.link.lagg.lacp.default_strict_mode"] == "1"
    assert state.root
    assert state.dhclients == {"em0", "em1"}


# What jls -nq prints of a jail of iocage with vnet, and of one of ezjail; less the names of allow.
JLS = (
    "jail devfs_ruleset=4 nodying enforce_statfs=2 host=new ip4=new ip6=new jid=5 name=ioc-web"
    ' osreldate=1302001 osrelease=13.2-RELEASE parent=0 path="/mnt/my tank/iocage/jails/web/root"'
    ' persist securelevel=2 vnet=new children.cur=0 host.hostname=web ip4.addr="" ip6.addr=""\n'
    "jail nodying host=new ip4=new ip6=new jid=7 name=db parent=0 path=/usr/jails/db persist"
    ' vnet=inherit host.hostname="db: 1" ip4.addr=192.0.2.50,192.0.2.51 ip6.addr=2001:db8::5\n'
)


def test_the_jails_that_run_are_read() -> None:
    sysctls = "net.link.lagg.default_use_flowid: 0\nsecurity.jail.children.cur: 2\n"
    files = "= /etc/rc.conf\n| jail jid=9 name=none\n"

    host = observe(Answering(answers("freebsd-13.2", records=answer(sysctls + JLS + files)))).host

    assert host.jails == (
        JailState(5, "ioc-web", vnet=True),
        JailState(7, "db", addresses=("192.0.2.50", "192.0.2.51", "2001:db8::5")),
    )
    assert list(host.sysctls) == ["net.link.lagg.default_use_flowid", "security.jail.children.cur"]


def answer(text: str) -> Completed:
    return Completed(observe_commands()[-1], 0, text, "")


def test_nothing_of_an_observation_may_change_the_host() -> None:
    assert {command.effect for command in observe_commands()} == {Effect.READ}


def test_the_recorded_rc_conf_is_read_with_its_empty_values() -> None:
    rc_conf = read_rc_conf(recorded("freebsd-13.2")[3])

    assert rc_conf["ifconfig_vtnet0"] == "inet 10.0.2.15/24"
    assert rc_conf["kld_list"] == ""
    assert rc_conf["cloned_interfaces"] == "lagg0"


def test_a_value_of_several_lines_stays_together() -> None:
    assert read_rc_conf("a: one\ntwo\nb: three\n") == {"a": "one\ntwo", "b": "three"}


def test_a_sysrc_that_does_not_work_is_remembered() -> None:
    said = ".: cannot open /usr/share/bsdconfig/common.subr: No such file or directory\n"
    broken = Completed(observe_commands()[4], 127, "", said)

    state = read_answers(answers("freebsd-15-derivative", rc_conf=broken)).host

    assert state.sysrc == said.strip()


def test_a_host_without_interfaces_is_not_taken_for_an_empty_one() -> None:
    broken = Completed(observe_commands()[0], 127, "", "sh: ifconfig: not found\n")

    with pytest.raises(UnreadableError, match="not found"):
        read_answers(answers("freebsd-13.2", ifconfig=broken))


def test_a_host_of_another_system_is_told_by_its_name() -> None:
    command = Command(("true",), Effect.READ)
    nothing = Completed(command, 127, "", "/bin/sh: 1: ifconfig: not found\n")
    linux = Completed(command, 0, "Linux guest 6.1.0-50-amd64 #1 SMP x86_64 GNU/Linux\n", "")

    with pytest.raises(HostError, match=r"^the host runs Linux; FreeBSD or TrueNAS CORE is needed"):
        read_answers(answers("freebsd-13.2", ifconfig=nothing, system=linux))


def test_a_lagg_with_vlans_and_ports_is_known_by_its_parts() -> None:
    text = (
        "lagg0: flags=8843<UP,RUNNING> metric 0 mtu 9000\n"
        "\tether 52:54:00:aa:00:01\n"
        "\tinet 192.0.2.1 netmask 0xffffff00 broadcast 192.0.2.255\n"
        "\tinet6 fe80::1%lagg0 prefixlen 64 scopeid 0x9\n"
        "\tlaggproto failover lagghash l2,l3,l4\n"
        "\tlaggport: vtnet1 flags=0<>\n"
        "\tlaggport: vtnet2 flags=5<MASTER,ACTIVE>\n"
        "vlan10: flags=8842<RUNNING> metric 0 mtu 1500\n"
        "\tvlan: 10 vlanproto: 802.1q vlanpcp: 0 parent interface: lagg0\n"
    )
    listed = Completed(observe_commands()[0], 0, text, "")

    state = read_answers(answers("freebsd-13.2", ifconfig=listed)).host

    lagg = state.interfaces["lagg0"].lagg
    assert lagg is not None
    assert lagg.protocol is Protocol.FAILOVER
    assert [(port.name, port.primary) for port in lagg.ports] == [
        ("vtnet1", False),
        ("vtnet2", True),
    ]
    assert [(str(a.address), a.made) for a in state.interfaces["lagg0"].addresses] == [
        ("192.0.2.1/24", False),
        ("fe80::1/64", True),
    ]
    assert (state.lagg_of("vtnet2"), state.vlans_on("lagg0")) == ("lagg0", ("vlan10",))


def test_a_session_without_ssh_names_no_interface() -> None:
    assert read_session(" \n") == Management()


def test_routes_of_either_width_are_read() -> None:
    for host in ("freebsd-13.2", "freebsd-15-derivative"):
        own = Route("127.0.0.1", "link#8", "lo0", static=False)
        assert own in read_routes(recorded(host)[1])


def test_a_route_by_an_interface_whose_name_is_cut_to_that_of_two_is_not_set_again() -> None:
    header = "flags=8843<UP,RUNNING> metric 0 mtu 1500\n"
    names = "".join(f"{name}: {header}" for name in ("lagg0.10", "lagg0.101", "lagg1.12"))
    listed = Completed(observe_commands()[0], 0, names, "")
    shown = (
        "10.1.0.0/16 link#7 US lagg0.10\n"
        "10.2.0.0/16 fe80::1%lagg0.101 UGS lagg0.10\n"
        "10.3.0.0/16 link#9 US lagg1.12\n"
    )
    routes = Completed(observe_commands()[2], 0, shown, "")

    state = read_answers(answers("freebsd-13.2", ifconfig=listed, routes=routes)).host

    assert state.routes == (
        Route("10.1.0.0/16", "link#7", "lagg0.10", static=False),
        Route("10.2.0.0/16", "fe80::1%lagg0.101", "lagg0.101"),
        Route("10.3.0.0/16", "link#9", "lagg1.12"),
    )


def test_a_record_of_a_creation_is_read_back() -> None:
    text = "= lagg0\nset cloned_interfaces ifconfig_vtnet1\ndown vtnet1\nmtu vtnet1 1500\n"

    assert read_records(text) == {
        "lagg0": Record(("cloned_interfaces", "ifconfig_vtnet1"), ("vtnet1",), {"vtnet1": 1500})
    }
