"""Causes in the bond itself and in its ports: what the driver and iproute2 show of them."""

from __future__ import annotations

from collections.abc import Iterator

from lagg_tool.bond.finding import BondCause, BondSeen
from lagg_tool.command import quote
from lagg_tool.lagg.finding import NOTHING_MORE, Finding
from lagg_tool.wire.ethernet import same_address

_FLAPS = 3  # times that a link failed, before that is a cause of its own
_ENOUGH = 1000  # packets, before what the ports sent is compared
_UNEVEN = 20  # times more than another port


def bond_down(seen: BondSeen) -> Iterator[Finding]:
    """Find a bond that is administratively down."""
    link = seen.links.get(seen.bond.name)
    if link is not None and not link.up:
        yield Finding(
            BondCause.BOND_DOWN,
            link.name,
            (f"{link.name}: {','.join(sorted(link.flags))}",),
            "Nothing is sent or accepted, and no LACPDU leaves.",
            f"ip link set {quote(link.name)} up",
        )


def no_ports(seen: BondSeen) -> Iterator[Finding]:
    """Find a bond without ports."""
    # What iproute2 was asked for may be the bond alone.
    if not seen.bond.ports and (seen.bond.lines or "lo" in seen.links):
        yield Finding(
            BondCause.NO_PORTS,
            seen.bond.name,
            ("no Slave Interface line",),
            "There is nothing to send by.",
            f"ip link set PORT down; ip link set PORT master {quote(seen.bond.name)}",
        )


def no_miimon(seen: BondSeen) -> Iterator[Finding]:
    """Find a bond that watches no link: its MII Status says nothing then."""
    bond = seen.bond
    if bond.miimon != 0 or bond.arp_interval:
        return
    fails_over = bond.mode == "active-backup"
    meaning = (
        "Mode active-backup never fails over: a dead active port stays the active one, and MII"
        " Status still says up. TrueNAS up to 25.10.2.1 made such bonds."
        if fails_over
        else "MII Status says up whatever the link is. Mode balance-xor moves its flows all the"
        " same, since it asks the ports themselves (X-03)."
    )
    yield Finding(
        BondCause.NO_MIIMON,
        bond.name,
        (f"Bonding Mode: {bond.mode}", "MII Polling Interval (ms): 0"),
        meaning,
        f"ip link set {quote(bond.name)} type bond miimon 100",
    )


def dead_and_up(seen: BondSeen) -> Iterator[Finding]:
    """Find ports that the driver takes for up and that have no link."""
    for port in seen.bond.ports:
        link = seen.links.get(port.name)
        if port.has_link and link is not None and not link.carrier:
            yield Finding(
                BondCause.DEAD_AND_UP,
                port.name,
                (f"{port.name} MII Status: up", f"{port.name}: no carrier"),
                "What is sent by this port is lost; nothing moves away from it while the bond does"
                " not look at its links.",
                f"ip link show {quote(port.name)}",
                "a second look: a link that has just gone is noticed within miimon and downdelay",
            )


def port_down(seen: BondSeen) -> Iterator[Finding]:
    """Find ports without a link."""
    for port in seen.bond.ports:
        if port.mii not in ("", "up"):
            link = seen.links.get(port.name)
            off = link is not None and not link.up
            yield Finding(
                BondCause.PORT_DOWN,
                port.name,
                (f"{port.name} MII Status: {port.mii}", f"Link Failure Count: {port.failures}"),
                "The port is administratively down."
                if off
                else "The link is there again, and the bond waits for its updelay."
                if port.mii == "going back"
                else "Cable, transceiver or the switch's port: no signal arrives, or the port is"
                " administratively down.",
                f"ip link set {quote(port.name)} up" if off else f"ethtool {quote(port.name)}",
                NOTHING_MORE
                if off
                else f"ip link show {quote(port.name)}, which says whether it is UP",
            )


