"""From one configuration of a lagg to another: the commands, in an order that is safe.

``steps_between`` serves both directions: the inverse of a change is the way from what is
wanted to what was observed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from lagg_tool.command import Command, change, script
from lagg_tool.lagg import OFFLOADS, SWITCHES, Address, HostState, InterfaceState, Protocol
from lagg_tool.nas.freebsd.plan.config import (
    DEFAULT_SHIFT,
    LaggConfig,
    after_attach,
    capable_offloads,
    common_offloads,
    fresh_shift,
    fresh_switches,
    primary_after,
)
from lagg_tool.nas.freebsd.settings import PortSettings, Setting


@dataclass(frozen=True)
class Step:
    """One command that changes the host, and why it is needed."""

    command: Command
    why: str


Facts = Mapping[str, PortSettings]

# A lagg's IPv6 addresses that the kernel made cannot be predicted: all are removed.
_NO_IPV6 = """\
ifconfig "$1" | while read -r word address rest; do
    [ "$word" = inet6 ] && ifconfig "$1" inet6 "$address" -alias
done
ifconfig "$1" inet6 -accept_rtadv ifdisabled"""
# The lease's address stays when dhclient goes, and before the first lease there is no pid in
# its file: it is known by its title then, or by its arguments. The other words are addresses
# that stay.
_NO_DHCP = """\
name=$1
shift
pid=$(cat "/var/run/dhclient/dhclient.$name.pid" 2>/dev/null) && kill "$pid"
pkill -f "^dhclient: $name( |\\$)|^(/sbin/)?dhclient $name\\$"
ifconfig "$name" inet | while read -r word address rest; do
    [ "$word" = inet ] || continue
    case " $* " in
    *" $address "*) ;;
    *) ifconfig "$name" inet "$address" -alias ;;
    esac
