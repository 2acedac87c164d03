"""What rc.conf(5) has to say about a lagg, for network.subr to bring it up at boot.

Only variables that a lagg's creation writes are touched, and of cloned_interfaces only the
lagg's own word.
"""

from __future__ import annotations

import dataclasses
import enum
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from lagg_tool.lagg import SWITCHES, HostState, Record, is_lagg_name
from lagg_tool.nas.freebsd.boot import Variables, next_boot, variable_name, without_addresses
from lagg_tool.nas.freebsd.boot.interface import USUAL_SWITCHES
from lagg_tool.nas.freebsd.boot.variables import DEFAULT
from lagg_tool.nas.freebsd.boot.words import LASTING
from lagg_tool.nas.freebsd.plan.bootview import boot_differences
from lagg_tool.nas.freebsd.plan.config import (
    DEFAULT_LAYERS,
    DEFAULT_SHIFT,
    LaggConfig,
    fresh_shift,
    unsure_at_boot,
)
from lagg_tool.nas.freebsd.plan.routes import over_others
from lagg_tool.nas.freebsd.plan.step import family_of


class Edit(enum.Enum):
    """How a variable changes."""

    SET = "set"
    DELETE = "delete"
    ADD_WORD = "add word"
    REMOVE_WORD = "remove word"


@dataclass(frozen=True)
class RcChange:
    """One change of one variable: ``value`` is its new value, or the word or words."""

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
                return " ".join(word for word in words if word not in self.value.split())


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


def _option_words(config: LaggConfig, host: HostState) -> list[str]:
    """Return the options that differ from a new lagg's, or may differ at the next boot."""
    differs = (config.switches ^ USUAL_SWITCHES) | unsure_at_boot(host)
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


def boot_value(
    config: LaggConfig, host: HostState, own_mtu: int = 1500, lease: str = "DHCP"
) -> str:
    """Return the value of ifconfig_NAME: one line of arguments for ifconfig.

    ``own_mtu`` is what the first port has at the boot, before it joins; ``lease`` is the word
    that asks for a lease.
    """
    words = ["laggproto", config.protocol.value]
    for port in config.ports:
        words += ["laggport", port]
    if config.layers not in ((), DEFAULT_LAYERS):
        words += ["lagghash", ",".join(config.layers)]
    words += [*_option_words(config, host), *config.boot_offloads]
    if (config.mtu, own_mtu) != (1500, 1500):
        words += ["mtu", str(config.mtu)]
    first = next((each for each in config.addresses if each.version == 4), None)
    if first is not None:
        words.append(str(first))  # no "inet": it counts only as the first word
    if config.dhcp:
        words.append(lease)
    return " ".join(words)


def boot_variables(config: LaggConfig, host: HostState, lease: str = "DHCP") -> dict[str, str]:
    """Return the lagg's own variables and their values."""
    boot = next_boot(host)
    first = boot.interfaces.get(config.ports[0]) if config.ports else None
    own_mtu = first.mtu if first is not None and not first.master else None
    name = f"ifconfig_{variable_name(config.name)}"
    found = {name: boot_value(config, host, own_mtu or 0, lease)}
    static = config.addresses
    first4 = next((each for each in static if each.version == 4), None)
    first6 = next((each for each in static if each.version == 6), None)
    if first6 is not None or config.ipv6_auto:
        words = ["inet6"] + ([str(first6)] if first6 else [])
        found[f"{name}_ipv6"] = " ".join(words + (["accept_rtadv"] if config.ipv6_auto else []))
    elif DEFAULT in host.rc_conf:
        found[f"{name}_ipv6"] = ""  # which takes its place
    if config.description:
        found[f"{name}_descr"] = config.description
    others = [each for each in static if each not in (first4, first6)]
    taken = set(kept_variables(config.name, host))
    free = (
        variable
        for number in itertools.count()
        if (variable := f"{name}_alias{number}") not in taken
    )
    for address, variable in zip(others, free, strict=False):
        found[variable] = f"{family_of(address)} {address}"
    return found


def kept_variables(name: str, host: HostState) -> tuple[str, ...]:
    """Return the variables of the lagg that set addresses of CARP only: they are left alone."""
    variables = Variables(host.rc_conf)
    carp: dict[str, bool] = {}
    for variable, words in variables.aliases(name):
        carp[variable] = carp.get(variable, True) and "vhid" in words
    return tuple(variable for variable, only in carp.items() if only)


