"""Frames that a host with a secret address and a secret name sent."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from lagg_tool.wire.ip import Protocol, checksum, pseudo_header

VENDOR_MAC = bytes.fromhex("589cfc10ffb6")
PRIVATE = IPv4Address("192.168.77.23")


def ping_frame() -> bytes:
    icmp = bytes.fromhex("0800000012340001") + b"vault7 says hello to 4J2K9Z3 and jdoe"
    icmp = icmp[:2] + checksum(icmp).to_bytes(2, "big") + icmp[4:]
    header = (
        bytes.fromhex("4500")
        + (20 + len(icmp)).to_bytes(2, "big")
        + bytes.fromhex("0001000040010000")
    )
    header += PRIVATE.packed + IPv4Address("192.0.2.9").packed
    header = header[:10] + checksum(header).to_bytes(2, "big") + header[12:]
    return VENDOR_MAC + bytes.fromhex("525400aa0001") + b"\x08\x00" + header + icmp


def udp6_frame() -> bytes:
    source, destination = IPv6Address("2a02:8070:1234:5678::42"), IPv6Address("2001:db8::9")
    udp = bytes.fromhex("1000200000100000") + VENDOR_MAC + b"zz"
    total = checksum(pseudo_header(source, destination, Protocol.UDP, len(udp)) + udp)
    udp = udp[:6] + total.to_bytes(2, "big") + udp[8:]
    header = bytes.fromhex("60000000") + len(udp).to_bytes(2, "big") + bytes([17, 64])
    ethernet = bytes.fromhex("525400aa0001") + VENDOR_MAC + b"\x86\xdd"
    return ethernet + header + source.packed + destination.packed + udp
