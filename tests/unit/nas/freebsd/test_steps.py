"""The commands from one configuration of a LAGG to another, and what they do without."""

from __future__ import annotations

import dataclasses
import subprocess
from ipaddress import ip_interface
from typing import Any

import pytest

from lagg_tool.lagg import AddressState, HostState, InterfaceState, Protocol, Route
from lagg_tool.nas.freebsd.plan.config import LaggConfig
from lagg_tool.nas.freebsd.plan.steps import given_mac, must_reseat, settings_of, steps_between
from lagg_tool.nas.freebsd.settings import PortSettings

ONE, TWO, SIX = map(ip_interface, ("192.0.2.5/24", "198.51.100.5/24", "2001:db8::5/64"))
CAN = frozenset({"TXCSUM", "RXCSUM", "LRO"})
LAGG = LaggConfig("lagg0", Protocol.LACP, ("em1", "em2"), switches=frozenset({"USE_NUMA"}))
FAILOVER = dataclasses.replace(LAGG, protocol=Protocol.FAILOVER)


def host(**facts: dict[str, Any]) -> HostState:
    names = ("em1", "em2", "em3", "wlan0")
    found = {
        name: InterfaceState(
            name,
            **{
                "up": True,
                "ether": f"02:00:00:00:00:0{place}",
                "capable": CAN | {"TOE4"},
                "groups": ("wlan",) if name == "wlan0" else (),
                **facts.get(name, {}),
            },
        )
        for place, name in enumerate(names)
    }
    return HostState(found)


def said(steps: Any) -> list[str]:
    return [step.command.text.removeprefix("ifconfig ") for step in steps]


MAC, OTHER_MAC = "02:00:00:00:00:aa", "02:00:00:00:00:bb"


@pytest.mark.parametrize(
    ("before", "after", "back", "reason"),
    [
        (LAGG, LAGG, False, ""),
        (LAGG, FAILOVER, False, "B-01"),
        (FAILOVER, LAGG, False, "B-01"),
        (dataclasses.replace(FAILOVER, ports=()), LAGG, False, ""),
        (FAILOVER, dataclasses.replace(FAILOVER, ports=("em2", "em1")), False, "em2 can become"),
        (LAGG, dataclasses.replace(LAGG, ports=("em2", "em1")), False, ""),
        (LAGG, dataclasses.replace(LAGG, ports=("em2", "em1")), True, "em2 can become"),
        (FAILOVER, dataclasses.replace(FAILOVER, ports=("em1", "em3")), False, ""),
        (
            dataclasses.replace(LAGG, mac=MAC),
            dataclasses.replace(LAGG, mac=OTHER_MAC),
            False,
            "B-08",
        ),
        (
            dataclasses.replace(LAGG, mac=MAC),
            dataclasses.replace(LAGG, mac=MAC, ports=("em2", "em3")),
            False,
            "B-08",
        ),
        (dataclasses.replace(LAGG, mac=MAC), dataclasses.replace(LAGG, mac=MAC), False, ""),
        (
            dataclasses.replace(LAGG, mac=MAC),
            dataclasses.replace(LAGG, mac=MAC, ports=("em3", "em1")),
            False,
            "",
        ),
        (dataclasses.replace(LAGG, mac=MAC), LAGG, False, ""),
        (dataclasses.replace(LAGG, ports=("em1", "em2", "em3")), LAGG, True, "took capabilities"),
        (dataclasses.replace(LAGG, ports=("em1", "em2", "em3")), LAGG, False, ""),
    ],
)
def test_ports_are_reseated_for_a_reason_only(
    before: LaggConfig, after: LaggConfig, back: bool, reason: str
) -> None:
    there = host(em1={"enabled": CAN}, em2={"enabled": CAN}, em3={"enabled": CAN - {"LRO"}})

    found = must_reseat(before, after, there, back=back)

    assert reason in found
    assert bool(found) is bool(reason)


def test_a_new_port_joins_before_an_old_one_leaves() -> None:
    after = dataclasses.replace(LAGG, ports=("em1", "em3"))
    facts = {"em2": PortSettings(mtu=1500, up=False)}

    steps = steps_between(LAGG, after, host(em3={"up": False}), facts)

    assert all(step.why for step in steps)
    assert steps[-1].why == "the port was down before"
    assert said(steps) == [
        "em3 up",
        "lagg0 laggport em3",
        "lagg0 -laggport em2",
        "em2 mtu 1500",
        "em2 down",
    ]


