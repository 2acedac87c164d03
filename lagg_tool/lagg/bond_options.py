"""The table ``[bond]``: options of Linux's bonding driver, of which only known ones are taken.

They are named as iproute2 and the driver name them (Documentation/networking/bonding.rst of
Linux 6.1). What is not said is as the driver has it, but for ``miimon`` and ``primary``: see
``nas.linux.plan.config``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lagg_tool.errors import SpecError

HASH_POLICIES = ("layer2", "layer2+3", "layer3+4", "encap2+3", "encap3+4", "vlan+srcmac")

# Each option: what it takes (words, or a range), and the protocols that the driver takes it
# with; none is any.
_LACP, _FAILOVER = ("lacp",), ("failover",)
OPTIONS: dict[str, tuple[tuple[str, ...] | range, tuple[str, ...]]] = {
    "miimon": (range(60_001), ()),
    "updelay": (range(600_001), ()),
    "downdelay": (range(600_001), ()),
    "lacp_rate": (("slow", "fast"), _LACP),
    "lacp_active": (("on", "off"), _LACP),
    "xmit_hash_policy": (HASH_POLICIES, ("lacp", "loadbalance")),
    "ad_select": (("stable", "bandwidth", "count"), _LACP),
    "min_links": (range(33), _LACP),
    "primary": ((), _FAILOVER),
    "primary_reselect": (("always", "better", "failure"), _FAILOVER),
    "fail_over_mac": (("none", "active", "follow"), _FAILOVER),
    "num_grat_arp": (range(256), _FAILOVER),
    "all_slaves_active": (range(2), ()),
    "packets_per_slave": (range(65_536), ("roundrobin",)),
    "resend_igmp": (range(256), ()),
}
_REFUSED = {
    "mode": (
        "the field protocol says the mode, and balance-tlb and balance-alb are not offered",
        'write protocol = "failover" or "loadbalance", for example',
    ),
    "arp_interval": (
        "links are watched by miimon, and the driver takes one of the two",
        "set miimon",
    ),
}


@dataclass(frozen=True)
class BondOptions:
    """The options that were said, as iproute2 takes them, in the order of ``OPTIONS``."""

    said: tuple[tuple[str, str], ...] = ()

    def get(self, option: str) -> str | None:
        """Return the value that was said of an option."""
        return dict(self.said).get(option)

    def check(self, protocol: str, ports: tuple[str, ...]) -> None:
        """Refuse what the driver refuses with a protocol, or with these ports."""
        for option, value in self.said:
            only = OPTIONS[option][1]
            if only and protocol not in only:
                rule = f"the driver takes it with protocol {' or '.join(only)} only"
                raise _error(option, value, rule, "remove it")
        primary = self.get("primary")
        if primary is not None and primary not in ports:
            raise _error("primary", primary, "the primary is one of the ports", "name a port")
        miimon = int(self.get("miimon") or 100)
        for option in ("updelay", "downdelay"):
            delay = int(self.get(option) or 0)
            if delay and (self.get("miimon") == "0" or delay % miimon):
                rule = f"a delay is a multiple of miimon, which is {self.get('miimon') or 100} ms"
                raise _error(option, delay, rule, "choose such a number of milliseconds")


def _error(option: str, value: object, rule: str, remedy: str) -> SpecError:
    return SpecError(f"bond[{option}]", value, rule, remedy)


def parse_bond(table: object) -> BondOptions:
    """Read the table. Raises SpecError."""
    if not isinstance(table, Mapping):
        raise SpecError("bond", table, "these options are a table", "write [bond], and below it")
    for option, value in table.items():
        if option in _REFUSED:
            raise _error(option, value, *_REFUSED[option])
        if option not in OPTIONS:
            rule = f"known options are {', '.join(OPTIONS)}"
            raise _error(option, value, rule, "remove it, or correct its name")
    return BondOptions(
        tuple((option, _value(option, table[option])) for option in OPTIONS if option in table)
    )


def _value(option: str, value: object) -> str:
    takes = OPTIONS[option][0]
    if isinstance(takes, range):
        if takes == range(2) and isinstance(value, bool):
            return str(int(value))
        if isinstance(value, bool) or not isinstance(value, int) or value not in takes:
            rule = f"it takes a number from {takes[0]} to {takes[-1]}"
            raise _error(option, value, rule, "choose such a number")
        return str(value)
    if not isinstance(value, str) or (takes and value not in takes):
        rule = f"it takes {', '.join(takes)}" if takes else "it takes the name of a port"
        raise _error(option, value, rule, "choose one of these" if takes else "name a port")
    return value