def no_speed(seen: BondSeen) -> Iterator[Finding]:
    """Find ports under LACP of which it knows no speed: the LACP machine does not run there."""
    for port in seen.bond.ports if seen.bond.is_lacp else ():
        keyless = port.actor is not None and port.actor.key == 0
        if not port.has_link or not (keyless or (port.speed is None and port.duplex)):
            continue  # drivers of old print no speed
        key = f"port key: {port.actor.key}" if port.actor else "no LACPDU is printed"
        name = quote(port.name)
        if port.speed is None:
            yield Finding(
                BondCause.NO_SPEED,
                port.name,
                (f"{port.name} Speed: Unknown, Duplex: {port.duplex or 'Unknown'}", key),
                "The driver of the NIC reports no speed, so that the key has none and no LACPDU"
                " leaves. Linux 6.1 calls such a port up and sends data by it, to a switch that"
                " waits for LACP; 6.12 calls it down. Virtual NICs are often so.",
                f"ethtool -s {name} speed 1000 duplex full, before it joins",
                f"ethtool {name}, which says Speed: Unknown!",
            )
        else:
            yield Finding(
                BondCause.NO_SPEED,
                port.name,
                (f"{port.name} Speed: {port.speed} Mbps", key),
                "LACP learnt no speed when the port joined or its link came up, and has not asked"
                " again: the key has none, and no LACPDU leaves. Whatever changes the NIC at that"
                " moment, such as udev, does so.",
                f"ip link set {name} down; ip link set {name} up",
                f"{seen.command} once more: a key of 0 while the port has a link",
            )


def half_duplex(seen: BondSeen) -> Iterator[Finding]:
    """Find ports that run half duplex."""
    for port in seen.bond.ports:
        if port.duplex == "half":
            yield Finding(
                BondCause.HALF_DUPLEX,
                port.name,
                (f"{port.name} Duplex: half",),
                "One end negotiates and the other is set by hand: frames are lost, and LACP gives"
                " such a port a key of its own.",
                f"ethtool {quote(port.name)}",
            )


def speed_mismatch(seen: BondSeen) -> Iterator[Finding]:
    """Find ports of different speed under LACP: their keys differ."""
    speeds = {port.name: port.speed for port in seen.bond.ports if port.has_link and port.speed}
    if seen.bond.is_lacp and len(set(speeds.values())) > 1:
        yield Finding(
            BondCause.SPEED_MISMATCH,
            seen.bond.name,
            tuple(f"{name} Speed: {speed} Mbps" for name, speed in speeds.items()),
            "LACP aggregates ports of one speed only: the others wait until those fail.",
            "ethtool PORT",
        )


def min_links(seen: BondSeen) -> Iterator[Finding]:
    """Find a bond whose aggregator has fewer ports than it needs for a carrier."""
    bond = seen.bond
    ports = bond.aggregator.ports if bond.aggregator else 0
    if bond.min_links and ports is not None and ports < bond.min_links:
        yield Finding(
            BondCause.MIN_LINKS,
            bond.name,
            (f"Min links: {bond.min_links}", f"Number of ports: {ports}"),
            "With fewer ports the bond has no carrier, and nothing is sent.",
            f"ip link set {quote(bond.name)} type bond min_links {max(1, ports)}",
        )


def link_flaps(seen: BondSeen) -> Iterator[Finding]:
    """Find ports whose link failed again and again."""
    for port in seen.bond.ports:
        downs = [line for line in seen.log(port.name) if line.startswith("link status definitely")]
        lost = sum("definitely down" in line for line in downs)
        if (port.failures or 0) >= _FLAPS or lost >= _FLAPS:
            yield Finding(
                BondCause.LINK_FLAPS,
                port.name,
                (f"Link Failure Count: {port.failures}", *downs[-2:]),
                "A cable, a transceiver or the switch's port is bad, or was pulled that"
                " often since the port joined."
                + (
                    " Links are watched by ARP: one also fails when none of its targets answers."
                    if seen.bond.arp_interval
                    else ""
                ),
                f"lagg-tool watch {quote(seen.bond.name)}",
                "lagg-tool watch, which shows when; ethtool -S, which counts errors",
            )