def rc_changes(
    before: LaggConfig | None,
    after: LaggConfig | None,
    name: str,
    host: HostState,
    moved: Iterable[str] = (),
) -> tuple[RcChange, ...]:
    """Return the changes of rc.conf that make ``after`` come up at boot, and no other.

    ``moved`` are ports whose addresses the LAGG is to have.
    """
    record = host.records.get(name, Record())
    moved = tuple(moved)
    clones = _clone_changes(name, after is not None, host.rc_conf, record)
    ports = [
        *_port_changes(before, after, host, record),
        *(each for port in moved for each in _moved_changes(port, host)),
        *route_changes(dict.fromkeys(moved, name), host),
    ]
    own = Variables(host.rc_conf).names(name)
    if after is None:
        own += made_as(name, host.rc_conf)
        return (*clones, *_deleted(own, host), *ports)
    for each in _mac_changes(after, as_written(host, [*clones, *ports])):
        earlier = next((one for one in ports if one.variable == each.variable), each)
        ports = [one for one in ports if one is not earlier]
        ports.append(dataclasses.replace(each, before=earlier.before))
    lease = _lease_word(after, host)
    host = as_written(host, [*clones, *ports])
    changes = needed_of(
        _settled(after, host, own, lease),
        lambda some: not boot_differences(after, as_written(host, some)),
    )
    return (*clones, *changes, *ports)


def route_changes(names: Mapping[str, str], host: HostState) -> Iterator[RcChange]:
    """Yield the changes of the routes that name an interface, by its new name."""
    for variable, value in over_others(names, host.rc_conf).items():
        yield RcChange(Edit.SET, variable, value, host.rc_conf[variable])


def needed_of(changes: Iterable[RcChange], do: Callable[[list[RcChange]], bool]) -> list[RcChange]:
    """Return the changes without those that are not needed: the others ``do`` without them.

    The last ones are tried first: a variable that may stay does for one that would be new.
    """
    needed = list(changes)
    for each in reversed(tuple(needed)):
        without = [other for other in needed if other is not each]
        if do(without):
            needed = without
    return needed


def _mac_changes(after: LaggConfig, host: HostState) -> Iterator[RcChange]:
    """Yield the changes that give the first port, and a wireless one, the LAGG's MAC address.

    A wireless interface is made with it, as the Handbook has it (create_args_wlan0).
    """
    at_boot = next_boot(host).interfaces
    for port in after.ports if after.mac else ():
        found, state = at_boot.get(port), host.interfaces.get(port)
        if state is None or (found and (found.ether or state.own_mac) == after.mac):
            continue
        if "wlan" in state.groups:
            variable = f"create_args_{variable_name(port)}"
            words = without(("wlanaddr",), host.rc_conf.get(variable, "").split())
            value = " ".join([*words, "wlanaddr", after.mac])
        elif port == after.ports[0]:
            variable = f"ifconfig_{variable_name(port)}"
            words = without(("ether", "link", "lladdr"), host.rc_conf.get(variable, "").split())
            words = words or ["up"]
            value = " ".join(words if state.own_mac == after.mac else ["ether", after.mac, *words])
        else:
            continue
        yield RcChange(Edit.SET, variable, value, host.rc_conf.get(variable))


def without(names: Iterable[str], words: list[str]) -> list[str]:
    """Return words without these and the one behind each."""
    return [
        word
        for place, word in enumerate(words)
        if word not in names and not (place and words[place - 1] in names)
    ]


def _moved_changes(port: str, host: HostState) -> list[RcChange]:
    """Return the changes that leave a port without addresses at boot."""
    main = f"ifconfig_{variable_name(port)}"
    value = host.rc_conf.get(main)
    own = Variables(host.rc_conf).names(port)
    gone = [each for each in own if each not in (main, f"{main}_descr")]
    if value is None:
        return _deleted(gone, host)
    left = " ".join(without_addresses(value.split())) or "up"
    changed = [RcChange(Edit.SET, main, left, value)] if left != value else []
    return changed + _deleted(gone, host)


def _deleted(variables: Iterable[str], host: HostState) -> list[RcChange]:
    return [RcChange(Edit.DELETE, each, "", host.rc_conf[each]) for each in variables]


def _lease_word(after: LaggConfig, host: HostState) -> str:
    """Return how the LAGG asks for a lease, or a port that it does it for: SYNCDHCP waits."""
    variables = Variables(host.rc_conf)
    found = (variables.dhcp_word(each) for each in (after.name, *after.ports))
    return next((word for word in found if word), "DHCP")


