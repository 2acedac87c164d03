"""What plan says of the next boot is what the simulated boot makes, for any rc.conf."""

from __future__ import annotations

import dataclasses

from hypothesis import given, settings
from hypothesis import strategies as st

from lagg_tool.lagg import HostState
from lagg_tool.nas.freebsd.boot import next_boot
from tests.support.commit_rig import CommitRig

WORDS = st.sampled_from(
    [
        "laggproto failover",
        "laggproto lacp",
        "laggproto roundrobin",
        "laggport vtnet1",
        "laggport vtnet2",
        "laggport em0",
        "laggport nosuch0",
        "mtu 9000",
        "mtu 1500",
        "lagghash l2,l3",
        "192.0.2.10/24",
        "inet 192.0.2.10 netmask 255.255.255.0",
        "inet6 2001:db8::1/64",
        "up",
        "NOAUTO",
    ]
)
LINES = st.lists(WORDS, max_size=6).map(" ".join)
PORT = st.sampled_from(
    ["up", "up mtu 9000", "192.0.2.77/25", "inet 203.0.113.7/24 up", "mtu 1600", "NOAUTO up"]
)
ALIAS = st.sampled_from(
    ["inet 192.0.2.20/32", "inet6 2001:db8::20/128", "198.51.100.3/24", "inet 192.0.2.30-32/24"]
)
RC_CONF = st.fixed_dictionaries(
    {"cloned_interfaces": st.sampled_from(["lagg0", "lagg0:sticky"])},
    optional={
        "ifconfig_lagg0": LINES,
        "create_args_lagg0": st.lists(WORDS.filter(lambda word: "2001" not in word), max_size=3)
        .map(" ".join)
        .filter(lambda text: "NOAUTO" not in text),
        "ifconfig_lagg0_ipv6": st.sampled_from(["inet6 2001:db8::2/64", "2001:db8::3/64"]),
        "ifconfig_lagg0_aliases": ALIAS.filter(lambda word: word.startswith("inet")),
        "ifconfig_lagg0_alias0": ALIAS,
        "ifconfig_lagg0_alias10": ALIAS,
        "ifconfig_lagg0_descr": st.sampled_from(["a b", "x"]),
        "ipv4_addrs_lagg0": st.sampled_from(["192.0.2.40/24", "192.0.2.50-51/28 198.51.100.9/24"]),
        "ifconfig_vtnet1": PORT,
        "ifconfig_vtnet2": PORT,
        "ifconfig_em0": PORT,
        "ifconfig_DEFAULT": st.sampled_from(["up", "mtu 1600"]),
        "network_interfaces": st.sampled_from(["auto", "lo0 vtnet0 vtnet1", "lo0 vtnet0"]),
        "vlans_lagg0": st.just("30"),
        "ifconfig_lagg0_30": st.sampled_from(["inet 10.9.0.1/24", "up"]),
    },
)


def facts(host: HostState) -> dict[str, object]:
    return {
        name: (
            found.up,
            found.mtu,
            found.description,
            sorted(str(e.address) for e in found.addresses if not e.address.ip.is_link_local),
            found.lagg and found.lagg.protocol,
            sorted(port.name for port in found.lagg.ports) if found.lagg else [],
        )
        for name, found in host.interfaces.items()
        if name != "lo0"
    }


@settings(max_examples=8, deadline=None)
@given(RC_CONF, st.sampled_from(["freebsd-13.2", "freebsd-15"]))
def test_the_next_boot_is_as_it_was_said(rc_conf: dict[str, str], release: str) -> None:
    made = CommitRig(release)
    lines = "".join(f'{name}="{value}"\n' for name, value in rc_conf.items())
    made.nas.run("cat >> /etc/rc.conf", lines.encode())

    # The recorded host of that release names itself otherwise.
    system = "FreeBSD nas.test " + {"freebsd-13.2": "13.2", "freebsd-15": "15.0"}[release]
    boot = next_boot(dataclasses.replace(made.state(), system=system))
    made.nas.reboot()
    made.clock.sleep(100)

    said = {
        name: (
            found.up,
            found.mtu,
            found.description,
            sorted(str(each) for each in found.addresses if not each.ip.is_link_local),
            found.protocol if found.lagg else None,
            sorted(found.ports),
        )
        for name, found in boot.interfaces.items()
        if name != "lo0"
    }
    assert said == facts(made.state())
