"""The switch's side of a specification, as text that a person adapts and enters.

Which ports of the switch the cables end at is not known here: each is a word in angle brackets.
"""

from __future__ import annotations

from collections.abc import Callable

from lagg_tool.lagg.specification import MTU_DEFAULT, LaggSpec, Protocol

# What the switch has to do for each protocol of lagg(4).
_STATIC = (Protocol.LOADBALANCE, Protocol.ROUNDROBIN)
_TAG = 4
_HEADER = 14 + _TAG  # Ethernet with a VLAN tag, without FCS: what Junos counts as its MTU
_JUNOS_MOST = 9216
_CISCO_MOST = 9198  # of system mtu, which counts no header
_NATIVE, _UNUSED = "<native VLAN>", "<unused VLAN>"


def _fast(spec: LaggSpec) -> bool:
    return ("lacp_fast_timeout", True) in spec.options.switches or (
        spec.bond.get("lacp_rate") == "fast"
    )


def _number(spec: LaggSpec) -> int:
    """Return the number of the group on the switch, which begins at 1 everywhere."""
    digits = "".join(each for each in spec.name if each.isdecimal())
    return int(digits or 0) % 48 + 1


def _large(spec: LaggSpec) -> bool:
    return spec.mtu > MTU_DEFAULT


def _tags(spec: LaggSpec) -> list[str]:
    return [str(vlan.tag) for vlan in spec.vlans]


def _untagged(spec: LaggSpec) -> bool:
    """Return whether the LAGG itself has addresses, beside those of its VLANs."""
    return bool(spec.addresses or spec.dhcp or spec.ipv6_auto)


def _warnings(spec: LaggSpec) -> list[str]:
    """Return what a protocol does to a switch that no line of its configuration mends."""
    if spec.protocol is Protocol.BROADCAST:
        return [
            "Warning: broadcast sends each frame by every port, so that one switch gets each one",
            "several times and learns the MAC address at every port in turn. It is for ports that",
            "lead to separate networks.",
        ]
    if spec.protocol is Protocol.NONE:
        return ["Warning: with this protocol the LAGG carries no traffic."]
    return []


def _generic(spec: LaggSpec) -> list[str]:
    ports = ", ".join(f"<port {place} to {name}>" for place, name in enumerate(spec.ports, 1))
    if spec.protocol is Protocol.LACP:
        lines = [
            f"Put {ports} into one group with LACP (802.1AX).",
            "Mode: active.",
            f"Timeout: {'short (fast)' if _fast(spec) else 'long (slow)'}.",
        ]
    elif spec.protocol in _STATIC:
        lines = [f"Put {ports} into one static group, without LACP."]
    else:
        lines = [f"Leave {ports} as single ports, in no group and without LACP."]
    if spec.vlans:
        lines.append(f"Tagged VLANs: {', '.join(_tags(spec))}.")
        lines.append(
            f"Untagged (native) VLAN: {_NATIVE}, for the addresses of {spec.name} itself."
            if _untagged(spec)
            else "Untagged (native) VLAN: none; nothing is sent without a tag."
        )
    lines.append("Give all of them the same VLANs, speed and duplex.")
    if _large(spec):
        lines.append(f"Let them carry frames with an MTU of {spec.mtu} octets.")
    return lines


def _trunk(spec: LaggSpec, indent: str, closed: str) -> list[str]:
    """Return the lines of a trunk as Cisco and Arista have them; ``closed`` without a native."""
    if not spec.vlans:
        return []
    allowed = ",".join([*_tags(spec), *([_NATIVE] if _untagged(spec) else [])])
    native = f"switchport trunk native vlan {_NATIVE}" if _untagged(spec) else closed
    lines = ["switchport mode trunk", f"switchport trunk allowed vlan {allowed}", native]
    return [f"{indent}{line}" for line in lines]


def _channel(spec: LaggSpec, fast: str) -> list[str]:
    """Return the lines of a port in or out of a channel, as Cisco and Arista have them."""
    number = _number(spec)
    if spec.protocol is Protocol.LACP:
        return [f"channel-group {number} mode active", *([fast] if _fast(spec) else [])]
    return [f"channel-group {number} mode on" if _grouped(spec) else "no channel-group"]


def _cisco_ios(spec: LaggSpec) -> list[str]:
    lines: list[str] = []
    if _large(spec):
        lines += [f"system mtu {spec.mtu}", "! or, on older ones, system mtu jumbo and a reload"]
    if spec.mtu > _CISCO_MOST:
        lines.append(f"! most take {_CISCO_MOST} at most: lower the MTU of the NAS to that")
    if spec.vlans:
        lines += [f"vlan {','.join(_tags(spec))}", "exit"]
    trunk = _trunk(spec, " ", f"switchport trunk native vlan {_UNUSED}")
    for place, name in enumerate(spec.ports, 1):
        lines += [f"interface <port {place}>", f" description {spec.name} {name}"]
        lines += [f" {line}" for line in _channel(spec, "lacp rate fast")]
        lines += [] if _grouped(spec) else trunk
        lines += [" no shutdown", "exit"]
    if _grouped(spec):
        lines += [f"interface Port-channel{_number(spec)}", f" description {spec.name}"]
        lines += [*trunk, "exit"]
    return lines


