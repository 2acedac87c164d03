"""Causes in the LAGG itself and in its ports: what ifconfig shows without a partner."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Interface, IPv6Interface, ip_interface

from lagg_tool.command import quote
from lagg_tool.ifconfig import Inet, Inet6, Interface
from lagg_tool.lagg.finding import NOTHING_MORE, Cause, Finding, Seen, is_out_of_lacp, last_seen
from lagg_tool.lagg.media import is_full_duplex, lacp_key, media_in_use, speed_of
from lagg_tool.wire.ethernet import octets


def lagg_down(seen: Seen) -> Iterator[Finding]:
    """Find a LAGG that is administratively down."""
    if "UP" not in seen.lagg.flags:
        yield Finding(
            Cause.LAGG_DOWN,
            seen.lagg.name,
            (seen.lagg.header.text,),
            "Nothing is sent or accepted, and no LACPDU leaves.",
            f"ifconfig {quote(seen.lagg.name)} up",
        )


def no_ports(seen: Seen) -> Iterator[Finding]:
    """Find a LAGG without ports, where its lines were not copied in part."""
    if not seen.lagg.ports and seen.lagg.status:
        yield Finding(
            Cause.NO_PORTS,
            seen.lagg.name,
            ("no laggport line",),
            "There is nothing to send by.",
            f"ifconfig {quote(seen.lagg.name)} laggport PORT",
        )


def protocol_none(seen: Seen) -> Iterator[Finding]:
    """Find the protocol that refuses all traffic."""
    if seen.protocol == "none":
        yield Finding(
            Cause.PROTOCOL_NONE,
            seen.lagg.name,
            (f"laggproto {seen.protocol}", f"status: {seen.lagg.status}"),
            "Protocol none refuses all traffic, although the status line says active.",
            f"ifconfig {quote(seen.lagg.name)} laggproto lacp",
        )


_ASKED_FOR_ONE = re.compile(r"\bifconfig (?:-\w+ )*[a-z]\w*\d")


def port_missing(seen: Seen) -> Iterator[Finding]:
    """Find a port whose own interface is not listed, although those of other ports are."""
    ports = seen.lagg.ports
    absent = [port for port in ports if seen.interface(port) is None]
    if len(absent) == len(ports):
        return  # only the LAGG was listed
    works = seen.protocol == "failover" and any("ACTIVE" in port.flags for port in ports)
    # A listing without lo0 may be one of a few interfaces, as somebody asked for.
    whole = any("LOOPBACK" in each.flags for each in seen.listing.interfaces)
    some = works or any(_ASKED_FOR_ONE.search(line) for line in seen.dmesg)
    for port in absent:
        joined = {"ACTIVE", "COLLECTING"} & set(port.flags.names)
        if not joined and (whole or not some):
            yield Finding(
                Cause.PORT_MISSING,
                port.name,
                (f"laggport: {port.name} flags={port.flags.text}", f"no interface {port.name}"),
                "The LAGG names the port, and there is no such interface among those listed: "
                f"{'' if whole else 'it was not copied, '}the card or its driver is gone, or the "
                "interface has another name.",
                f"ifconfig {quote(port.name)}",
                "the whole output of ifconfig -a, and dmesg, which says why a card detached",
            )


def port_down(seen: Seen) -> Iterator[Finding]:
    """Find a port without carrier."""
    for port in seen.lagg.ports:
        interface = seen.interface(port)
        if not seen.has_link(port) and (interface is None or "UP" in interface.flags):
            yield Finding(
                Cause.PORT_DOWN,
                port.name,
                (
                    f"{port.name} status: {interface.keyed('status')}"
                    if interface
                    else f"last link change of {port.name} in dmesg: DOWN",
                ),
                "Cable, transceiver or the switch's port: no signal arrives.",
                f"ifconfig -v {quote(port.name)}",
                NOTHING_MORE if interface else f"ifconfig {quote(port.name)}: its status",
            )


def no_light(seen: Seen) -> Iterator[Finding]:
    """Find a module that receives nothing while its port has no link."""
    for port in seen.lagg.ports:
        interface = seen.interface(port)
        module = interface.module if interface else None
        if interface is None or module is None or interface.status == "active":
            continue
        dark = [lane for lane in module.lanes if lane.is_dark]
        if dark:
            yield Finding(
                Cause.NO_LIGHT,
                port.name,
                (
                    f"{port.name} {module.plugged}".rstrip(),
                    *(f"lane {lane.name}: RX {lane.rx_mw} mW" for lane in dark),
                ),
                "No light arrives at the module: the fibre is cut, plugged the wrong way round, "
                "or the other end's laser is off.",
                f"ifconfig -v {quote(port.name)}",
                "the light at the other end, measured there; then swap the two fibres of the pair",
            )


def port_not_up(seen: Seen) -> Iterator[Finding]:
    """Find a port that is administratively down."""
    for port in seen.lagg.ports:
        interface = seen.interface(port)
        if interface and "UP" not in interface.flags:
            yield Finding(
                Cause.PORT_NOT_UP,
                port.name,
                (interface.header.text,),
                "lagg(4) does not use a port that is administratively down, and before "
                "FreeBSD 15 does not bring it up either.",
                f"ifconfig {quote(port.name)} up",
            )


def not_full_duplex(seen: Seen) -> Iterator[Finding]:
    """Find a port on which the kernel runs no LACP because of its media."""
    for port in seen.lagg.ports if seen.is_lacp else ():
        interface = seen.interface(port)
        if not (is_out_of_lacp(seen, port) and seen.has_link(port)):
            continue
        state = () if port.state is None else (f"{port.name} state={port.state.text}",)
        if interface is None or interface.media is None:
            yield Finding(
                Cause.OUT_OF_LACP,
                port.name,
                state,
                "The state has no AGGREGATION: the port has no link, or one that FreeBSD does not "
                "know to be full duplex, and runs no LACP.",
                f"ifconfig -v {quote(port.name)}",
                f"ifconfig -v {quote(port.name)}, which prints its media and status",
            )
        elif not is_full_duplex(media_in_use(interface)):
            yield Finding(
                Cause.NOT_FULL_DUPLEX,
                port.name,
                (f"{port.name} media: {media_in_use(interface) or 'none'}", *state),
                "FreeBSD runs LACP only on a link that it knows to be full duplex: this port "
                "sends no LACPDU and joins no group, whatever the switch does. Let both ends "
                "negotiate, or set full duplex on both.",
                f"ifconfig {quote(port.name)} media autoselect",
                NOTHING_MORE if state else "ifconfig -v, whose state shows no AGGREGATION then",
            )
        elif interface.status == "active":
            yield Finding(
                Cause.OUT_OF_LACP,
                port.name,
                (f"{port.name} media: {media_in_use(interface)}", *state),
                "The link is up and full duplex, and yet the state has no AGGREGATION: LACP looks "
                "at the media when the link changes, and did so before the driver knew them.",
                f"ifconfig {quote(port.name)} down; ifconfig {quote(port.name)} up",
                "ifconfig -v after that, whose state has AGGREGATION then",
            )


def speed_mismatch(seen: Seen) -> Iterator[Finding]:
    """Find ports that LACP keeps apart because of their speed."""
    if not seen.is_lacp:
        return
    media: dict[str, str] = {}
    speeds: dict[str, int] = {}
    keys: dict[str, int] = {}
    for port in seen.lagg.ports:
        interface = seen.interface(port)
        if is_out_of_lacp(seen, port) or not seen.has_link(port):
            continue
        if (key := lacp_key(port)) is not None:
            keys[port.name] = key
        if interface is not None and (speed := speed_of(media_in_use(interface))):
            speeds[port.name] = speed
            media[port.name] = media_in_use(interface).split(" ")[0]
    by_key = len(keys) > 1
    if len(set((keys if by_key else speeds).values())) > 1:
        shown = [
            f"{name}: {media[name]}" if name in media else f"{name}: key {keys[name]:04X}"
            for name in {**speeds, **keys}
        ]
        first = next(iter(speeds or keys))
        yield Finding(
            Cause.SPEED_MISMATCH,
            seen.lagg.name,
            tuple(shown),
            "The LACP key holds the speed: ports of different speed never join one aggregator, "
            "and only one aggregator carries traffic.",
            f"ifconfig -m {first}",
            "nothing more: the keys of the ports differ"
            if by_key
            else "ifconfig -v, which prints each port's key",
        )


def port_has_address(seen: Seen) -> Iterator[Finding]:
    """Find addresses that were left on a port."""
    for port in seen.lagg.ports:
        interface = seen.interface(port)
        shown = [str(each) for each in networks(interface)] if interface else []
        if shown:
            address = shown[0].partition("/")[0]
            yield Finding(
                Cause.PORT_HAS_ADDRESS,
                port.name,
                tuple(f"{port.name} {address}" for address in shown),
                "An address of a port is of no use (S-10), and its route sends traffic of that "
                "network into the port instead of the LAGG. It belongs to the LAGG.",
                f"ifconfig {quote(port.name)} {_family(address)} {address} -alias",
                "netstat -rn: a route of this network that leaves by the port",
            )


def other_mac(seen: Seen) -> Iterator[Finding]:
    """Find a wireless port with a MAC address that the LAGG does not send with."""
    for port in seen.lagg.ports:
        interface = seen.interface(port)
        media = interface.media.selected if interface and interface.media else ""
        if interface is None or not ("wlan" in interface.groups or media.startswith("IEEE 802.11")):
            continue
        ours, theirs = seen.lagg.ether, interface.ether
        if octets(ours or "") and octets(theirs or "") and ours != theirs:
            yield Finding(
                Cause.OTHER_MAC,
                port.name,
                (f"{seen.lagg.name} ether {ours}", f"{port.name} ether {theirs}"),
                "An access point takes only frames with the MAC address that has associated, and "
                "the LAGG sends with its own: nothing goes through while the wireless port is "
                "active. Make them equal where the interface is made, in rc.conf.",
                f"sysrc {quote(f'create_args_{port.name}+= wlanaddr {ours}')}",
                "tcpdump on the wireless port: frames leave with the LAGG's address, none return",
            )


def vlan_on_port(seen: Seen) -> Iterator[Finding]:
    """Find a VLAN whose parent is a port."""
    for port in seen.lagg.ports:
        for interface in seen.listing.interfaces:
            if interface.vlan and interface.vlan.parent == port.name:
                tag = interface.vlan.tag
                yield Finding(
                    Cause.VLAN_ON_PORT,
                    port.name,
                    (f"{interface.name}: {interface.vlan.text.strip()}",),
                    "lagg(4) takes what arrives at its port before VLANs see it: the VLAN is deaf. "
                    "It belongs on the LAGG.",
                    f"ifconfig {quote(interface.name)} destroy; "
                    f"ifconfig vlan create vlan {tag} vlandev {quote(seen.lagg.name)}",
                )


def port_in_bridge(seen: Seen) -> Iterator[Finding]:
    """Find a bridge that has a port for its member, which it may have had before the LAGG."""
    for port in seen.lagg.ports:
        for interface in seen.listing.interfaces:
            if port.name in interface.members:
                bridge = quote(interface.name)
                yield Finding(
                    Cause.PORT_IN_BRIDGE,
                    port.name,
                    (f"{interface.name} member: {port.name}",),
                    "lagg(4) takes what arrives at its port before the bridge sees it, while the "
                    "bridge still sends by the port, past the LAGG. The bridge is to have "
                    "the LAGG, not its port.",
                    f"ifconfig {bridge} deletem {quote(port.name)}; "
                    f"ifconfig {bridge} addm {quote(seen.lagg.name)}",
                )


def same_network(seen: Seen) -> Iterator[Finding]:
    """Find an interface beside the LAGG with an address of the LAGG's network."""
    ports = {port.name for port in seen.lagg.ports}
    ours = networks(seen.lagg)
    reported: set[str] = set()
    for interface in seen.listing.interfaces:
        name = interface.name
        if name in {seen.lagg.name, *ports, *reported} or "UP" not in interface.flags:
            continue
        if seen.lagg.name in interface.members:
            continue  # what this bridge sends may leave by the LAGG
        if "LOOPBACK" in interface.flags or "carp" in interface.groups or name.startswith("carp"):
            continue
        for theirs in networks(interface):
            both = [each for each in ours if each.version == theirs.version]
            if any(
                theirs.network.overlaps(each.network)
                and min(theirs.network.num_addresses, each.network.num_addresses) > 1
                for each in both
            ):
                reported.add(name)
                yield Finding(
                    Cause.SAME_NETWORK,
                    name,
                    (f"{seen.lagg.name} {both[0]}", f"{name} {theirs}"),
                    "Two interfaces in one network: FreeBSD sends by the one whose route came "
                    "first, so that the LAGG may carry nothing, or answers leave by the other "
                    "card.",
                    f"ifconfig {quote(name)} {_family(str(theirs))} {theirs.ip} -alias",
                    "netstat -rn: the interface (Netif) of this network's route",
                )
                break


