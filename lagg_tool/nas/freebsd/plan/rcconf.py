"""What rc.conf(5) has to say about a lagg, for network.subr to bring it up at boot.

Only variables that a lagg's creation writes are touched, and of cloned_interfaces only the
lagg's own word.
"""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_interface

from lagg_tool.lagg import SWITCHES, Address, HostState, Record
from lagg_tool.nas.freebsd.plan.config import (
    DEFAULT_LAYERS,
    DEFAULT_SHIFT,
    LaggConfig,
    dhcp_in,
    fresh_shift,
    own_variables,
    unsure_at_boot,
)


class Edit(enum.Enum):
    """How a variable changes."""

    SET = "set"
    DELETE = "delete"
    ADD_WORD = "add word"
    REMOVE_WORD = "remove word"


@dataclass(frozen=True)
class RcChange:
    """One change of one variable: ``value`` is its new value, or the word."""

    edit: Edit
    variable: str
    value: str = ""
    before: str | None = None

    @property
    def after(self) -> str | None:
        """The value when the change is made; None if the variable is gone."""
        words = (self.before or "").split()
        match self.edit:
            case Edit.SET:
                return self.value
            case Edit.DELETE:
                return None
            case Edit.ADD_WORD:
                return " ".join([*words, self.value])
            case Edit.REMOVE_WORD:
                return " ".join(word for word in words if word != self.value)


def as_written(host: HostState, changes: Iterable[RcChange]) -> HostState:
    """Return the host as it is once rc.conf has these changes.

    Only rc.conf says whether a lagg asks for a lease, since a lease may never come.
    """
    rc_conf = dict(host.rc_conf)
    for each in changes:
        if each.after is None:
            rc_conf.pop(each.variable, None)
        else:
            rc_conf[each.variable] = each.after
    return dataclasses.replace(host, rc_conf=rc_conf)


def _family(address: Address) -> str:
    return "inet" if address.version == 4 else "inet6"


# The switches that a new lagg has on, whatever the sysctls say.
_USUAL = frozenset({"USE_NUMA", "LACP_STRICT"})


def _option_words(config: LaggConfig, host: HostState) -> list[str]:
    """Return the options that differ from a new lagg's, or may differ at the next boot."""
    differs = (config.switches ^ _USUAL) | unsure_at_boot(host)
    words: list[str] = []
    for word, (flag, only) in SWITCHES.items():
        if only not in (None, config.protocol.value):
            continue
        # -use_flowid clears use_numa as well (B-17).
        if flag in differs or (flag == "USE_NUMA" and "-use_flowid" in words):
            words.append(word if flag in config.switches else f"-{word}")
    shift, usual = config.flowid_shift, fresh_shift(host) == DEFAULT_SHIFT
    if shift is not None and not (usual and shift == DEFAULT_SHIFT):
        words += ["flowid_shift", str(shift)]
    if config.rr_limit not in (None, 1):
        words += ["rr_limit", str(config.rr_limit)]
    return words


def boot_value(config: LaggConfig, host: HostState) -> str:
    """Return the value of ifconfig_NAME: one line of arguments for ifconfig."""
    words = ["laggproto", config.protocol.value]
    for port in config.ports:
        words += ["laggport", port]
    if config.layers not in ((), DEFAULT_LAYERS):
        words += ["lagghash", ",".join(config.layers)]
    words += [*_option_words(config, host), *config.boot_offloads]
    if config.mtu != 1500:
        words += ["mtu", str(config.mtu)]
    first = next((each for each in config.addresses if each.version == 4), None)
    if first is not None:
        words.append(str(first))  # no "inet": it counts only as the first word
    if config.dhcp:
        words.append("DHCP")
    return " ".join(words)


def boot_variables(config: LaggConfig, host: HostState) -> dict[str, str]:
    """Return the lagg's own variables and their values."""
    name = f"ifconfig_{config.name}"
    found = {name: boot_value(config, host)}
    static = config.addresses
    first4 = next((each for each in static if each.version == 4), None)
    first6 = next((each for each in static if each.version == 6), None)
    if first6 is not None or config.ipv6_auto:
        words = ["inet6"] + ([str(first6)] if first6 else [])
        found[f"{name}_ipv6"] = " ".join(words + (["accept_rtadv"] if config.ipv6_auto else []))
    if config.description:
        found[f"{name}_descr"] = config.description
    others = [each for each in static if each not in (first4, first6)]
    for place, address in enumerate(others):
        found[f"{name}_alias{place}"] = f"{_family(address)} {address}"
    return found


