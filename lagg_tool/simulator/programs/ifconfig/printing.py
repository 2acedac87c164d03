"""What ifconfig prints of an interface (status() of ifconfig.c and each af_*.c, if*.c)."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address
from types import MappingProxyType

from lagg_tool.simulator.kernel.addresses import (
    Inet6Address,
    Inet6Flag,
    InetAddress,
    scope_of,
    unembed,
)
from lagg_tool.simulator.kernel.flags import IFF, ND6, Kind
from lagg_tool.simulator.kernel.hash import Layer
from lagg_tool.simulator.kernel.interface import NO_ADDRESS, Interface
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.lagg_hooks import Option
from lagg_tool.simulator.kernel.lagg_port import PortFlag
from lagg_tool.simulator.kernel.lagg_protocols import RoundRobin
from lagg_tool.simulator.kernel.media import Media, MediaType
from lagg_tool.simulator.kernel.vlan import PROTOCOL_8021Q, Vlan
from lagg_tool.simulator.release import Behaviour, Release
from lagg_tool.simulator.release.capabilities import Cap
from lagg_tool.wire.slow import Info, State

Names = Mapping[int, str]

_LOWER_UP = 0x1000000


def _names(flags: Iterable[enum.IntFlag]) -> dict[int, str]:
    return {int(flag): str(flag.name) for flag in flags if flag}


_FLAG_NAMES = _names(flag for flag in IFF if flag is not IFF.KNOWSEPOCH) | {_LOWER_UP: "LOWER_UP"}
_CAPABILITY_NAMES = _names(Cap)
_INET6_FLAG_NAMES = _names(flag for flag in Inet6Flag if flag is not Inet6Flag.NODAD)
_ND6_NAMES: Names = MappingProxyType(_names(ND6))
_OPTION_NAMES: Names = MappingProxyType(
    _names(set(Option) - {Option.FLOWID_SHIFT, Option.RR_LIMIT})
)
_PORT_FLAG_NAMES: Names = MappingProxyType(_names(PortFlag))
_LACP_STATE_NAMES: Names = MappingProxyType(_names(State))
_LAYERS = ((Layer.L2, "l2"), (Layer.L3, "l3"), (Layer.L4, "l4"))


@dataclass(frozen=True)
class Wanted:
    """What was asked for: verbose, with supported media, one family only, formats of -f."""

    verbose: bool = False
    media: bool = False
    family: str | None = None
    formats: tuple[str, ...] = ()  # inet:cidr and inet6:cidr; others are as without them


def bits(label: str, value: int, names: Names) -> str:
    """Return a number in hexadecimal and the names of its bits (printb)."""
    named = ",".join(name for bit, name in sorted(names.items()) if value & bit)
    return f"{label}={value:x}<{named}>"


def status(interface: Interface, wanted: Wanted) -> str:
    """Return all that ifconfig prints of an interface; nothing, perhaps, on some releases."""
    release = interface.kernel.release
    silent = Behaviour.SILENT_WITHOUT_FAMILY in release.behaviours
    if silent and wanted.family in ("inet", "inet6") and not has_family(interface, wanted.family):
        return ""
    return "".join(line + "\n" for line in _lines(interface, wanted))


def has_family(interface: Interface, family: str) -> bool:
    """Whether an interface has an address of a family (inet, inet6, link)."""
    if family == "link":
        return True
    kind = InetAddress if family == "inet" else Inet6Address
    return any(isinstance(address, kind) for address in interface.addresses)


def _lines(interface: Interface, wanted: Wanted) -> Iterator[str]:
    release = interface.kernel.release
    every = wanted.family is None
    yield (f"{interface.name}: {_flags(interface)} metric {interface.metric} mtu {interface.mtu}")
    if interface.description:
        yield f"\tdescription: {interface.description}"
    yield from _capabilities(interface, wanted)
    if every or wanted.family == "link":
        yield from _link(interface)
    for family in _families_in_order(interface):
        if every or wanted.family == family:
            yield from _addresses(interface, family, cidr=f"{family}:cidr" in wanted.formats)
    if every:
        yield from _lagg(interface, wanted)
        if interface.groups:
            yield f"\tgroups: {' '.join(interface.groups)}"
        yield from _vlan(interface)
        yield from _media(interface, wanted)
    if (every or wanted.family == "inet6") and interface.nd6:
        yield "\t" + bits("nd6 options", interface.nd6, _ND6_NAMES)
    if every and wanted.verbose and Behaviour.DRIVER_NAME_LINE in release.behaviours:
        yield f"\tdrivername: {interface.driver_name}"


def _flags(interface: Interface) -> str:
    value, release = int(interface.flags), interface.kernel.release
    if Behaviour.LOWER_UP_FLAG in release.behaviours and is_lower_up(interface):
        value |= _LOWER_UP
    return bits("flags", value, flag_names(release))


def is_lower_up(interface: Interface) -> bool:
    """Whether the media have carrier, which a lagg's link state need not agree with.

    Without media it is whether a loopback interface is up (sys/netlink/route/iface.c).
    """
    media = interface.media_status()
    if media is None:
        return interface.kind is Kind.LOOP and interface.up
    lost = media.active.type is MediaType.NONE  # as vtnet says it (cmd-link-down-status)
    keeps = Behaviour.VTNET_KEEPS_LOWER_UP in interface.kernel.release.behaviours
    return media.carrier or (lost and keeps)


def flag_names(release: Release) -> Names:
    """Return the names of interface flags as a release's ifconfig knows them."""
    names = dict(_FLAG_NAMES)
    if Behaviour.DRV_OACTIVE_NAME in release.behaviours:
        names[int(IFF.OACTIVE)] = "DRV_OACTIVE"
    return names


