"""A spec that breaks a rule cannot exist, and the message names field, value, rule, remedy."""

from __future__ import annotations

import contextlib
import re
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.errors import DocumentError, SpecError
from lagg_tool.lagg import LaggSpec, Protocol, parse_options, parse_specs, spec_from_data

GOOD: dict[str, Any] = {"name": "lagg0", "protocol": "lacp", "ports": ["vtnet1", "vtnet2"]}


def test_a_blank_mtu_means_1500_and_the_order_of_ports_is_kept() -> None:
    spec = spec_from_data(GOOD | {"ports": ["vtnet2", "vtnet1"]})

    assert (spec.mtu, spec.ports) == (1500, ("vtnet2", "vtnet1"))


@pytest.mark.parametrize(
    ("word", "protocol"),
    [
        ("LACP", Protocol.LACP),
        ("Failover", Protocol.FAILOVER),
        ("Load Balance", Protocol.LOADBALANCE),
        ("RoundRobin", Protocol.ROUNDROBIN),
        ("None", Protocol.NONE),
        ("broadcast", Protocol.BROADCAST),
    ],
)
def test_a_protocol_is_known_by_the_articles_word_too(word: str, protocol: Protocol) -> None:
    assert spec_from_data(GOOD | {"protocol": word}).protocol is protocol


BAD: list[tuple[str, object]] = [
    ("name", "lagg"),
    ("name", "lagg01"),
    ("name", "lagg32768"),
    ("name", "lagg²"),
    ("name", "bridge0"),
    ("name", "lagg_one"),
    ("name", "lagg0\n"),
    ("name", 0),
    ("protocol", "etherchannel"),
    ("protocol", 3),
    ("ports", []),
    ("ports", ["vtnet1", "vtnet1"]),
    ("ports", ["lagg1"]),
    ("ports", ["lo0"]),
    ("ports", ["bridge0"]),
    ("ports", ["bridge5"]),
    ("ports", ["vtnet1; reboot"]),
    ("ports", ["-laggport"]),
    ("ports", [f"em{unit}" for unit in range(33)]),
    ("ports", "vtnet1"),
    ("ports", [1]),
    ("description", "x" * 121),
    ("description", "two\nlines"),
    ("description", "wide  gap"),
    ("description", " ends "),
    ("description", "all *"),
    ("description", "-n"),
    ("description", 7),
    ("mtu", 1491),
    ("mtu", 9217),
    ("mtu", True),
    ("mtu", "9000"),
    ("addresses", ["192.0.2.1"]),
    ("addresses", ["192.0.2.1/33"]),
    ("addresses", ["2001:db8::1/129"]),
    ("addresses", ["192.0.2.0/24"]),
    ("addresses", ["192.0.2.255/24"]),
    ("addresses", ["192.0.2.1/0"]),
    ("addresses", ["127.0.0.1/8"]),
    ("addresses", ["224.0.0.1/24"]),
    ("addresses", ["192.0.2.1/24", "192.0.2.1/32"]),
    ("addresses", ["fe80::1%lagg0/64"]),
    ("addresses", "192.0.2.1/24"),
    ("dhcp", "yes"),
    ("ipv6_auto", 1),
    ("offload", "off"),
    ("options", "name storage"),
    ("options", "destroy"),
    ("options", "down"),
    ("options", "vnet jail"),
    ("options", "mtu 9000"),
    ("options", "laggport em9"),
    ("options", "lagghash l5"),
    ("options", "lagghash"),
    ("options", "flowid_shift 32"),
    ("options", "lacp_fast_timeot"),
    ("options", "rr_limit 3"),
    ("options", "$(reboot)"),
    ("options", 3),
    ("speed", 10),
]


@pytest.mark.parametrize(("field", "value"), BAD)
def test_a_broken_rule_is_told_with_field_value_rule_and_remedy(field: str, value: object) -> None:
    with pytest.raises(SpecError) as caught:
        spec_from_data(GOOD | {field: value})

    assert caught.value.field.partition("[")[0] == field
    assert re.search(r" = .+: .+; .+", str(caught.value))


def test_what_the_kernel_gives_only_lacp_is_refused_elsewhere() -> None:
    with pytest.raises(SpecError, match="only protocol lacp"):
        spec_from_data(GOOD | {"protocol": "failover", "options": "-lacp_strict"})


def test_options_are_given_to_ifconfig_in_an_order_that_defect_b17_does_not_spoil() -> None:
    options = parse_options("use_numa lagghash l4,l3 -use_flowid -tso")

    assert options.words == (
        "lagghash",
        "l3,l4",
        "-use_flowid",
        "use_numa",
        "-tso4",
        "-tso6",
    )


FILE = """\
name = "lagg0"
description = "storage uplink"
protocol = "lacp"
ports = ["vtnet1", "vtnet2"]
mtu = 9000
addresses = ["192.0.2.1/24", "2001:db8::7/64"]
options = "lagghash l3,l4"
"""
VLANS = """\
[[vlan]]
tag = 30
[[vlan]]
tag = 5000
"""
NEWLINE = "\n"


def test_a_file_gives_a_spec() -> None:
    (spec,) = parse_specs(FILE, "lagg0.toml")

    assert (spec.name, spec.mtu, spec.description) == ("lagg0", 9000, "storage uplink")
    assert [str(address) for address in spec.addresses] == ["192.0.2.1/24", "2001:db8::7/64"]
    assert spec.options.layers == ("l3", "l4")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (FILE.replace("9000", "90"), "lagg0.toml:5: mtu = 90: "),
        (FILE.replace("vtnet2", "lo0"), "lagg0.toml:4: ports[1] = 'lo0': "),
        (FILE + "speed = 3\n", "lagg0.toml:8: speed = 3: "),
        (FILE.replace('name = "lagg0"\n', ""), "lagg0.toml: name: this field is required; add it"),
        ("name = \n", "lagg0.toml:1: this is not TOML"),
        (FILE + VLANS, "lagg0.toml:10: vlan[1] = 5000: "),
        (
            f"[lagg0]\n{FILE.partition(NEWLINE)[2]}{VLANS.replace('vlan', 'lagg0.vlan')}",
            "lagg0.toml:10: vlan[1]",
        ),
        (
            FILE + "[vlan]\ntag = 30\n",
            "lagg0.toml:8: vlan = {'tag': 30}: this is a list; write [[vlan]]",
        ),
    ],
)
def test_an_error_in_a_file_names_file_and_line(text: str, where: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_specs(text, "lagg0.toml")

    assert str(caught.value).startswith(where)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)
fields = st.sampled_from([*GOOD, "mtu", "description", "addresses", "options", "dhcp", "offload"])


@given(st.dictionaries(fields, anything, max_size=4))
def test_whatever_the_fields_hold_is_a_spec_or_a_spec_error(data: dict[str, Any]) -> None:
    with contextlib.suppress(SpecError):
        spec = spec_from_data(GOOD | data)

        assert isinstance(spec, LaggSpec)


@given(st.text(max_size=60))
def test_any_text_of_a_file_is_a_spec_or_a_document_error(text: str) -> None:
    with pytest.raises(DocumentError):
        parse_specs(text, "x.toml")


@given(st.text(string.printable, max_size=40))
def test_no_option_that_is_taken_has_a_meaning_for_a_shell(text: str) -> None:
    try:
        words = parse_options(text).words
    except SpecError:
        return

    assert all(set(word) <= set(string.ascii_lowercase + string.digits + "_,-") for word in words)