_PAIRS = ("laggproto", "lagghash", "flowid_shift", "rr_limit", "mtu")


def meaning(value: str, host: HostState) -> object:
    """Return the meaning of a value of ifconfig_NAME: equal for other words for the same."""
    said: dict[str, object] = {"mtu": "1500", "lagghash": ",".join(DEFAULT_LAYERS)}
    if fresh_shift(host) == DEFAULT_SHIFT:
        said["flowid_shift"] = str(DEFAULT_SHIFT)
    ports: list[str] = []
    rest: list[str] = []
    words = iter(value.split())
    for word in words:
        if word in _PAIRS:
            said[word] = next(words, "")
        elif word == "laggport":
            ports.append(next(words, ""))
        elif word == "netmask" and rest:
            try:
                rest[-1] = str(ip_interface(f"{rest[-1]}/{next(words, '')}"))
            except ValueError:
                return value
        elif word not in ("up", "inet"):
            rest.append("DHCP" if dhcp_in(word) else word)
    if said.get("laggproto") != "failover":
        ports[1:] = sorted(ports[1:])  # only the first matters: it gives the MAC address
    return said, ports, sorted(_telling(rest, host))


def _telling(words: list[str], host: HostState) -> list[str]:
    """Return the words without those that set a switch to what it is anyway."""
    if "-use_flowid" in words and not {"use_numa", "-use_numa"} & set(words):
        return words  # it sets use_numa as well (B-17)
    unsure = unsure_at_boot(host)
    idle = {
        word if flag in _USUAL else f"-{word}"
        for word, (flag, _) in SWITCHES.items()
        if flag not in unsure
    }
    return [word for word in words if word not in idle]


def _same(variable: str, old: str | None, new: str, host: HostState) -> bool:
    if old is None or re.search(r"_(ipv6|descr|alias\d+)$", variable):
        return old == new
    return meaning(old, host) == meaning(new, host)


def rc_changes(
    before: LaggConfig | None, after: LaggConfig | None, name: str, host: HostState
) -> tuple[RcChange, ...]:
    """Return the changes of rc.conf that make ``after`` come up at boot."""
    rc_conf = host.rc_conf
    record = host.records.get(name, Record())
    wanted = boot_variables(after, host) if after else {}
    changes = _clone_changes(name, after is not None, rc_conf, record)
    for variable, value in wanted.items():
        if not _same(variable, rc_conf.get(variable), value, host):
            changes.append(RcChange(Edit.SET, variable, value, rc_conf.get(variable)))
    changes += [
        RcChange(Edit.DELETE, variable, "", rc_conf[variable])
        for variable in own_variables(name, rc_conf)
        if variable not in wanted
    ]
    return (*changes, *_port_changes(before, after, rc_conf, record))


def _clone_changes(
    name: str,
    wanted: bool,
    rc_conf: Mapping[str, str],
    record: Record,
) -> list[RcChange]:
    clones = rc_conf.get("cloned_interfaces")
    there = name in (clones or "").split()
    if wanted == there:
        return []
    if wanted:
        return [RcChange(Edit.ADD_WORD, "cloned_interfaces", name, clones)]
    if clones == name and "cloned_interfaces" in record.variables:
        return [RcChange(Edit.DELETE, "cloned_interfaces", "", clones)]
    return [RcChange(Edit.REMOVE_WORD, "cloned_interfaces", name, clones)]


def _port_changes(
    before: LaggConfig | None,
    after: LaggConfig | None,
    rc_conf: Mapping[str, str],
    record: Record,
) -> list[RcChange]:
    """Return the changes of ports: each needs a value to come up at boot, or loses ours."""
    ports = after.ports if after else ()
    changes = [
        RcChange(Edit.SET, f"ifconfig_{port}", "up", rc_conf.get(f"ifconfig_{port}"))
        for port in ports
        if not rc_conf.get(f"ifconfig_{port}")
    ]
    gone = [f"ifconfig_{port}" for port in (before.ports if before else ()) if port not in ports]
    changes += [
        RcChange(Edit.DELETE, variable, "", "up")
        for variable in gone
        if variable in record.variables and rc_conf.get(variable) == "up"
    ]
    return changes
