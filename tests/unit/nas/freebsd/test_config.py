"""What a LAGG is, and what it is to be."""

from __future__ import annotations

import dataclasses
from ipaddress import ip_interface
from typing import Any

import pytest

from lagg_tool.lagg import (
    AddressState,
    HostState,
    InterfaceState,
    LaggState,
    PortState,
    Protocol,
    spec_from_data,
)
from lagg_tool.nas.freebsd.plan.config import (
    foreign,
    observed,
    primary_after,
    primary_of,
    unsure_at_boot,
    wanted,
)

ONE, TWO, LEASED, UNSET = (
    ip_interface(each)
    for each in ("192.0.2.1/24", "2001:db8::1/64", "198.51.100.9/24", "0.0.0.0/8")
)
LINK = AddressState(ip_interface("fe80::1/64"), made=True)
CARP = AddressState(ip_interface("203.0.113.1/32"), vhid="1")
CAN = frozenset({"TXCSUM", "RXCSUM", "TSO4", "TOE4"})


def nic(place: int, **more: Any) -> InterfaceState:
    return InterfaceState(f"em{place}", up=True, hwaddr=f"02:00:00:00:00:0{place}", **more)


def lagg(*ports: PortState, **more: Any) -> InterfaceState:
    own = {each: more.pop(each) for each in ("protocol", "switches", "rr_limit") if each in more}
    bare = LaggState(Protocol.LACP, ports, layers=("l2",), flowid_shift=16)
    return InterfaceState("lagg0", lagg=dataclasses.replace(bare, **own), **more)


def host(*found: InterfaceState, **more: Any) -> HostState:
    return HostState({each.name: each for each in found}, **more)


def spec(ports: str = "em1 em2", **more: Any) -> Any:
    return spec_from_data({"name": "lagg0", "protocol": "lacp", "ports": ports.split(), **more})


EM1, EM2, EM3 = (PortState(f"em{place}") for place in (1, 2, 3))
NICS = (nic(1), nic(2), nic(3))


@pytest.mark.parametrize(
    ("found", "port"),
    [
        (lagg(), ""),
        (lagg(EM1, PortState("em2", frozenset({"MASTER"}))), "em2"),
        (lagg(PortState("em9"), EM1, EM2, ether="02:00:00:00:00:02"), "em2"),
        (lagg(EM2, EM1, ether="02:00:00:00:00:aa"), "em2"),
        (InterfaceState("em1"), ""),
    ],
)
def test_the_first_port_is_known_by_its_mark_or_its_mac_address(
    found: InterfaceState, port: str
) -> None:
    assert primary_of(found, host(*NICS)) == port


@pytest.mark.parametrize(
    ("before", "after", "first"),
    [
        ((), ("em2", "em1"), ("em2",)),
        (("em1",), ("em2", "em1"), ("em1",)),
        (("em9",), ("em2", "em3"), ("em3",)),
        (("em9",), ("gone", "em3"), ("em3",)),
        (("em1",), (), ()),
    ],
)
def test_the_next_first_port_is_the_oldest_that_is_left(
    before: tuple[str, ...], after: tuple[str, ...], first: tuple[str, ...]
) -> None:
    assert primary_after(before, after, host(nic(3), nic(1), nic(2))) == first


@pytest.mark.parametrize(
    ("facts", "asked", "own", "others"),
    [
        ({}, (), (ONE, TWO, LEASED), (CARP.address,)),
        ({"rc_conf": {"ifconfig_lagg0": "DHCP"}}, (), (TWO,), (CARP.address,)),
        ({"dhclients": frozenset({"lagg0"})}, (), (TWO,), (CARP.address,)),
        ({"dhclients": frozenset({"lagg0"})}, (LEASED,), (TWO, LEASED), (CARP.address,)),
        (
            {"rc_conf": {"cloned_interfaces": "lagg0", "ifconfig_lagg0": f"inet {ONE}"}},
            (TWO, CARP.address),
            (ONE, TWO),
            (LEASED, CARP.address),
        ),
    ],
    ids=["no rc.conf", "DHCP at boot", "a dhclient", "a lease that is wanted", "rc.conf"],
)
def test_an_address_is_configured_leased_or_somebody_elses(
    facts: dict[str, Any], asked: Any, own: Any, others: Any
) -> None:
    shown = (*map(AddressState, (ONE, TWO, LEASED, UNSET)), LINK, CARP)
    found = lagg(EM1, addresses=shown)
    there = host(nic(1), found, **facts)

    config = observed(there, "lagg0", asked)

    assert config is not None
    assert config.addresses == own
    assert [each.address for each in foreign(found, there, own)] == list(others)


