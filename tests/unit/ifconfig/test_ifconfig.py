"""ifconfig's text is read without loss, whatever it is, and every field can be asked for."""

from __future__ import annotations

import dataclasses
import json
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.ifconfig import (
    Bits,
    Family,
    Interface,
    Line,
    Listing,
    Peer,
    detail_lines,
    lagg_lines,
    lines,
    parse,
)
from lagg_tool.ifconfig.data import listing_data
from tests.support.paths import RECORDINGS


def recorded_outputs(host: str) -> list[tuple[str, str]]:
    return [
        (step["run"], step["stdout"])
        for path in sorted((RECORDINGS / host).glob("*.json"))
        for step in json.loads(path.read_text(encoding="utf-8"))["steps"]
        if "ifconfig" in step.get("run", "") and "flags=" in step["stdout"]
    ]


@pytest.mark.parametrize("host", ["freebsd-13.2", "freebsd-15-derivative"])
def test_every_recorded_output_prints_back_byte_for_byte(host: str) -> None:
    outputs = recorded_outputs(host)

    printed = [parse(text).text for _, text in outputs]

    assert len(outputs) > 60
    assert printed == [text for _, text in outputs]


@pytest.mark.parametrize("host", ["freebsd-13.2", "freebsd-15-derivative"])
def test_the_values_of_a_recorded_output_print_as_ifconfig_does(host: str) -> None:
    plain = re.compile(r"ifconfig( -[vam]+)?( [a-z0-9.]+)?")
    outputs = [text for run, text in recorded_outputs(host) if plain.fullmatch(run)]

    printed = [dataclasses.replace(parse(text), source=None).text for text in outputs]

    assert len(outputs) > 40
    assert printed == outputs


@pytest.mark.parametrize("host", ["freebsd-13.2", "freebsd-15-derivative"])
def test_no_line_of_a_recorded_interface_is_unknown(host: str) -> None:
    plain = re.compile(r"ifconfig( -[vam]+)?( [a-z0-9.]+)?")
    outputs = [text for run, text in recorded_outputs(host) if plain.fullmatch(run)]

    unknown = [
        line
        for text in outputs
        for interface in parse(text).interfaces
        for line in interface.unknown
    ]

    assert len(outputs) > 40
    assert unknown == []


@pytest.mark.parametrize(
    ("host", "families"),
    [
        ("freebsd-13.2", {Family.FREEBSD_13, Family.FREEBSD_13_OR_EARLIER, None}),
        ("freebsd-15-derivative", {Family.FREEBSD_14_OR_15}),
    ],
)
def test_the_text_of_a_lagg_tells_its_family(host: str, families: set[Family | None]) -> None:
    outputs = [text for run, text in recorded_outputs(host) if run == "ifconfig -v lagg0"]

    seen = {parse(text).family for text in outputs if "UP" in text.partition("\n")[0]}

    assert seen <= families


VERBOSE_LACP = """\
lagg0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 9000
\tdescription: storage uplink
\toptions=80028<VLAN_MTU,JUMBO_MTU,LINKSTATE>
\tether 52:54:00:aa:00:01
\thwaddr 00:00:00:00:00:00
\tinet 192.0.2.1 netmask 0xffffff00 broadcast 192.0.2.255
\tinet6 fe80::5054:ff:feaa:1%lagg0 prefixlen 64 tentative scopeid 0x9
\tlaggproto lacp lagghash l3,l4
\tlagg options:
\t\tflags=14<USE_NUMA,LACP_STRICT>
\t\tflowid_shift: 16
\tlagg statistics:
\t\tactive ports: 1
\t\tflapping: 2
\tlag id: [(8000,52-54-00-AA-00-01,0132,0000,0000),
\t\t (8000,02-00-00-00-00-B2,0007,0000,0000)]
\tlaggport: vtnet1 flags=0<> state=45<ACTIVITY,AGGREGATION,DEFAULTED>
\t\t[(8000,52-54-00-AA-00-01,0132,8000,0002),
\t\t (FFFF,00-00-00-00-00-00,0000,FFFF,0000)]
\tlaggport: vtnet2 flags=1c<ACTIVE,COLLECTING,DISTRIBUTING> state=3d<ACTIVITY,SYNC>
\t\t[(8000,52-54-00-AA-00-01,0132,8000,0003),
\t\t (8000,02-00-00-00-00-B2,0007,8000,0002)]
\tgroups: lagg
\tmedia: Ethernet autoselect
\tstatus: active
\tnd6 options=29<PERFORMNUD,IFDISABLED,AUTO_LINKLOCAL>
"""