def capability_names(release: Release) -> Names:
    """Return the names of capabilities as a release's ifconfig knows them."""
    names = dict(_CAPABILITY_NAMES)
    if Behaviour.HWSTATS_NAME not in release.behaviours:
        del names[int(Cap.HWSTATS)]
    if Behaviour.NETMAP_NAME not in release.behaviours:
        del names[int(Cap.NETMAP)]
    if Behaviour.MEXTPG_NAME not in release.behaviours:
        names[int(Cap.MEXTPG)] = "NOMAP"
    return names


def _capabilities(interface: Interface, wanted: Wanted) -> Iterator[str]:
    release = interface.kernel.release
    names = capability_names(release)
    if interface.enabled_capabilities:
        yield "\t" + bits("options", interface.enabled_capabilities, names)
    elif Behaviour.OPTIONS_LINE_WHEN_ZERO in release.behaviours:
        yield "\toptions=0"
    if wanted.media and interface.capabilities:
        yield "\t" + bits("capabilities", interface.capabilities, names)


def _link(interface: Interface) -> Iterator[str]:
    if interface.kind is Kind.LOOP:
        return
    yield f"\tether {interface.lladdr.hex(':')}"
    shows_zero = Behaviour.HWADDR_LINE_WHEN_ZERO in interface.kernel.release.behaviours
    if interface.burned_in != interface.lladdr and (
        shows_zero or interface.burned_in != NO_ADDRESS
    ):
        yield f"\thwaddr {interface.burned_in.hex(':')}"


def _families_in_order(interface: Interface) -> list[str]:
    """Return the families in the order of each one's first address (cmpifaddrs), or IPv4 first."""
    found = dict.fromkeys(
        "inet" if isinstance(address, InetAddress) else "inet6" for address in interface.addresses
    )
    by_family = Behaviour.ADDRESSES_BY_FAMILY in interface.kernel.release.behaviours
    return sorted(found) if by_family else list(found)


def _addresses(interface: Interface, family: str, *, cidr: bool) -> Iterator[str]:
    for address in interface.addresses:
        if isinstance(address, InetAddress) and family == "inet":
            yield _inet(address, cidr=cidr)
        elif isinstance(address, Inet6Address) and family == "inet6":
            yield _inet6(interface, address, cidr=cidr)


