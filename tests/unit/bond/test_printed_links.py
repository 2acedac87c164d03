"""What iproute2 prints for people says what its JSON says, however it was handed on."""

from __future__ import annotations

import json
import quopri
import re
import textwrap
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.bond.diagnosis import BondCause, BondSeen, diagnose, unseen
from lagg_tool.bond.links import Link
from lagg_tool.bond.printed_links import bonds_of, has_bonds, parse_bonds, printed_links
from lagg_tool.bond.summary import links_data, reports_text
from tests.replay.recording import load
from tests.support.paths import RECORDINGS
from tests.unit.bond.test_report import printed

LINUX = RECORDINGS / "linux-6.1"


def recorded(sign: str, name: str = "*") -> list[str]:
    """Return what a real host printed that has this sign, in order."""
    return [
        step.stdout
        for path in sorted(LINUX.glob(f"{name}.json"))
        for step in load(path).steps
        if step.kind == "run" and re.match(sign, step.stdout)
    ]


FOR_PEOPLE = [text for text in recorded(r"\d+: ") if "bond" in text]
NEGOTIATED = "".join(recorded(r"\d+: ", "wire-lacp-negotiate")[:2])


def found(text: str, *dmesg: str) -> list[tuple[object, str]]:
    read = parse_bonds(text)
    return [
        (each.cause, each.where)
        for bond in read.bonds
        for each in diagnose(BondSeen(bond, read.links, [*read.outside, *dmesg]))
    ]


def test_every_recorded_interface_has_the_words_of_its_json() -> None:
    """No recording has both forms of one moment; of one kind of interface they have one shape."""
    texts, objects = FOR_PEOPLE, recorded(r"\[\{.*info_kind", "cmd-observe-json")

    as_json = {
        key
        for text in objects
        for each in json.loads(text)
        for place in ("info_data", "info_slave_data")
        for key in each.get("linkinfo", {}).get(place, {})
    }
    links = [link for text in texts for link in printed_links(text)[0].values()]

    assert len(links) > 30
    assert {key for link in links for key in (*link.bond, *link.port)} - as_json == OTHER_NAMES
    assert {link.mode for link in links if link.is_bond} >= {"802.3ad", "balance-xor", "broadcast"}


# They have another name in JSON, or are below ad_info, where they are read.
OTHER_NAMES = {
    "num_grat_arp",
    *(f"ad_{word}" for word in ("aggregator", "num_ports", "actor_key", "partner_key")),
    "ad_partner_mac",
}


def wrapped(width: int) -> Callable[[str], str]:
    def fold(text: str) -> str:
        lines = text.splitlines()
        return "\n".join(textwrap.fill(line, width, break_on_hyphens=False) for line in lines)

    return fold


WAYS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "quoted": lambda text: re.sub("(?m)^", "> ", text),
    "CR LF": lambda text: text.replace("\n", "\r\n"),
    "HTML": lambda text: "<pre>" + text.replace("<", "&lt;").replace(">", "&gt;") + "</pre>",
    "one line each (-o)": lambda text: text.replace("\n    ", "\\    "),
    "mail": wrapped(72),
    "quoted-printable": lambda text: quopri.encodestring(text.encode()).decode(),
    "a terminal": lambda text: re.sub("(?m)^(.{80})(?=.)|(.{80})(?=.)", r"\1\2\n", text),
    "numbered": lambda text: "".join(
        f"{number:3}  {line}" for number, line in enumerate(text.splitlines(keepends=True), 1)
    ),
    "blank lines": lambda text: text.replace("\n", "\n\n"),
    "a session": lambda text: f"root@nas:~# ip -d link\n{text}root@nas:~# uptime\n 10:00 up\n",
}


@pytest.mark.parametrize("way", WAYS)
def test_no_fact_is_lost_on_the_way(way: str) -> None:
    text = WAYS[way](NEGOTIATED)

    read = parse_bonds(text)

    assert links_data(read.links) == links_data(printed_links(NEGOTIATED)[0])
    assert read.text == text
    (bond,) = read.bonds
    assert (bond.name, bond.mode, bond.hash_policy) == ("bond0", "802.3ad", "layer2+3")
    assert bond.aggregator is not None
    assert (bond.aggregator.number, bond.aggregator.partner) == (1, "02:00:00:00:00:fe")
    assert [(port.name, port.mii, port.permanent[-2:]) for port in bond.ports] == [
        ("eth1", "up", "01"),
        ("eth2", "up", "02"),
    ]
    assert "mode 802.3ad" in reports_text(read)
    assert found(text) == []


@pytest.mark.parametrize("way", [0, 1])
def test_what_is_printed_without_details_loses_none_of_them(way: int) -> None:
    (addresses, *_) = recorded(r"\d+: bond0.*\n.*\n    inet 192.0.2.1", "cmd-addresses")
    texts = [NEGOTIATED, addresses]

    read = parse_bonds("".join(texts if way else reversed(texts)))

    links = printed_links(NEGOTIATED)[0]
    assert {name: link.bond for name, link in read.links.items()} == {
        name: link.bond for name, link in links.items()
    }
    assert {name: link.port for name, link in read.links.items()} == {
        name: link.port for name, link in links.items()
    }
    assert read.links["bond0"].addresses