def test_a_verbose_lacp_lagg_gives_every_field() -> None:
    lagg = parse(VERBOSE_LACP)["lagg0"]

    assert (lagg.mtu, lagg.description, lagg.status) == (9000, "storage uplink", "active")
    assert (lagg.ether, lagg.hwaddr) == ("52:54:00:aa:00:01", "00:00:00:00:00:00")
    assert "UP" in lagg.flags
    assert (lagg.inet[0].prefixlen, lagg.inet[0].broadcast) == (24, "192.0.2.255")
    assert (str(lagg.inet6[0].ip), lagg.inet6[0].prefixlen) == ("fe80::5054:ff:feaa:1", 64)
    assert lagg.inet6[0].states == {"tentative"}
    assert lagg.lagg == lagg_lines.LaggProto("lacp", ("l3", "l4"))
    assert lagg.lagg_flags == Bits(0x14, ("USE_NUMA", "LACP_STRICT"))
    assert (lagg.flowid_shift, lagg.rr_limit, lagg.active_ports, lagg.flapping) == (16, None, 1, 2)
    assert lagg.lag_id is not None
    assert lagg.lag_id[1] == Peer(0x8000, "02-00-00-00-00-B2", 7, 0, 0)
    assert [port.name for port in lagg.ports] == ["vtnet1", "vtnet2"]
    assert lagg.ports[0].flags == Bits(0)
    assert lagg.ports[1].partner == Peer(0x8000, "02-00-00-00-00-B2", 7, 0x8000, 2)
    assert (lagg.groups, lagg.unknown) == (("lagg",), ())


FREEBSD_12 = """\
lagg0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
\toptions=e407bb<RXCSUM,TXCSUM,VLAN_MTU,VLAN_HWTAGGING,JUMBO_MTU,VLAN_HWCSUM,TSO4,TSO6,LRO>
\tether 0c:c4:7a:00:00:01
\tinet 192.0.2.1 netmask 0xffffff00 broadcast 192.0.2.255
\tlaggproto lacp lagghash l2,l3,l4
\tlaggport: igb0 flags=1c<ACTIVE,COLLECTING,DISTRIBUTING>
\tlaggport: igb1 flags=0<>
\tgroups: lagg \n\tmedia: Ethernet autoselect
\tstatus: active
\tnd6 options=29<PERFORMNUD,IFDISABLED,AUTO_LINKLOCAL>
vlan5: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
\tether 0c:c4:7a:00:00:01
\tgroups: vlan \n\tvlan: 5 vlanpcp: 0 parent interface: lagg0
\tmedia: Ethernet autoselect
\tstatus: no carrier
"""

FREEBSD_14 = """\
lagg0: flags=1008943<UP,BROADCAST,RUNNING,PROMISC,SIMPLEX,MULTICAST,LOWER_UP> metric 0 mtu 1500
\toptions=0
\tether 00:25:90:a9:39:8a
\thwaddr 00:00:00:00:00:00
\tlaggproto lacp lagghash l2,l3,l4
\tlaggport: ixl0 flags=1c<ACTIVE,COLLECTING,DISTRIBUTING>
\tgroups: lagg
\tmedia: Ethernet autoselect
\tstatus: active
\tnd6 options=829<PERFORMNUD,IFDISABLED,AUTO_LINKLOCAL,STABLEADDR>
\tdrivername: lagg0
bridge0: flags=1008843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST,LOWER_UP> metric 0 mtu 1500
\tid 00:00:00:00:00:00 priority 32768 hellotime 2 fwddelay 15
\tmember: em0 flags=143<LEARNING,DISCOVER,AUTOEDGE,AUTOPTP>
\t        port 1 priority 128 path cost 20000 vlan protocol 802.1q
"""


@pytest.mark.parametrize(
    ("text", "family"),
    [
        (FREEBSD_12, Family.FREEBSD_12),
        (FREEBSD_14, Family.FREEBSD_14_OR_15),
        (VERBOSE_LACP, Family.FREEBSD_13),
        ("", None),
    ],
)
def test_other_releases_are_told_apart_and_print_back(text: str, family: Family | None) -> None:
    listing = parse(text)

    assert (listing.family, listing.text) == (family, text)


def test_a_port_without_flags_is_a_port_on_every_release() -> None:
    twelve = parse(FREEBSD_12)["lagg0"]

    assert [(port.name, port.flags.names) for port in twelve.ports][1] == ("igb1", ())
    assert twelve.groups == ("lagg",)


def test_a_vlan_and_a_bridge_name_the_interfaces_they_use() -> None:
    vlan = parse(FREEBSD_12)["vlan5"].vlan
    bridge = parse(FREEBSD_14)["bridge0"]

    assert vlan is not None
    assert (vlan.tag, vlan.parent) == (5, "lagg0")
    assert bridge.members == ("em0",)
    assert bridge.unknown == ()
    assert bridge.bridge_members[0][1] == (
        "port 1 priority 128 path cost 20000 vlan protocol 802.1q",
    )