def _inet(entry: InetAddress, *, cidr: bool) -> str:
    netmask = int(entry.address.netmask)
    text = f"\tinet {entry.address if cidr else f'{entry.address.ip} netmask 0x{netmask:x}'}"
    return text if entry.broadcast is None else f"{text} broadcast {entry.broadcast}"


def _inet6(interface: Interface, entry: Inet6Address, *, cidr: bool) -> str:
    address: IPv6Address = entry.address.ip
    scope = scope_of(address)
    length = entry.address.network.prefixlen
    zone = f"%{interface.name}" if scope else ""
    words = [f"\tinet6 {unembed(address)}{zone}{f'/{length}' if cidr else f' prefixlen {length}'}"]
    words += [name.lower() for bit, name in _INET6_FLAG_NAMES.items() if entry.flags & bit]
    if scope:
        words.append(f"scopeid 0x{scope:x}")
    return " ".join(words)


# -- lagg (iflagg.c)


def _lagg(interface: Interface, wanted: Wanted) -> Iterator[str]:
    if not isinstance(interface, Lagg):
        return
    layers = ",".join(name for layer, name in _LAYERS if layer in interface.layers)
    yield f"\tlaggproto {interface.protocol.name} lagghash {layers}"
    if wanted.verbose:
        yield from _lagg_details(interface)
    for port in interface.ports:
        line = f"\tlaggport: {port.name} " + bits(
            "flags", interface.port_flags(port), _PORT_FLAG_NAMES
        )
        peers = interface.protocol.peers(port)
        if not wanted.verbose or peers is None:
            yield line
            continue
        actor, partner = peers
        yield f"{line} {bits('state', actor.state, _LACP_STATE_NAMES)}"
        yield f"\t\t[{_peer(actor)},"
        yield f"\t\t {_peer(partner)}]"


def _lagg_details(lagg: Lagg) -> Iterator[str]:
    options = lagg.options()
    yield "\tlagg options:"
    yield "\t\t" + bits("flags", options.flags, _OPTION_NAMES)
    yield f"\t\tflowid_shift: {options.flowid_shift}"
    if isinstance(lagg.protocol, RoundRobin):
        yield f"\t\trr_limit: {options.stride}"
    yield "\tlagg statistics:"
    yield f"\t\tactive ports: {options.active}"
    yield f"\t\tflapping: {options.flapping}"
    lag_id = lagg.protocol.lag_id()
    if lag_id is not None:
        yield f"\tlag id: [{_peer(lag_id[0])},"
        yield f"\t\t {_peer(lag_id[1])}]"


def _peer(info: Info) -> str:
    """Return one side of a link (lacp_format_peer)."""
    system = info.system.hex("-").upper()
    return (
        f"({info.system_priority:04X},{system},{info.key:04X},"
        f"{info.port_priority:04X},{info.port:04X})"
    )


# -- vlan, media (ifvlan.c, ifmedia.c)


def _vlan(interface: Interface) -> Iterator[str]:
    if not isinstance(interface, Vlan):
        return
    protocol = "802.1q" if interface.protocol == PROTOCOL_8021Q else f"0x{interface.protocol:04x}"
    parent = interface.parent.name if interface.parent is not None else "<none>"
    yield (
        f"\tvlan: {interface.tag} vlanproto: {protocol} vlanpcp: {interface.priority} "
        f"parent interface: {parent}"
    )


def _media(interface: Interface, wanted: Wanted) -> Iterator[str]:
    media = interface.media_status()
    if media is None:
        return
    active = "" if media.active == media.current else f" ({media.active})"
    yield f"\tmedia: Ethernet {media.current}{active}"
    yield f"\tstatus: {'active' if media.carrier else 'no carrier'}"
    if wanted.media:
        yield "\tsupported media:"
        yield from (f"\t\t{line}" for line in _supported(media.supported))


def _supported(supported: Iterable[Media]) -> Iterator[str]:
    for media in supported:
        option = " mediaopt full-duplex" if media.full_duplex else ""
        yield f"media {media.type.value}{option}"