def networks(interface: Interface) -> list[IPv4Interface | IPv6Interface]:
    """Return the addresses that someone configured, each with its network."""
    found = []
    lines: list[Inet | Inet6] = [*interface.inet, *interface.inet6]
    for line in lines:
        ip, length = line.ip, line.prefixlen
        if ip is None or length is None or length > ip.max_prefixlen:
            continue
        if not (ip.is_link_local or ip.is_unspecified):
            found.append(ip_interface(f"{ip}/{length}"))
    return found


def _family(address: str) -> str:
    return "inet6" if ":" in address else "inet"


_TAG = 4


def mtu(seen: Seen) -> Iterator[Finding]:
    """Find a port, a VLAN or a bridge with an MTU that does not fit to that of the LAGG."""
    for port in seen.lagg.ports:
        interface = seen.interface(port)
        if interface is not None and interface.mtu != seen.lagg.mtu:
            yield Finding(
                Cause.MTU,
                port.name,
                (f"{seen.lagg.name} mtu {seen.lagg.mtu}", f"{port.name} mtu {interface.mtu}"),
                "A port with another MTU than its LAGG drops what does not fit.",
                f"ifconfig {quote(seen.lagg.name)} mtu {seen.lagg.mtu}",
            )
    ours = seen.lagg.mtu
    for name in dict.fromkeys(each.name for each in seen.listing.interfaces):
        above = last_seen(seen.listing, name)
        if above is None:
            continue
        vlan = above.vlan is not None and above.vlan.parent == seen.lagg.name
        meaning = ""
        if vlan and above.mtu > ours:
            meaning = (
                "The VLAN sends frames that its LAGG is not made for, and ports drop them. It kept"
                " its MTU when that of the LAGG became smaller."
            )
        elif vlan and above.mtu == ours - _TAG:
            meaning = (
                "A port's driver leaves no room for the tag of a VLAN (no VLAN_MTU in its options):"
                " hosts of the VLAN with the whole MTU send what this one does not take."
            )
        elif seen.lagg.name in above.members and above.mtu != ours:
            meaning = "A bridge and its members need one MTU: what does not fit is dropped."
        if meaning:
            yield Finding(
                Cause.MTU,
                name,
                (f"{seen.lagg.name} mtu {ours}", f"{name} mtu {above.mtu}"),
                meaning,
                f"ifconfig {quote(name)} mtu {ours}",
            )