@pytest.mark.parametrize(
    "text",
    [
        "bond0: flags=5187<UP,BROADCAST,RUNNING,MASTER,MULTICAST>  mtu 1500\n",
        "3: eth1: <BROADCAST,SLAVE,UP> mtu 1500 master eth0\n2: eth0: <BROADCAST,UP> mtu 1500\n",
    ],
)
def test_what_shows_no_bond_is_not_read_as_one(text: str) -> None:
    """net-tools prints no ports; the SLAVE of a NIC of Azure has a master that is no bond."""
    assert not has_bonds(text)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("mii_status UP", "mii_status DOWN", [(BondCause.PORT_DOWN, "eth1")]),
        ("miimon 100", "miimon 0", [(BondCause.NO_MIIMON, "bond0")]),
        ("ad_aggregator_id 1", "ad_aggregator_id 2", [(BondCause.TWO_AGGREGATORS, "bond0")]),
        ("MASTER,UP,", "MASTER,", [(BondCause.BOND_DOWN, "bond0")]),
        ("link_failure_count 0", "link_failure_count 9", [(BondCause.LINK_FLAPS, "eth1")]),
        ("SLAVE,UP,LOWER_UP> mtu 1500", "SLAVE,UP,LOWER_UP> mtu 9000", [(BondCause.MTU, "eth1")]),
    ],
)
def test_a_cause_is_found_in_what_iproute2_prints(
    before: str, after: str, expected: list[tuple[object, str]]
) -> None:
    text = NEGOTIATED.replace(before, after, 1)

    assert text != NEGOTIATED
    assert found(text) == expected


def test_what_iproute2_does_not_print_is_no_difference_between_ports() -> None:
    """It prints the partner of the active aggregator alone."""
    read = parse_bonds(NEGOTIATED.replace("ad_aggregator_id 1", "ad_aggregator_id 2", 1))

    (apart,) = diagnose(BondSeen(read.bonds[0], read.links, read.outside))

    assert apart.meaning.startswith("What they differ by is not printed")


def test_a_bond_that_is_down_is_not_said_to_have_no_aggregator_as_well() -> None:
    text = re.sub(r" ad_(aggregator|num_ports|\w+_key|partner_mac) \S+", "", NEGOTIATED)

    assert (BondCause.NO_AGGREGATOR, "bond0") in found(text)
    assert found(text.replace("MASTER,UP,", "MASTER,")) == [(BondCause.BOND_DOWN, "bond0")]


def test_no_partner_is_told_by_the_state_of_the_ports() -> None:
    text = NEGOTIATED.replace("port_state 61", "port_state 77").replace("02:00:00:00:00:fe", "0")

    assert found(text) == [(BondCause.NO_PARTNER_AT_ALL, "bond0")]


def test_a_bond_alone_is_not_said_to_have_no_ports() -> None:
    (alone, *_), ports = recorded(r"\d+: bond0", "cmd-mode-8023ad"), "1: lo: <LOOPBACK> mtu 65536\n"

    assert found(alone.replace("00:00:00:00:00:00", "02:00:00:00:00:fe")) == []
    assert (BondCause.NO_PORTS, "bond0") in found(alone + ports)


def test_without_details_flags_tell_what_is_a_bond() -> None:
    text = re.sub(" promiscuity .*| *(bond|bond_slave) (mode|state) .*", "", NEGOTIATED)
    below = text + "9: br0: <BROADCAST,UP> mtu 1500\n    link/ether 52:54:00:cc:00:01\n"
    own = "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536\n    link/loopback 00:00:00:00:00:00\n"

    assert "promiscuity" not in text
    assert [bond.name for bond in parse_bonds(text).bonds] == ["bond0"]
    assert found(text) == found(below) == []
    assert printed_links(own + text)[0]["lo"].kind == "loopback"
    assert found(re.sub(" permaddr .*", "", text)) == []  # iproute2 of old prints none
    assert found(text.replace("SLAVE,UP,LOWER_UP", "NO-CARRIER,SLAVE,UP", 1)) == [
        (BondCause.PORT_DOWN, "eth1")
    ]


def test_json_is_found_in_any_text_and_means_the_same() -> None:
    (text, *_) = recorded(r"\[\{.*info_slave_kind", "cmd-observe-json")
    session = f"nas# ip -d -j link [all of it]\n{text}\nnas# [  9.1] bond0: (slave eth1): said\n"

    read = parse_bonds(session)

    assert read.links == {
        name: replace(link, addresses=()) for name, link in printed_links(text)[0].items()
    }
    assert {bond.name: len(bond.ports) for bond in read.bonds} == {"bond0": 3, "bond1": 1}
    assert read.outside[-1].endswith("said")