done
true"""


def settings_of(interface: InterfaceState) -> PortSettings:
    """Return what has to be restored when this interface stops being a port."""
    addresses = tuple((_family(each.address), str(each.address)) for each in interface.addresses)
    return PortSettings(mtu=interface.mtu, addresses=addresses, up=interface.up)


def steps_between(
    before: LaggConfig | None,
    after: LaggConfig | None,
    host: HostState,
    facts: Facts,
    *,
    back: bool = False,
) -> tuple[Step, ...]:
    """Return the commands that lead from ``before`` to ``after``; none if they are the same.

    ``facts`` are the settings of ports that leave. ``host`` was observed before anything was
    done; ``back``: it is no longer so, since a change is being undone, perhaps halfway.
    """
    if after is None:
        return () if before is None else _destroy(before, facts)
    if before is None:
        return _create(after, host, back=back)
    return _modify(before, after, host, facts, back=back)


def _ifconfig(why: str, *words: str) -> Step:
    return Step(change("ifconfig", *words), why)


def _family(address: Address) -> str:
    return "inet" if address.version == 4 else "inet6"


def _destroy(before: LaggConfig, facts: Facts) -> tuple[Step, ...]:
    steps = [_ifconfig("remove the LAGG; its ports become free", before.name, "destroy")]
    for port in before.ports:
        steps += _leave(port, facts.get(port, PortSettings()))
    return tuple(steps)


def _leave(port: str, settings: PortSettings) -> list[Step]:
    """Put a port back: a lagg leaves its MTU behind (B-19), and on some releases takes it down."""
    whys = {
        Setting.MTU: "the port's own MTU (B-19)",
        Setting.ADDRESS: "the port's own address, which joining a LAGG removed",
        Setting.UP: f"the port was {'up' if settings.up else 'down'} before",
    }
    return [_ifconfig(whys[setting], port, *words) for setting, words in settings.words]


def _join(lagg: str, ports: Iterable[str], host: HostState, shaken: Container[str]) -> list[Step]:
    """Add ports, each brought up before; ``shaken`` are those that may have gone down since."""
    steps: list[Step] = []
    for port in ports:
        found = host.interfaces.get(port)
        if found is None or not found.up or port in shaken:
            why = "a port that is down carries nothing, and not every release brings it up"
            steps.append(_ifconfig(why, port, "up"))
        steps.append(_ifconfig(f"add port {port}", lagg, "laggport", port))
    return steps


def _create(after: LaggConfig, host: HostState, *, back: bool) -> tuple[Step, ...]:
    name = after.name
    first = host.interfaces.get(after.ports[0]) if after.ports else None
    # Where sysctls ask for other defaults, not every release heeds them (B-04): set them.
    unsure = fresh_switches(host) ^ {"USE_NUMA"}
    shift = fresh_shift(host)
    bare = LaggConfig(
        name=name,
        protocol=after.protocol,
        ports=after.ports,
        mtu=first.mtu if first and not back else 0,
        up=False,
        switches=after_attach(
            (fresh_switches(host) - unsure) | (unsure - after.switches), after.protocol, host
        ),
        flowid_shift=shift if shift == DEFAULT_SHIFT else None,
        rr_limit=1 if after.protocol is Protocol.ROUNDROBIN else None,
        enabled=None if back else common_offloads(after.ports, host),
    )
    steps = [
        _ifconfig("create the LAGG", name, "create"),
        _ifconfig(f"protocol {after.protocol.value}", name, "laggproto", after.protocol.value),
        *_join(name, after.ports, host, after.ports if back else ()),
        *_settings(bare, after, host),
    ]
    return tuple(steps)


def must_reseat(before: LaggConfig, after: LaggConfig, host: HostState, *, back: bool) -> str:
    """Return why all ports have to be taken out and put back; empty if they need not be."""
    if before.lacp != after.lacp and before.ports:
        return (
            "a change from or to LACP leaves the LAGG's link state stale while ports are in it"
            " (B-01): they are taken out, the protocol is changed, and they are put back"
        )
    primary_counts = back or after.protocol is Protocol.FAILOVER
    if primary_counts and after.ports[:1] != primary_after(before.ports, after.ports, host):
        return (
            f"{after.ports[0]} can become the primary only as the first port of an empty LAGG"
            " (C-19): all ports are taken out and put back in order"
        )
    if back and _took_capabilities(before, after, host):
        return (
            "a port that could less took capabilities from the others, which get them back"
            " only by leaving: all ports are taken out and put back in order"
        )
    return ""


def _took_capabilities(before: LaggConfig, after: LaggConfig, host: HostState) -> bool:
    there = host.interfaces
    gone = [there[port] for port in before.ports if port in there and port not in after.ports]
    kept = [there[port] for port in after.ports if port in there]
    return any(each.enabled - other.enabled for each in kept for other in gone)


def _modify(
    before: LaggConfig, after: LaggConfig, host: HostState, facts: Facts, *, back: bool
) -> tuple[Step, ...]:
    reason = must_reseat(before, after, host, back=back)
    gone = tuple(port for port in before.ports if port not in after.ports)
    new = tuple(port for port in after.ports if port not in before.ports)
    shaken = before.ports + after.ports if back else before.ports
    steps = (
        _reseat(before, after, host, shaken) if reason else _exchange(before, after, host, shaken)
    )
    for port in gone:
        steps += _leave(port, facts.get(port, PortSettings()))
    switches, mtu, enabled = before.switches, before.mtu, before.enabled
    if before.protocol is not after.protocol:
        switches = after_attach(switches, after.protocol, host)
    if reason or gone or new:
        # Ports lose the fast timeout when they are added, or the primary changes (B-11).
        switches = switches - {"LACP_FAST_TIMO"}
    first = host.interfaces.get(after.ports[0]) if after.ports else None
    if (reason or not before.ports) and first:
        # The first port of an empty LAGG dictates it.
        mtu = 0 if back else before.mtu if first.name in before.ports else first.mtu
        # A port that leaves gets its own capabilities back, which the lagg hides.
        enabled = None if before.ports else common_offloads(after.ports, host)
    now = dataclasses.replace(
        before,
        mtu=mtu,
        switches=switches,
        rr_limit=before.rr_limit if before.protocol is after.protocol else 1,
        enabled=enabled,
    )
    return tuple(steps + _settings(now, after, host))


def _protocol(before: LaggConfig, after: LaggConfig) -> list[Step]:
    word = after.protocol.value
    if before.protocol is after.protocol:
        return []
    return [_ifconfig(f"protocol {word}", after.name, "laggproto", word)]


def _reseat(
    before: LaggConfig, after: LaggConfig, host: HostState, shaken: Container[str]
) -> list[Step]:
    """Take all ports out, the primary last, so that the MAC address changes only once."""
    name = after.name
    return [
        *(
            _ifconfig(f"take port {port} out", name, "-laggport", port)
            for port in reversed(before.ports)
        ),
        *_protocol(before, after),
        *_join(name, after.ports, host, shaken),
    ]


def _exchange(
    before: LaggConfig, after: LaggConfig, host: HostState, shaken: Container[str]
) -> list[Step]:
    """Add new ports before old ones leave: the LAGG carries traffic all the while."""
    name = after.name
    new = [port for port in after.ports if port not in before.ports]
    gone = [port for port in before.ports if port not in after.ports]
    return [
        *_join(name, new, host, shaken),
        *(_ifconfig(f"remove port {port}", name, "-laggport", port) for port in gone),
        *_protocol(before, after),
    ]


def _settings(now: LaggConfig, after: LaggConfig, host: HostState) -> list[Step]:
    """Return the commands for everything but protocol and ports."""
    name = after.name
    steps: list[Step] = []
    if now.mtu != after.mtu:
        steps.append(_ifconfig("MTU of the LAGG and its ports", name, "mtu", str(after.mtu)))
    if now.layers != after.layers and after.layers:
        layers = ",".join(after.layers)
        steps.append(_ifconfig("layers of the hash", name, "lagghash", layers))
    steps += _switch_steps(now, after)
    if after.flowid_shift is not None and now.flowid_shift != after.flowid_shift:
        shift = str(after.flowid_shift)
        steps.append(_ifconfig("shift of flow identifiers", name, "flowid_shift", shift))
    if after.rr_limit is not None and now.rr_limit != after.rr_limit:
        limit = str(after.rr_limit)
        steps.append(_ifconfig("packets per port and turn", name, "rr_limit", limit))
    steps += _offload_steps(now, after, host)
    if now.description != after.description:
        words = ("description", after.description) if after.description else ("-description",)
        steps.append(_ifconfig("description", name, *words))
    if now.up != after.up:
        word = "up" if after.up else "down"
        steps.append(_ifconfig(f"the LAGG is {word}", name, word))
    return steps + _address_steps(now, after)


def _switch_steps(now: LaggConfig, after: LaggConfig) -> list[Step]:
    have = set(now.switches)
    words: list[str] = []
    if "USE_FLOWID" in have and "USE_FLOWID" not in after.switches:
        words.append("-use_flowid")
        have -= {"USE_FLOWID", "USE_NUMA"}  # B-17: both go
    for word, (flag, only) in SWITCHES.items():
        if only not in (None, after.protocol.value):
            continue
        if flag in after.switches and flag not in have:
            words.append(word)
        elif flag in have and flag not in after.switches:
            words.append(f"-{word}")
    return [_ifconfig("options of the LAGG", after.name, *words)] if words else []


def _offload_steps(now: LaggConfig, after: LaggConfig, host: HostState) -> list[Step]:
    """Switch what differs; if the present state is unknown, all that can be switched."""
    if after.enabled is None or not after.ports:
        return []
    may = capable_offloads(after.ports, host)
    off = (may if now.enabled is None else now.enabled) - after.enabled
    on = after.enabled - (now.enabled or frozenset())
    words = [f"-{word}" for word, flag in OFFLOADS.items() if flag in off]
    words += [word for word, flag in OFFLOADS.items() if flag in on]
    return [_ifconfig("hardware offloading", after.name, *words)] if words else []


def _address_steps(now: LaggConfig, after: LaggConfig) -> list[Step]:
    name = after.name
    steps: list[Step] = []
    if now.dhcp and not after.dhcp:
        stay = [str(each.ip) for each in now.addresses if each.version == 4]
        why = "no DHCP any more, and no address of a lease"
        steps.append(Step(script(_NO_DHCP, name, *stay), why))
    # What stays has to be the beginning of what is wanted: new ones come after the old.
    kept = [address for address in now.addresses if address in after.addresses]
    while tuple(kept) != after.addresses[: len(kept)]:
        kept.pop()
    for address in now.addresses:
        if address not in kept:
            family, ip = _family(address), str(address.ip)
            steps.append(_ifconfig("remove an address", name, family, ip, "-alias"))
    auto = ("accept_rtadv",) if after.ipv6_auto else ("-accept_rtadv",) if now.ipv6_auto else ()
    if after.ipv6 and not now.ipv6:
        # Before the addresses, as network.subr does: the link-local one is the first then.
        steps.append(_ifconfig("IPv6", name, "inet6", "-ifdisabled", *auto))
    for address in after.addresses[len(kept) :]:
        family = _family(address)
        steps.append(_ifconfig("add an address", name, family, str(address), "alias"))
    if now.ipv6 and not after.ipv6:
        steps.append(Step(script(_NO_IPV6, name), "IPv6 was disabled"))
    elif now.ipv6 and now.ipv6_auto != after.ipv6_auto:
        steps.append(_ifconfig("IPv6 autoconfiguration", name, "inet6", *auto))
    if after.dhcp and not now.dhcp:
        command = change("daemon", "-f", "dhclient", name)
        steps.append(Step(command, "ask for an IPv4 address by DHCP"))
    return steps