def test_a_lagg_is_observed_with_all_that_can_be_changed() -> None:
    found = lagg(
        EM1,
        EM2,
        ether="02:00:00:00:00:02",
        mtu=9000,
        description="storage",
        up=True,
        nd6=frozenset({"ACCEPT_RTADV"}),
        switches=frozenset({"USE_NUMA"}),
        rr_limit=3,
        enabled=CAN,
    )
    line = {"ifconfig_lagg0": "laggproto lacp -tso tso4 -lro -rxcsum up"}

    config = observed(
        host(nic(1), dataclasses.replace(nic(2), up=False), found, rc_conf=line), "lagg0"
    )

    assert config is not None
    assert (config.ports, config.down) == (("em2", "em1"), frozenset({"em2"}))
    assert (config.mtu, config.description, config.up) == (9000, "storage", True)
    assert (config.ipv6, config.ipv6_auto, config.mac) == (True, True, "02:00:00:00:00:02")
    assert (config.layers, config.flowid_shift, config.rr_limit) == (("l2",), 16, 3)
    assert config.switches == {"USE_NUMA"}
    assert config.enabled == CAN - {"TOE4"}
    assert config.boot_offloads == ("-tso", "tso4", "-lro", "-rxcsum")
    off = dataclasses.replace(found, nd6=found.nd6 | {"IFDISABLED"}, up=False)
    there = observed(host(nic(1), nic(2), off), "lagg0")
    assert there is not None
    assert (there.ipv6, there.ipv6_auto, there.down) == (False, False, frozenset())
    assert not there.up
    assert observed(host(nic(1)), "lagg0") is None
    assert observed(host(nic(1)), "em1") is None


NODE = "net.link.lagg."


@pytest.mark.parametrize(
    ("sysctls", "fresh", "unsure"),
    [
        ({}, {"USE_NUMA", "LACP_STRICT"}, set()),
        ({"default_use_numa": "0"}, {"LACP_STRICT"}, {"USE_NUMA"}),
        (
            {"default_use_flowid": "1"},
            {"USE_NUMA", "USE_FLOWID", "LACP_STRICT"},
            {"USE_FLOWID"},
        ),
        ({"lacp.default_strict_mode": "0"}, {"USE_NUMA"}, {"LACP_STRICT"}),
    ],
)
def test_sysctls_say_what_a_new_lagg_has(
    sysctls: dict[str, str], fresh: set[str], unsure: set[str]
) -> None:
    there = host(*NICS, sysctls={f"{NODE}{name}": value for name, value in sysctls.items()})

    assert wanted(spec(), there).switches == fresh
    assert unsure_at_boot(there) == unsure
    assert wanted(spec(protocol="failover"), there).switches == fresh - {"LACP_STRICT"}


@pytest.mark.parametrize(("said", "shift"), [("8", 8), ("", 16), ("x", 16), ("²", 16)])
def test_the_shift_of_a_new_lagg_is_the_sysctls_or_the_kernels(said: str, shift: int) -> None:
    there = host(*NICS, sysctls={f"{NODE}default_flowid_shift": said})

    assert wanted(spec(), there).flowid_shift == shift
    assert wanted(spec(options="flowid_shift 4"), there).flowid_shift == 4


@pytest.mark.parametrize(
    ("protocol", "options", "limit"),
    [
        ("roundrobin", "", 3),
        ("roundrobin", "rr_limit 7", 7),
        ("lacp", "", None),
    ],
)
def test_the_limit_of_round_robin_stays_or_is_the_files(
    protocol: str, options: str, limit: int | None
) -> None:
    found = lagg(EM1, EM2, protocol=Protocol.ROUNDROBIN, rr_limit=3)
    file = spec(protocol=protocol, **({"options": options} if options else {}))

    assert wanted(file, host(*NICS, found)).rr_limit == limit
    new = wanted(file, host(*NICS, lagg(EM1, EM2, rr_limit=3))).rr_limit
    assert new == (limit and (7 if options else 1))
    assert wanted(file, host(*NICS)).rr_limit == new


