"""Networks that the NAS has of its own, in the way of a scenario's."""

import pytest

from lagg_tool.nas.networks import networks_of, taken_in

OWN = networks_of(
    [
        ("em0", "198.51.100.9/25"),
        ("em1", "2001:db8:1::9/64"),
        ("lo0", "127.0.0.1/8"),
        ("lo0", "::1/128"),
        ("em1", "fe80::1/64"),
    ]
)


def test_loopback_and_link_local_networks_are_in_nobodys_way() -> None:
    assert sorted(OWN.values()) == ["em0", "em1"]


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("198.51.100.7/25", ["198.51.100.0/25 on em0"]),
        ("192.0.2.1/24, 198.51.100.1/24, 2001:db8::7/64", ["198.51.100.0/25 on em0"]),
        ('the administrator runs "ping 198.51.100.77"', ["198.51.100.0/25 on em0"]),
        ("the address is 198.51.100.7.", ["198.51.100.0/25 on em0"]),
        ("2001:DB8:1::1/128", ["2001:db8:1::/64 on em1"]),
        ("198.51.100.128/25 192.0.2.1/24 2001:db8:2::1/64", []),
        ("127.0.0.1 ::1 fe80::5 0.0.0.0/0 192.0.2.1/33 02:00:00:00:00:fe 1.5 l3,l4", []),
    ],
)
def test_a_network_of_the_nas_that_a_scenario_uses_is_named(text: str, taken: list[str]) -> None:
    assert taken_in([text], OWN) == taken