def one_port_sends(seen: BondSeen) -> Iterator[Finding]:
    """Find a hash that puts (almost) all that is sent on one port, although several could send."""
    bond = seen.bond
    if bond.mode not in ("802.3ad", "balance-xor"):
        return
    active = [
        port
        for port in bond.ports
        if port.has_link and (bond.aggregator is None or port.aggregator == bond.aggregator.number)
    ]
    sent = {
        port.name: link.sent
        for port in active
        if (link := seen.links.get(port.name)) is not None and link.sent is not None
    }
    if len(sent) < 2 or max(sent.values()) < _ENOUGH:
        return
    if max(sent.values()) > _UNEVEN * min(sent.values()):
        yield Finding(
            BondCause.ONE_PORT_SENDS,
            bond.name,
            (
                f"Transmit Hash Policy: {bond.hash_policy}",
                *(f"{name} sent {count} packets" for name, count in sent.items()),
            ),
            "One flow always takes one port. With layer2, all that goes to a router has one"
            " hash; with layer2+3, the last octets of MAC and IP addresses that count up together"
            " cancel (X-16): all clients on one of two ports. layer3+4 looks at TCP and UDP ports"
            " too.",
            f"ip link set {quote(bond.name)} type bond xmit_hash_policy layer3+4",
            "the same counters a minute apart while several clients are served: these count since"
            " the boot, and one client alone never uses two ports",
        )


def shared_address(seen: BondSeen) -> Iterator[Finding]:
    """Find an interface outside of the bond that has its MAC address."""
    own = seen.links.get(seen.bond.name)
    for name, link in seen.links.items():
        outside = seen.bond.name not in (name, link.master) and not link.parent
        if own and outside and link.kind == "" and same_address(link.ether, own.ether):
            yield Finding(
                BondCause.SHARED_ADDRESS,
                name,
                (f"{seen.bond.name}: {own.ether}", f"{name}: {link.ether}"),
                "The first port has left, and the bond has kept its MAC address: switches learn the"
                " address at two places as soon as both send.",
                f"ip link set {quote(seen.bond.name)} address MAC-OF-A-PORT-THAT-IS-IN-IT",
                f"both interfaces being up: ip link show {quote(name)}",
            )
    for port in seen.bond.ports:
        others = [
            each.name
            for each in seen.bond.ports
            if each.name > port.name and same_address(each.permanent, port.permanent)
        ]
        if others:
            yield Finding(
                BondCause.SHARED_ADDRESS,
                port.name,
                (f"{port.name} and {', '.join(others)}: Permanent HW addr {port.permanent}",),
                "Two NICs have one permanent MAC address: LACP's partner and fail_over_mac tell"
                " ports apart by it.",
                f"ip -d link show {quote(port.name)}",
            )


def port_has_address(seen: BondSeen) -> Iterator[Finding]:
    """Find addresses that stayed on a port: they still route, past the bond."""
    for port in seen.bond.ports:
        link = seen.links.get(port.name)
        for each in link.addresses if link else ():
            if not each.made:
                yield Finding(
                    BondCause.PORT_HAS_ADDRESS,
                    port.name,
                    (f"{port.name}: {each.address}",),
                    "A port keeps its IPv4 addresses when it joins, and their routes lead to it"
                    " instead of to the bond.",
                    f"ip addr del {each.address} dev {quote(port.name)}",
                )


def vlan_on_port(seen: BondSeen) -> Iterator[Finding]:
    """Find VLANs below the bond."""
    ports = {port.name for port in seen.bond.ports}
    for name, link in seen.links.items():
        if link.parent in ports:
            yield Finding(
                BondCause.VLAN_ON_PORT,
                name,
                (f"{name}: VLAN {link.tag} on {link.parent}",),
                "What arrives for the VLAN is taken by the bond, and what it sends leaves by this"
                " port alone.",
                f"ip link add link {quote(seen.bond.name)}"
                f" name {quote(f'{seen.bond.name}.{link.tag}')} type vlan id {link.tag}",
            )


def mtu(seen: BondSeen) -> Iterator[Finding]:
    """Find ports whose MTU was changed behind the bond's back."""
    own = seen.links.get(seen.bond.name)
    for port in seen.bond.ports:
        link = seen.links.get(port.name)
        if own and link and link.mtu != own.mtu:
            yield Finding(
                BondCause.MTU,
                port.name,
                (f"{own.name} mtu {own.mtu}", f"{port.name} mtu {link.mtu}"),
                "Packets that are larger than the port's MTU are lost on this port.",
                f"ip link set {quote(port.name)} mtu {own.mtu}",
            )