def test_reseated_ports_leave_the_primary_last_and_come_back_in_order() -> None:
    steps = steps_between(FAILOVER, LAGG, host(), {})

    assert all(step.why for step in steps)
    assert said(steps)[:7] == [
        "lagg0 -laggport em2",
        "lagg0 -laggport em1",
        "lagg0 laggproto lacp",
        "em1 up",
        "lagg0 laggport em1",
        "em2 up",
        "lagg0 laggport em2",
    ]


def test_the_first_port_gets_the_mac_address_and_a_wireless_one_too() -> None:
    after = dataclasses.replace(LAGG, ports=("em1", "em2", "wlan0"), mac=MAC)

    assert given_mac(None, after, host()) == {"em1", "wlan0"}
    assert given_mac(None, after, host(em1={"ether": MAC})) == {"wlan0"}
    assert given_mac(LAGG, after, host()) == {"wlan0"}
    assert given_mac(None, LAGG, host()) == set()
    assert given_mac(None, None, host()) == set()
    words = said(steps_between(None, after, host(), {}))
    assert words.index(f"em1 ether {MAC}") == words.index("lagg0 laggport em1") - 1
    assert words.index(f"wlan0 ether {MAC}") == words.index("lagg0 laggport wlan0") - 1


def test_a_lagg_that_is_removed_leaves_its_ports_as_they_were() -> None:
    facts = {"em1": PortSettings(mtu=9000, up=True)}

    assert steps_between(LAGG, None, host(), facts)[-1].why == "the port was up before"
    assert said(steps_between(LAGG, None, host(), facts)) == [
        "lagg0 destroy",
        "em1 mtu 9000",
        "em1 up",
    ]
    assert said(steps_between(LAGG, None, host(), {})) == ["lagg0 destroy"]
    assert said(steps_between(None, None, host(), facts)) == []


ADVERTISED, OWN, LINK = (
    ip_interface(f"{it}/64") for it in ("2001:db8::a", "2001:db8::5", "fe80::a")
)


NIC = """\
em1: flags=1008843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST,LOWER_UP> metric 0 mtu 1500
\toptions=80028<VLAN_MTU,JUMBO_MTU,LINKSTATE>
\tether 52:54:00:aa:00:01
\tinet 192.0.2.5 netmask 0xffffff00 broadcast 192.0.2.255
\tinet6 fe80::5054:ff:feaa:1%em1 prefixlen 64 tentative scopeid 0x2
\tinet6 fe80::a%em1 prefixlen 64 scopeid 0x2
\tinet6 fe80::b%em1 prefixlen 64 scopeid 0x2
\tinet6 fe80::ab%em1 prefixlen 64 scopeid 0x2
\tinet6 2001:db8::5 prefixlen 64
\tnd6 options=21<PERFORMNUD,AUTO_LINKLOCAL>
"""