def test_the_driver_and_iproute2_are_one_bond_in_one_text() -> None:
    (driver,) = printed("wire-lacp-negotiate")[-1:]

    read = parse_bonds(f"{driver}\n{NEGOTIATED}\n[  9.1] bond0: (slave eth1): said\n")

    assert [bond.name for bond in read.bonds] == ["bond0"]
    assert read.bonds[0].system
    assert set(read.links) == {"bond0", "eth1", "eth2"}
    assert read.outside == ["[  9.1] bond0: (slave eth1): said"]


@given(
    st.lists(
        st.sampled_from(
            [
                *NEGOTIATED.splitlines(),
                '[{"ifname": 1}]',
                "[[",
                *(w + " " for w in NEGOTIATED.split()),
            ]
        )
    )
)
def test_pieces_in_any_order_are_read_and_diagnosed(lines: list[str]) -> None:
    text = "\n".join(lines)

    assert parse_bonds(text).text == text
    assert isinstance(found(text), list)


@pytest.mark.parametrize("value", ["[]", "7", '"x"', "null", '{"ad_info": 7, "miimon": "x"}'])
def test_json_of_another_shape_is_no_interface_or_one_without_it(value: str) -> None:
    text = (
        '[{"ifname": "bond0", "flags": ["MASTER", "UP"], "linkinfo": {"info_kind":"bond", '
        f'"info_data": {value}, "info_slave_kind": "bond", "info_slave_data": {value}}}}}]'
    )

    assert has_bonds(text)
    assert all(isinstance(link, Link) for link in parse_bonds(text).links.values())
    assert isinstance(found(text), list)


def test_a_masked_address_takes_no_bond_away() -> None:
    (text, *_) = recorded(r"\[\{.*info_slave_kind", "cmd-observe-json")
    entries = json.loads(text)
    for each in entries:
        each["addr_info"] = [
            {"local": "192.0.2.x", "prefixlen": 24, "scope": "global"},
            {"local": "192.0.2.7", "prefixlen": 24, "scope": "global"},
        ]

    links = parse_bonds(json.dumps(entries)).links

    assert len(links) > 3
    assert {len(link.addresses) for link in links.values()} == {1}


BESIDE = {
    "-o": """\
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: eth0    inet 192.0.2.7/24 brd 192.0.2.255 scope global eth0\\       valid_lft forever
2: eth0    inet6 fe80::53:1/64 scope link \\       valid_lft forever preferred_lft forever
4: bond0.7    inet 198.51.100.5/24 scope global bond0.7\\       valid_lft forever
""",
    "-br": """\
lo               UNKNOWN        127.0.0.1/8 ::1/128
eth0             UP             192.0.2.7/24 fe80::53:1/64
bond0.7@bond0    UP             198.51.100.5/24
""",
}


@pytest.mark.parametrize("before", ["", "> ", "\t"])
@pytest.mark.parametrize("option", BESIDE)
def test_addresses_of_one_line_are_those_of_the_interfaces_beside_them(
    option: str, before: str
) -> None:
    links = (
        "2: eth0: <BROADCAST,MULTICAST,SLAVE,UP,LOWER_UP> mtu 1500 master bond0\n"
        "3: bond0: <BROADCAST,MULTICAST,MASTER,UP,LOWER_UP> mtu 1500\n"
        "    link/ether 02:00:5e:00:53:01 brd ff:ff:ff:ff:ff:ff\n"
        "4: bond0.7@bond0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500\n"
    )
    shown = BESIDE[option]
    for whole in (f"{links}{shown}", f"{shown}{links}", f"{shown}{links}{shown}"):
        text = re.sub("^", before, f"It is slow:\n{whole}".rstrip("\n"), flags=re.M) + "\n"
        read = parse_bonds(text)

        assert found(text) == [(BondCause.PORT_HAS_ADDRESS, "eth0")]
        assert {
            name: [str(each.address) for each in link.addresses]
            for name, link in read.links.items()
        } == {
            "eth0": ["192.0.2.7/24", "fe80::53:1/64"],
            "bond0": [],
            "bond0.7": ["198.51.100.5/24"],
        }
        assert [line.strip("> \t") for line in read.outside][:1] == ["It is slow:"]
        assert "eth0" not in "".join(read.outside)


def test_what_neither_shows_alone_is_said() -> None:
    driver, links = printed("wire-lacp-negotiate")[-1], NEGOTIATED

    def missing(text: str) -> list[str]:
        read = parse_bonds(text)
        return [
            found[1]
            for line in unseen(BondSeen(read.bonds[0], read.links, read.outside))
            if (found := re.search(r"\((\S+)", line))
        ]

    assert missing(links) == ["cat", "--dmesg", "--capture"]
    assert missing(driver) == ["ip", "--dmesg", "--capture"]
    said = f"{driver}\n{links}\n[  9.1] bond0: (slave eth1): link status definitely up\n"
    assert missing(said) == ["--capture"]


def test_what_freebsd_prints_is_no_bond() -> None:
    assert not has_bonds("lagg0: flags=8843<UP> metric 0 mtu 1500\n\tlaggport: em0 flags=5<MASTER>")
    assert bonds_of({}) == []
