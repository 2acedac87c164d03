"""What a Linux machine is made of: Debian's packages by name, and what of them goes into it.

No version stands here: apt knows the newest one, and a kernel's package is named by the
``Depends`` of ``KERNEL``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Edition:
    """A kernel to boot: its name in a URL, its line, and the suite of Debian that has it."""

    name: str
    line: str
    suite: str

    @property
    def url(self) -> str:
        """The target's URL."""
        return f"qemu:{self.name}"


# The first is what qemu:linux means.
EDITIONS = (
    Edition("linux", "6.1", "bookworm"),
    Edition("linux-6.12", "6.12", "trixie"),
)
BY_URL = {edition.url: edition for edition in EDITIONS}
USERLAND_SUITE = "bookworm"

ARCHITECTURE = "amd64"
KERNEL = f"linux-image-cloud-{ARCHITECTURE}"
# Where each program lies in its package, and in the machine.
PROGRAMS = {
    "busybox-static": {"bin/busybox": "bin/busybox"},
    "dash": {"bin/dash": "bin/dash"},
    "iproute2": {"bin/ip": "bin/ip", "sbin/bridge": "bin/bridge"},
    "dropbear-bin": {"usr/sbin/dropbear": "bin/dropbear"},
    "iputils-ping": {"bin/ping": "bin/ping"},
    "iputils-arping": {"usr/bin/arping": "bin/arping"},
    "netcat-openbsd": {"bin/nc.openbsd": "bin/nc"},
    "ethtool": {"sbin/ethtool": "bin/ethtool"},
}
LIBRARIES = (
    *("libc6", "libbpf1", "libelf1", "libmnl0", "libbsd0", "libmd0", "libcap2", "zlib1g"),
    *("libcrypt1", "libtomcrypt1", "libtommath1", "libgmp10", "libidn2-0", "libunistring2"),
)
LOADER = "ld-linux-x86-64.so.2"
MULTIARCH = "lib/x86_64-linux-gnu"  # below / and below /usr
# What libc loads by name, beside what the programs need.
LOADED_BY_NAME = ("libnss_files.so.2", "libresolv.so.2")
MODULES = ("virtio_pci", "virtio_net", "bonding", "8021q", "bridge", "veth", "dummy")
