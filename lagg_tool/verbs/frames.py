"""``lagg-tool frames FILE.pcap``: what a capture says about LACP, port by port."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from typing import Any

from lagg_tool.errors import LaggToolError, UsageError
from lagg_tool.lagg.frames import Heard, PortFrames, Sender, frames_by_port, remarks
from lagg_tool.verbs.inputs import read_bytes
from lagg_tool.wire import capture
from lagg_tool.wire.ethernet import mac_text
from lagg_tool.wire.packet import Packet
from lagg_tool.wire.slow import Info
from lagg_tool.wire.summary import state_words

_EPILOG = """\
The file may be pcap or pcapng; only pcapng has the names of interfaces. For example:
  tcpdump -i em0 -w em0.pcap ether proto 0x8809   (for more than 30 s)
  lagg-tool frames em0.pcap

exit status: 0 done, also where a pcapng file is damaged behind the frames that are shown;
2 the file cannot be read, or is no capture of Ethernet frames"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``frames``."""
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "file", nargs="+", metavar="FILE", help="a capture, pcap or pcapng; - for standard input"
    )
    parser.add_argument("--json", action="store_true", help="everything, as JSON")


def run(options: argparse.Namespace) -> int:
    """Print what the captures say. Returns 0. Raises UsageError."""
    captured = {name: frames_by_port(read_capture(name)) for name in options.file}
    if options.json:
        files = [{"file": n, "ports": [_data(p) for p in ports]} for n, ports in captured.items()]
        print(json.dumps({"captures": files}, indent=1))
    else:
        print("\n\n".join(_text(name, ports) for name, ports in captured.items()))
    return 0


def read_capture(name: str) -> list[Packet]:
    """Return the packets of a file, up to a damage. Raises UsageError with its name."""
    packets: list[Packet] = []
    try:
        packets.extend(capture.read(read_bytes(name)))
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror}; name a capture that can be read") from None
    except LaggToolError as error:
        if not packets:
            raise UsageError(f"{name}: {error}; pcap and pcapng of Ethernet are read") from None
        print(f"{name}: read up to its damage: {error}", file=sys.stderr)
    return packets


def _text(name: str, ports: Iterable[PortFrames]) -> str:
    paragraphs = [_port_text(name, port) for port in ports]
    return "\n\n".join(paragraphs) or f"{name}: no packet"


def _port_text(file: str, port: PortFrames) -> str:
    where = f"{file}: {port.name}" if port.name else file
    count = sum(len(sender.heard) for sender in port.senders)
    lines = [f"{where}: {_lacpdus(count)} in {port.span:.1f} s"]
    for sender in port.senders:
        lines.append(f"  {mac_text(sender.system)} port {sender.port}: {_pace(sender)}")
        lines += [
            f"    {each.when - port.first:9.3f} s  {_change(each)}" for each in sender.changes
        ]
    if port.markers:
        lines.append(f"  {port.markers} marker frames")
    if port.damaged:
        lines.append(
            f"  {port.damaged} LACPDUs that FreeBSD would ignore (length, address or TLVs)"
        )
    if port.others:
        lines.append(f"  {sum(port.others.values())} other frames of {len(port.others)} sources")
    return "\n".join([*lines, *(f"  -> {remark}" for remark in remarks(port))])


def _pace(sender: Sender) -> str:
    count = _lacpdus(len(sender.heard))
    timer = "fast" if sender.is_fast else "slow"
    return count if sender.period is None else f"{count}, every {sender.period:.1f} s ({timer})"


def _lacpdus(count: int) -> str:
    return f"{count} LACPDU{'' if count == 1 else 's'}"


def _change(heard: Heard) -> str:
    return f"{_side(heard.pdu.actor)}, sees {_side(heard.pdu.partner)}"


def _side(info: Info) -> str:
    if info.system == bytes(6):
        return "nobody"
    return (
        f"{info.system_priority:04x},{mac_text(info.system)} key {info.key:04x} port {info.port} "
        f"[{state_words(info.state)}]"
    )


def _data(port: PortFrames) -> dict[str, Any]:
    return {
        "port": port.name,
        "first": port.first,
        "seconds": port.span,
        "markers": port.markers,
        "ignored": port.damaged,
        "cut": port.cut,
        "tagged": {str(vlan): count for vlan, count in port.tagged.items()},
        "others": {mac_text(source): count for source, count in port.others.items()},
        "remarks": list(remarks(port)),
        "senders": [
            {
                "system": mac_text(sender.system),
                "port": sender.port,
                "lacpdus": len(sender.heard),
                "period": sender.period,
                "fast": sender.is_fast,
                "changes": [
                    {
                        "when": each.when,
                        "actor": _info(each.pdu.actor),
                        "partner": _info(each.pdu.partner),
                    }
                    for each in sender.changes
                ],
            }
            for sender in port.senders
        ],
    }


def _info(info: Info) -> dict[str, Any]:
    return {
        "system_priority": info.system_priority,
        "system": mac_text(info.system),
        "key": info.key,
        "port_priority": info.port_priority,
        "port": info.port,
        "state": info.state.value,
        "states": state_words(info.state),
    }
