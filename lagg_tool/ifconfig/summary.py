"""A Listing for people: a line per interface, and what a lagg is made of."""

from __future__ import annotations

from lagg_tool.ifconfig.listing import Interface, Listing, Port


def summary(listing: Listing) -> str:
    """Return a line per interface and per port of a lagg, and the family."""
    lines = [line for interface in listing.interfaces for line in _interface(interface)]
    unknown = sum(len(interface.unknown) for interface in listing.interfaces)
    remarks = [listing.family.value] if listing.family else []
    if unknown:
        remarks.append(f"{unknown} lines kept without being understood")
    if listing.outside:
        remarks.append(f"{len(listing.outside)} lines around the output of ifconfig")
    return "\n".join([*lines, f"({'; '.join(remarks)})"] if remarks else lines)


def _interface(interface: Interface) -> list[str]:
    words = [f"{interface.name:9}", "up" if "UP" in interface.flags else "down"]
    words.append(f"mtu {interface.mtu}")
    if interface.status:
        words.append(interface.status)
    words += [address for address in (interface.ether, interface.lladdr) if address]
    words += [_address(line.number, line.prefixlen) for line in interface.inet]
    words += [_address(line.number, line.prefixlen) for line in interface.inet6]
    if interface.vlan:
        words.append(f"VLAN {interface.vlan.tag} on {interface.vlan.parent}")
    if interface.members:
        words.append(f"bridge of {', '.join(interface.members)}")
    if interface.description:
        words.append(f'"{interface.description}"')
    lines = [" ".join(words)]
    if interface.lagg:
        layers = ",".join(interface.lagg.layers or ())
        lines.append(f"          protocol {interface.lagg.protocol}, hash {layers or 'unknown'}")
        lines += [f"          port {_port(port)}" for port in interface.ports]
    return lines


def _address(number: str, prefixlen: int | None) -> str:
    return number if prefixlen is None else f"{number}/{prefixlen}"


def _port(port: Port) -> str:
    words = [port.name, ",".join(port.flags.names) or "not active"]
    if port.state is not None:
        words.append(f"LACP state {port.state.value:02x}")
    if port.partner is not None:
        system = port.partner.system.lower().replace("-", ":")
        words.append(f"partner {system} key {port.partner.key:04x}")
    return " ".join(words)