def _settled(after: LaggConfig, host: HostState, own: Iterable[str], lease: str) -> list[RcChange]:
    """Return the changes that leave the lagg the variables that this tool writes, and no other."""
    if not boot_differences(after, host):
        return []
    kept = kept_variables(after.name, host)
    # What is deleted decides nothing about the MTU of the ports any more.
    bare = as_written(host, _deleted([each for each in own if each not in kept], host))
    wanted = {
        variable: " ".join([value, *_lasting(host.rc_conf.get(variable, ""))])
        for variable, value in boot_variables(after, bare, lease).items()
    }
    changes = [
        RcChange(Edit.SET, variable, value, host.rc_conf.get(variable))
        for variable, value in wanted.items()
        if host.rc_conf.get(variable) != value
    ]
    gone = [each for each in own if each not in wanted and each not in kept]
    return changes + _deleted(gone, host)


def _lasting(value: str) -> list[str]:
    return [word for word in value.split() if word in LASTING]


def _clone_changes(
    name: str,
    wanted: bool,
    rc_conf: Mapping[str, str],
    record: Record,
) -> list[RcChange]:
    clones = rc_conf.get("cloned_interfaces")
    entries = [each for each in (clones or "").split() if clone_of(each, rc_conf) == name]
    if wanted:
        made = entries or not is_lagg_name(name)  # which no other name can be
        return [] if made else [RcChange(Edit.ADD_WORD, "cloned_interfaces", name, clones)]
    if clones == name and "cloned_interfaces" in record.variables:
        return [RcChange(Edit.DELETE, "cloned_interfaces", "", clones)]
    gone = " ".join(dict.fromkeys(entries))
    return [RcChange(Edit.REMOVE_WORD, "cloned_interfaces", gone, clones)] if gone else []


def clone_of(entry: str, rc_conf: Mapping[str, str]) -> str:
    """Return the name that an entry of cloned_interfaces gets: lagg0:sticky, ifconfig_IF_name."""
    name = entry.partition(":")[0]
    return Variables(rc_conf).of(name, "ifconfig_IF_name") or name


def made_as(name: str, rc_conf: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables that make an interface under another name and rename it."""
    return tuple(
        each
        for variable, value in rc_conf.items()
        if value == name and (first := re.fullmatch(r"ifconfig_(\w+)_name", variable))
        for each in (variable, f"create_args_{first[1]}")
        if each in rc_conf
    )


def _port_changes(
    before: LaggConfig | None,
    after: LaggConfig | None,
    host: HostState,
    record: Record,
) -> list[RcChange]:
    """Return the changes of ports: each needs a value to come up at boot, or loses ours."""
    ports = after.ports if after else ()
    rc_conf = host.rc_conf
    boot, variables = next_boot(host).interfaces, Variables(rc_conf)
    differs = after is not None and bool(boot_differences(after, host))
    changes = [
        RcChange(Edit.SET, variable, "up", rc_conf.get(variable))
        for port in ports
        if not rc_conf.get(variable := f"ifconfig_{variable_name(port)}")
        and (differs or (port in boot and variables.gives_addresses(boot[port])))
    ]
    gone = [port for port in (before.ports if before else ()) if port not in ports]
    for port in gone:
        variable = f"ifconfig_{variable_name(port)}"
        value = rc_conf.get(variable, "")
        words = value.split()
        if before and has_mac_of(before, port, rc_conf):
            words = without(("ether", "link", "lladdr"), words) or ["up"]
        if variable in record.variables and words == ["up"]:
            changes.append(RcChange(Edit.DELETE, variable, "", value))
        elif words != value.split():
            changes.append(RcChange(Edit.SET, variable, " ".join(words), value))
    return changes


def has_mac_of(lagg: LaggConfig, port: str, rc_conf: Mapping[str, str]) -> bool:
    """Return whether rc.conf gives a port the MAC address that the LAGG has."""
    words = Variables(rc_conf).words(port)
    return bool(lagg.mac) and words[:1] == ["ether"] and words[1:2] == [lagg.mac]


def rc_between(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[RcChange]:
    """Yield the changes that lead from one rc.conf to another."""
    for variable in dict.fromkeys((*after, *before)):
        old, new = before.get(variable), after.get(variable)
        if old == new:
            continue
        if new is None:
            yield RcChange(Edit.DELETE, variable, "", old)
        elif (
            variable == "cloned_interfaces"
            and old
            and new.split()[: len(old.split())] == old.split()
        ):
            added = " ".join(new.split()[len(old.split()) :])
            yield RcChange(Edit.ADD_WORD, variable, added, old)
        else:
            yield RcChange(Edit.SET, variable, new, old)
