"""The switch's side of a specification, as text that a person adapts and enters.

Which ports of the switch the cables end at is not known here: each is a word in angle brackets.
"""

from __future__ import annotations

from collections.abc import Callable

from lagg_tool.lagg.specification import MTU_DEFAULT, LaggSpec, Protocol

# What the switch has to do for each protocol of lagg(4).
_STATIC = (Protocol.LOADBALANCE, Protocol.ROUNDROBIN)
_HEADER = 22  # an Ethernet header, a VLAN tag, and the FCS, where a family counts them


def _fast(spec: LaggSpec) -> bool:
    return ("lacp_fast_timeout", True) in spec.options.switches


def _number(spec: LaggSpec) -> int:
    """Return the number of the group on the switch, which begins at 1 everywhere."""
    digits = "".join(each for each in spec.name if each.isdecimal())
    return int(digits or 0) % 48 + 1


def _generic(spec: LaggSpec) -> list[str]:
    ports = ", ".join(f"<port {place} to {name}>" for place, name in enumerate(spec.ports, 1))
    if spec.protocol is Protocol.LACP:
        lines = [
            f"Put {ports} into one group with LACP (802.1AX).",
            "Mode: active or passive. The NAS is active.",
            f"Timeout: {'short (fast)' if _fast(spec) else 'long (slow)'}.",
        ]
    elif spec.protocol in _STATIC:
        lines = [f"Put {ports} into one static group, without LACP."]
    else:
        lines = [f"Leave {ports} as single ports, in no group and without LACP."]
    lines.append("Give all of them the same VLANs, speed and duplex.")
    if spec.mtu > MTU_DEFAULT:
        lines.append(f"Let them carry frames with an MTU of {spec.mtu} octets.")
    return lines


def _cisco_ios(spec: LaggSpec) -> list[str]:
    lines: list[str] = [f"system mtu {spec.mtu}"] if spec.mtu > MTU_DEFAULT else []
    number = _number(spec)
    for place, name in enumerate(spec.ports, 1):
        lines += [f"interface <port {place}>", f" description {spec.name} {name}"]
        if spec.protocol is Protocol.LACP:
            lines.append(f" channel-group {number} mode active")
            lines += [" lacp rate fast"] * _fast(spec)
        elif spec.protocol in _STATIC:
            lines.append(f" channel-group {number} mode on")
        else:
            lines.append(" no channel-group")
        lines += [" no shutdown", "exit"]
    if _grouped(spec):
        lines += [f"interface Port-channel{number}", f" description {spec.name}", "exit"]
    return lines


def _arista_eos(spec: LaggSpec) -> list[str]:
    number = _number(spec)
    lines: list[str] = []
    for place, name in enumerate(spec.ports, 1):
        lines += [f"interface <port {place}>", f"   description {spec.name} {name}"]
        if spec.protocol is Protocol.LACP:
            lines.append(f"   channel-group {number} mode active")
            lines += ["   lacp timer fast"] * _fast(spec)
        elif spec.protocol in _STATIC:
            lines.append(f"   channel-group {number} mode on")
        else:
            lines.append("   no channel-group")
        lines += [f"   mtu {spec.mtu}"] * (spec.mtu > MTU_DEFAULT and not _grouped(spec))
    if _grouped(spec):
        lines += [f"interface Port-Channel{number}", f"   description {spec.name}"]
        lines += [f"   mtu {spec.mtu}"] * (spec.mtu > MTU_DEFAULT)
    return lines


def _junos(spec: LaggSpec) -> list[str]:
    bundle = f"ae{_number(spec) - 1}"
    large = spec.mtu > MTU_DEFAULT
    lines: list[str] = []
    for place, name in enumerate(spec.ports, 1):
        port = f"interfaces <port {place}>"
        lines.append(f'set {port} description "{spec.name} {name}"')
        if _grouped(spec):
            lines += [f"delete {port} unit 0", f"set {port} ether-options 802.3ad {bundle}"]
        elif large:
            lines.append(f"set {port} mtu {spec.mtu + _HEADER}")
    if _grouped(spec):
        lines.append(f"set chassis aggregated-devices ethernet device-count {_number(spec)}")
        options = f"set interfaces {bundle} aggregated-ether-options"
        if spec.protocol is Protocol.LACP:
            lines.append(f"{options} lacp active")
            lines.append(f"{options} lacp periodic {'fast' if _fast(spec) else 'slow'}")
        lines += [f"set interfaces {bundle} mtu {spec.mtu + _HEADER}"] * large
        lines.append(f"set interfaces {bundle} unit 0 family ethernet-switching")
    return lines


def _mikrotik(spec: LaggSpec) -> list[str]:
    ports = ",".join(f"<port {place}>" for place in range(1, len(spec.ports) + 1))
    lines: list[str] = []
    if spec.mtu > MTU_DEFAULT:
        lines += [
            f"/interface ethernet set <port {place}> l2mtu={spec.mtu + _HEADER} mtu={spec.mtu}"
            for place in range(1, len(spec.ports) + 1)
        ]
    if not _grouped(spec):
        return [*lines, f"# leave {ports} in no bonding interface"]
    mode = "802.3ad" if spec.protocol is Protocol.LACP else "balance-xor"
    rate = "1sec" if _fast(spec) else "30secs"
    lacp = f" lacp-rate={rate}" if spec.protocol is Protocol.LACP else ""
    name = f"bond-{spec.name}"
    mtu = f" mtu={spec.mtu}" if spec.mtu > MTU_DEFAULT else ""
    return [
        *lines,
        (
            f"/interface bonding add name={name} slaves={ports} mode={mode}{lacp}{mtu}"
            " transmit-hash-policy=layer-2-and-3"
        ),
        f"/interface bridge port add bridge=<bridge> interface={name}",
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
        f"{mark}the names of its ports in place of the words in angle brackets.",
    ]
    return "".join(f"{line}\n" for line in (*head, *lines(spec)))
