"""A text without an interface of FreeBSD is named as what it seems to be."""

from __future__ import annotations

import pytest

from lagg_tool.ifconfig.other_texts import what_else

MASTER = "<BROADCAST,MULTICAST,MASTER,UP,LOWER_UP>"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (" \n", "empty"),
        ("\tlaggport: em0 flags=1c<ACTIVE>\n", "without its first line"),
        ("em0 1500 <Link#1> 02:00:5e:00:53:01 20 0 0 11 0 0\n", "netstat"),
        ("bond0: flags=5187<UP,RUNNING,MASTER>  mtu 1500\n", "of Linux"),
        (f"2: bond0: {MASTER} mtu 1500 qdisc noqueue state UP\n", "of Linux"),
        (f"bond0            UP             02:00:5e:00:53:01 {MASTER} \n", "of Linux"),
        ("bond0            UP             192.0.2.1/24 \n", "of Linux"),
        ("2: bond0    inet 192.0.2.1/24 scope global bond0\\  valid_lft forever\n", "of Linux"),
        ('[{"ifindex":2,"ifname":"bond0","flags":["UP"]}]', "of Linux"),
        ("em0: flags=8843<UP,BROADCAST> mtu 1500\n", "another BSD"),
        ('cloned_interfaces="lagg0"\n', "rc.conf"),
        ("em0: link state changed to UP\n", "the kernel's log"),
        ("The link is UP: em0 and em1 are in lagg0.\n", "somebody's description"),
    ],
)
def test_another_text_is_named(text: str, said: str) -> None:
    assert said in what_else(text)


def test_of_what_is_not_known_nothing_is_said() -> None:
    assert what_else("Good morning\n") == ""
