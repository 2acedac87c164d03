"""``interface.query``: the kernel's interfaces and the database's rows made into one list.

plugins/network.py 520-760 (iface_extend). An interface that only the database knows is
"fake"; when the database has no interface row at all, every NIC reports DHCP and IPv6
autoconfiguration (602: ``False if configs else True``, defect B-14).
"""

from __future__ import annotations

import ipaddress
from typing import Any

from lagg_tool.simulator.middleware.database import Database, Row
from lagg_tool.simulator.middleware.netif import Facts, Netif

Item = dict[str, Any]


def interface_type(name: str) -> str:
    """Return the type that a name stands for, as the product guesses it."""
    for prefix, kind in (("bridge", "BRIDGE"), ("lagg", "LINK_AGGREGATION"), ("vlan", "VLAN")):
        if name.startswith(prefix):
            return kind
    return "PHYSICAL"


def _state(facts: Facts) -> Item:
    state: Item = {
        "name": facts.name,
        "orig_name": facts.name,
        "description": facts.description,
        "mtu": facts.mtu,
        "cloned": facts.cloned,
        "flags": ["UP"] if facts.up else [],
        "link_state": facts.link_state,
        "media_type": "Ethernet",
        "active_media_type": "Ethernet",
        "active_media_subtype": facts.media,
        "link_address": facts.link_address,
        "aliases": [
            {"type": a.family, "address": a.address, "netmask": a.prefixlen}
            for a in facts.addresses
        ],
    }
    if facts.protocol:
        state["protocol"] = facts.protocol.upper()
        state["ports"] = [{"name": p.name, "flags": list(p.flags)} for p in facts.ports]
    if facts.vlan_parent:
        state |= {"parent": facts.vlan_parent, "tag": facts.vlan_tag}
    return state


def _fake_state(name: str) -> Item:
    return {
        "name": name,
        "orig_name": name,
        "description": "",
        "mtu": 1500,
        "cloned": True,
        "flags": [],
        "link_state": "",
        "link_address": "",
        "aliases": [],
    }


def stored_aliases(database: Database, row: Row) -> list[Item]:
    """All addresses that the database holds for an interface row."""
    first: list[Item] = []
    if row["int_ipv4address"]:
        first.append(_alias(row["int_ipv4address"], row["int_v4netmaskbit"]))
    if row["int_ipv6address"]:
        first.append(_alias(row["int_ipv6address"], row["int_v6netmaskbit"]))
    others = database.query("network.alias", alias_interface=row["id"])
    return first + [_alias(other["alias_address"], other["alias_netmask"]) for other in others]


def _alias(address: str, netmask: int) -> Item:
    family = "INET" if ipaddress.ip_address(address).version == 4 else "INET6"
    return {"type": family, "address": address, "netmask": netmask}


def _base(name: str, facts: Facts | None, any_row: bool) -> Item:
    return {
        "id": name,
        "name": name,
        "fake": facts is None,
        "type": interface_type(name),
        "state": _fake_state(name) if facts is None else _state(facts),
        "aliases": [],
        "ipv4_dhcp": not any_row,
        "ipv6_auto": not any_row,
        "description": "",
        "mtu": None,
        "options": "",
    }


def _row_fields(database: Database, row: Row) -> Item:
    return {
        "aliases": stored_aliases(database, row),
        "ipv4_dhcp": row["int_dhcp"],
        "ipv6_auto": row["int_ipv6auto"],
        "description": row["int_name"],
        "mtu": row["int_mtu"],
        "options": row["int_options"],
        "disable_offload_capabilities": row["int_disable_offload_capabilities"],
    }


def _lagg_fields(database: Database, row_id: int) -> Item:
    for lagg in database.query("network.lagginterface", lagg_interface=row_id):
        members = database.query("network.lagginterfacemembers", lagg_interfacegroup=lagg["id"])
        # 671-677: the order of insertion, not the one that sync uses (defect B-15).
        members.sort(key=lambda member: member["lagg_ordernum"])
        return {
            "lag_protocol": lagg["lagg_protocol"].upper(),
            "lag_ports": [member["lagg_physnic"] for member in members],
        }
    return {}


def _vlan_fields(database: Database, name: str) -> Item:
    for vlan in database.query("network.vlan", vlan_vint=name):
        return {
            "vlan_parent_interface": vlan["vlan_pint"],
            "vlan_tag": vlan["vlan_tag"],
            "vlan_pcp": vlan["vlan_pcp"],
        }
    return {}


def _bridge_fields(database: Database, row_id: int) -> Item:
    for bridge in database.query("network.bridge", interface=row_id):
        return {"bridge_members": bridge["members"]}
    return {}


def query(database: Database, netif: Netif) -> list[Item]:
    """All interfaces, those of the kernel first."""
    rows = {row["int_interface"]: row for row in database.query("network.interfaces")}
    kernel = {facts.name: facts for facts in netif.interfaces() if facts.name != "lo0"}
    items = []
    for name in [*kernel, *(name for name in rows if name not in kernel)]:
        item = _base(name, kernel.get(name), bool(rows))
        if row := rows.get(name):
            item |= _row_fields(database, row)
            item |= _lagg_fields(database, row["id"])
            item |= _bridge_fields(database, row["id"])
        item |= _vlan_fields(database, name)
        items.append(item)
    return items
