"""rc.conf files as people write them, for hypothesis: any words, in any order and any quotes."""

from __future__ import annotations

from hypothesis import strategies as st

WORDS = st.sampled_from(
    [
        "create",
        "laggproto failover",
        "laggproto lacp",
        "laggproto roundrobin",
        "laggproto loadbalance",
        "laggport vtnet1",
        "laggport vtnet2",
        "laggport em0",
        "laggport nosuch0",
        "mtu 9000",
        "mtu 1500",
        "mtu 100000",
        "lagghash l2,l3",
        "rr_limit 3",
        "lacp_fast_timeout",
        "use_flowid",
        "192.0.2.10/24",
        "192.0.2.10 netmask 255.255.255.0",
        "inet 192.0.2.10 netmask 255.255.255.0",
        "inet6 2001:db8::1/64",
        "description uplink",
        "up",
        "NOAUTO",
        "vnet www",
        "# an old note",
    ]
)


def _addresses(words: list[str]) -> int:
    return sum("192.0.2." in word or "2001:" in word for word in words)


# The simulated ifconfig does not take a second address, which is that of the other end.
LINES = st.lists(WORDS, max_size=6).filter(lambda words: _addresses(words) < 2).map(" ".join)
PORT = st.sampled_from(
    [
        "up",
        "",
        "up mtu 9000",
        "192.0.2.77/25",
        "inet 203.0.113.7/24 up",
        "mtu 1600",
        "NOAUTO up",
        "up -txcsum",
    ]
)
ALIAS = st.sampled_from(
    [
        "inet 192.0.2.20/32",
        "inet 192.0.2.21 netmask 0xffffffff",
        "inet6 2001:db8::20/128",
        "inet6 2001:db8::30-32/64",
        "inet 198.51.100-101.40/24",
        "inet 192.0.2.50-52 netmask 0xffffffff",
        "198.51.100.3/24",
        "inet 192.0.2.30-32/24",
    ]
)
_CREATE = st.lists(
    WORDS.filter(lambda word: not {"2001", "#", "create"} & {word[:4], word[:1], word}),
    max_size=3,
).filter(lambda words: _addresses(words) < 2)
VARIABLES = st.fixed_dictionaries(
    {
        "cloned_interfaces": st.sampled_from(
            [
                "lagg0",
                "lagg0:sticky",
                "bridge0 lagg0",
                "lagg0 lagg0.7",
                "lagg0 vlan7",
                "epair0 lagg0",
            ]
        )
    },
    optional={
        "ifconfig_lagg0": LINES,
        "create_args_lagg0": _CREATE.map(" ".join).filter(
            lambda text: not {"NOAUTO", "vnet"} & set(text.split())
        ),
        "ifconfig_lagg0_ipv6": st.sampled_from(
            ["inet6 2001:db8::2/64", "2001:db8::3/64", "inet6 accept_rtadv"]
        ),
        "ifconfig_lagg0_aliases": st.lists(
            ALIAS.filter(lambda word: word.startswith("inet")), min_size=1, max_size=3, unique=True
        ).map(" ".join),
        "ifconfig_lagg0_alias0": ALIAS,
        "ifconfig_lagg0_alias10": ALIAS,
        "ifconfig_lagg0_descr": st.sampled_from(["a b", "x"]),
        "ipv4_addrs_lagg0": st.sampled_from(["192.0.2.40/24", "192.0.2.50-51/28 198.51.100.9/24"]),
        "ipv6_ifconfig_lagg0": st.just("2001:db8:5::1 prefixlen 64"),
        "ipv6_enable": st.just("YES"),
        "ipv6_activate_all_interfaces": st.just("YES"),
        "ifconfig_vtnet1": PORT,
        "ifconfig_vtnet2": PORT,
        "ifconfig_em0": PORT,
        "ifconfig_DEFAULT": st.sampled_from(["up", "mtu 1600"]),
        "network_interfaces": st.sampled_from(["auto", "lo0 vtnet0 vtnet1", "lo0 vtnet0"]),
        "vlans_lagg0": st.sampled_from(["30", "30 office", "vlan9"]),
        "ifconfig_lagg0_30": st.sampled_from(["inet 10.9.0.1/24", "up", "mtu 1400"]),
        "create_args_office": st.just("vlan 40"),
        "create_args_vlan9": st.just("vlan 9"),
        "create_args_vlan7": st.just("vlan 7 vlandev lagg0"),
        "ifconfig_vlan7": st.just("inet 10.7.0.1/24"),
        "ifconfig_lagg0_7": st.just("inet 10.7.0.1/24"),
    },
)


def _written(name: str, value: str, style: str) -> str:
    """Return an assignment in one of the ways in which people write it."""
    first, *rest = value.split() or [""]
    behind = " ".join(rest)
    forms = {
        "single": f"{name}='{value}'\n",
        "named": f'_it="{value}"; {name}="$_it"\n',
        "twice": f'{name}="left behind"\n  {name}="{value}"\n',
    }
    if rest:
        forms |= {
            "continued": f'{name}="{first} \\\n    {behind}"  # continued\n',
            "parts": f'{name}="{first}"\n{name}="${{{name}}} {behind}"\n',
        }
    if rest and "#" not in value:
        forms["lines"] = f'{name}="{first}\n\t{behind}"\n'
    return forms.get(style, f'{name}="{value}"\n')


STYLES = ("plain", "plain", "single", "continued", "lines", "parts", "named", "twice")


@st.composite
def rc_texts(draw: st.DrawFn) -> str:
    """Return the text of an rc.conf, with comments."""
    variables = draw(VARIABLES)
    order = draw(st.permutations(sorted(variables)))
    styles = {name: draw(st.sampled_from(STYLES)) for name in order}
    comments = {name: draw(st.sampled_from(["", "# it's a comment\n", "\n"])) for name in order}
    return "".join(comments[name] + _written(name, variables[name], styles[name]) for name in order)
