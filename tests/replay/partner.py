"""The LACP partner that stood at the ports while the recordings were made.

It shares no code with lagg_tool: it writes its PDUs from the layout of 802.1AX by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

GROUP = bytes.fromhex("0180c2000002")
SLOW = bytes.fromhex("8809")


def is_lacpdu(frame: bytes) -> bool:
    """Tell an untagged LACPDU."""
    return len(frame) >= 15 and frame[12:14] == SLOW and frame[14] == 1


def is_marker(frame: bytes, tlv: int) -> bool:
    """Tell a marker PDU: ``tlv`` 1 is a request, 2 a response."""
    return len(frame) >= 17 and frame[12:14] == SLOW and frame[14] == 2 and frame[16] == tlv


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


@dataclass(frozen=True)
class Partner:
    """What it says of itself, and how it behaves."""

    system: bytes = _mac("0200000000fe")
    key: int = 7
    prio: int = 0x8000
    port_prio: int = 0x8000
    state: int = 0x3D
    respond: bool = True
    markers: bool = True
    only: tuple[int, ...] = ()

    def told(self, fields: dict[str, Any]) -> Partner:
        """Return the partner with fields changed, as a recording's step writes them."""
        values: dict[str, Any] = {
            name: _mac(value) if name == "system" else tuple(value) if name == "only" else value
            for name, value in fields.items()
        }
        return replace(self, **values)

    def on(self, port: int) -> bool:
        """Whether it stands at this port."""
        return not self.only or port in self.only

    def pdu(self, port: int, echo: bytes | None) -> bytes:
        """Return an LACPDU; its partner record is ``echo`` (20 bytes of an actor), or zero."""
        source = self.system[:5] + bytes([port])
        actor = (
            self.prio.to_bytes(2, "big")
            + self.system
            + self.key.to_bytes(2, "big")
            + self.port_prio.to_bytes(2, "big")
            + port.to_bytes(2, "big")
            + bytes([self.state, 0, 0, 0])
        )
        partner = bytes(18) if echo is None else echo
        return (
            GROUP
            + source
            + SLOW
            + b"\x01\x01\x01\x14"
            + actor[:18]
            + b"\x02\x14"
            + partner[:18]
            + b"\x03\x10"
            + bytes(14)
            + bytes(52)
        )

    def answer(self, port: int, frame: bytes) -> bytes | None:
        """Return the answer to a frame of the NAS, if any."""
        if is_lacpdu(frame) and self.respond:
            return self.pdu(port, frame[18:36])
        if is_marker(frame, 1) and self.markers:
            source = self.system[:5] + bytes([port])
            return GROUP + source + SLOW + frame[14:16] + b"\x02" + frame[17:]
        return None