def _arista_eos(spec: LaggSpec) -> list[str]:
    lines: list[str] = []
    if _large(spec):
        lines += [
            "! mtu is for routed ports; a switched one carries large frames as it is. If it is",
            f"! routed (no switchport): mtu {spec.mtu}",
        ]
    if spec.vlans:
        lines += [f"vlan {','.join(_tags(spec))}", "exit"]
    trunk = _trunk(spec, "   ", "switchport trunk native vlan tag")
    for place, name in enumerate(spec.ports, 1):
        lines += [f"interface <port {place}>", f"   description {spec.name} {name}"]
        lines += [f"   {line}" for line in _channel(spec, "lacp timer fast")]
        lines += [] if _grouped(spec) else trunk
    if _grouped(spec):
        lines += [f"interface Port-Channel{_number(spec)}", f"   description {spec.name}", *trunk]
    return lines


def _junos(spec: LaggSpec) -> list[str]:
    bundle = f"ae{_number(spec) - 1}"
    lines = [f"set vlans v{tag} vlan-id {tag}" for tag in _tags(spec)]
    if _large(spec) and spec.mtu + _HEADER > _JUNOS_MOST:
        lines.append(
            f"# most take {_JUNOS_MOST} at most: lower the MTU of the NAS to"
            f" {_JUNOS_MOST - _HEADER}"
        )
    for place, name in enumerate(spec.ports, 1):
        port = f"interfaces <port {place}>"
        lines.append(f'set {port} description "{spec.name} {name}"')
        if _grouped(spec):
            lines += [f"delete {port} unit 0", f"set {port} ether-options 802.3ad {bundle}"]
        else:
            lines += [f"delete {port} ether-options 802.3ad", *_junos_switching(port, spec)]
    if _grouped(spec):
        lines.append(f"set chassis aggregated-devices ethernet device-count {_number(spec)}")
        options = f"set interfaces {bundle} aggregated-ether-options"
        if spec.protocol is Protocol.LACP:
            lines.append(f"{options} lacp active")
            lines.append(f"{options} lacp periodic {'fast' if _fast(spec) else 'slow'}")
        lines += _junos_switching(f"interfaces {bundle}", spec)
    return lines


def _junos_switching(port: str, spec: LaggSpec) -> list[str]:
    """Return what an interface carries: its largest frames, and its VLANs."""
    lines = [f"set {port} mtu {spec.mtu + _HEADER}"] if _large(spec) else []
    family = f"set {port} unit 0 family ethernet-switching"
    if not spec.vlans:
        return [*lines, family]
    members = [f"v{tag}" for tag in _tags(spec)]
    if _untagged(spec):
        lines.append(f"set {port} native-vlan-id {_NATIVE}")
        members.append(_NATIVE)
    return [
        *lines,
        f"{family} interface-mode trunk",
        f"{family} vlan members [ {' '.join(members)} ]",
    ]


def _mikrotik(spec: LaggSpec) -> list[str]:
    places = [f"<port {place}>" for place in range(1, len(spec.ports) + 1)]
    ports = ",".join(places)
    lines: list[str] = []
    if _large(spec):
        # L2MTU counts the VLAN tag and no Ethernet header.
        lines += [
            f"/interface ethernet set {port} l2mtu={spec.mtu + _TAG} mtu={spec.mtu}"
            for port in places
        ]
    if not _grouped(spec):
        lines.append(f"# leave {ports} in no bonding interface")
        return [*lines, *_mikrotik_vlans(places, spec)]
    mode = "802.3ad" if spec.protocol is Protocol.LACP else "balance-xor"
    rate = "1sec" if _fast(spec) else "30secs"
    lacp = f" lacp-rate={rate}" if spec.protocol is Protocol.LACP else ""
    name = f"bond-{spec.name}"
    mtu = f" mtu={spec.mtu}" if _large(spec) else ""
    return [
        *lines,
        *(f"/interface bridge port remove [find interface={port}]" for port in places),
        (
            f"/interface bonding add name={name} slaves={ports} mode={mode}{lacp}{mtu}"
            " transmit-hash-policy=layer-2-and-3"
        ),
        f"/interface bridge port add bridge=<bridge> interface={name}",
        *_mikrotik_vlans([name], spec),
    ]


def _mikrotik_vlans(names: list[str], spec: LaggSpec) -> list[str]:
    """Return the VLANs of members of a bridge, which counts only if it filters by them."""
    if not spec.vlans:
        return []
    frames = f"pvid={_NATIVE}" if _untagged(spec) else "frame-types=admit-only-vlan-tagged"
    port = "/interface bridge port set [find interface={}] {}"
    return [
        *(port.format(name, frames) for name in names),
        (
            f"/interface bridge vlan add bridge=<bridge> tagged={','.join(names)}"
            f" vlan-ids={','.join(_tags(spec))}"
        ),
        "# once the bridge's own way of management is in a VLAN of it, too:",
        "# /interface bridge set <bridge> vlan-filtering=yes",
    ]


def _grouped(spec: LaggSpec) -> bool:
    return spec.protocol is Protocol.LACP or spec.protocol in _STATIC


FAMILIES: dict[str, tuple[str, Callable[[LaggSpec], list[str]]]] = {
    "generic": ("", _generic),
    "cisco-ios": ("! ", _cisco_ios),
    "junos": ("# ", _junos),
    "arista-eos": ("! ", _arista_eos),
    "mikrotik": ("# ", _mikrotik),
}


def switch_config(spec: LaggSpec, family: str) -> str:
    """Return the switch's side of a LAGG for one of ``FAMILIES``, every line ended."""
    mark, lines = FAMILIES[family]
    head = [
        f"{mark}Suggestion for the switch's side of {spec.name} ({spec.protocol.value}).",
        f"{mark}It was not tried on your switch: check each line against its manual, and put",
        f"{mark}its ports and VLANs in place of the words in angle brackets.",
        *(f"{mark}{line}" for line in _warnings(spec)),
    ]
    return "".join(f"{line}\n" for line in (*head, *lines(spec)))
