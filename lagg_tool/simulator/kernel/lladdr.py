"""MAC addresses that the kernel makes up (ether_gen_addr, sys/net/if_ethersubr.c)."""

from __future__ import annotations

import hashlib

from lagg_tool.simulator.release import Release

_FREEBSD_OUI = bytes.fromhex("589cfc")
_MASK, _LOW = 0x10FFFF, 0x100000  # OUI_FREEBSD_GENERATED_MASK, OUI_FREEBSD_GENERATED_LOW


def generated_lladdr(release: Release, name: str) -> bytes:
    """Return the address that host identity and interface name give."""
    digest = hashlib.sha1(f"{release.host_uuid}-{name}-0".encode(), usedforsecurity=False).digest()
    number = int.from_bytes(digest[:3]) & _MASK | _LOW
    return _FREEBSD_OUI + number.to_bytes(3)