def test_no_carrier_is_said_in_two_words() -> None:
    assert parse(FREEBSD_12)["vlan5"].status == "no carrier"


def test_the_data_of_a_listing_keeps_the_text_and_is_json() -> None:
    data = json.loads(json.dumps(listing_data(parse(VERBOSE_LACP))))

    assert data["family"] == "FreeBSD 13"
    assert data["interfaces"][0]["text"] + "\n" == VERBOSE_LACP
    assert data["interfaces"][0]["lagg"]["ports"][1]["partner"]["system"] == "02:00:00:00:00:b2"


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_any_text_is_read_and_prints_back(text: str) -> None:
    assert parse(text).text == text


FRAGMENTS = VERBOSE_LACP.split("\n") + FREEBSD_12.split("\n") + FREEBSD_14.split("\n")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(FRAGMENTS),
            st.integers(0, 60),
            st.sampled_from(
                ["", " ", ":", "<", ">", "(", "0", "0x", "ffffffffff", ",", "\t", "\r", "=", "é"]
            ),
            st.integers(0, 3),
        ),
        max_size=6,
    )
)
def test_a_damaged_output_is_read_and_prints_back(damage: list[tuple[str, int, str, int]]) -> None:
    text = "\n".join(
        line[:place] + insert + line[place + cut :] for line, place, insert, cut in damage
    )

    listing = parse(text)

    assert listing.text == text
    assert json.dumps(listing_data(listing))


word = st.text(string.ascii_letters + string.digits + "_.-", min_size=1, max_size=10)
# The headers of the kernel name bits in capitals.
bit_name = st.text(string.ascii_uppercase + string.digits + "_", min_size=1, max_size=10)
bits = st.builds(Bits, st.integers(0, 2**32), st.lists(bit_name, max_size=4).map(tuple))
number = st.integers(0, 0xFFFF)
system = st.binary(min_size=6, max_size=6).map(lambda raw: raw.hex("-").upper())
peer = st.builds(Peer, number, system, number, number, number)
mac = st.binary(min_size=6, max_size=6).map(lambda raw: raw.hex(":"))
words = (
    st.text(string.ascii_letters + string.digits + " _.%-", max_size=30).map(str.strip).filter(bool)
)

printed_line: st.SearchStrategy[Line] = st.one_of(
    st.builds(lines.Description, words),
    st.builds(lines.Options, st.sampled_from(["options", "capabilities", "nd6 options"]), bits),
    st.builds(lines.Options, st.just("options"), st.just(Bits(0, (), bare=True))),
    st.builds(lines.LinkAddress, st.sampled_from(["ether", "hwaddr"]), mac),
    st.builds(
        lambda ip, mask: lines.Inet(str(ip), ("netmask", f"0x{mask:08x}")),
        st.ip_addresses(v=4),
        st.integers(0, 2**32 - 1),
    ),
    st.builds(
        lambda ip, length: lines.Inet6(str(ip), ("prefixlen", str(length), "tentative")),
        st.ip_addresses(v=6),
        st.integers(0, 128),
    ),
    st.builds(
        lagg_lines.LaggProto, word, st.none() | st.lists(word, min_size=1, max_size=3).map(tuple)
    ),
    st.builds(lagg_lines.LaggPort, word, bits, st.none() | bits),
    st.builds(lagg_lines.PeerLine, st.sampled_from(sorted(lagg_lines.PEER_FRAMES)), peer),
    st.builds(lagg_lines.LaggFlags, bits),
    st.builds(
        lagg_lines.Figure, st.sampled_from(["flowid_shift", "flapping"]), st.integers(0, 2**31)
    ),
    st.builds(lines.Heading, st.sampled_from(["lagg options", "supported media"])),
    st.builds(lines.Groups, st.lists(word, min_size=1, max_size=3).map(tuple), st.booleans()),
    st.builds(lines.Vlan, st.integers(0, 4095), st.just("vlanpcp: 0 "), word),
    st.builds(lines.Media, words, st.none() | words),
    st.builds(lines.SupportedMedia, words),
    st.builds(lines.BridgeMember, word, bits),
    st.builds(
        detail_lines.Detail, st.just("bridge"), st.just("\t"), st.just("maxage 20 proto rstp")
    ),
    st.builds(lines.Keyed, st.sampled_from(["status", "drivername", "fib"]), words),
)
interface_name = word | st.builds("vnet{}:{}".format, st.integers(0, 9), st.integers(0, 999))
header = st.builds(lines.Header, interface_name, bits, st.integers(0, 9), st.integers(72, 65535))
printed_interface = st.builds(Interface, header, st.lists(printed_line, max_size=8).map(tuple))


@given(st.lists(printed_interface, max_size=3).map(lambda found: Listing(tuple(found))))
def test_what_is_printed_is_read_again_as_the_same_values(listing: Listing) -> None:
    assert parse(listing.text) == listing