def test_what_the_file_leaves_open_stays_and_the_rest_is_the_files() -> None:
    found = lagg(
        EM1,
        EM2,
        ether="02:00:00:00:00:01",
        addresses=(AddressState(TWO), AddressState(ONE)),
        switches=frozenset({"USE_NUMA", "LACP_FAST_TIMO"}),
        nd6=frozenset({"IFDISABLED"}),
    )
    there = host(*NICS, found)

    same = wanted(spec(), there)
    more = wanted(
        spec(
            "em2 em3",
            addresses=[str(LEASED), str(ONE)],
            description="x",
            mtu=9000,
            dhcp=False,
            mac="02:00:00:00:00:0a",
            options="-lacp_fast_timeout use_flowid lagghash l3,l4",
        ),
        there,
    )

    assert (same.ports, same.layers, same.ipv6, same.up) == (("em1", "em2"), ("l2",), False, True)
    assert same.switches == {"USE_NUMA", "LACP_FAST_TIMO"}
    assert same.addresses == ()
    assert (same.mtu, same.description, same.mac, same.down) == (1500, "", "", frozenset())
    assert more.ports == ("em2", "em3")
    assert more.addresses == (ONE, LEASED)
    assert (more.mtu, more.description, more.mac) == (9000, "x", "02:00:00:00:00:0a")
    assert more.switches == {"USE_NUMA", "USE_FLOWID"}
    assert more.layers == ("l3", "l4")
    assert wanted(spec(addresses=[str(TWO)]), there).ipv6
    auto = wanted(spec(ipv6_auto=True, dhcp=True), there)
    assert (auto.ipv6, auto.ipv6_auto, auto.dhcp) == (True, True, True)
    down = host(nic(1), dataclasses.replace(nic(2), up=False), found)
    assert wanted(spec(), down).down == frozenset()
    assert wanted(spec(protocol="failover"), there).switches == {"USE_NUMA"}
    other = wanted(spec(), host(*NICS, lagg(EM1, EM2, protocol=Protocol.FAILOVER)))
    assert other.protocol is Protocol.LACP
    assert other.switches == {"LACP_STRICT"}


@pytest.mark.parametrize(
    ("protocol", "ports", "order"),
    [
        ("failover", "em2 em1", ("em2", "em1")),
        ("lacp", "em2 em1", ("em1", "em2")),
        ("lacp", "em3 em1", ("em1", "em3")),
        ("lacp", "em3 em2", ("em2", "em3")),
    ],
)
def test_the_order_of_ports_counts_where_there_is_a_primary(
    protocol: str, ports: str, order: tuple[str, ...]
) -> None:
    found = lagg(EM1, EM2, ether="02:00:00:00:00:01", protocol=Protocol(protocol))

    assert wanted(spec(ports, protocol=protocol), host(*NICS, found)).ports == order


OFF = ("-txcsum", "-rxcsum", "-txcsum6", "-rxcsum6", "-tso4", "-tso6", "-vlanhwtso", "-lro")


@pytest.mark.parametrize(
    ("data", "on", "boot"),
    [
        ({}, CAN - {"TOE4", "TSO4"}, ()),
        ({"offload": False}, frozenset(), OFF),
        ({"offload": True}, CAN - {"TOE4"}, ("tso4",)),
        ({"options": "-rxcsum"}, CAN - {"TOE4", "TSO4", "RXCSUM"}, ("-rxcsum",)),
        ({"options": "rxcsum"}, CAN - {"TOE4", "TSO4"}, ("rxcsum",)),
        ({"options": "lro"}, CAN - {"TOE4", "TSO4"}, ("lro",)),
        ({"offload": False, "options": "rxcsum"}, {"RXCSUM"}, (OFF[0], *OFF[2:], "rxcsum")),
    ],
)
def test_offloads_are_switched_as_far_as_all_ports_can(
    data: dict[str, Any], on: frozenset[str], boot: tuple[str, ...]
) -> None:
    ports = (
        nic(1, capable=CAN, enabled=CAN - {"TSO4"}),
        nic(2, capable=CAN | {"LRO"}, enabled=CAN | {"LRO"}),
    )

    config = wanted(spec(**data), host(*ports))

    assert config.enabled == on
    assert config.boot_offloads == boot


def test_offloads_that_nobody_asks_for_stay() -> None:
    ports = (nic(1, capable=CAN, enabled=CAN), nic(2, capable=CAN, enabled=CAN))
    line = {"ifconfig_lagg0": "laggport em1 -rxcsum"}

    def config(*listed: PortState) -> Any:
        found = lagg(*listed, enabled=frozenset({"TXCSUM"}))
        return wanted(spec(), host(*ports, found, rc_conf=line))

    assert (config(EM1, EM2).enabled, config(EM1, EM2).boot_offloads) == ({"TXCSUM"}, ("-rxcsum",))
    assert config().enabled == CAN - {"TOE4"}


def test_what_rc_conf_takes_from_a_port_is_switched_on_at_boot() -> None:
    ports = (nic(1, capable=CAN, enabled=CAN), nic(2, capable=CAN, enabled=CAN))
    lines = {"ifconfig_em1": "-tso up", "ifconfig_em2": "-rxcsum up"}

    config = wanted(spec(offload=True), host(*ports, rc_conf=lines))

    assert config.boot_offloads == ("rxcsum", "tso4", "tso6")


def test_ports_that_are_not_there_have_nothing_to_switch() -> None:
    assert wanted(spec("em8 em9", offload=True), host()).enabled == frozenset()