@pytest.mark.parametrize("status", [0, 1])
def test_a_port_that_leaves_keeps_its_own_link_local_addresses_only(status: int) -> None:
    """A command that fails is no reason to leave the next address."""
    addresses = tuple(("inet6", f"{it}/64") for it in ("fe80::a", "2001:db8::5", "fe80::b"))
    there = PortSettings(addresses=addresses)
    step, *others = steps_between(LAGG, None, host(), {"em1": there})[1:]

    ifconfig = f"ifconfig() {{ [ $# = 1 ] && echo '{NIC}' || {{ echo $*; return {status}; }}; }}\n"
    shell, option, script, *words = step.command.argv
    done = subprocess.run(
        [shell, option, ifconfig + script, *words], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines() == [
        f"em1 inet6 {each}%em1 -alias" for each in ("fe80::5054:ff:feaa:1", "fe80::ab")
    ]
    assert said(others) == [f"em1 inet6 {text} alias" for _, text in addresses]


@pytest.mark.parametrize(
    ("nd6", "back"),
    [
        (("ACCEPT_RTADV",), [OWN, LINK]),
        ((), [OWN, ADVERTISED, LINK]),
        (("ACCEPT_RTADV", "IFDISABLED"), [OWN, ADVERTISED, LINK]),
    ],
    ids=["a router is heard", "none is", "IPv6 is off"],
)
def test_what_a_router_advertised_is_not_given_back_by_hand(
    nd6: tuple[str, ...], back: list[Any]
) -> None:
    addresses = (
        AddressState(OWN),
        AddressState(ADVERTISED, made=True),
        AddressState(LINK, made=True),
    )

    settings = settings_of(InterfaceState("em1", nd6=frozenset(nd6), addresses=addresses))

    assert settings.rtadv is (nd6 == ("ACCEPT_RTADV",))
    assert [ip_interface(words[1]) for words in settings.addresses] == back


@pytest.mark.parametrize(
    ("before", "after", "ports"),
    [
        (LAGG, None, ["em1"]),
        (dataclasses.replace(LAGG, ports=("em1", "em2", "em3")), LAGG, ["em3"]),
        (LAGG, LAGG, []),
    ],
    ids=["a creation", "a port more", "nothing about ports"],
)
def test_the_undo_gives_ports_that_leave_their_lease_and_routes_back(
    before: LaggConfig, after: LaggConfig | None, ports: list[str]
) -> None:
    own = {"addresses": (AddressState(ONE),)}
    there = dataclasses.replace(
        host(em1=own, em3=own),
        dhclients=frozenset({"em1", "em3"}),
        routes=(Route("default", "192.0.2.1", "em1"), Route("default", "192.0.2.1", "em3")),
    )

    steps = steps_between(before, after, there, {}, back=True)

    given = [each for each in said(steps) if "dhclient" in each or "route" in each]
    assert len(given) == 2 * len(ports)
    assert given[: len(ports)] == [f"daemon -f dhclient {port}" for port in ports]


def test_a_port_that_was_out_gets_the_mac_address_of_the_lagg_again() -> None:
    before = dataclasses.replace(LAGG, mac=MAC)
    after = dataclasses.replace(FAILOVER, mac=MAC)
    carrying, other = host(em1={"ether": MAC}), host()
    again = f"em1 ether {MAC}"

    assert again in said(steps_between(before, after, carrying, {}))
    assert again in said(steps_between(before, after, carrying, {}, back=True))
    assert again not in said(steps_between(before, after, other, {}, back=True))
    assert again not in said(steps_between(LAGG, after, host(em1={"ether": MAC}), {}))[:2]


def test_ipv6_begins_once_with_the_first_address_of_it() -> None:
    before = dataclasses.replace(LAGG, addresses=(ONE,), ipv6=True)
    after = dataclasses.replace(before, addresses=(ONE, SIX), ipv6_auto=True)

    assert said(steps_between(before, after, host(), {})) == [
        "lagg0 inet6 -ifdisabled accept_rtadv",
        f"lagg0 inet6 {SIX} alias",
    ]


def test_an_address_is_taken_from_its_port_once_and_its_route_follows() -> None:
    after = dataclasses.replace(LAGG, addresses=(ONE, SIX), ipv6=True)
    own = {"addresses": (AddressState(ONE), AddressState(SIX))}
    there = dataclasses.replace(
        host(em1=own),
        routes=(
            Route("default", "192.0.2.1", "em1"),
            Route("2001:db8:1::/48", "fe80::1%em1", "em1"),
        ),
    )

    steps = steps_between(None, after, there, {})

    words = said(steps)
    assert words.index("em1 inet 192.0.2.5 -alias") == words.index("lagg0 laggport em1") + 1
    assert [step.command.argv[-3:] for step in steps[-2:]] == [
        ("-inet", "default", "192.0.2.1"),
        ("-inet6", "2001:db8:1::/48", "fe80::1%lagg0"),
    ]
    assert "em1 inet 192.0.2.5 -alias" not in said(steps_between(None, after, there, {}, back=True))


def test_a_lagg_without_ports_is_made_again_without_any() -> None:
    bare = dataclasses.replace(FAILOVER, ports=())

    assert said(steps_between(None, bare, host(), {}, back=True)) == [
        "lagg0 create",
        "lagg0 laggproto failover",
        "lagg0 mtu 1500",
        "lagg0 up",
    ]


ROUND = dataclasses.replace(FAILOVER, protocol=Protocol.ROUNDROBIN, mtu=9000)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (dataclasses.replace(ROUND, rr_limit=1), []),
        (dataclasses.replace(ROUND, rr_limit=5), ["lagg0 rr_limit 5"]),
        (dataclasses.replace(ROUND, flowid_shift=16), ["lagg0 flowid_shift 16"]),
        (dataclasses.replace(ROUND, flowid_shift=8), ["lagg0 flowid_shift 8"]),
        (dataclasses.replace(ROUND, mtu=1500), ["lagg0 mtu 1500"]),
    ],
)
def test_a_new_lagg_is_told_what_it_does_not_have_for_certain(
    after: LaggConfig, words: list[str]
) -> None:
    there = dataclasses.replace(
        host(em1={"mtu": 9000}), sysctls={"net.link.lagg.default_flowid_shift": "8"}
    )

    steps = said(steps_between(None, after, there, {}))

    assert steps[4:] == [*words, "lagg0 up"]


