"""FreeBSD 13.2's LACP with its defects: the machines as tables."""
