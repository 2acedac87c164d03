"""Faults of the hash (uipc_mbufhash.c): layers that it mixes up, and what it does not look at."""

from __future__ import annotations

from lagg_tool.simulator.faults.fault import Fault, part
from lagg_tool.simulator.kernel.hash import Layer, flow_hash
from lagg_tool.simulator.kernel.lacp.protocol import Lacp
from lagg_tool.simulator.kernel.lagg_protocols import LoadBalance
from lagg_tool.wire.ip import Protocol

_IPV4 = b"\x08\x00"
_IPV6 = b"\x86\xdd"
_TAG = b"\x81\x00"


class _Layer4IsLayer3(LoadBalance):
    def flow(self, frame: bytes) -> int:
        layers = self.lagg.layers
        return flow_hash(layers | Layer.L3 if layers & Layer.L4 else layers, frame, self.key)


class _WithoutIpv6(LoadBalance):
    def flow(self, frame: bytes) -> int:
        return super().flow(frame[:14] if frame[12:14] == _IPV6 else frame)


class _NotBehindTags(LoadBalance):
    def flow(self, frame: bytes) -> int:
        return super().flow(frame[:16] if frame[12:14] == _TAG else frame)


class _WithoutTag(LoadBalance):
    def flow(self, frame: bytes) -> int:
        return super().flow(frame[:14] + bytes(2) + frame[16:] if frame[12:14] == _TAG else frame)


class _WithoutTcp(LoadBalance):
    def flow(self, frame: bytes) -> int:
        tcp = frame[12:14] == _IPV4 and frame[23:24] == bytes([Protocol.TCP])
        return flow_hash(self.lagg.layers & ~Layer.L4 if tcp else self.lagg.layers, frame, self.key)


class _PortsOfAnyProtocol(LoadBalance):
    def flow(self, frame: bytes) -> int:
        if frame[12:14] == _IPV4:
            frame = frame[:23] + bytes([Protocol.UDP]) + frame[24:]
        return super().flow(frame)


class _LacpWithoutLayer3(Lacp):
    def flow(self, frame: bytes) -> int:
        return flow_hash(self.lagg.layers & ~Layer.L3, frame, self.key)


class _LacpAddsLayer3(Lacp):
    def flow(self, frame: bytes) -> int:
        return flow_hash(self.lagg.layers | Layer.L3, frame, self.key)


FAULTS = (
    Fault(
        "loadbalance-takes-layer-4-for-3",
        "P-05",
        "lagghash l4 hashes the IP addresses as well",
        part(_Layer4IsLayer3),
    ),
    Fault(
        "loadbalance-takes-icmp-for-udp",
        "P-05",
        "layer 4 of the hash takes the first bytes of any protocol for ports",
        part(_PortsOfAnyProtocol),
    ),
    Fault(
        "loadbalance-without-ipv6",
        "P-05",
        "the hash leaves out the addresses of IPv6",
        part(_WithoutIpv6),
    ),
    Fault(
        "loadbalance-stops-at-the-tag",
        "P-05",
        "the hash leaves out what is behind the tag of a VLAN",
        part(_NotBehindTags),
    ),
    Fault(
        "loadbalance-without-the-tag",
        "P-05",
        "the hash leaves out the tag of a VLAN",
        part(_WithoutTag),
    ),
    Fault(
        "loadbalance-without-tcp",
        "P-05",
        "the hash leaves out the ports of TCP",
        part(_WithoutTcp),
    ),
    Fault(
        "lacp-without-layer-3",
        "P-05",
        "LACP's hash leaves out the IP addresses",
        part(_LacpWithoutLayer3),
    ),
    Fault(
        "lacp-adds-layer-3",
        "P-05",
        "LACP hashes the IP addresses, whatever lagghash says",
        part(_LacpAddsLayer3),
    ),
)
