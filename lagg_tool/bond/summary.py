"""Bonds for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lagg_tool.bond.links import Link
from lagg_tool.bond.report import BondReport, Pdu, PortReport, Reports
from lagg_tool.wire.slow import State
from lagg_tool.wire.summary import state_words

_INDENT = " " * 10


def link_lines(links: Mapping[str, Link], reports: Mapping[str, BondReport]) -> list[str]:
    """Return a line for each interface, and what the bonds are made of."""
    lines: list[str] = []
    for name, link in links.items():
        lines.append(_link_line(link))
        report = reports.get(name)
        if report is not None:
            lines += [f"{_INDENT}{line}" for line in report_lines(report)]
        elif link.is_bond:
            lines.append(f"{_INDENT}mode {link.mode}")
    return lines


def _link_line(link: Link) -> str:
    words = [f"{link.name:9}", "up" if link.up else "down", f"mtu {link.mtu}"]
    if link.up and link.kind != "loopback":
        words.append("active" if link.carrier else "no carrier")
    if link.ether and link.kind != "loopback":
        words.append(link.ether)
    if link.permanent != link.ether:
        words.append(f"(its own {link.permanent})")
    words += [str(each.address) for each in link.addresses]
    if link.parent:
        words.append(f"VLAN {link.tag} on {link.parent}")
    elif link.master:
        words.append(f"port of {link.master}")
    if link.alias:
        words.append(f'"{link.alias}"')
    return " ".join(words)


def report_lines(report: BondReport) -> list[str]:
    """Return what the driver says of a bond and of its ports, a line each."""
    words = [f"mode {report.mode or 'unknown'}"]
    facts = (
        ("hash", report.hash_policy or None),
        ("miimon", report.miimon),  # 0 is shown: the bond watches no link then
        ("arp_interval", report.arp_interval or None),
        ("lacp_rate", report.lacp_rate or None),
        ("primary", report.primary or None),
        ("active", report.active or None),
    )
    words += [f"{name} {value}" for name, value in facts if value is not None]
    if report.aggregator:
        words.append(f"aggregator {report.aggregator.number} of {report.aggregator.ports} ports")
    lines = [", ".join(words)]
    lines += [f"port {_port(port)}" for port in report.ports]
    if report.unprivileged:
        lines.append("(root alone is shown what LACP holds of partners)")
    return lines


def _port(port: PortReport) -> str:
    speed = f"{port.speed} Mb/s {port.duplex}" if port.speed is not None else "speed unknown"
    words = [port.name, port.mii or "unknown", speed]
    if port.failures:
        words.append(f"{port.failures} link failures")
    if port.aggregator is not None:
        words.append(f"aggregator {port.aggregator}")
    if port.actor and port.actor.state is not None:
        words.append(f"LACP state {_state(port.actor.state)}")
    if port.partner and not port.silent:
        words.append(f"partner {port.partner.system} key {port.partner.key}")
    elif port.silent:
        words.append("no partner")
    return ", ".join(words)


def _state(state: State) -> str:
    return f"{state.value:02x} ({state_words(state)})"


def reports_text(reports: Reports) -> str:
    """Return the bonds of a text for people."""
    lines = link_lines(reports.links, {bond.name: bond for bond in reports.bonds})
    for bond in reports.bonds:
        if bond.name in reports.links:
            continue
        lines.append(f"{bond.name:9} {bond.mii or 'unknown'}")
        lines += [f"{_INDENT}{line}" for line in report_lines(bond)]
    if reports.outside:
        lines.append(f"({len(reports.outside)} lines around the output of the bonding driver)")
    return "\n".join(lines)


def _pdu_data(pdu: Pdu | None) -> dict[str, Any] | None:
    if pdu is None:
        return None
    return {
        "system_priority": pdu.system_priority,
        "system": pdu.system,
        "key": pdu.key,
        "port_priority": pdu.port_priority,
        "port": pdu.port,
        "state": None if pdu.state is None else pdu.state.value,
        "state_words": None if pdu.state is None else state_words(pdu.state).split(),
    }


def report_data(report: BondReport) -> dict[str, Any]:
    """Return a report as JSON takes it."""
    aggregator = report.aggregator
    return {
        "name": report.name,
        "mode": report.mode,
        "hash_policy": report.hash_policy,
        "mii_status": report.mii,
        "miimon": report.miimon,
        "arp_interval": report.arp_interval,
        "primary": report.primary,
        "active": report.active,
        "lacp_rate": report.lacp_rate,
        "lacp_active": report.lacp_active,
        "min_links": report.min_links,
        "ad_select": report.ad_select,
        "system": report.system,
        "aggregator": aggregator and dict(aggregator.__dict__),
        "ports": [
            {
                "name": port.name,
                "mii_status": port.mii,
                "speed": port.speed,
                "duplex": port.duplex,
                "link_failures": port.failures,
                "permanent_address": port.permanent,
                "aggregator": port.aggregator,
                "churn": list(port.churn),
                "churned": list(port.churned),
                "actor": _pdu_data(port.actor),
                "partner": _pdu_data(port.partner),
            }
            for port in report.ports
        ],
        "lines": [line.text for line in report.lines],
    }


def reports_data(reports: Iterable[BondReport]) -> list[dict[str, Any]]:
    """Return reports as JSON takes them."""
    return [report_data(each) for each in reports]


def links_data(links: Mapping[str, Link]) -> list[dict[str, Any]]:
    """Return interfaces as JSON takes them."""
    return [
        {
            "name": link.name,
            "flags": sorted(link.flags),
            "mtu": link.mtu,
            "ether": link.ether,
            "permanent_address": link.permanent,
            "description": link.alias,
            "kind": link.kind,
            "master": link.master,
            "vlan": {"parent": link.parent, "tag": link.tag} if link.parent else None,
            "addresses": [str(each.address) for each in link.addresses],
            "bond": dict(link.bond) or None,
            "port": dict(link.port) or None,
        }
        for link in links.values()
    ]
