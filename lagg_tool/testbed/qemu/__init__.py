"""A disk image booted under QEMU, and the machine's monitor."""