@pytest.mark.parametrize(
    "changed",
    [{"ports": ("em1", "em2", "em3")}, {"ports": ("em1",)}, {"mac": OTHER_MAC}],
    ids=["a port joins", "a port leaves", "all are put back"],
)
def test_ports_that_change_cost_the_fast_timeout_which_is_set_again(
    changed: dict[str, Any],
) -> None:
    fast = dataclasses.replace(LAGG, switches=LAGG.switches | {"LACP_FAST_TIMO"}, mac=MAC)

    steps = said(steps_between(fast, dataclasses.replace(fast, **changed), host(), {}))

    assert steps[0].startswith("lagg0 ")  # all are up
    assert steps[-1] == "lagg0 lacp_fast_timeout"


def test_a_first_port_with_another_mtu_does_not_dictate_it() -> None:
    after = dataclasses.replace(FAILOVER, ports=("em3", "em1"))

    assert "lagg0 mtu 1500" in said(steps_between(FAILOVER, after, host(em3={"mtu": 9000}), {}))
    assert "lagg0 mtu 1500" not in said(steps_between(FAILOVER, after, host(), {}))
    assert "lagg0 mtu 1500" in said(steps_between(FAILOVER, after, host(), {}, back=True))


@pytest.mark.parametrize("stays", [False, True], ids=["came with it", "was there before"])
def test_an_address_that_came_with_a_port_goes_back_to_it(stays: bool) -> None:
    before = dataclasses.replace(LAGG, ports=("em1", "em2", "em3"), addresses=(ONE, TWO))
    after = dataclasses.replace(LAGG, addresses=(ONE, TWO) if stays else (TWO,))
    facts = {"em3": PortSettings(up=True, addresses=(("inet", str(ONE)),))}

    steps = steps_between(
        before, after, host(em1={"addresses": (AddressState(TWO),)}), facts, back=True
    )

    taken = [] if stays else ["lagg0 inet 192.0.2.5 -alias"]
    assert said(steps) == [
        "lagg0 -laggport em3",
        *taken,
        "em3 inet 192.0.2.5/24 alias",
        "em3 up",
    ]
    assert all(step.why for step in steps)


def test_the_undo_takes_no_address_from_a_port_that_comes_back() -> None:
    after = dataclasses.replace(LAGG, addresses=(ONE,))
    before = dataclasses.replace(after, ports=("em1",))
    there = host(em2={"addresses": (AddressState(ONE),)})

    assert "em2 inet 192.0.2.5 -alias" in said(steps_between(before, after, there, {}))
    assert "em2 inet 192.0.2.5 -alias" not in said(
        steps_between(before, after, there, {}, back=True)
    )


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (dataclasses.replace(ROUND, rr_limit=5), dataclasses.replace(ROUND, rr_limit=5), []),
        (FAILOVER, dataclasses.replace(FAILOVER, protocol=Protocol.ROUNDROBIN, rr_limit=1), []),
        (
            dataclasses.replace(FAILOVER, ports=()),
            dataclasses.replace(FAILOVER, enabled=CAN - {"LRO"}),
            ["-lro"],
        ),
    ],
    ids=["it has it", "the protocol brings it", "the ports bring it"],
)
def test_what_a_lagg_gets_by_itself_is_not_set(
    before: LaggConfig, after: LaggConfig, words: list[str]
) -> None:
    there = host(em1={"enabled": CAN}, em2={"enabled": CAN})

    steps = said(steps_between(before, after, there, {}))

    assert not any("rr_limit" in each for each in steps)
    assert [each for each in steps if "lro" in each or "csum" in each] == [
        f"lagg0 {each}" for each in words
    ]


def test_a_port_that_was_down_is_taken_down_again_when_all_were_put_back() -> None:
    down = frozenset({"em2"})
    before, after = (dataclasses.replace(each, down=down) for each in (FAILOVER, LAGG))

    assert said(steps_between(before, after, host(), {}, back=True))[-1] == "em2 down"
    assert said(steps_between(after, LAGG, host(), {})) == ["em2 up"]


def test_what_a_new_lagg_has_by_itself_is_set_only_when_it_is_made_again() -> None:
    on = frozenset({"TXCSUM", "RXCSUM"})
    after = dataclasses.replace(
        LAGG, switches=LAGG.switches | {"LACP_STRICT"}, flowid_shift=16, enabled=on
    )
    there = host(em1={"enabled": on}, em2={"enabled": CAN})
    made = ["lagg0 create", "lagg0 laggproto lacp"]

    assert said(steps_between(None, after, there, {})) == [
        *made,
        "lagg0 laggport em1",
        "lagg0 laggport em2",
        "lagg0 up",
    ]
    assert said(steps_between(None, after, there, {}, back=True)) == [
        *made,
        "em1 up",
        "lagg0 laggport em1",
        "em2 up",
        "lagg0 laggport em2",
        "lagg0 mtu 1500",
        "lagg0 -lro rxcsum txcsum",
        "lagg0 up",
    ]
