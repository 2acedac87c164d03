"""The hash that spreads flows over ports (m_ether_tcpip_hash, sys/kern/uipc_mbufhash.c)."""

from __future__ import annotations

import enum

_FNV_32_PRIME = 0x01000193
_FNV1_32_INIT = 0x811C9DC5
_IPV4, _IPV6, _VLAN = 0x0800, 0x86DD, 0x8100
_WITH_PORTS = {6, 17, 132}  # TCP, UDP, SCTP


class Layer(enum.IntFlag):
    """The layers whose addresses are hashed (MBUF_HASHFLAG_*)."""

    L2 = 0x1
    L3 = 0x2
    L4 = 0x4


ALL_LAYERS = Layer.L2 | Layer.L3 | Layer.L4


def fnv_32(data: bytes, value: int) -> int:
    """Continue an FNV-1 hash of 32 bits (sys/sys/fnv_hash.h)."""
    for byte in data:
        value = value * _FNV_32_PRIME & 0xFFFFFFFF ^ byte
    return value


def hash_key(seed: int) -> int:
    """Return a key from 32 random bits (m_ether_tcpip_hash_init)."""
    return fnv_32(seed.to_bytes(4, "little"), _FNV1_32_INIT)


def flow_hash(layers: Layer, frame: bytes, key: int) -> int:
    """Return the hash of a frame's flow.

    Only the first bytes after the IP header are looked at, fragment or not: that is why
    fragments of one UDP datagram part (B-12).
    """
    value = key
    if len(frame) < 14:
        return value
    ethertype, offset = int.from_bytes(frame[12:14]), 14
    if Layer.L2 in layers:
        value = fnv_32(frame[0:6], fnv_32(frame[6:12], value))
    if ethertype == _VLAN:
        if len(frame) < 18:
            return value
        if Layer.L2 in layers:
            value = fnv_32(frame[14:16], value)
        ethertype, offset = int.from_bytes(frame[16:18]), 18
    if ethertype == _IPV4:
        return _hash_ipv4(layers, frame[offset:], value)
    if ethertype == _IPV6:
        return _hash_ipv6(layers, frame[offset:], value)
    return value


def _hash_ipv4(layers: Layer, packet: bytes, value: int) -> int:
    if len(packet) < 20:
        return value
    if Layer.L3 in layers:
        value = fnv_32(packet[12:20], value)
    if Layer.L4 in layers and packet[9] in _WITH_PORTS:
        length = (packet[0] & 0xF) * 4
        if length >= 20 and len(packet) >= length + 4:
            value = fnv_32(packet[length : length + 4], value)
    return value


def _hash_ipv6(layers: Layer, packet: bytes, value: int) -> int:
    if len(packet) < 40:
        return value
    if Layer.L3 in layers:
        value = fnv_32(packet[8:40], value)
    if Layer.L4 in layers:
        label = int.from_bytes(packet[0:4]) & 0xFFFFF
        value = fnv_32(label.to_bytes(4), value)
    return value
